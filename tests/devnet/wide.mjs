// Blocks of more than 40 slots, which other keys, other verifiers and longer traces belong to: proved through the node and settled. The
// largest, which take gigabytes and a minute each, in the long version.
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { blockOf, ethers, ethOnL2, rootsAgree, startRollup, units, until } from './rollup.mjs';

const CAPACITIES = process.env.ZK_SOAK === undefined ? [160, 640] : [160, 640, 2560];
const running = new Set();
after(async () => { for (const rollup of running) await rollup.net.stop(); });

for (const slots of CAPACITIES) {
    test(`blocks of ${slots} slots`, { timeout: 1_800_000 }, async (t) => {
        const began = Date.now();
        const rollup = await startRollup({ args: ['--block-slots', String(slots), '--block-time', '20s', '--l1-block-time', '0s'] });
        running.add(rollup);
        const ready = Date.now();
        const wallets = rollup.net.accounts.slice(0, 5).map((a) => new ethers.Wallet(a.privateKey, rollup.world.l1));
        const n = slots + slots / 4; // one block is full, and closed by that; the next is not
        for (const [i, wallet] of wallets.entries()) {
            const first = await wallet.getTransactionCount();
            for (let k = i; k < n; k += wallets.length) {
                const nonce = first + (k - i) / wallets.length;
                await rollup.main.connect(wallet).depositETH(wallet.address, { value: units('0.01'), gasLimit: 200_000, nonce });
            }
        }
        await until('every request is executed on L1', async () => (await rollup.main.totalOpenPriorityRequests()).isZero()
            && await rollup.world.l1.getBalance(rollup.net.contract).then((held) => held.eq(units('0.01').mul(n))), 1_200_000);
        const blocks = await rootsAgree(rollup);
        const sizes = [];
        for (let number = 1; number <= blocks; number++) sizes.push((await blockOf(rollup.net, number)).blockSize);
        assert.ok(sizes.includes(slots), `blocks have ${sizes}`);
        assert.equal(await ethOnL2(rollup, wallets.map((w) => w.address)), units('0.01').mul(n).toBigInt());
        running.delete(rollup);
        const { code } = await rollup.net.stop();
        assert.equal(code, 0, rollup.net.log().slice(-2000));
        t.diagnostic(`${n} deposits in blocks of ${sizes.join(', ')} slots; ready in ${ready - began} ms, verified in ${Date.now() - ready} ms`);
    });
}
