// The calls, events and errors of the main contract: src/ethereum/zkroll_contract.h and zkroll_event.h against ethers, which
// takes its description from the compiled contracts. Both directions, and what must be refused.
import { test } from 'node:test';
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ethers } from 'ethers';
import { randomBelow } from '../peers/peer.mjs';

const CASES = 300;
const build = process.env.ZK_BUILD ?? 'build/release';
const { utils } = ethers;
// How many proxies, and so targets, an upgrade can have.
const TARGETS_MAX = Number(/PROXIES_MAX = (\d+);/.exec(readFileSync(join(import.meta.dirname, '../../contracts/src/UpgradeGatekeeper.sol'), 'utf8'))[1]);

const abis = readdirSync(join(build, 'contracts/artifacts')).filter((f) => f.endsWith('.json'))
    .map((f) => JSON.parse(readFileSync(join(build, 'contracts/artifacts', f), 'utf8')));
const signature = (item) => new utils.Interface([item]).fragments[0].format();
// The events, errors or functions of these contracts (null: of all), each once.
const merged = (names, type) => [...new Map(abis.filter((a) => !names || names.includes(a.name)).flatMap((a) => a.abi)
    .filter((item) => item.type === type).map((item) => [signature(item), item])).values()];
const main = new utils.Interface(merged(['IZkRoll', 'IZkRollOperator', 'IZkRollExodus'], 'function'));

function ask(questions) {
    const run = spawnSync(`${build}/tests/ethereum/contract_peer`, { input: questions.join('\n') + '\n', encoding: 'utf8', maxBuffer: 1 << 28 });
    if (run.error) throw run.error;
    if (run.status !== 0) throw new Error(`contract_peer stopped with ${run.status}: ${run.stderr}`);
    return run.stdout.split('\n').slice(0, -1).map((line) => line.trimEnd());
}

function source(seed) {
    const below = randomBelow(seed);
    const int = (n) => Number(below(BigInt(n)));
    const bytes = (len) => '0x' + (len === 0 ? '' : below(1n << BigInt(8 * len)).toString(16).padStart(2 * len, '0'));
    // Of any size up to so many bits, the ends more often than chance.
    const uint = (bits) => [0n, 1n, (1n << BigInt(bits)) - 1n][int(12)] ?? below(1n << BigInt(1 + int(bits)));
    const list = (max, make) => Array.from({ length: int(max + 1) }, make);
    const stream = () => bytes([0, 0, 12, 48, 96, 12 * int(80)][int(6)]);
    const stored = () => [uint(32), uint(64), bytes(32), uint(64), bytes(32), bytes(32)];
    const inputs = () => [uint(32), bytes(32), uint(256), uint(256), uint(256), uint(256)];
    const newBlock = () => [uint(64), bytes(32), uint(256), uint(32), stream(), stream(), list(4, () => bytes([0, 66, 85, 98][int(4)]))];
    return { int, bytes, uint, list, stream, stored, inputs, newBlock };
}

// Values as contract_peer has them: numbers decimal, 256-bit ones and bytes hex, lists counted.
const hex = (x) => x.slice(2).toLowerCase() || '-';
const field = (x) => x.toString(16).padStart(64, '0');
const storedWords = ([a, b, c, d, e, f]) => [a, b, hex(c), d, hex(e), hex(f)];
const inputsWords = ([a, b, ...rest]) => [a, hex(b), ...rest.map(field)];
const listWords = (items) => [items.length, ...items.map(hex)];
const blockWords = ([a, b, c, d, e, f, g]) => [a, hex(b), field(c), d, hex(e), hex(f), ...listWords(g)];
const blocksWords = (blocks) => [blocks.length, ...blocks.flatMap(blockWords)];

test('the operator\'s calls are those of ethers', () => {
    const s = source('calls');
    const questions = [];
    const want = [];
    for (let i = 0; i < CASES; i++) {
        const last = s.stored();
        const blocks = s.list(3, s.newBlock);
        const proofs = blocks.map(() => s.bytes(s.int(300)));
        const proven = s.list(3, () => [s.stored(), s.inputs(), s.bytes(s.int(300))]);
        const executed = s.list(3, () => [s.stored(), s.stream()]);
        const reverted = s.list(4, s.stored);
        questions.push(`commit ${[...storedWords(last), ...blocksWords(blocks)].join(' ')}`);
        want.push(main.encodeFunctionData('commitBlocks', [last, blocks]));
        questions.push(`settle ${[...storedWords(last), ...blocksWords(blocks), ...listWords(proofs)].join(' ')}`);
        want.push(main.encodeFunctionData('settleBlocks', [last, blocks, proofs]));
        questions.push(`prove ${[proven.length, ...proven.flatMap(([a, b, c]) => [...storedWords(a), ...inputsWords(b), hex(c)])].join(' ')}`);
        want.push(main.encodeFunctionData('proveBlocks', [proven]));
        questions.push(`execute ${[executed.length, ...executed.flatMap(([a, b]) => [...storedWords(a), hex(b)])].join(' ')}`);
        want.push(main.encodeFunctionData('executeBlocks', [executed]));
        questions.push(`revert ${[reverted.length, ...reverted.flatMap(storedWords)].join(' ')}`);
        want.push(main.encodeFunctionData('revertBlocks', [reverted]));
    }
    ask(questions).forEach((answer, i) => assert.equal(answer, hex(want[i]), questions[i]));
});

test('commits of ethers are read back; with one byte changed, cut or added, none that ethers would not write', () => {
    const s = source('reading');
    const questions = [];
    const check = [];
    for (let i = 0; i < CASES; i++) {
        const last = s.stored();
        const blocks = s.list(3, s.newBlock);
        const proofs = blocks.map(() => s.bytes(s.int(300)));
        const settles = s.int(2) === 1;
        const data = settles ? main.encodeFunctionData('settleBlocks', [last, blocks, proofs]) : main.encodeFunctionData('commitBlocks', [last, blocks]);
        const words = [...storedWords(last), ...blocksWords(blocks), ...(settles ? listWords(proofs) : [])].join(' ');
        questions.push(`commit_read ${hex(data)}`);
        check.push((answer) => assert.equal(answer, words));
        for (let j = 0; j < 8; j++) {
            const at = 2 + 2 * s.int((data.length - 2) / 2);
            const other = [
                data.slice(0, at) + ((parseInt(data.slice(at, at + 2), 16) ^ (1 << s.int(8))).toString(16).padStart(2, '0')) + data.slice(at + 2),
                data.slice(0, at), data + '00'.repeat(1 + s.int(40)), data + '00'.repeat(32),
            ][s.int(4)];
            questions.push(`commit_read ${hex(other)}`);
            check.push((answer) => {
                if (answer === 'refused') return;
                const name = main.parseTransaction({ data: other }).name;
                assert.equal(main.encodeFunctionData(name, main.decodeFunctionData(name, other)), other);
            });
        }
    }
    const answers = ask(questions);
    answers.forEach((answer, i) => check[i](answer));
    const refused = answers.filter((a) => a === 'refused').length;
    assert.ok(refused > CASES && refused < answers.length - CASES, `${refused} of ${answers.length} refused`);
});

// One call in many forms that decoders take and encoders do not write.
test('commits in other than the encoder\'s form are refused', () => {
    const s = source('forms');
    const word = (x) => BigInt(x).toString(16).padStart(64, '0');
    const selector = main.getSighash('commitBlocks').slice(2);
    const head = utils.defaultAbiCoder.encode(['uint32', 'uint64', 'bytes32', 'uint256', 'bytes32', 'bytes32'], s.stored()).slice(2);
    const block = (bytes) => word(5) + '11'.repeat(32) + word(7) + word(0) + bytes;
    const canonical = block(word(224) + word(256) + word(288) + word(0) + word(0) + word(0));
    const shared = block(word(224) + word(224) + word(224) + word(0)); // three empty members in one place
    const gap = block(word(224) + word(256) + word(320) + word(0) + word(0) + word(0) + word(0));
    const swapped = block(word(256) + word(224) + word(288) + word(0) + word(0) + word(0));
    const call = (b, offset = 224, before = '') => selector + head + word(offset) + before + word(1) + word(32) + b;
    const [good, ...bad] = ask([call(canonical), call(shared), call(gap), call(swapped), call(canonical, 256, word(0)), call(canonical) + word(0)]
        .map((data) => `commit_read ${data}`));
    assert.match(good, / 1 5 1{64} /);
    bad.forEach((answer) => assert.equal(answer, 'refused'));
    // Two blocks that are one, and counts that no memory could hold.
    const twice = selector + head + word(224) + word(2) + word(64) + word(64) + canonical;
    const endless = selector + head + word(224) + word((1n << 64n) - 1n) + word(32) + canonical;
    const deep = selector + head + word(224) + word(3) + word(96).repeat(3) + block(word(224) + word(256) + word(288) + word(0) + word(0) + word(2) + word(64) + word(64) + word(0));
    for (const answer of ask([twice, endless, deep, selector, selector + head, '', '01020304'].map((data) => `commit_read ${data || '-'}`))) {
        assert.equal(answer, 'refused');
    }
});

test('hashes of blocks are those of ethers', () => {
    const s = source('hashes');
    const coder = utils.defaultAbiCoder;
    const stored = ['tuple(uint32,uint64,bytes32,uint256,bytes32,bytes32)'];
    const cases = Array.from({ length: CASES }, () => ({ stored: s.stored(), inputs: s.inputs() }));
    const answers = ask(cases.map((c) => `hashes ${[...storedWords(c.stored), ...inputsWords(c.inputs)].join(' ')}`));
    cases.forEach((c, i) => assert.equal(answers[i], [
        utils.keccak256(coder.encode(stored, [c.stored])),
        utils.keccak256(coder.encode(['tuple(uint32,bytes32,uint256,uint256,uint256,uint256)'], [c.inputs])),
        utils.keccak256(coder.encode(stored, [[0, 0, utils.keccak256('0x'), 0, c.stored[4], ethers.constants.HashZero]])),
    ].map(hex).join(' ')));
});

test('calls of users, and of those who leave, are those of ethers', () => {
    const s = source('users');
    const questions = [];
    const want = [];
    for (let i = 0; i < CASES / 3; i++) {
        const last = s.stored();
        const path = s.list(90, () => s.bytes(32));
        const exit = [s.bytes(20), s.uint(32), s.uint(32), s.uint(128), s.uint(32), s.bytes(20), s.uint(32), s.bytes(32)];
        const [owner, account, token, amount, creatorId, creator, serial, content] = exit;
        questions.push(`exit ${[...storedWords(last), hex(owner), account, token, field(amount).slice(32), creatorId, hex(creator), serial, hex(content), ...listWords(path)].join(' ')}`);
        want.push(hex(main.encodeFunctionData('performExodus', [last, ...exit, path])));
        const exits = s.list(4, () => [s.bytes(20), s.uint(32), s.uint(32), s.uint(128), s.uint(32), s.bytes(20), s.uint(32), s.bytes(32), s.list(90, () => s.bytes(32))]);
        questions.push(`exits ${[...storedWords(last), exits.length, ...exits.flatMap((e) => [hex(e[0]), e[1], e[2], field(e[3]).slice(32), e[4], hex(e[5]), e[6], hex(e[7]), ...listWords(e[8])])].join(' ')}`);
        want.push(hex(main.encodeFunctionData('performExoduses', [last, exits])));
        const deposits = s.list(5, () => s.bytes(45));
        const n = s.uint(64);
        questions.push(`cancel ${[n, ...listWords(deposits)].join(' ')}`);
        want.push(hex(main.encodeFunctionData('cancelOutstandingDepositsForExodusMode', [n, deposits])));
        const [a, b, sum, x, y] = [s.bytes(20), s.bytes(20), s.uint(104), s.uint(32), s.uint(32)];
        questions.push(`small ${[hex(a), hex(b), field(sum).slice(32), x, y].join(' ')}`);
        want.push([['activateExodusMode', []], ['withdrawPendingBalance', [a, b, sum]], ['withdrawPendingNFTBalance', [x]], ['requestFullExit', [x, a]],
            ['requestFullExitNFT', [x, y]], ['setAuthPubkeyHash', [a, x]], ['depositETH', [a]], ['depositERC20', [a, sum, b]]]
            .map(([name, args]) => hex(main.encodeFunctionData(name, args))).join(' '));
    }
    ask(questions).forEach((answer, i) => assert.equal(answer, want[i]));
});

// What contract_peer prints of an argument.
const argumentWords = (type, value) => (type === 'bytes' || type === 'bytes32' || type === 'address' ? hex(value)
    : type === 'address[]' ? listWords(value).join(' ') : type === 'bool' ? Number(value) : type === 'uint128' ? field(BigInt(value)).slice(32) : BigInt(value).toString());

test('events are read as ethers reads them, and only as the compiler writes them', () => {
    const s = source('events');
    const known = ask(['events'])[0].split(' ');
    const emitted = new Map(merged(null, 'event').map((item) => [signature(item), new utils.Interface([item])]));
    for (const item of merged(['IZkRollEvents', 'IZkRollExodus', 'IGovernance', 'Deployment'], 'event')) assert.ok(known.includes(signature(item)), signature(item));
    const questions = [];
    const want = [];
    for (const name of known) {
        const iface = emitted.get(name);
        assert.ok(iface, `no contract emits ${name}`);
        const event = iface.fragments[0];
        const make = { address: () => s.bytes(20), bool: () => s.int(2) === 1, bytes32: () => s.bytes(32),
            bytes: () => s.bytes(event.name === 'AuthFactSet' ? 20 : s.int(110)), uint256: () => s.uint(64),
            'address[]': () => s.list(TARGETS_MAX, () => s.bytes(20)) };
        for (let i = 0; i < 40; i++) {
            const values = event.inputs.map(({ type }) => (make[type] ?? (() => s.uint(Number(type.slice(4)))))());
            const { data, topics } = iface.encodeEventLog(event, values);
            const question = (t, d) => `event ${[t.length, ...t.map(hex), hex(d)].join(' ')}`;
            questions.push(question(topics, data));
            // 256 bits only where a number may have them.
            const words = event.inputs.map(({ type }, j) => (name === 'FundsReceived(uint256)' ? field(values[j]) : argumentWords(type, values[j])));
            want.push([name, ...words].join(' '));
            const bad = [question(topics, `${data}00`), question([...topics, topics[0]], data)];
            if (data.length > 2) bad.push(question(topics, data.slice(0, -64)));
            for (const [j, { type }] of event.inputs.entries()) {
                if (type !== 'address[]') continue;
                // As many as there can be are read, and no more.
                const most = values.with(j, Array.from({ length: TARGETS_MAX }, () => s.bytes(20)));
                const full = iface.encodeEventLog(event, most);
                questions.push(question(full.topics, full.data));
                want.push([name, ...event.inputs.flatMap((input, k) => argumentWords(input.type, most[k]))].join(' '));
                const more = iface.encodeEventLog(event, values.with(j, [...most[j], s.bytes(20)]));
                bad.push(question(more.topics, more.data));
            }
            if (topics.length > 1) bad.push(question(topics.slice(0, -1), data), question([...topics.slice(0, -1), `0x${'ff'.repeat(32)}`], data));
            questions.push(...bad);
            want.push(...bad.map(() => 'refused'));
        }
    }
    questions.push(`event 1 ${'ab'.repeat(32)} -`, 'event 0 -');
    want.push('other', 'other');
    ask(questions).forEach((answer, i) => assert.equal(answer, want[i], questions[i]));
});

test('every error of the contracts has its text', () => {
    const s = source('errors');
    for (const item of merged(null, 'error')) {
        const iface = new utils.Interface([item]);
        const error = iface.fragments[0];
        if (/^ERC\d+/.test(error.name)) continue; // OpenZeppelin's, inside of tokens
        const values = error.inputs.map(({ type }) => (type === 'address' ? s.bytes(20) : type === 'bytes' ? '0x1234' : s.uint(Math.min(64, Number(type.slice(4))))));
        const text = error.inputs.map(({ type }, i) => (type === 'bytes' ? '..' : values[i])).join(', ');
        assert.equal(ask([`reverted ${hex(iface.encodeErrorResult(error, values))}`])[0], `1 ${error.name}(${text})`);
    }
    const builtIn = (name, type, value) => utils.id(`${name}(${type})`).slice(2, 10) + utils.defaultAbiCoder.encode([type], [value]).slice(2);
    assert.deepEqual(ask([
        `reverted ${builtIn('Error', 'string', 'out of\nluck')}`, `reverted ${builtIn('Panic', 'uint256', 0x11)}`,
        'reverted -', 'reverted 0102', `reverted ${'ab'.repeat(60)}`,
    ]), ['1 out of?luck', '1 Panic(17)', '0 no reason given', '0 0x0102', `0 0x${'ab'.repeat(32)}`]);
});
