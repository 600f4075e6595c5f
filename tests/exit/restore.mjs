// `zkroll restore`: the state from L1 alone, of a chain with every kind of operation and with blocks that were reverted;
// interrupted, followed through reorganizations, begun from a snapshot, and lied to. ZK_SOAK: the long version.
import assert from 'node:assert/strict';
import { copyFileSync, cpSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { ethers, folder, liar as lie, zkroll } from './cli.mjs';
import { makeHistory, startRollup } from './rollup.mjs';

const SOAK = process.env.ZK_SOAK === '1';
const OPS = SOAK ? 120_000 : 4000;
const dir = folder();
let rollup;
let elsewhere; // another one
let made;
let n = 0;
const fresh = () => join(dir, `restore-${n++}`);
const args = (where, { url = rollup.url, contract = rollup.main.address } = {}) =>
    ['restore', '--l1', url, '--contract', contract, '--dir', where, '--json'];
const result = (got) => {
    assert.equal(got.code, 0, got.stderr);
    return JSON.parse(got.stdout.trim().split('\n').at(-1));
};

async function refuses(got, pattern, code = 1) {
    const { code: was, stdout, stderr } = await got;
    assert.equal(was, code, stderr);
    assert.equal(stdout, '');
    const errors = stderr.trim().split('\n').filter((line) => line.startsWith('zkroll'));
    assert.equal(errors.length, 1, stderr);
    assert.match(errors[0], pattern);
}

const liar = (change) => lie(rollup.url, ({ method, params }, answer) => change(method, params, answer));

before(async () => {
    rollup = await startRollup();
    made = await makeHistory(rollup, { ops: OPS, snapshot: join(dir, 'made.zks') });
    elsewhere = await startRollup();
    await makeHistory(elsewhere, { seed: 3, ops: 400, snapshot: join(dir, 'other.zks') });
}, { timeout: 300_000 });

after(async () => {
    await rollup?.stop();
    await elsewhere?.stop();
});

test('the same root, quickly', async () => {
    const start = Date.now();
    const got = result(await zkroll(args(fresh())));
    const seconds = (Date.now() - start) / 1000;
    assert.equal(got.root, made.root);
    assert.equal(got.block, made.block);
    assert.equal(got.operations, made.operations);
    assert.equal(got.waitingRequests, made.waiting.length);
    assert.ok(SOAK ? made.operations >= 100_000 : made.operations >= 4000);
    if (SOAK) assert.ok(made.operations / seconds > 5000, `${Math.round(made.operations / seconds)} operations/s`);
    console.log(`# ${made.operations} operations in ${seconds} s: ${Math.round(made.operations / seconds)} a second`);
});

test('killed at any point, it goes on to the same root', async () => {
    for (let round = 0; round < (SOAK ? 8 : 3); round++) {
        const where = fresh();
        for (let i = 0; i < 4; i++) await zkroll(args(where), { killAfter: 20 + (round * 97 + i * 61) % 300 });
        const stopped = await zkroll(args(where), { onStderr: (text, child) => child.kill('SIGTERM') });
        assert.ok(stopped.code === 0 || /goes on from here/.test(stopped.stderr), stopped.stderr);
        assert.equal(result(await zkroll(args(where))).root, made.root);
        assert.deepEqual(result(await zkroll(args(where))).operations, made.operations);
    }
});

// The states of a folder, the newest first.
const states = (where) => readdirSync(where).filter((f) => f.endsWith('.zks')).sort((a, b) => Number(b.match(/\d+/)[0]) - Number(a.match(/\d+/)[0]));
function damage(path) {
    const bytes = readFileSync(path);
    bytes[100] ^= 1;
    writeFileSync(path, bytes);
}

test('a damaged checkpoint is noticed', async () => {
    const where = fresh();
    result(await zkroll(args(where)));
    damage(join(where, states(where)[0]));
    await refuses(zkroll(args(where)), /state-\d+\.zks/);
});

test('from a published snapshot, once its root is one that L1 executed', async () => {
    const got = result(await zkroll([...args(fresh()), '--snapshot', join(dir, 'made.zks')]));
    assert.equal(got.root, made.root);
    assert.equal(got.waitingRequests, made.waiting.length);

    const half = result(await zkroll([...args(fresh()), '--snapshot', join(dir, 'made.zks.half')]));
    assert.equal(half.root, made.root);
    assert.ok(half.operations > 0 && half.operations < made.operations, 'only the second half was replayed');
    assert.equal(half.waitingRequests, made.waiting.length);
    const whole = fresh();
    result(await zkroll(args(whole)));

    // A state that never was on L1.
    const bytes = readFileSync(join(dir, 'made.zks'));
    bytes[60] ^= 1;
    writeFileSync(join(dir, 'changed.zks'), bytes);
    await refuses(zkroll([...args(fresh()), '--snapshot', join(dir, 'changed.zks')]), /changed\.zks/);
    const again = await zkroll([...args(whole), '--snapshot', join(dir, 'changed.zks')]);
    assert.match(again.stderr, /the snapshot is not needed/);
    assert.equal(result(again).root, made.root);
});

test('a snapshot takes over where no block was replayed: after an interruption, and after a wrong file', async () => {
    const bytes = readFileSync(join(dir, 'made.zks'));
    bytes[60] ^= 1;
    writeFileSync(join(dir, 'wrong.zks'), bytes);
    const where = fresh();
    // A whole file of a state that this chain never had: another rollup's.
    const genesis = fresh();
    const stopped = await zkroll(args(genesis), { onStderr: (text, child) => child.kill('SIGTERM') });
    assert.ok(stopped.code === 0 || /goes on from here/.test(stopped.stderr), stopped.stderr);
    await refuses(zkroll([...args(where), '--snapshot', join(dir, 'other.zks')]), /no block that L1 executed has the root/);
    await refuses(zkroll([...args(where), '--snapshot', join(dir, 'wrong.zks')]), /wrong\.zks/);
    // Stopped in the middle of looking for its root.
    let asked = 0;
    const slow = await liar((method, params, answer) => (method === 'eth_getTransactionByHash' && asked++ > 3 ? undefined : answer));
    const cut = await zkroll([...args(where, slow), '--snapshot', join(dir, 'made.zks.half')]);
    await slow.stop();
    assert.equal(cut.code, 1, cut.stderr);
    const got = await zkroll([...args(where), '--snapshot', join(dir, 'made.zks.half')]);
    assert.equal(result(got).root, made.root);
    assert.ok(result(got).operations < made.operations, 'it began with the snapshot');
});

test('while it follows, an L1 node that is gone for a while is waited for', { timeout: 120_000 }, async () => {
    let gone = false;
    let refused = 0;
    const node = await liar((method, params, answer) => (gone && refused++ < 12 ? undefined : answer));
    let follower;
    let said = '';
    const following = zkroll([...args(fresh(), node), '--follow'], { onStart: (child) => { follower = child; },
        onStderr: (text) => { said += text; if (/trying again/.test(said) && refused >= 12) gone = false; } });
    await new Promise((r) => setTimeout(r, 4000));
    gone = true;
    for (let i = 0; i < 600 && !(refused >= 12 && !gone); i++) await new Promise((r) => setTimeout(r, 100));
    assert.match(said, /no answer from L1.*; trying again/);
    assert.equal(follower.exitCode, null, 'it is still there');
    await new Promise((r) => setTimeout(r, 3000));
    follower.kill('SIGTERM');
    const ended = await following;
    await node.stop();
    assert.equal(ended.code, 0, ended.stderr);
    assert.equal(JSON.parse(ended.stdout.trim().split('\n').at(-1)).root, made.root);
});

test('a folder is of one rollup, and of one restore at a time', async () => {
    const where = fresh();
    result(await zkroll(args(where)));
    await refuses(zkroll(args(where, { contract: rollup.contracts.governance })), /another rollup or chain/);
    let follower;
    const following = await new Promise((began) => {
        const ended = zkroll([...args(where), '--follow'], { onStart: (child) => { follower = child; }, onStderr: () => began({ ended }) });
        ended.then(() => began({ ended }));
    });
    await refuses(zkroll(args(where)), /another restore works/);
    follower.kill('SIGTERM');
    assert.equal((await following.ended).code, 0);
});

test('a node that lies is found out', async () => {
    const lies = {
        'published bytes are changed': [/not what the contract holds a hash of/, (method, params, answer) => {
            if (method !== 'eth_getTransactionByHash') return answer;
            const at = Math.floor(answer.input.length * 0.7);
            const digit = answer.input[at] === '0' ? '1' : '0';
            return { ...answer, input: answer.input.slice(0, at) + digit + answer.input.slice(at + 1) };
        }],
        'a commit is left out': [/leaves out events/, (method, params, answer) => {
            if (method !== 'eth_getLogs') return answer;
            const topic = ethers.utils.id('BlockCommit(uint32)');
            const victim = answer.filter((log) => log.topics[0] === topic)[2];
            return answer.filter((log) => log !== victim);
        }],
        'a revert is left out': [/leaves out events/, (method, params, answer) => {
            if (method !== 'eth_getLogs') return answer;
            const topic = ethers.utils.id('BlocksRevert(uint32,uint32)');
            return answer.filter((log) => log.topics[0] !== topic);
        }],
        'the last executions are kept back': [/fewer executed blocks/, (method, params, answer) => {
            if (method !== 'eth_getLogs') return answer;
            const topic = ethers.utils.id('BlockVerification(uint32)');
            const of = answer.filter((log) => log.topics[0] === topic);
            return answer.filter((log) => log.topics[0] !== topic || log !== of.at(-1));
        }],
        'a waiting request is kept back': [/fewer requests|leaves out events/, (method, params, answer) => {
            if (method !== 'eth_getLogs') return answer;
            const topic = ethers.utils.id('NewPriorityRequest(address,uint64,uint8,bytes,uint256)');
            const victim = answer.filter((log) => log.topics[0] === topic).at(-1);
            return answer.filter((log) => log !== victim);
        }],
        'a waiting deposit is for somebody else': [/request \d+ is not what the contract holds/, (method, params, answer) => {
            if (method !== 'eth_getLogs') return answer;
            const topic = ethers.utils.id('NewPriorityRequest(address,uint64,uint8,bytes,uint256)');
            const victim = answer.filter((log) => log.topics[0] === topic).at(-1);
            return answer.map((log) => (log !== victim ? log : { ...log, data: log.data.replace(/([1-9a-f])(0{38,})$/, (m, d, zeros) => (d === '1' ? '2' : '1') + zeros) }));
        }],
        'the genesis is another': [/block 0/, (method, params, answer) => {
            if (method !== 'eth_getLogs') return answer;
            const topic = ethers.utils.id('Genesis(bytes32,address,address,uint64,uint64,uint64)');
            return answer.map((log) => (log.topics[0] !== topic ? log
                : { ...log, data: log.data.slice(0, 100) + (log.data[100] === '0' ? '1' : '0') + log.data.slice(101) }));
        }],
        'the contract is said to hold other hashes': [/not what the contract holds a hash of/, (method, params, answer) => {
            const selector = ethers.utils.id('storedBlockHashes(uint32)').slice(0, 10);
            return method === 'eth_call' && (params[0].data ?? params[0].input).startsWith(selector) ? `0x${'11'.repeat(32)}` : answer;
        }],
        'nonsense for an answer': [/L1|answer/, (method, params, answer) => (method === 'eth_getLogs' ? [{ nonsense: true }] : answer)],
    };
    for (const [what, [pattern, change]] of Object.entries(lies)) {
        const node = await liar(change);
        const where = fresh();
        try {
            await refuses(zkroll(args(where, node)), pattern).catch((err) => { err.message = `${what}: ${err.message}`; throw err; });
        } finally {
            await node.stop();
        }
        assert.equal(result(await zkroll(args(where))).root, made.root, `${what}: an honest node ends it well`);
    }
});

test('two nodes that disagree are found out, and two that agree are fine', async () => {
    const node = await liar((method, params, answer) => {
        const selector = ethers.utils.id('storedBlockHashes(uint32)').slice(0, 10);
        return method === 'eth_call' && (params[0].data ?? params[0].input).startsWith(selector) ? `0x${'22'.repeat(32)}` : answer;
    });
    try {
        await refuses(zkroll([...args(fresh()), '--l1', node.url]), /endpoint 2 gives another hash/);
    } finally {
        await node.stop();
    }
    const honest = await liar((method, params, answer) => answer);
    assert.equal(result(await zkroll([...args(fresh()), '--l1', honest.url])).root, made.root);
    await honest.stop();
});

test('calls for the governor and a validator do what they say', async () => {
    const call = async (...words) => result(await zkroll(['calldata', ...words, '--l1', elsewhere.url, '--contract', elsewhere.main.address, '--json']));
    const send = async (tx) => (await elsewhere.operator.sendTransaction({ ...tx, gasLimit: 3_000_000 })).wait();
    // Back to when a block was committed, and not executed yet.
    const [commits, executions] = await Promise.all(['BlockCommit', 'BlockVerification'].map((name) => elsewhere.main.queryFilter(elsewhere.main.filters[name](), 0)));
    const last = executions.findLast((e) => commits.some((c) => c.args.blockNumber === e.args.blockNumber && c.blockNumber < e.blockNumber));
    await elsewhere.provider.send('anvil_rollback', [await elsewhere.provider.getBlockNumber() - last.blockNumber + 1]);
    const stranger = '0x90F79bf6EB2c4f870365E785982E1f101E93b906';
    for (const on of [true, false]) {
        await send(await call('set-validator', stranger, on ? 'yes' : 'no'));
        assert.equal(await elsewhere.governance.validators(stranger), on);
        await send(await call('pause-token', elsewhere.token.address, on ? 'yes' : 'no'));
        assert.equal(await elsewhere.governance.pausedTokens(1), on);
    }
    await send(await call('add-token', stranger));
    assert.equal(await elsewhere.governance.tokenIds(stranger), 2);
    const [committed, executed] = await Promise.all([elsewhere.main.totalBlocksCommitted(), elsewhere.main.totalBlocksExecuted()]);
    assert.ok(committed > executed, 'the history ends with blocks that are not executed');
    await send(await call('revert-blocks'));
    assert.equal(await elsewhere.main.totalBlocksCommitted(), executed);
    await refuses(zkroll(['calldata', 'revert-blocks', '--l1', elsewhere.url, '--contract', elsewhere.main.address]), /nothing is to be reverted/);
    await refuses(zkroll(['calldata', 'set-validator', stranger, 'maybe', '--l1', elsewhere.url, '--contract', elsewhere.main.address]), /yes or no/);
});

test('a database\'s password is no argument', async () => {
    for (const url of ['postgres://me:secret@127.0.0.1/x', 'postgresql://me@127.0.0.1/x?password=secret'])
        await refuses(zkroll([...args(fresh()), '--database', url]), /does not belong into the database's address.*\$ZKROLL_DB_PASSWORD/);
});

test('wrong words get one line', async () => {
    await refuses(zkroll(['restore', '--contract', rollup.main.address]), /--l1 URL/);
    await refuses(zkroll(['restore', '--l1', rollup.url]), /--contract ADDRESS/);
    await refuses(zkroll(args(fresh(), { contract: '0x1234' })), /is not an address/);
    await refuses(zkroll(args(fresh(), { contract: '0x00000000000000000000000000000000000000aa' })), /no contract at/);
    await refuses(zkroll(args(fresh(), { contract: rollup.token.address })), /refuses|another contract|no genesis/);
    await refuses(zkroll(['restore', '--l1', 'http://127.0.0.1:1', '--contract', rollup.main.address]), /no answer from L1/);
    await refuses(zkroll(['restore', '--l1', 'nowhere', '--contract', rollup.main.address]), /http:\/\//);
    await refuses(zkroll([...args(fresh()), '--from-block', 'x']), /--from-block takes a number/);
    await refuses(zkroll([...args(fresh()), '--from-block', rollup.block + 20]), /before the genesis|leaves out/);
    await refuses(zkroll([...args(fresh()), 'more']), /one argument too many/, 2);
});

test('follows a chain that reorganizes', { timeout: 300_000 }, async () => {
    const other = await startRollup();
    try {
        const where = fresh();
        let follower, printed = '', over = false;
        const following = zkroll([...args(where, { url: other.url, contract: other.main.address }), '--follow'], {
            onStart: (child) => { (follower = child).stdout.on('data', (text) => { printed += text; }); },
        });
        following.then(() => { over = true; });
        const there = await makeHistory(other, { seed: 2, ops: SOAK ? 20_000 : 1500, reorgMs: 700 });
        while (!over && !printed.includes(there.root)) await new Promise((r) => setTimeout(r, 100));
        const again = fresh();
        mkdirSync(again);
        for (const f of readdirSync(where)) if (f !== 'lock') copyFileSync(join(where, f), join(again, f));
        follower.kill('SIGTERM');
        const ended = await following;
        assert.equal(ended.code, 0, ended.stderr);
        const lines = ended.stdout.trim().split('\n').map((line) => JSON.parse(line));
        assert.equal(lines.at(-1).root, there.root, ended.stderr);
        assert.ok(lines.at(-1).reorganizations > 0, 'it met a reorganization');
        const damaged = fresh();
        cpSync(where, damaged, { recursive: true });
        assert.equal(result(await zkroll(args(again, { url: other.url, contract: other.main.address }))).root, there.root);
        assert.ok(states(damaged).length > 1, 'it keeps older states');
        damage(join(damaged, states(damaged)[0]));
        assert.equal(result(await zkroll(args(damaged, { url: other.url, contract: other.main.address }))).root, there.root, 'an older one takes over');
        assert.equal(result(await zkroll(args(fresh(), { url: other.url, contract: other.main.address }))).root, there.root);
    } finally {
        await other.stop();
    }
});
