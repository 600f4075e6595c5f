// What L1 and provers can do to a rollup: reorganizations of depth 1 to 20, a deposit that vanishes after it was executed, an L1 that
// does not answer, a transaction that is not mined, provers that send garbage or nothing.
import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { ethers, ethOnL2, l1Call, program, rest, rootsAgree, sleep, startRollup, units, until, zksync } from './rollup.mjs';

const TOKEN = 'a word for provers';
process.env.ZKROLL_PROVER_TOKEN = TOKEN;

const running = [];
after(async () => { for (const rollup of running) await rollup.net.stop(); });
async function start(args) {
    const rollup = await startRollup({ args: ['--block-time', '1s', ...args] });
    running.push(rollup);
    return rollup;
}
const end = async (rollup) => {
    running.splice(running.indexOf(rollup), 1);
    const { code } = await rollup.net.stop();
    assert.equal(code, 0, rollup.net.log().slice(-2000));
};

const depositTx = (rollup, wallet, ether) => rollup.main.connect(wallet).depositETH(wallet.address, { value: units(String(ether)), gasLimit: 200_000 });
const info = async ({ net }, address) => {
    const response = await fetch(net.rpc, {
        method: 'POST', headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'account_info', params: [address] }),
    });
    return (await response.json()).result;
};
const committed = async (rollup, address) => BigInt((await info(rollup, address)).committed.balances.ETH ?? 0);
const overview = async ({ net }) => (await fetch(`${new URL(net.rest).origin}/api/zkroll/v1/overview`)).json();
const settled = (rollup) => until('every block is verified, every request executed', async () => {
    const s = await rest(rollup.net, '/networkStatus');
    return s.lastCommitted > 0 && s.lastCommitted === s.finalized && Number(await rollup.main.totalOpenPriorityRequests()) === 0;
});

// What the contract holds is what accounts have: no deposit was lost, none counted twice, whatever vanished in between.
async function moneyIsRight(rollup, wallets) {
    const held = (await rollup.world.l1.getBalance(rollup.net.contract)).toBigInt();
    assert.equal(await ethOnL2(rollup, wallets.map((w) => w.address)), held);
}

// Blocks come from here alone, in turn with reorganizations: one that anvil mines in the middle of anvil_reorg leaves a hole in its chain.
async function startMining(net, everyMs) {
    await l1Call(net, 'evm_setAutomine', [false]);
    let last = Promise.resolve(), stopped = false;
    const inTurn = (method, params) => (last = last.then(() => l1Call(net, method, params)));
    const loop = (async () => {
        for (; !stopped; await sleep(everyMs)) await inTurn('anvil_mine', ['0x1']);
    })();
    const stop = async () => {
        stopped = true;
        await loop;
        await l1Call(net, 'evm_setAutomine', [true]);
    };
    return { reorg: (depth) => inTurn('anvil_reorg', [depth, []]), stop };
}

async function hasNoHole({ net }) {
    const head = Number(await l1Call(net, 'eth_blockNumber'));
    for (let n = Math.max(0, head - 60); n < head; n++)
        assert.notEqual(await l1Call(net, 'eth_getBlockByNumber', [`0x${n.toString(16)}`, false]), null, `anvil has lost its block ${n} of ${head}`);
}

test('reorganizations of depth 1 to 20, around deposits and commits', { timeout: 240_000 }, async (t) => {
    const rollup = await start(['--l1-block-time', '0s', '--set', 'l1.confirmations=20', '--set', 'l1.poll=50ms']);
    const wallets = rollup.net.accounts.map((a) => new ethers.Wallet(a.privateKey, rollup.world.l1));
    const miner = await startMining(rollup.net, 100);
    let removed = 0;
    for (let depth = 1; depth <= 20; depth++) {
        const tx = await depositTx(rollup, wallets[depth % wallets.length], depth);
        await tx.wait();
        await sleep((depth * 37) % 5 * 100); // sometimes out of reach, mostly not
        await miner.reorg(depth);
        await hasNoHole(rollup);
        if (await rollup.world.l1.getTransactionReceipt(tx.hash) === null) removed++;
    }
    for (const wallet of wallets) await (await depositTx(rollup, wallet, 1)).wait();
    await settled(rollup);
    await moneyIsRight(rollup, wallets);
    t.diagnostic(`20 reorganizations, ${removed} deposits removed, ${await rootsAgree(rollup)} blocks verified`);
    await miner.stop();
    await end(rollup);
});

const door = (rollup, path, body, headers = {}) => fetch(`${new URL(rollup.net.rest).origin}/prover/v1/${path}`, {
    method: body === undefined ? 'GET' : 'POST',
    headers: { authorization: `Bearer ${TOKEN}`, 'content-type': typeof body === 'string' ? 'application/json' : 'application/octet-stream', ...headers },
    body,
});
const lease = async (rollup, prover) => {
    const answer = await door(rollup, 'lease', JSON.stringify({ prover, keys: [0, 1, 2, 3] }));
    return answer.status === 204 ? null : answer.json();
};

test('a deposit that vanishes after it was executed; provers that lie, or are silent', { timeout: 240_000 }, async (t) => {
    const rollup = await start(['--no-prover', '--set', 'prover.lease=2s', '--l1-block-time', '0s']);
    const [alice, bob] = rollup.net.accounts.slice(1, 3).map((a) => new ethers.Wallet(a.privateKey, rollup.world.l1));

    // Executed and sealed, then gone: its block can never be committed, and is taken back.
    await (await depositTx(rollup, bob, 1)).wait();
    await until('Bob has his', async () => await committed(rollup, bob.address) === units('1').toBigInt());
    await until("Bob's block is closed", async () => (await overview(rollup)).blocks.sealed === 1);
    await (await depositTx(rollup, alice, 3)).wait();
    await until('Alice has hers', async () => await committed(rollup, alice.address) === units('3').toBigInt());
    await sleep(2500); // its block is closed after a second, and has no proof
    await l1Call(rollup.net, 'anvil_reorg', [1, []]);
    await l1Call(rollup.net, 'anvil_mine', ['0x3']);
    await until('it is taken back', async () => await committed(rollup, alice.address) === 0n);
    assert.equal(await committed(rollup, bob.address), units('1').toBigInt(), 'what stayed on L1 stays here');
    await (await depositTx(rollup, alice, 2)).wait();
    await until('a new one counts', async () => await committed(rollup, alice.address) === units('2').toBigInt());

    // Strangers have no door; liars are found out; the silent are not waited for.
    await until('two blocks wait for proofs', async () => (await overview(rollup)).blocks.sealed === 2);
    assert.equal((await door(rollup, 'lease', '{"prover":"x"}', { authorization: 'Bearer guess' })).status, 401);
    let job = await until('there is work', () => lease(rollup, 'liar'));
    const trace = Buffer.from(await (await door(rollup, `trace/${job.block}`)).arrayBuffer());
    assert.ok(trace.length > 1000);
    for (const garbage of [Buffer.alloc(0), Buffer.alloc(2752), trace.subarray(0, 2752), Buffer.alloc(16000, 7)]) {
        const answer = await door(rollup, `proof/${job.block}?token=${job.token}&ms=1&prover=liar`, garbage);
        assert.deepEqual(await answer.json(), { verdict: 'wrong' });
        job = await until('the job is free again', () => lease(rollup, 'liar'));
    }
    const held = new Map([[job.block, job]]);
    await until('all jobs are held', async () => {
        const another = await lease(rollup, 'silent');
        if (another) held.set(another.block, another);
        return held.size === 2;
    });
    assert.equal(await lease(rollup, 'other'), null, 'a job has one prover');
    const { block } = await until('a lease ends', () => lease(rollup, 'other'));
    assert.deepEqual(await (await door(rollup, 'heartbeat', JSON.stringify({ block, token: held.get(block).token }))).json(), { ours: false });

    const honest = spawn(program, ['prover', '--server', new URL(rollup.net.rest).origin, '--insecure-srs', '--keys-dir', join(rollup.net.dataDir, 'keys')],
        { stdio: ['ignore', 'ignore', 'pipe'] });
    let words = '';
    honest.stderr.on('data', (data) => { words += data; });
    await settled(rollup);
    await moneyIsRight(rollup, [alice, bob]);
    honest.kill('SIGTERM');
    assert.deepEqual(await once(honest, 'exit'), [0, null], words);
    assert.match(words, /event=block_proved .*verdict=accepted/);
    t.diagnostic(`${await rootsAgree(rollup)} blocks verified`);
    await end(rollup);
});

test('L1 does not answer for a while, and then does not mine', { timeout: 240_000 }, async (t) => {
    const rollup = await start(['--l1-block-time', '0s', '--set', 'l1.timeout=1s', '--set', 'l1.stuck=1s']);
    const provider = await rollup.world.provider('rpc');
    const wallet = await zksync.Wallet.fromEthSigner(rollup.world.rich(), provider);
    const deposit = await wallet.depositToSyncFromEthereum({ depositTo: wallet.address(), token: 'ETH', amount: units('2') });
    await deposit.awaitReceipt();
    await (await wallet.setSigningKey({ feeToken: 'ETH', ethAuthType: 'ECDSA' })).awaitReceipt();
    await settled(rollup);

    const anvil = Number(execFileSync('pgrep', ['-P', String(rollup.net.pid), 'anvil']).toString().trim());
    process.kill(anvil, 'SIGSTOP');
    const during = await wallet.syncTransfer({ to: wallet.address(), token: 'ETH', amount: units('0.1') });
    await during.awaitReceipt(); // L2 goes on
    await sleep(15_000);
    assert.equal((await rest(rollup.net, `/transactions/${during.txHash.replace('sync-tx:', '0x')}`)).status, 'committed');
    process.kill(anvil, 'SIGCONT');
    await during.awaitVerifyReceipt();

    // Not mined: the same transaction is offered again at a higher price, and only one of the offers is taken.
    await l1Call(rollup.net, 'evm_setAutomine', [false]);
    const stuck = await wallet.syncTransfer({ to: wallet.address(), token: 'ETH', amount: units('0.2') });
    const offers = new Map();
    await until('three offers for one nonce', async () => {
        const { pending } = await l1Call(rollup.net, 'txpool_content');
        for (const list of Object.values(pending))
            for (const tx of Object.values(list)) offers.set(tx.hash, { nonce: Number(tx.nonce), fee: BigInt(tx.maxFeePerGas) });
        return offers.size >= 3;
    });
    const all = [...offers.values()];
    assert.equal(new Set(all.map((o) => o.nonce)).size, 1);
    for (let i = 1; i < all.length; i++) assert.ok(all[i].fee * 8n >= all[i - 1].fee * 9n, 'an eighth more each time');
    await l1Call(rollup.net, 'anvil_mine', ['0x1']);
    await l1Call(rollup.net, 'evm_setAutomine', [true]);
    await stuck.awaitVerifyReceipt();
    await settled(rollup);
    t.diagnostic(`${offers.size} offers; ${await rootsAgree(rollup)} blocks verified`);
    await end(rollup);
});
