// Everything a user does with the SDK, through one kind of provider, with balances checked on both sides.
import assert from 'node:assert/strict';
import { BigNumber, ethers, eventually, refused, units, zksync } from './world.mjs';

const { utils } = zksync;
const ETH = units('1');
const sum = (...xs) => xs.reduce((a, b) => a.add(b), BigNumber.from(0));

async function balance(wallet, token, kind = 'committed') {
    return BigNumber.from(await wallet.getBalance(token, kind));
}

// Runs what, and checks that a balance moved by exactly this much.
async function moves(wallet, token, by, what) {
    const before = await balance(wallet, token);
    const result = await what();
    const amount = typeof by === 'function' ? by(result) : by;
    const after = await balance(wallet, token);
    assert.equal(after.sub(before).toString(), amount.toString(), `${token} of ${wallet.address()}`);
    return result;
}

const done = async (tx) => {
    const receipt = await tx.awaitReceipt();
    assert.equal(receipt.success, true);
    return tx;
};
const feeOf = (tx) => BigNumber.from(tx.txData.tx.fee);

export class Story {
    constructor(world, kind) {
        Object.assign(this, { world, kind, pending: [], log: [] });
    }

    async begin() {
        this.provider = await this.world.provider(this.kind);
        this.aliceEth = this.world.rich();
        this.bobEth = this.world.rich();
        this.alice = await zksync.Wallet.fromEthSigner(this.aliceEth, this.provider);
        this.bob = await zksync.Wallet.fromEthSigner(this.bobEth, this.provider);
    }

    end() {
        return this.provider.disconnect();
    }

    // ---- in

    async deposits() {
        const { alice } = this;
        assert.equal(await alice.getAccountId() ?? null, null);
        const eth = await alice.depositToSyncFromEthereum({ depositTo: alice.address(), token: 'ETH', amount: units('5') });
        await eth.awaitReceipt();
        assert.equal((await balance(alice, 'ETH')).toString(), units('5').toString());
        assert.equal(await alice.isERC20DepositsApproved('DAI'), false);
        const approval = await alice.approveERC20TokenDeposits('DAI');
        await approval.wait();
        assert.equal(await alice.isERC20DepositsApproved('DAI'), true);
        const dai = await alice.depositToSyncFromEthereum({ depositTo: alice.address(), token: 'DAI', amount: units('400') });
        await dai.awaitReceipt();
        const wbtc = await alice.depositToSyncFromEthereum({
            depositTo: alice.address(), token: 'wBTC', amount: units('2', 8), approveDepositAmountForERC20: true,
        });
        await wbtc.awaitReceipt();
        assert.equal((await balance(alice, 'DAI')).toString(), units('400').toString());
        assert.equal((await balance(alice, 'wBTC')).toString(), units('2', 8).toString());
        assert.ok(await alice.getAccountId() > 0);
        this.pending.push(eth, dai, wbtc);
    }

    // ---- activation, four ways

    async activateByEcdsa() {
        const { alice } = this;
        assert.equal(await alice.isSigningKeySet(), false);
        await moves(alice, 'ETH', (tx) => feeOf(tx).mul(-1), async () =>
            done(await alice.setSigningKey({ feeToken: 'ETH', ethAuthType: 'ECDSA' })));
        assert.equal(await alice.isSigningKeySet(), true);
        assert.equal(await alice.isCorrespondingSigningKeySet(), true);
        assert.equal((await alice.getAccountState()).accountType, 'Owned');
    }

    async activateOnChain() {
        const { bob } = this;
        const deposit = await bob.depositToSyncFromEthereum({ depositTo: bob.address(), token: 'ETH', amount: ETH });
        await deposit.awaitReceipt();
        const nonce = await bob.getNonce();
        const fee = (await this.provider.getTransactionFee({ ChangePubKey: 'Onchain' }, bob.address(), 'ETH')).totalFee;
        const unknown = await refused(bob.setSigningKey({ feeToken: 'ETH', fee, nonce, ethAuthType: 'Onchain' }));
        assert.match(unknown.message, /Change pubkey tx is not authorized onchain/);
        await (await bob.onchainAuthSigningKey()).wait();
        assert.equal(await bob.isOnchainAuthSigningKeySet(), true);
        await moves(bob, 'ETH', (tx) => feeOf(tx).mul(-1), async () =>
            done(await bob.setSigningKey({ feeToken: 'ETH', ethAuthType: 'Onchain' })));
        assert.equal(await bob.isSigningKeySet(), true);
    }

    async activateByCreate2() {
        const { alice, provider } = this;
        const signer = await zksync.Signer.fromSeed(ethers.utils.randomBytes(32));
        const data = {
            creatorAddress: alice.address(),
            saltArg: ethers.utils.hexlify(ethers.utils.randomBytes(32)),
            codeHash: ethers.utils.hexlify(ethers.utils.randomBytes(32)),
        };
        const wallet = await zksync.Wallet.fromCreate2Data(signer, provider, data);
        await done(await alice.syncTransfer({ to: wallet.address(), token: 'ETH', amount: units('0.5') }));
        await done(await wallet.setSigningKey({ feeToken: 'ETH', ethAuthType: 'CREATE2' }));
        assert.equal((await wallet.getAccountState()).accountType, 'CREATE2');
        await moves(alice, 'ETH', units('0.1'), async () =>
            done(await wallet.syncTransfer({ to: alice.address(), token: 'ETH', amount: units('0.1') })));
        const signed = await wallet.signSyncTransfer({
            to: alice.address(), token: 'ETH', amount: 1, fee: units('0.01'), nonce: await wallet.getNonce(),
        });
        const extra = await alice.ethMessageSigner().getEthMessageSignature('not asked for');
        assert.match((await refused(provider.submitTx(signed.tx, extra))).message, /Eth signature from CREATE2 account not expected/);
        const toggle = await alice.getToggle2FA(true);
        assert.match((await refused(provider.toggle2FA({ ...toggle, accountId: await wallet.getAccountId() }))).message,
            /Can not change 2FA for a CREATE2 account/);
    }

    async withoutSecondFactor() {
        const { alice, bob, provider } = this;
        const transfer = async () => {
            const signed = await alice.signSyncTransfer({
                to: bob.address(), token: 'ETH', amount: 1000, nonce: await alice.getNonce(),
                fee: (await provider.getTransactionFee('Transfer', bob.address(), 'ETH')).totalFee,
            });
            return zksync.submitSignedTransaction({ tx: signed.tx }, provider);
        };
        assert.match((await refused(transfer())).message, /MissingEthSignature/);
        assert.equal((await alice.toggle2FA(false)).success ?? true, true);
        await eventually('the account has no second factor', async () => (await alice.getAccountState()).accountType?.No2FA === null);
        await done(await transfer());
        const noEth = await zksync.Wallet.fromEthSignerNoKeys(new zksync.No2FAWalletSigner(alice.address(), this.world.l1), provider);
        assert.equal(noEth.address(), alice.address());
        await alice.toggle2FA(false, await alice.syncSignerPubKeyHash());
        await eventually('for one key', async () => typeof (await alice.getAccountState()).accountType?.No2FA === 'string');
        await done(await transfer());
        await alice.toggle2FA(true);
        await eventually('the second factor is back', async () => (await alice.getAccountState()).accountType === 'Owned');
        assert.match((await refused(transfer())).message, /MissingEthSignature/);
    }

    // ---- payments

    async transfers() {
        const { alice, bob } = this;
        const amount = zksync.closestPackableTransactionAmount(units('0.1234567890123'));
        await moves(bob, 'ETH', amount, () => moves(alice, 'ETH', (tx) => sum(amount, feeOf(tx)).mul(-1), async () =>
            done(await alice.syncTransfer({ to: bob.address(), token: 'ETH', amount }))));
        const carol = await zksync.Wallet.fromEthSigner(this.world.stranger(), this.provider);
        const toNew = await this.provider.getTransactionFee('Transfer', carol.address(), 'DAI');
        const toOld = await this.provider.getTransactionFee('Transfer', bob.address(), 'DAI');
        assert.ok(BigNumber.from(toNew.totalFee).gt(toOld.totalFee));
        await moves(alice, 'DAI', (tx) => sum(units('30'), feeOf(tx)).mul(-1), async () =>
            done(await alice.syncTransfer({ to: carol.address(), token: 'DAI', amount: units('30') })));
        assert.equal((await balance(carol, 'DAI')).toString(), units('30').toString());
        this.carol = carol;
    }

    async failingTransfer() {
        const { alice, bob } = this;
        const nonce = await alice.getNonce();
        const tx = await alice.syncTransfer({ to: bob.address(), token: 'ETH', amount: units('1000000') });
        await assert.rejects(tx.awaitReceipt(), /Not enough balance/);
        assert.equal(await alice.getNonce(), nonce);
    }

    async batches() {
        const { alice, bob, carol, provider } = this;
        const fee = await provider.getTransactionsBatchFee(['Transfer', 'Transfer', 'Transfer'],
            [bob.address(), carol.address(), alice.address()], 'ETH');
        const txs = await moves(alice, 'ETH', sum(units('0.03'), fee).mul(-1), async () => {
            const sent = await alice.syncMultiTransfer([
                { to: bob.address(), token: 'ETH', amount: units('0.01'), fee: 0 },
                { to: carol.address(), token: 'ETH', amount: units('0.02'), fee: 0 },
                { to: alice.address(), token: 'ETH', amount: 0, fee },
            ]);
            for (const tx of sent) await done(tx);
            return sent;
        });
        assert.equal(new Set(txs.map((tx) => tx.txHash)).size, 3);

        // A key change and a payment in one, paid by a transfer to oneself that the builder adds.
        const dave = await zksync.Wallet.fromEthSigner(this.world.stranger(), provider);
        await done(await alice.syncTransfer({ to: dave.address(), token: 'DAI', amount: units('50') }));
        const built = await dave.batchBuilder()
            .addChangePubKey({ feeToken: 'DAI', ethAuthType: 'ECDSA' })
            .addTransfer({ to: alice.address(), token: 'DAI', amount: units('7') })
            .addWithdraw({ ethAddress: dave.address(), token: 'DAI', amount: units('3') })
            .build('DAI');
        const before = await balance(dave, 'DAI');
        const sent = await zksync.wallet.submitSignedTransactionsBatch(provider, built.txs, [built.signature]);
        for (const tx of sent) await done(tx);
        assert.equal(await dave.isSigningKeySet(), true);
        assert.equal(before.sub(await balance(dave, 'DAI')).toString(), sum(units('10'), built.totalFee.get('DAI')).toString());
        this.pending.push(sent.at(-1));
        this.dave = dave;
    }

    async failingBatch() {
        const { alice, bob, provider } = this;
        const nonce = await alice.getNonce(), before = await balance(alice, 'ETH');
        const fee = await provider.getTransactionsBatchFee(['Transfer', 'Transfer'], [bob.address(), bob.address()], 'ETH');
        const sent = await alice.syncMultiTransfer([
            { to: bob.address(), token: 'ETH', amount: 1, fee },
            { to: bob.address(), token: 'ETH', amount: units('1000000'), fee: 0 },
        ]);
        for (const tx of sent)
            await assert.rejects(tx.awaitReceipt(), /Batch execution failed, since tx #2 of batch failed with a reason: Not enough balance/);
        assert.equal(await alice.getNonce(), nonce);
        assert.equal((await balance(alice, 'ETH')).toString(), before.toString());
    }

    // ---- out

    async withdrawals() {
        const { alice } = this;
        const eth = await moves(alice, 'ETH', (tx) => sum(units('0.2'), feeOf(tx)).mul(-1), async () =>
            done(await alice.withdrawFromSyncToEthereum({ ethAddress: alice.address(), token: 'ETH', amount: units('0.2') })));
        const dai = await moves(alice, 'DAI', (tx) => sum(units('20'), feeOf(tx)).mul(-1), async () =>
            done(await alice.withdrawFromSyncToEthereum({
                ethAddress: alice.address(), token: 'DAI', amount: units('20'), fastProcessing: true,
            })));
        this.withdrawn = { eth, dai };
        this.pending.push(eth, dai);
    }

    async forcedExit() {
        const { alice, carol } = this;
        const exit = await alice.syncForcedExit({ target: carol.address(), token: 'DAI' });
        await done(exit);
        assert.equal((await balance(carol, 'DAI')).toString(), '0');
        this.pending.push(exit);
    }

    async fees() {
        const { provider, alice } = this;
        for (const type of ['Transfer', 'Withdraw', 'FastWithdraw', 'ForcedExit', 'MintNFT', 'WithdrawNFT', 'FastWithdrawNFT', 'Swap',
            { ChangePubKey: 'Onchain' }, { ChangePubKey: 'ECDSA' }, { ChangePubKey: 'CREATE2' }, { ChangePubKey: { onchainPubkeyAuth: false } }]) {
            for (const token of ['ETH', 'DAI', 'wBTC']) {
                const fee = await provider.getTransactionFee(type, alice.address(), token);
                assert.ok(BigNumber.from(fee.totalFee).gt(0), JSON.stringify(type));
                assert.ok(utils.isTransactionFeePackable(fee.totalFee));
                assert.ok(BigNumber.from(fee.totalFee).lte(sum(fee.gasFee, fee.zkpFee)));
            }
        }
        const fast = await provider.getTransactionFee('FastWithdraw', alice.address(), 'ETH');
        const slow = await provider.getTransactionFee('Withdraw', alice.address(), 'ETH');
        assert.ok(BigNumber.from(fast.totalFee).gt(slow.totalFee));
        assert.equal(await provider.getTokenPrice('DAI'), 1);
        assert.equal(await provider.getTokenPrice('wBTC'), 9000);
        assert.ok(await provider.getConfirmationsForEthOpAmount() >= 0);
    }

    // ---- NFTs and swaps

    async nfts() {
        const { alice, bob, provider } = this;
        const contentHash = ethers.utils.hexlify(ethers.utils.randomBytes(32));
        this.minted = await alice.mintNFT({ recipient: alice.address(), contentHash, feeToken: 'ETH' });
        await done(this.minted);
        const id = await eventually('the NFT has an id', () => provider.getNFTIdByTxHash(this.minted.txHash));
        const nft = (await alice.getAccountState()).committed.nfts[id];
        assert.equal(nft.contentHash, contentHash);
        await this.minted.awaitVerifyReceipt();
        const public_ = await provider.getNFT(id);
        assert.equal(public_.creatorAddress, alice.address().toLowerCase());
        assert.equal(await provider.getNFTOwner(id), await alice.getAccountId());
        const alone = await alice.getTransfer({ to: bob.address(), token: id, amount: 1, fee: 0, nonce: await alice.getNonce(), validFrom: 0, validUntil: 4294967295 });
        assert.match((await refused(provider.submitTx(alone))).message, /Chosen token is not suitable for paying fees/);
        const sent = await alice.syncTransferNFT({ to: bob.address(), token: nft, feeToken: 'ETH' });
        for (const tx of sent) await done(tx);
        assert.equal((await alice.getAccountState()).committed.nfts[id], undefined);
        const out = await bob.withdrawNFT({ to: bob.address(), token: id, feeToken: 'ETH' });
        await done(out);
        this.nftOut = { id, out };
        this.pending.push(out);
    }

    async swaps() {
        const { alice, bob, provider } = this;
        const nonceA = await alice.getNonce(), nonceB = await bob.getNonce();
        const order = (wallet, sell, buy, ratio, amount, nonce) => (amount ? wallet.signOrder : wallet.signLimitOrder).call(wallet, {
            tokenSell: sell, tokenBuy: buy, ratio: utils.tokenRatio(ratio), ...(amount ? { amount } : {}), nonce,
        });
        const limit = await order(alice, 'ETH', 'DAI', { ETH: 1, DAI: 200 }, null, nonceA);
        const fixed = await order(alice, 'DAI', 'ETH', { DAI: 200, ETH: 1 }, units('2'), nonceA);
        // Both orders are Alice's: the one thing that a swap may not be, found out when it is executed.
        const self = await bob.syncSwap({
            orders: [fixed, { ...limit, accountId: limit.accountId }], amounts: [units('2'), units('0.01')], feeToken: 'ETH', nonce: nonceB,
        });
        await assert.rejects(self.awaitReceipt(), /Self-swap is not allowed/);
        const mine = await order(bob, 'ETH', 'DAI', { ETH: 1, DAI: 200 }, null, nonceB);
        await moves(alice, 'DAI', units('2').mul(-1), async () => done(await bob.syncSwap({
            orders: [await order(alice, 'DAI', 'ETH', { DAI: 200, ETH: 1 }, units('2'), await alice.getNonce()), mine],
            amounts: [units('2'), units('0.01')], feeToken: 'ETH',
        })));
        assert.equal(await provider.getTokenSymbol(0), 'ETH');
    }

    // ---- the end of each: verified on L1, and the money there

    async verified() {
        for (const op of this.pending) await op.awaitVerifyReceipt();
        const { alice, provider } = this;
        const hash = await provider.getEthTxForWithdrawal(this.withdrawn.eth.txHash);
        const receipt = await this.world.l1.getTransactionReceipt(hash);
        assert.equal(receipt.status, 1);
        for (const token of ['ETH', 'DAI', 'wBTC'])
            assert.equal((await balance(alice, token, 'verified')).toString(), (await balance(alice, token)).toString());
    }

    async pendingBalances() {
        const { alice, bobEth, carol, dave, provider, world } = this;
        const dai = provider.tokenSet.resolveTokenAddress('DAI');
        const erc20 = new ethers.Contract(dai, ['function balanceOf(address) view returns (uint256)'], world.l1);
        const owed = (who, token) => alice.getZkSyncMainContract().getPendingBalance(who, token);
        assert.equal((await owed(alice.address(), ethers.constants.AddressZero)).toString(), units('0.2').toString());
        assert.equal((await owed(carol.address(), dai)).toString(), units('30').toString());

        const daiBefore = await erc20.balanceOf(alice.address());
        await (await alice.withdrawPendingBalance(alice.address(), 'DAI')).wait();
        assert.equal((await erc20.balanceOf(alice.address())).sub(daiBefore).toString(), units('20').toString());

        // Others may push it: Bob pays the gas, Alice gets the money, of hers all and of Carol's a part.
        const bob = await zksync.Wallet.fromEthSigner(bobEth, provider);
        const ethBefore = await world.l1.getBalance(alice.address());
        await (await bob.withdrawPendingBalance(alice.address(), 'ETH')).wait();
        assert.equal((await world.l1.getBalance(alice.address())).sub(ethBefore).toString(), units('0.2').toString());
        await (await bob.withdrawPendingBalance(carol.address(), 'DAI', units('10'))).wait();
        assert.equal((await erc20.balanceOf(carol.address())).toString(), units('10').toString());
        if (world.net.multicall) {
            await (await bob.withdrawPendingBalances([carol.address(), dave.address()], ['DAI', 'DAI'], { address: world.net.multicall })).wait();
            assert.equal((await erc20.balanceOf(carol.address())).toString(), units('30').toString());
            assert.equal((await erc20.balanceOf(dave.address())).toString(), units('3').toString());
        }
        assert.equal((await owed(carol.address(), dai)).toString(), world.net.multicall ? '0' : units('20').toString());
    }

    // The NFT that Bob withdrew is minted on L1, to him.
    async nftOnL1() {
        const { bob, bobEth, provider, world } = this;
        await (await bob.getZkSyncMainContract().connect(bobEth).withdrawPendingNFTBalance(this.nftOut.id)).wait();
        const { withdrawnFactory } = await provider.getNFT(this.nftOut.id);
        const factory = new ethers.Contract(withdrawnFactory, ['function ownerOf(uint256) view returns (address)'], world.l1);
        assert.equal(await factory.ownerOf(this.nftOut.id), bob.address());
    }

    // The emergency way: a full exit by L1 alone.
    async fullExit() {
        const { alice, provider, world } = this;
        const wbtc = provider.tokenSet.resolveTokenAddress('wBTC');
        const erc20 = new ethers.Contract(wbtc, ['function balanceOf(address) view returns (uint256)'], world.l1);
        const all = await balance(alice, 'wBTC');
        assert.ok(all.gt(0));
        const exit = await alice.emergencyWithdraw({ token: 'wBTC' });
        await exit.awaitReceipt();
        assert.equal((await balance(alice, 'wBTC')).toString(), '0');
        await exit.awaitVerifyReceipt();
        const before = await erc20.balanceOf(alice.address());
        await (await alice.withdrawPendingBalance(alice.address(), 'wBTC')).wait();
        assert.equal((await erc20.balanceOf(alice.address())).sub(before).toString(), all.toString());
    }
}
