// The node when L1 is gone, killed, or has another past: users go on paying on L2, nothing accepted is lost, and afterwards every block
// is settled, each once, with the money where it belongs. Real proofs.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { artifact, ethers, rest, rootsAgree, zksync } from '../devnet/rollup.mjs';
import { BigNumber } from '../sdk/world.mjs';
import { rpc } from '../support/anvil.mjs';
import { Node, Users, endAll, eventually, random, sleep, startChain } from './rollup.mjs';

const LONG = process.env.ZK_SOAK !== undefined;
const SEED = Number(process.env.ZK_SEED ?? 20261123);
const KILLS = LONG ? 50 : 10;
const MINUTE = 60_000;
const PATIENCE = 420_000; // with proofs, when other programs have the processors
const PACE = 3000; // ms: proofs must keep up, on a machine that does other things too

const chains = [];
after(async () => {
    await endAll();
    for (const chain of chains) await chain.stop();
});

// A chain that mines by itself, a node with all roles, and users.
async function world(name, args = []) {
    const chain = await startChain({ blockTime: 0.5 });
    chains.push(chain);
    const node = new Node(chain, name, ['--roles=all', '--sequencer.block-slots=40', '--sequencer.block-time=8s', '--l1.timeout=10s', '--l1.stuck=5s', '--sequencer.lease=10s',
        '--settle.deadline=0s', '--prover.insecure-srs=yes', '--prover.lease=5s', ...args]);
    await node.choosePorts();
    node.start();
    await node.up();
    const at = (contract) => new ethers.Contract(chain.contract, artifact(contract).abi, chain.provider);
    const rollup = {
        net: { l1: chain.url, contract: chain.contract, rest: `${node.rest}/api/v0.2`, rpc: node.url },
        world: { l1: chain.provider }, main: at('IZkRoll'), operator: at('IZkRollOperator'),
    };
    return { chain, node, rollup, users: await Users.create(node, 4, SEED) };
}

const metric = async (node, name) => {
    const text = await (await fetch(`${node.rest}/metrics`)).text();
    return Number(text.split('\n').find((line) => line.startsWith(`${name} `))?.split(' ')[1]);
};
const sealed = async (node) => await metric(node, 'zkroll_block') - 1;
const verified = async ({ main }) => Number(await main.totalBlocksExecuted());

// Until the contract has verified every block, executed every request, and the node has seen that in L1's blocks; returns how many
// blocks. Whoever needs that number takes it from here: while anvil mines, an eth_call of 'latest' may show the state of the block to
// come, and the next one the state before it.
async function settled({ node, rollup }) {
    return eventually('every block is verified, every request executed', async () => {
        assert.equal(node.ended, null);
        const blocks = await sealed(node);
        return await metric(node, 'zkroll_block_operations') === 0 && blocks > 0 && await verified(rollup) === blocks
            && Number(await rollup.main.totalOpenPriorityRequests()) === 0 && (await rest(rollup.net, '/networkStatus')).finalized === blocks
            && await sealed(node) === blocks && blocks;
    }, PATIENCE).catch((error) => { throw new Error(`${error.message}\n${node.words.slice(-4000)}`); });
}

// What the contract holds is what accounts have, of users and of the operator, and what waits there to be taken.
async function moneyIsRight({ chain, node, rollup, users }, pending = 0n) {
    let sum = pending;
    for (const { address } of users.list) sum += BigInt((await node.result('account_info', [address])).committed.balances.ETH ?? 0);
    sum += BigInt((await rest(rollup.net, '/accounts/0/committed')).balances.ETH ?? 0);
    assert.equal(sum, (await chain.provider.getBalance(chain.contract)).toBigInt());
}

// Ends the load and shows that everything is as it should be; returns how many blocks were verified.
async function finish(w, work, pending) {
    await work.stop();
    w.lost = await w.users.countDeposits();
    await w.users.settle();
    await settled(w);
    await moneyIsRight(w, pending);
    const blocks = await rootsAgree(w.rollup);
    const { code } = await w.node.kill('SIGTERM');
    assert.equal(code, 0, w.node.words);
    return blocks;
}

const answered = (node) => metric(node, 'zkroll_l1_answered_timestamp_seconds');
const readLog = (node) => readFileSync(join(node.chain.dir, `${node.name}.log`), 'utf8');

// One minute without L1: `gone` and `back` take it away and bring it again.
async function outage(w, gone, back) {
    const { node, users, rollup } = w;
    await settled(w);
    const work = users.run(node, PACE);
    await gone(w);
    const since = Date.now(); // its port is closed by now, so nothing is answered later
    await sleep(3000);
    const before = users.accepted.size, blocks = await sealed(node);
    await sleep(15_000);
    const gap = since / 1000 - await answered(node); // between its last answer and its end
    assert.ok(gap > -1 && gap < 15, `L1 answered ${gap} s before it was gone`);
    await node.kill(); // what is worse: the node is killed meanwhile, and starts without L1
    node.start();
    await node.up();
    while (Date.now() - since < MINUTE) {
        await sleep(1000);
        assert.equal(await node.answers(), true, 'L2 needs no L1 to serve');
    }
    const paid = users.accepted.size - before;
    assert.ok(paid > 10, `${paid} transfers`);
    assert.ok(await sealed(node) > blocks + 3, 'blocks are sealed without L1');
    assert.ok(Number.isNaN(await answered(node)), 'to this process L1 has not answered yet');
    assert.match(readLog(node), /event=l1_watch_failed/);
    assert.match(readLog(node), /event=l1_awaited/);
    await back(w);
    await eventually('L1 is seen', async () => Date.now() / 1000 - await answered(node) < 2);
    await users.depositAtRisk();
    return { paid, blocks: await finish(w, work) };
}

test('L1 is gone for a minute: it does not answer, or its port is closed', { timeout: 1_200_000 }, async (t) => {
    const args = ['--l1.timeout=3s']; // so that the node has something to say before the minute is over
    const [silent, closed] = await Promise.all([world('silent', args), world('closed', args)]);
    const results = await Promise.all([
        outage(silent, ({ chain }) => chain.l1.signal('SIGSTOP'), ({ chain }) => chain.l1.signal('SIGCONT')),
        outage(closed, async ({ chain }) => { await chain.l1.stop(); }, ({ chain }) => chain.l1.start()),
    ]);
    for (const { paid, blocks } of results) t.diagnostic(`${paid} transfers accepted in that minute; ${blocks} blocks verified`);
});

test(`kill -9 of the L1 node ${KILLS} times, which forgets its last blocks`, { timeout: 3_000_000 }, async (t) => {
    const w = await world('forgetful');
    const { chain, node, users } = w;
    const dice = random(SEED + 2);
    await settled(w);
    const work = users.run(node, PACE);
    let depth = 0, deepest = 0;
    for (let i = 0; i < KILLS; i++) {
        const until = Date.now() + 1000 + dice(3000);
        while (Date.now() < until) {
            await sleep(300);
            chain.l1.keep();
            if (dice(4) === 0) await users.depositAtRisk();
        }
        const head = await chain.l1.kill();
        await sleep(dice(1000));
        const d = head - await chain.l1.restart(dice(3));
        depth += d;
        deepest = Math.max(deepest, d);
    }
    const blocks = await finish(w, work);
    t.diagnostic(`${KILLS} kills, ${depth} L1 blocks forgotten, up to ${deepest} at once, ${w.lost} deposits with them; `
        + `${users.accepted.size} transfers accepted, ${blocks} blocks verified`);
});

// Blocks that were final are not on L1 any more: they are committed, proved and executed again, and whoever withdrew is paid once.
async function regret(t, mode, vanishes) {
    const w = await world(`regret-${mode}`, [`--settle.mode=${mode}`]);
    const { chain, node, rollup, users } = w;
    const { l1 } = chain;
    const before = await settled(w);
    const head = Number(await rpc(chain.url, 'eth_blockNumber'));
    await eventually('L1 has written its state', () => { l1.keep(); return l1.states.at(-1)?.number >= head; });
    const kept = l1.states.at(-1).number;

    const account = async (user) => (await node.result('account_info', [user.address])).committed;
    if (vanishes) {
        const [user] = users.list, had = await account(user);
        await users.depositAtRisk(user);
        await eventually('the deposit arrives', async () => (await account(user)).balances.ETH !== had.balances.ETH);
    }
    const fee = BigNumber.from((await node.result('get_tx_fee', ['Withdraw', users.list[0].address, 'ETH'])).totalFee).mul(2);
    const owed = new Map();
    for (const user of users.list) {
        const to = ethers.Wallet.createRandom().address, amount = 1_000_000n * BigInt(1 + users.random(1000));
        await users.withdraw(user, to, amount, zksync.utils.closestPackableTransactionFee(fee));
        owed.set(to, amount);
    }
    const pending = [...owed.values()].reduce((a, b) => a + b);
    const owes = async () => {
        for (const [to, amount] of owed)
            if ((await rollup.main.getPendingBalance(to, ethers.constants.AddressZero)).toBigInt() !== amount) return false;
        return true;
    };
    for (const user of users.list) await eventually('withdrawals are executed', async () => (await account(user)).nonce === user.nonce);
    const after = await settled(w);
    assert.ok(after > before && await owes());

    const was = await l1.kill();
    const is = await l1.restart(0, kept);
    assert.equal(await verified(rollup), before, 'L1 has forgotten what it executed');
    assert.equal(await owes(), false);
    const work = users.run(node, PACE);
    await eventually('it is executed again', async () => await verified(rollup) >= after && owes(), PATIENCE)
        .catch((error) => { throw new Error(`${error.message}\n${node.words.slice(-4000)}`); });
    const blocks = await finish(w, work, pending);
    assert.ok(await owes());
    assert.equal(w.lost, vanishes ? 1 : 0);
    assert.match(readLog(node), /event=l1_behind/);
    for (const [to, amount] of owed) {
        await (await rollup.main.connect(chain.rich(1)).withdrawPendingBalance(to, ethers.constants.AddressZero, amount)).wait();
        assert.equal((await chain.provider.getBalance(to)).toBigInt(), amount);
    }
    t.diagnostic(`${mode}: ${was - is} L1 blocks forgotten, ${after - before} executed rollup blocks with them; ${blocks} blocks verified in the end`);
}

test('L1 forgets blocks that it had executed', { timeout: 1_200_000 }, async (t) => {
    await Promise.all([regret(t, 'split', false), regret(t, 'joint', true)]);
});
