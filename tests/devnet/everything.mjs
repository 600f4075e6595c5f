// A whole rollup with real proofs: every kind of operation that the circuits carry, through L1 and back; then a restart, and more
// of it; roots on L1, in the node and from replay agree at the end.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { Story } from '../sdk/story.mjs';
import { rest, rootsAgree, startRollup, units, until, zksync } from './rollup.mjs';

const chapters = ['deposits', 'activateByEcdsa', 'activateOnChain', 'activateByCreate2', 'transfers', 'batches', 'withdrawals', 'forcedExit', 'swaps',
    'nfts', 'verified', 'pendingBalances', 'fullExit'];

const dataDir = mkdtempSync(join(tmpdir(), 'zkroll-everything-'));
const args = ['--block-time', '2s', '--l1-block-time', '1s'];
let rollup;

before(async () => { rollup = await startRollup({ dataDir, args }); });
after(async () => {
    await rollup?.net.stop();
    rmSync(dataDir, { recursive: true, force: true });
});

test('every operation goes through L1 and back', { timeout: 400_000 }, async (t) => {
    const story = new Story(rollup.world, 'rpc');
    await story.begin();
    for (const chapter of chapters) await story[chapter]();
    await story.end();
    t.diagnostic(`${await rootsAgree(rollup)} blocks verified`);
});

test('after a restart it goes on where it was', { timeout: 200_000 }, async () => {
    const before = await rest(rollup.net, '/networkStatus');
    const { code } = await rollup.net.stop();
    assert.equal(code, 0, rollup.net.log());
    rollup = await startRollup({ dataDir, args });
    const now = await rest(rollup.net, '/networkStatus');
    assert.ok(now.totalTransactions >= before.totalTransactions);

    const provider = await rollup.world.provider('rpc');
    const wallet = await zksync.Wallet.fromEthSigner(rollup.world.rich(), provider);
    const deposit = await wallet.depositToSyncFromEthereum({ depositTo: wallet.address(), token: 'ETH', amount: units('1') });
    await deposit.awaitReceipt();
    if (!await wallet.isSigningKeySet()) await (await wallet.setSigningKey({ feeToken: 'ETH', ethAuthType: 'ECDSA' })).awaitReceipt();
    const payment = await wallet.withdrawFromSyncToEthereum({ ethAddress: wallet.address(), token: 'ETH', amount: units('0.1') });
    await payment.awaitVerifyReceipt();
    await until('all is verified', async () => {
        const s = await rest(rollup.net, '/networkStatus');
        return s.lastCommitted === s.finalized;
    });
    await rootsAgree(rollup);
});

test('killed, it loses nothing', { timeout: 200_000 }, async () => {
    const provider = await rollup.world.provider('rpc');
    const wallet = await zksync.Wallet.fromEthSigner(rollup.world.rich(), provider);
    const deposit = await wallet.depositToSyncFromEthereum({ depositTo: wallet.address(), token: 'ETH', amount: units('1') });
    await deposit.awaitReceipt();
    if (!await wallet.isSigningKeySet()) await (await wallet.setSigningKey({ feeToken: 'ETH', ethAuthType: 'ECDSA' })).awaitReceipt();
    const sent = await wallet.syncTransfer({ to: wallet.address(), token: 'ETH', amount: units('0.01') });
    await rollup.net.stop('SIGKILL');
    rollup = await startRollup({ dataDir, args });
    const receipt = await until('the transfer is verified', async () => {
        const r = await rest(rollup.net, `/transactions/${sent.txHash.replace('sync-tx:', '0x')}`);
        return r?.status === 'finalized' && r;
    });
    assert.equal(receipt.failReason, null);
    await rootsAgree(rollup);
});
