// Blocks of the rollup library with real proofs, committed, proven and executed through the deployed contracts; and
// everything that must not pass, each with its own error. l1_blocks makes the blocks and the calls, `zkroll deploy` the
// contracts; ethers judges.
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { artifact, as, bind, build, ethers, reverts, send, startRollup, storedHash } from './rollup.mjs';

const SKIPPED = 77;
const MAX = 1n << 256n;
// Where an operation's bytes are in the settlement stream of "payments".
const OPERATION = 48;

const dir = mkdtempSync(join(tmpdir(), 'zkroll-proofs-'));
const keys = join(dir, 'keys');
const made = spawnSync(join(build, 'tests/l1/l1_blocks'), ['make', keys], { encoding: 'utf8', maxBuffer: 1 << 26 });
if (made.status !== 0 && made.status !== SKIPPED) throw new Error(`l1_blocks stopped with ${made.status}: ${made.stderr}`);
const skip = made.status === SKIPPED ? 'without AVX-512 IFMA a proof takes minutes' : false;
const plan = skip ? { blocks: [] } : JSON.parse(made.stdout);
const blocks = Object.fromEntries(plan.blocks.map((b) => [b.name, b]));

let rollup;
before(async () => {
    if (skip) return;
    rollup = await startRollup(plan);
    await send(rollup, rollup.token.interface.encodeFunctionData('mint', [rollup.operatorAddress, 10n ** 24n]), { to: rollup.token.address });
    await send(rollup, rollup.token.interface.encodeFunctionData('approve', [rollup.main.address, MAX - 1n]), { to: rollup.token.address });
});
after(async () => {
    await rollup?.stop();
    rmSync(dir, { recursive: true, force: true });
});

const encode = (name, args) => rollup.iface.encodeFunctionData(name, args);
const snapshot = () => rollup.provider.send('evm_snapshot', []);
const back = (id) => rollup.provider.send('evm_revert', [id]);

async function ask({ kind, to, owner, account, token, amount }) {
    if (kind === 'deposit' && token === 0) return send(rollup, encode('depositETH', [to]), { value: amount });
    if (kind === 'deposit') return send(rollup, encode('depositERC20', [rollup.token.address, amount, to]));
    const from = await as(rollup, owner);
    return token < 65536 ? send(rollup, encode('requestFullExit', [account, token === 0 ? ethers.constants.AddressZero : rollup.token.address]), { from })
        : send(rollup, encode('requestFullExitNFT', [account, token]), { from });
}

async function checkTotals(committed, proven, executed) {
    const { main } = rollup;
    assert.deepEqual([await main.totalBlocksCommitted(), await main.totalBlocksProven(), await main.totalBlocksExecuted()], [committed, proven, executed]);
}

// The arguments of a block's calls, to be changed.
function parse(block) {
    const { last, blocks: [b] } = rollup.iface.decodeFunctionData('commitBlocks', block.commit);
    const { proofs: [proof] } = rollup.iface.decodeFunctionData('settleBlocks', block.settle);
    const plain = { timestamp: Number(b.timestamp), stateHash: b.stateHash, slotChain: b.slotChain.toBigInt(), keyId: b.keyId,
        settlement: b.settlement, delta: b.delta, witnesses: [...b.witnesses] };
    return { last: [...last].map((x) => (x._isBigNumber ? Number(x) : x)), block: plain, proof };
}
const settleData = ({ last, block, proof }) => encode('settleBlocks', [last, [block], [proof]]);
const flip = (hex, at, mask = 1) => {
    const place = 2 + 2 * at;
    return hex.slice(0, place) + (parseInt(hex.slice(place, place + 2), 16) ^ mask).toString(16).padStart(2, '0') + hex.slice(place + 2);
};
const cut = (hex, from, length) => hex.slice(0, 2 + 2 * from) + hex.slice(2 + 2 * (from + length));
const length = (hex) => (hex.length - 2) / 2;

test('the keys are those of the verifiers that were deployed', { skip }, async () => {
    assert.equal(rollup.genesisRoot, plan.genesisRoot);
    const verifier = new ethers.Contract(await rollup.main.verifiers(0), artifact('BlockVerifier0').abi, rollup.provider);
    assert.equal(await verifier.KEY_DIGEST(), plan.keyDigest);
    // Made from the setup's powers, not from its secret: the same contract.
    const made0 = spawnSync(join(build, 'contracts/block_verifiers'), [join(dir, 'again'), keys, join(keys, 'development.srs'), '1'], { encoding: 'utf8' });
    assert.equal(made0.status, 0, made0.stderr);
    assert.deepEqual(readdirSync(join(dir, 'again')).sort(), ['BlockVerifier0.sol', 'verifiers.json']);
    assert.equal(readFileSync(join(dir, 'again/BlockVerifier0.sol'), 'utf8'), readFileSync(join(build, 'contracts/verifiers/BlockVerifier0.sol'), 'utf8'));
    const short = spawnSync(join(build, 'contracts/block_verifiers'), [join(dir, 'more'), keys, join(keys, 'development.srs'), '2'], { encoding: 'utf8' });
    assert.equal(short.status, 1);
    assert.match(short.stderr, /65552 powers; blocks of 160 slots need 262160/);
});

test('a refused deposit: commit, prove and execute from a state that has no account left', { skip }, async () => {
    const id = await snapshot();
    const block = blocks.full;
    const genesis = storedHash([0, 0, ethers.utils.keccak256('0x'), 0, rollup.genesisRoot, ethers.constants.HashZero]);
    assert.equal(await rollup.main.storedBlockHashes(0), genesis);
    // The contract believes to have begun there.
    for (let slot = 0; ; slot++) {
        assert.ok(slot < 64, 'the mapping of block hashes is found');
        const place = ethers.utils.keccak256(ethers.utils.defaultAbiCoder.encode(['uint32', 'uint256'], [0, slot]));
        if (await rollup.provider.getStorageAt(rollup.main.address, place) !== genesis) continue;
        await rollup.provider.send('anvil_setStorageAt', [rollup.main.address, place, storedHash(block.last)]);
        break;
    }
    assert.equal(await rollup.main.storedBlockHashes(0), storedHash(block.last));
    for (const request of block.requests) await ask(request);
    await send(rollup, block.settle);
    await checkTotals(1, 1, 1);
    assert.equal((await rollup.main.getPendingBalance(block.requests[1].to, rollup.token.address)).toNumber(), 22);
    await back(id);
});

test('two blocks a call: committed, proven and executed together, and settled together', { skip }, async () => {
    const id = await snapshot();
    const [first, second] = [blocks.funding, blocks.payments];
    for (const request of [...first.requests, ...second.requests]) await ask(request);
    const [{ owner, pubkeyHash }] = plan.facts;
    await send(rollup, encode('setAuthPubkeyHash', [pubkeyHash, 0]), { from: await as(rollup, owner) });
    const both = [parse(first), parse(second)];
    const proofs = [first, second].map((b) => rollup.iface.decodeFunctionData('proveBlocks', b.prove).blocks[0]);
    const executions = [first, second].map((b) => rollup.iface.decodeFunctionData('executeBlocks', b.execute).blocks[0]);

    let step = await snapshot();
    await send(rollup, encode('commitBlocks', [both[0].last, both.map((b) => b.block)]));
    await checkTotals(2, 0, 0);
    assert.equal(await reverts(rollup, encode('proveBlocks', [[proofs[1]]])), 'OutOfOrder(1)');
    assert.equal(await reverts(rollup, encode('proveBlocks', [[proofs[1], proofs[0]]])), 'OutOfOrder(1)');
    assert.equal(await reverts(rollup, encode('proveBlocks', [[proofs[0], [proofs[1].stored, proofs[1].inputs, proofs[0].proof]]])), 'ProofRejected(2)');
    await checkTotals(2, 0, 0);
    await send(rollup, first.prove);
    await send(rollup, encode('proveBlocks', [proofs])); // the first was proven in between: skipped
    await checkTotals(2, 2, 0);
    assert.equal(await reverts(rollup, encode('executeBlocks', [[executions[1]]])), 'OutOfOrder(1)');
    await send(rollup, encode('executeBlocks', [executions]));
    await checkTotals(2, 2, 2);
    await back(step);

    // Proven blocks can be taken back too, the last first, and only by a validator.
    step = await snapshot();
    await send(rollup, encode('commitBlocks', [both[0].last, both.map((b) => b.block)]));
    await send(rollup, encode('proveBlocks', [proofs]));
    assert.equal(await reverts(rollup, first.revert), 'OutOfOrder(2)');
    assert.equal(await reverts(rollup, second.revert, { from: owner }), `NotValidator(${ethers.utils.getAddress(owner)})`);
    await send(rollup, encode('revertBlocks', [[second.stored, first.stored]]));
    await checkTotals(0, 0, 0);
    assert.equal((await rollup.main.totalCommittedPriorityRequests()).toNumber(), 0);
    await back(step);

    const settle = (list) => encode('settleBlocks', [both[0].last, both.map((b) => b.block), list]);
    assert.equal(await reverts(rollup, settle([both[0].proof])), 'WrongLength()');
    assert.equal(await reverts(rollup, settle([both[1].proof, both[0].proof])), 'ProofRejected(1)');
    await send(rollup, settle(both.map((b) => b.proof)));
    await checkTotals(2, 2, 2);
    await back(id);
});

test('funding: every way to authorize a key; each of the three calls by itself', { skip }, async () => {
    const block = blocks.funding;
    for (const request of block.requests) await ask(request);
    assert.equal(await reverts(rollup, block.commit), 'NotAuthorized(576)', 'the key announced on chain is not there yet');
    const [{ owner, pubkeyHash }] = plan.facts;
    await send(rollup, encode('setAuthPubkeyHash', [pubkeyHash, 0]), { from: await as(rollup, owner) });
    assert.equal(await reverts(rollup, block.prove), 'UnknownBlock(1)');
    assert.equal(await reverts(rollup, block.execute), 'OutOfOrder(1)');
    assert.equal(await reverts(rollup, block.commit, { from: owner }), `NotValidator(${ethers.utils.getAddress(owner)})`);

    const committed = await send(rollup, block.commit);
    assert.deepEqual(committed.logs.map((log) => rollup.iface.parseLog(log).name), ['BlockCommit']);
    await checkTotals(1, 0, 0);
    assert.equal(await rollup.main.storedBlockHashes(1), storedHash(block.stored));
    assert.equal((await rollup.main.totalCommittedPriorityRequests()).toNumber(), 12);
    assert.equal(await reverts(rollup, block.execute), 'OutOfOrder(1)', 'what is not proven is not executed');

    // Anybody may prove and execute. It costs what docs/gas.md says, where proofs come from who knows the setup's secret.
    const anybody = await rollup.provider.getSigner(7).getAddress();
    const proven = await send(rollup, block.prove, { from: anybody });
    const [, said] = /^\| 30 \| [\d,]+ \| [\d,]+ \| ([\d,]+) \|/m.exec(readFileSync(new URL('../../docs/gas.md', import.meta.url), 'utf8'));
    assert.ok(Math.abs(proven.gasUsed.toNumber() / Number(said.replace(/,/g, '')) - 1) < 0.01, `${proven.gasUsed} gas, docs/gas.md says ${said}`);
    await checkTotals(1, 1, 0);
    await send(rollup, block.prove, { from: anybody }); // skipped
    await send(rollup, block.execute, { from: anybody });
    await checkTotals(1, 1, 1);
    await send(rollup, block.execute, { from: anybody });
    assert.equal((await rollup.main.totalOpenPriorityRequests()).toNumber(), 0);
});

test('payments, with everything that must not pass', { skip, timeout: 300_000 }, async (t) => {
    const block = blocks.payments;
    for (const request of block.requests) await ask(request);
    const good = parse(block);
    assert.equal(settleData(good), block.settle, 'our encoder is ethers\'');
    assert.equal(await reverts(rollup, block.settle), '');
    let count = 0;
    const refuses = async (edit, error, why) => {
        const bad = structuredClone(good);
        edit(bad);
        assert.equal(await reverts(rollup, settleData(bad)), error, why);
        count++;
    };
    const rejected = (edit, why) => refuses(edit, 'ProofRejected(2)', why);

    // The proof: a bit of each of its words, and of its length.
    for (let i = 0; i < length(good.proof); i += 32) {
        await rejected((x) => { x.proof = flip(x.proof, i + 31); }, `a changed word at ${i}`);
        await rejected((x) => { x.proof = flip(x.proof, i + 1, 0x40); }, `a changed word at ${i}`);
    }
    await rejected((x) => { x.proof += '00'; }, 'a longer proof');
    await rejected((x) => { x.proof = cut(x.proof, length(x.proof) - 32, 32); }, 'a shorter proof');
    await rejected((x) => { x.proof = '0x'; }, 'no proof');
    await rejected((x) => { x.proof = `0x${'00'.repeat(length(x.proof))}`; }, 'zeros');
    await rejected((x) => { x.proof = parse(blocks.funding).proof; }, 'another block\'s proof');

    // The streams: any other delta, and operations of the settlement stream that are changed, hidden or invented.
    for (let i = 8; i < length(good.block.delta); i += 5) await rejected((x) => { x.block.delta = flip(x.block.delta, i); }, `delta byte ${i}`);
    await rejected((x) => { x.block.delta += '00'.repeat(12); }, 'a longer delta stream');
    await rejected((x) => { x.block.delta = cut(x.block.delta, 72, 12); }, 'a delta stream without its first word');
    await rejected((x) => { x.block.delta = `${x.block.delta.slice(0, -48)}${x.block.delta.slice(-24)}${x.block.delta.slice(-48, -24)}`; }, 'its last words exchanged');
    await refuses((x) => { x.block.delta = `${x.block.delta}00`; }, 'BadStreamLength()');
    await refuses((x) => { x.block.delta = flip(x.block.delta, 0); }, 'UnknownFormat()');

    const { settlement } = good.block;
    const codes = Array.from({ length: length(settlement) / OPERATION }, (_, i) => parseInt(settlement.slice(2 + 96 * i, 4 + 96 * i), 16));
    const place = (code) => OPERATION * codes.indexOf(code);
    assert.deepEqual([...codes].sort((a, b) => a - b), [1, 3, 3, 3, 6, 6, 6, 8]);
    for (const code of [3, 8]) {
        for (const byte of [1, 4, 24, 40]) await rejected((x) => { x.block.settlement = flip(settlement, place(code) + byte); }, `operation ${code}, byte ${byte}`);
        await rejected((x) => { x.block.settlement = cut(settlement, place(code), OPERATION); }, `a hidden operation ${code}`);
    }
    await rejected((x) => { x.block.settlement += settlement.slice(2 + 2 * place(3), 2 + 2 * (place(3) + OPERATION)); }, 'a withdrawal twice');
    await rejected((x) => { x.block.settlement = '0x'; }, 'a block whose settlement is hidden whole');
    // A full exit's amount is not what L1 has in the queue: the proof alone says it.
    await rejected((x) => { x.block.settlement = flip(settlement, place(6) + 47); }, 'the amount of a full exit');
    const last6 = OPERATION * codes.lastIndexOf(6);
    await rejected((x) => { x.block.settlement = cut(settlement, last6, OPERATION); }, 'the last request is hidden');

    // The queue: requests hidden before others, invented, changed, reordered. The first open one has the id 12.
    const open = Number(await rollup.main.firstPriorityRequestId());
    assert.equal(open, 12);
    await refuses((x) => { x.block.settlement = cut(settlement, place(1), OPERATION); }, 'WrongPriorityOperation(12)', 'a hidden request');
    await refuses((x) => { x.block.settlement += settlement.slice(2 + 2 * place(1), 2 + 2 * (place(1) + OPERATION)); }, 'WrongPriorityOperation(16)', 'an invented request');
    for (const byte of [4, 24, 47]) await refuses((x) => { x.block.settlement = flip(settlement, place(1) + byte); }, 'WrongPriorityOperation(12)', 'a changed request');
    const exits = codes.flatMap((code, i) => (code === 6 ? [OPERATION * i] : []));
    const part = (at) => settlement.slice(2 + 2 * at, 2 + 2 * (at + OPERATION));
    await refuses((x) => {
        x.block.settlement = settlement.replace(part(exits[0]), 'A').replace(part(exits[1]), part(exits[0])).replace('A', part(exits[1]));
    }, 'WrongPriorityOperation(13)', 'reordered requests');
    await refuses((x) => { x.block.settlement = flip(settlement, place(3), 0x40); }, `UnknownOperation(${place(3)})`);
    const half = length(settlement) - OPERATION;
    await refuses((x) => { x.block.settlement = cut(settlement, half, 12); }, `TruncatedOperation(${half})`);
    await refuses((x) => { x.block.witnesses = ['0x']; }, 'LeftoverWitness()');

    // Time, roots, chain, key, and what came before.
    await rejected((x) => { x.block.timestamp += 1; }, 'another second');
    const now = (await rollup.provider.getBlock('latest')).timestamp;
    await refuses((x) => { x.block.timestamp = now + 3600; }, 'BadTimestamp(2)', 'from the future');
    await refuses((x) => { x.block.timestamp = plan.time - 1; }, 'BadTimestamp(2)', 'before the block before');
    await rejected((x) => { x.block.stateHash = flip(x.block.stateHash, 31); }, 'another root');
    await refuses((x) => { x.block.stateHash = `0x${'ff'.repeat(32)}`; }, 'NotCanonical()');
    await rejected((x) => { x.block.slotChain ^= 1n; }, 'another C');
    await rejected((x) => { x.block.keyId = 1; }, 'the key of another capacity');
    await refuses((x) => { x.block.keyId = 4; }, 'UnknownKey(4)');
    await refuses((x) => { x.last = block.last.with(4, plan.genesisRoot); }, 'UnknownBlock(1)', 'another block before');
    await refuses((x) => { x.last = blocks.funding.last; }, 'OutOfOrder(1)', 'the block before that');
    await refuses((x) => { x.last = block.stored; }, 'OutOfOrder(1)', 'the block itself');
    t.diagnostic(`${count} refused`);

    // Step by step: committed with a stream that was changed, it can be proven neither with honest inputs nor with its own.
    let id = await snapshot();
    const bad = structuredClone(good);
    bad.block.delta = flip(bad.block.delta, 76);
    await send(rollup, encode('commitBlocks', [bad.last, [bad.block]]));
    const bound = bind(bad.last, bad.block, 4);
    assert.equal(await rollup.main.storedBlockHashes(2), storedHash(bound.stored));
    assert.equal(await reverts(rollup, block.prove), 'UnknownBlock(2)');
    assert.equal(await reverts(rollup, encode('proveBlocks', [[[bound.stored, bound.inputs, good.proof]]])), 'ProofRejected(2)');
    const [honest] = rollup.iface.decodeFunctionData('proveBlocks', block.prove).blocks;
    assert.equal(await reverts(rollup, encode('proveBlocks', [[[bound.stored, honest.inputs, good.proof]]])), 'WrongInputs(2)');
    await back(id);

    // Committed as it is: inputs, order, settlement. Reverted, and committed again.
    id = await snapshot();
    await send(rollup, block.commit);
    assert.deepEqual(bind(good.last, good.block, 4).stored, block.stored);
    assert.equal(await reverts(rollup, encode('proveBlocks', [[[block.stored, [...honest.inputs].with(3, 1), good.proof]]])), 'WrongInputs(2)');
    assert.equal(await reverts(rollup, encode('proveBlocks', [[[block.stored.with(1, 3), honest.inputs, good.proof]]])), 'UnknownBlock(2)');
    await send(rollup, block.prove);
    const hidden = cut(settlement, place(3), OPERATION);
    assert.equal(await reverts(rollup, encode('executeBlocks', [[[block.stored, hidden]]])), 'WrongSettlement(2)');
    assert.equal(await reverts(rollup, encode('executeBlocks', [[[block.stored.with(2, ethers.utils.keccak256(hidden)), hidden]]])), 'UnknownBlock(2)');
    assert.equal(await reverts(rollup, encode('executeBlocks', [[[blocks.nfts.stored, '0x']]])), 'OutOfOrder(2)');
    assert.equal(await reverts(rollup, block.settle), 'OutOfOrder(2)');
    await back(id);

    await send(rollup, block.commit);
    await send(rollup, block.revert);
    await checkTotals(1, 1, 1);
    const receipt = await send(rollup, block.settle);
    t.diagnostic(`settled in one call: ${receipt.gasUsed} gas`);
    await checkTotals(2, 2, 2);
    assert.equal(await reverts(rollup, block.settle), 'OutOfOrder(2)');
    const pending = (who, token) => rollup.main.getPendingBalance(who, token).then(Number);
    const stranger = '0x7701020300000000000000000000000000000000';
    assert.equal(await pending(stranger, rollup.token.address), 123456);
    assert.equal(await pending('0x7804050600000000000000000000000000000000', ethers.constants.AddressZero), 4242);
    assert.equal(await pending(`0x${'a6'.repeat(20)}`, ethers.constants.AddressZero), 1000000, 'a forced exit takes all');
    assert.equal(await pending(block.requests[1].owner, rollup.token.address), 5000000, 'and so does a full exit');
    await send(rollup, encode('withdrawPendingBalance', [stranger, rollup.token.address, 123456]));
    assert.equal((await rollup.token.balanceOf(stranger)).toNumber(), 123456);
});

for (const name of ['nfts', 'swaps']) {
    test(`${name}: settled in one call`, { skip }, async () => {
        const block = blocks[name];
        for (const request of block.requests) await ask(request);
        assert.equal(await reverts(rollup, settleData({ ...parse(block), proof: parse(blocks.payments).proof })), `ProofRejected(${block.stored[0]})`);
        await send(rollup, block.settle);
        assert.equal(await rollup.main.storedBlockHashes(block.stored[0]), storedHash(block.stored));
        if (name !== 'nfts') return;
        assert.equal(await rollup.main.pendingNFTOwner(65538), ethers.utils.getAddress('0x7701020300000000000000000000000000000000'), 'the withdrawn one');
        assert.equal(await rollup.main.pendingNFTOwner(65536), ethers.utils.getAddress(block.requests[0].owner), 'the one that left');
        assert.equal(await rollup.main.pendingNFTOwner(65537), ethers.constants.AddressZero, 'somebody else\'s stays');
    });
}

// A proxy that names a newest block which the node behind it has not yet, as endpoints do that stand for several nodes.
async function ahead(url, blocks) {
    const server = createServer((request, response) => {
        let body = '';
        request.on('data', (data) => { body += data; });
        request.on('end', async () => {
            const answer = await (await fetch(url, { method: 'POST', headers: { 'content-type': 'application/json' }, body })).json();
            if (JSON.parse(body).method === 'eth_getBlockByNumber' && JSON.parse(body).params[0] === 'latest') {
                answer.result.number = `0x${(Number(answer.result.number) + blocks).toString(16)}`;
            }
            response.setHeader('content-type', 'application/json');
            response.end(JSON.stringify(answer));
        });
    });
    await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
    return { url: `http://127.0.0.1:${server.address().port}`, stop: () => { server.closeAllConnections(); server.close(); } };
}

test('views are answered by nodes that are a little behind, and not by those that are far', { skip }, async () => {
    for (const [blocks, status] of [[2, 0], [40, 1]]) {
        const proxy = await ahead(rollup.url, blocks);
        try {
            const child = spawn(join(build, 'tests/l1/l1_blocks'), ['views', proxy.url, rollup.main.address, rollup.governance.address]);
            let stdout = '';
            child.stdout.on('data', (data) => { stdout += data; });
            const [code] = await once(child, 'close');
            assert.equal(code, status);
            if (status === 0) assert.equal(JSON.parse(stdout).l1Block, await rollup.provider.getBlockNumber());
        } finally {
            proxy.stop();
        }
    }
});

test('a reader with nothing but the chain gets the same state', { skip }, async () => {
    const { main, governance, provider } = rollup;
    const run = spawnSync(join(build, 'tests/l1/l1_blocks'), ['read', rollup.url, main.address, governance.address], { encoding: 'utf8' });
    assert.equal(run.status, 0, run.stderr);
    const got = JSON.parse(run.stdout);
    const done = plan.blocks.filter((b) => b.name !== 'full');
    const { stored } = done.at(-1);
    assert.equal(got.root, stored[4]);
    assert.equal(got.replayed, done.length);
    assert.deepEqual([got.committed, got.proven, got.executed], [done.length, done.length, done.length]);
    assert.equal(got.requests, done.reduce((n, b) => n + b.requests.length, 0));
    assert.equal(got.firstRequest, got.requests);
    assert.deepEqual([got.openRequests, got.committedRequests, got.exodus, got.exited, got.paused, got.governanceIsValidator], [0, 0, false, false, false, false]);
    assert.equal(got.storedHash, storedHash(stored));
    assert.equal(got.governance, governance.address.toLowerCase());
    assert.equal(got.priorityExpiration, (await main.priorityExpiration()).toNumber());
    assert.ok(got.l1Block <= await provider.getBlockNumber());
    const request = await main.priorityRequests(0);
    assert.deepEqual([got.requestHash, got.requestDeadline, got.requestType], [request[0], Number(request.deadline), request.opType]);
    assert.equal(got.fact, await main.authFacts(plan.facts[0].owner, 0));
    assert.notEqual(BigInt(got.fact), 0n);
    assert.deepEqual([got.token, got.tokenId, got.totalTokens, got.tokens], [rollup.token.address.toLowerCase(), 1, 1, 1]);
    assert.equal(BigInt(got.pending), 0n);
    assert.equal(got.pendingNft, (await main.pendingNFTOwner(65536)).toLowerCase());
    assert.deepEqual(got.keys, [0, 1, 2, 3].map((id) => {
        const { key } = artifact(`BlockVerifier${id}`);
        return { digest: key.keyDigest, circuitHash: key.circuitHash, srsId: key.srsId, insecure: true, proofLength: key.proofLength };
    }));
    assert.ok(got.events > 20);
});
