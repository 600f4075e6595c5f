// What a node may say to make a user send other than he meant, or believe what is not so; and connections that break when it
// matters most. Between the program and an honest development network stands a proxy that lies (cli.mjs, liar).
import assert from 'node:assert/strict';
import { closeSync, openSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { rpc } from '../support/anvil.mjs';
import { startDevnet } from '../support/devnet.mjs';
import { ethers, folder, liar, makeWallet, zkroll } from './cli.mjs';

const dir = folder();
const SEND = ['--yes', '--json', '--quiet'];
const units = (text, decimals = 18) => ethers.utils.parseUnits(text, decimals).toString();
let net;
let alice, bob;
let deposit; // alice's first
let chain; // --l1 and --contract

const ok = (got) => {
    assert.equal(got.code, 0, got.stderr);
    return JSON.parse(got.stdout.trim().split('\n').at(-1));
};

async function refuses(got, pattern, code = 1) {
    const { code: was, stderr, stdout } = await got;
    assert.equal(was, code, stderr);
    const errors = stderr.trim().split('\n').filter((line) => line.startsWith('zkroll'));
    assert.equal(errors.length, 1, stderr);
    assert.match(errors[0], pattern);
    return { stderr, stdout };
}

const balance = async (wallet, env) => ok(await wallet.run(['balance', '--json'], { env }));
const nonce = async (wallet) => (await balance(wallet)).nonce;

// Runs f with the environment of a node whose JSON-RPC or REST answers are changed, and stops it.
async function withLiar(which, change, f) {
    const node = await liar(which === 'l1' ? net.l1 : which === 'rest' ? net.rest : net.rpc, change);
    try {
        return await f({ [which === 'l1' ? 'ZKROLL_L1' : which === 'rest' ? 'ZKROLL_REST' : 'ZKROLL_NODE']: node.url }, node);
    } finally {
        await node.stop();
    }
}

before(async () => {
    net = await startDevnet({ dataDir: join(dir, 'net'), args: ['--block-time', '1s', '--l1-block-time', '0s'] });
    chain = ['--l1', net.l1, '--contract', net.contract];
    const env = { ZKROLL_L1: net.l1, ZKROLL_NODE: net.rpc, ZKROLL_REST: net.rest, ZKROLL_CONTRACT: net.contract };
    [alice, bob] = await Promise.all([1, 2].map((i) => makeWallet(dir, i, env)));
    deposit = ok(await alice.run(['deposit', '3', 'ETH', '--wait', 'committed', ...SEND]));
    ok(await alice.run(['deposit', '400', 'DAI', '--wait', 'committed', ...SEND]));
    ok(await bob.run(['deposit', '1', 'ETH', '--wait', 'committed', ...SEND]));
    ok(await alice.run(['activate', '--wait', 'verified', ...SEND]));
}, { timeout: 400_000 });

after(() => net?.stop());

// ---- tokens

const changed = (symbol, change) => ({ method }, result) =>
    (method !== 'tokens' ? result : Object.fromEntries(Object.entries(result).map(([k, t]) => [k, t.symbol === symbol ? { ...t, ...change } : t])));

test('a node that gives ETH other decimals is not believed, and no transfer is made', { timeout: 200_000 }, async () => {
    const before = await nonce(alice);
    for (const lie of [{ decimals: 16 }, { decimals: 20 }, { symbol: 'DOGE' }, { address: net.tokens.DAI }])
        await withLiar('rpc', changed('ETH', lie), async (env) => {
            await refuses(alice.run(['transfer', '0.01', 'ETH', bob.address, ...SEND], { env }), /false about ETH.*do not believe/);
        });
    await withLiar('rpc', changed('DAI', { symbol: 'eth' }), (env) =>
        refuses(alice.run(['transfer', '0.01', 'ETH', bob.address, ...SEND], { env }), /false about ETH/));
    assert.equal(await nonce(alice), before, 'nothing was sent');
});

test('what a node says of a token is compared with L1, or shown in base units', { timeout: 200_000 }, async () => {
    const before = await nonce(alice);
    const send = (env, args = SEND) => alice.run(['transfer', '2', 'DAI', bob.address, ...args], { env });
    await withLiar('rpc', changed('DAI', { decimals: 20 }), (env) => refuses(send(env), /DAI has 20 decimals, and on L1 it has 18/));
    await withLiar('rpc', changed('DAI', { address: net.tokens.wBTC }), (env) => refuses(send(env), /another address for token 1/));
    // wBTC's place under DAI's name: two DAI would be two hundred million satoshis.
    await withLiar('rpc', ({ method }, result) => (method !== 'tokens' ? result
        : Object.fromEntries(Object.entries(result).map(([k, t]) => [k, { ...t, symbol: { DAI: 'wBTC', wBTC: 'DAI' }[t.symbol] ?? t.symbol }]))),
    (env) => refuses(send(env), /calls token 2 DAI, and on L1 it is wBTC/));
    assert.equal(await nonce(alice), before, 'nothing was sent');
    // Without a contract there is nothing to compare with: the line to agree to says what will be signed.
    const unchecked = await send({ ZKROLL_L1: '', ZKROLL_CONTRACT: '' }, ['--wait', 'none']);
    assert.equal(unchecked.code, 1);
    assert.match(unchecked.stderr, /transfer 2\.0* DAI \(if the node is right; 2000000000000000000 base units of token 1\)/);
    const checked = await send({}, ['--wait', 'none']);
    assert.match(checked.stderr, /transfer 2\.0* DAI to 0x/);
});

test('verify balance takes symbol and decimals from L1', { timeout: 200_000 }, async () => {
    const both = ({ method, path }, result) => changed('ETH', { decimals: 16 })({ method, path }, changed('DAI', { decimals: 16 })({ method, path }, result));
    await withLiar('rpc', both, async (env) => {
        const eth = await zkroll(['verify', 'balance', 'ETH', alice.address, ...chain], { env: { ...alice.vars, ...env } });
        assert.match(eth.stdout, /^[0-2]\.\d+ ETH in account/, eth.stderr);
        for (const name of ['DAI', 'dai', '1', net.tokens.DAI]) {
            const dai = await zkroll(['verify', 'balance', name, alice.address, ...chain], { env: { ...alice.vars, ...env } });
            assert.match(dai.stdout, /^400\.0* DAI in account/, dai.stderr);
        }
    });
    await refuses(zkroll(['verify', 'balance', 'DOGE', alice.address, ...chain], { env: alice.vars }), /no token .* called 'DOGE' on L1/);
    await refuses(zkroll(['verify', 'balance', '77', alice.address, ...chain], { env: alice.vars }), /does not know a token 77/);
});

test('a true proof of long ago is no proof of today', { timeout: 200_000 }, async () => {
    let old;
    const replay = ({ path }, result) => (path.includes('/proof') ? (old ??= result) : result);
    await withLiar('rest', replay, async (env) => {
        const verify = () => zkroll(['verify', 'balance', 'ETH', alice.address, ...chain, '--json'], { env: { ...alice.vars, ...env } });
        const first = ok(await verify());
        const sent = ok(await alice.run(['transfer', '0.03', 'ETH', bob.address, '--wait', 'verified', ...SEND]));
        assert.ok(sent.block > first.block);
        await rpc(net.l1, 'anvil_mine', ['0x50']);
        await refuses(verify(), /what was after block \d+, and L1 has executed block \d+.*the node is behind, or shows old states/);
    });
    ok(await zkroll(['verify', 'balance', 'ETH', alice.address, ...chain, '--json'], { env: alice.vars }));
});

test('a proof that is in no transaction to the contract is not called valid', { timeout: 200_000 }, async () => {
    // The event comes from a transaction of another kind: so it looks when somebody's contract hands the proof on.
    const proving = ethers.utils.id('BlockProven(uint32)');
    const forwarded = ({ method }, result) => (method !== 'eth_getLogs' ? result
        : result.map((log) => (log.topics[0] === proving ? { ...log, transactionHash: deposit.l1Hash } : log)));
    await withLiar('l1', forwarded, async ({ ZKROLL_L1 }) => {
        const got = await zkroll(['verify', 'block', '1', '--l1', ZKROLL_L1, '--contract', net.contract, '--json']);
        assert.equal(got.code, 1, got.stderr);
        assert.equal(JSON.parse(got.stdout).proof, 'unchecked');
        assert.match(got.stderr, /NOT checked/);
    });
});

// ---- what waits on L1

test('claim goes on past a token that cannot be paid', { timeout: 300_000 }, async () => {
    ok(await alice.run(['deposit', '0.01', 'wBTC', '--wait', 'committed', ...SEND]));
    ok(await alice.run(['withdraw', '10', 'DAI', ...SEND]));
    ok(await alice.run(['withdraw', '0.005', 'wBTC', '--fee-token', 'ETH', '--wait', 'verified', ...SEND]));
    const code = await rpc(net.l1, 'eth_getCode', [net.tokens.DAI, 'latest']);
    await rpc(net.l1, 'anvil_setCode', [net.tokens.DAI, '0x5f5ffd']); // every call reverts
    const { stdout } = await refuses(alice.run(['claim', ...SEND]), /1 of what waits cannot be paid out, and still waits/);
    assert.deepEqual(JSON.parse(stdout).claimed.map((c) => c.amount), [units('0.005', 8)], 'wBTC comes after DAI');
    await rpc(net.l1, 'anvil_setCode', [net.tokens.DAI, code]);
    assert.deepEqual(ok(await alice.run(['claim', ...SEND])).claimed.map((c) => c.amount), [units('10')]);
});

// ---- the contract

test('where something is worth something, the contract is not the node\'s to name', { timeout: 200_000 }, async () => {
    const mainnet = ({ method }, result) => (method === 'eth_chainId' ? '0x1' : result);
    await withLiar('l1', mainnet, async (env) => {
        for (const command of [['deposit', '1', 'ETH'], ['full-exit', 'ETH', '--account', 1], ['claim']])
            await refuses(bob.run([...command, ...SEND], { env: { ...env, ZKROLL_CONTRACT: '' } }), /which rollup\? name its main contract/);
    });
    const asked = await bob.run(['deposit', '1', 'ETH']);
    assert.equal(asked.code, 1, 'there is no terminal to ask at');
    assert.match(asked.stderr, new RegExp(`into the rollup's contract ${net.contract}`, 'i'));
});

// ---- answers that do not arrive

const eth = async (who) => BigInt((await balance(who)).committed.ETH ?? 0);
const submits = ({ method }) => method === 'tx_submit' || method === 'submit_txs_batch';

test('an answer that is lost once is asked for again, and nothing is paid twice', { timeout: 200_000 }, async () => {
    for (const slow of [false, true]) {
        const [had, before] = [await eth(alice), await nonce(alice)];
        let lost = 0;
        const breaks = (question, result) => (submits(question) && lost++ === 0 ? undefined : result);
        const node = await liar(net.rpc, breaks);
        // slow: it is executed before it is sent again, and then refused for its nonce and not as a duplicate.
        const got = await alice.run(['transfer', '0.05', 'ETH', bob.address, ...SEND], {
            env: { ZKROLL_NODE: node.url },
            onStart: (child) => { if (slow) pauseAfterLoss(child, () => lost > 0); },
        });
        await node.stop();
        const { hash, fee } = ok(got);
        assert.ok(lost >= 1, 'an answer was lost');
        assert.equal(got.stderr.match(/^sending sync-tx:/gm).length, 1, 'under one hash');
        assert.ok(got.stderr.includes(`sending ${hash}`));
        assert.equal(await nonce(alice), before + 1);
        assert.equal(had - await eth(alice), BigInt(units('0.05')) + BigInt(fee));
    }
});

// Stops the child between the lost answer and its next attempt.
async function pauseAfterLoss(child, lost) {
    while (!lost()) await new Promise((r) => setTimeout(r, 1));
    child.kill('SIGSTOP');
    await new Promise((r) => setTimeout(r, 4000));
    child.kill('SIGCONT');
}

test('a transaction whose answer never comes has a name and an exit code of its own', { timeout: 200_000 }, async () => {
    const before = await nonce(alice);
    const node = await liar(net.rpc, (question, result) => (submits(question) ? undefined : result));
    const silent = await liar(net.rest, ({ path }, result) => (path.includes('/transactions/') ? undefined : result));
    const got = await refuses(alice.run(['transfer', '0.02', 'ETH', bob.address, ...SEND], { env: { ZKROLL_NODE: node.url, ZKROLL_REST: silent.url } }),
        /sync-tx:[0-9a-f]{64} was sent, or may have been/, 3);
    await node.stop();
    await silent.stop();
    assert.equal(got.stdout, '');
    const [, hash] = got.stderr.match(/^sending (sync-tx:[0-9a-f]{64})$/m);
    const became = ok(await alice.run(['tx', hash, '--wait', 'committed', '--json']));
    assert.match(became.status, /committed|verified/);
    assert.equal(await nonce(alice), before + 1);
});

test('a transaction that the node never saw is not waited for', async () => {
    await refuses(alice.run(['tx', `0x${'ab'.repeat(32)}`, '--wait', 'verified']), /does not know this transaction/);
});

test('a result that cannot be written does not look like nothing was sent', { timeout: 200_000 }, async () => {
    const before = await nonce(alice);
    const full = openSync('/dev/full', 'w');
    const got = await alice.run(['transfer', '0.02', 'ETH', bob.address, ...SEND], { stdout: full });
    closeSync(full);
    assert.equal(got.code, 3, got.stderr);
    const [, hash] = got.stderr.match(/^sending (sync-tx:[0-9a-f]{64})$/m);
    assert.ok(got.stderr.includes(`cannot write to standard output; ${hash} was sent`), got.stderr);
    assert.equal(await nonce(alice), before + 1);
});

test('an L1 transaction has its hash on stderr before it is mined, and an L1 that falls silent is no refusal', { timeout: 300_000 }, async () => {
    let sent = false;
    const env = { ZKROLL_L1: '' };
    const node = await liar(net.l1, ({ method }, result) => {
        if (method !== 'eth_sendRawTransaction') return sent ? undefined : result;
        sent = true;
        return result;
    });
    env.ZKROLL_L1 = node.url;
    const got = await bob.run(['deposit', '0.01', 'ETH', ...SEND], { env, killAfter: 8000 });
    await node.stop();
    assert.equal(got.signal, 'SIGKILL');
    assert.equal(got.stdout, '');
    const [, hash] = got.stderr.match(/^sending (0x[0-9a-f]{64})$/m);
    const receipt = await rpc(net.l1, 'eth_getTransactionReceipt', [hash]);
    assert.equal(receipt.status, '0x1', 'it is there');
});

// ---- a table that is interrupted

test('a batch that stops between two parts says which lines are sent, and goes on without them', { timeout: 300_000 }, async () => {
    const to = (i) => ethers.utils.getAddress(`0x${(0xabc000 + i).toString(16).padStart(40, '0')}`);
    const lines = Array.from({ length: 120 }, (_, i) => `${to(i)},ETH,0.0001`);
    const file = join(dir, 'many.csv');
    writeFileSync(file, `address,token,amount\n${lines.join('\n')}\n`);
    const before = await eth(alice);
    let n = 0;
    const breaks = await liar(net.rpc, (question, result) => (question.method === 'submit_txs_batch' && n++ >= 1 ? undefined : result));
    const silent = await liar(net.rest, ({ path }, result) => (path.includes('/transactions/') ? undefined : result));
    const got = await refuses(alice.run(['batch', file, '--yes'], { env: { ZKROLL_NODE: breaks.url, ZKROLL_REST: silent.url } }),
        /lines 2 to (\d+) are sent, lines (\d+) to \d+ may be: go on with --from-line \2 if not, else \d+/, 3);
    await breaks.stop();
    await silent.stop();
    const [, last, doubtful, next] = got.stderr.match(/lines 2 to (\d+) are sent, lines \d+ to (\d+) may be.*, else (\d+)/);
    assert.equal(Number(next), Number(doubtful) + 1);
    assert.ok(Number(last) < Number(doubtful));
    const name = got.stderr.match(/^sending (sync-tx:[0-9a-f]{64})$/gm).at(-1).slice('sending '.length);
    assert.match(ok(await alice.run(['tx', name, '--wait', 'committed', '--json'])).status, /committed|verified/, 'it was taken');
    ok(await alice.run(['batch', file, '--from-line', next, ...SEND]));
    for (const i of [0, Number(last) - 2, Number(last) - 1, Number(doubtful) - 2, Number(doubtful) - 1, 119])
        assert.equal(ok(await alice.run(['balance', to(i), '--json'])).committed.ETH, units('0.0001'), `line ${i + 2}`);
    const paid = before - await eth(alice);
    assert.ok(paid > BigInt(units('0.012')) && paid < BigInt(units('0.013')), `${paid}: each line once, and fees`);
    await refuses(alice.run(['batch', file, '--from-line', '122', ...SEND]), /no lines from there on/);
});

// ---- the account's id

test('a full exit is asked for the wallet\'s own account, whatever the node says', { timeout: 300_000 }, async () => {
    const { account } = await balance(bob);
    const had = (await eth(bob)).toString();
    const other = (await balance(alice)).account;
    const stolen = ({ method }, result) => (method === 'account_info' ? { ...result, id: other } : result);
    await withLiar('rpc', stolen, async (env) => {
        const got = ok(await bob.run(['full-exit', 'ETH', '--wait', 'verified', ...SEND], { env }));
        assert.equal(got.status, 'verified');
    });
    assert.deepEqual(ok(await bob.run(['claim', 'ETH', ...SEND])).claimed.map((c) => c.amount), [had], `account ${account} was paid out`);
    // With another id in its Merkle proof the path leads nowhere.
    const elsewhere = ({ path }, result) => (path.includes('/proof') ? { ...result, accountId: other } : result);
    await withLiar('rest', elsewhere, (env) => refuses(bob.run(['full-exit', 'ETH', ...SEND], { env }), /does not lead to the root/));
    // And an id that was typed wrongly does not end as a success.
    await refuses(bob.run(['full-exit', 'ETH', '--account', other, '--wait', 'verified', ...SEND]), /owes this address no more than before/);
});
