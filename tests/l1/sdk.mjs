// The unmodified npm package `zksync` against the deployed contracts: everything that it sends to L1, with the gas limits that it
// sends it with. What it asks the node before (addresses, tokens, its account) a few fixed answers say.
import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { createRequire } from 'node:module';
import { after, before, test } from 'node:test';
import { artifact, as, ethers, genesisOf, reverts, send, settleAnything, startRollup } from './rollup.mjs';

const zksync = createRequire(import.meta.url)('zksync');
const ALICE = '0x59c6995e998f97a5a0044966f0945389dc9e86dae88c7a8412f4603b6b78690d'; // anvil's second account
const ACCOUNT = 4711;
const { BigNumber } = ethers;
const ether = ethers.utils.parseEther;

let rollup;
let node;
let provider;
let wallet;
let alice;
let answers;

before(async () => {
    rollup = await startRollup({ time: 1_800_000_000 });
    const eth = { address: ethers.constants.AddressZero, id: 0, symbol: 'ETH', decimals: 18 };
    const one = { address: rollup.token.address, id: 1, symbol: 'ONE', decimals: 18 };
    answers = {
        contract_address: () => ({ mainContract: rollup.contracts.main, govContract: rollup.contracts.governance }),
        tokens: () => ({ ETH: eth, ONE: one }),
        account_info: ([address]) => ({
            address, id: ACCOUNT, accountType: 'Owned', depositing: { balances: {} },
            committed: { balances: {}, nfts: {}, mintedNfts: {}, nonce: 3, pubKeyHash: `sync:${'00'.repeat(20)}` },
            verified: { balances: {}, nfts: {}, mintedNfts: {}, nonce: 3, pubKeyHash: `sync:${'00'.repeat(20)}` },
        }),
    };
    node = createServer((request, response) => {
        let body = '';
        request.on('data', (data) => { body += data; });
        request.on('end', () => {
            const { id, method, params } = JSON.parse(body);
            response.setHeader('content-type', 'application/json');
            response.end(JSON.stringify({ jsonrpc: '2.0', id, result: answers[method](params) }));
        });
    });
    await new Promise((resolve) => node.listen(0, '127.0.0.1', resolve));
    provider = await zksync.Provider.newHttpProvider(`http://127.0.0.1:${node.address().port}`, 50, 'localhost');
    alice = new ethers.Wallet(ALICE, rollup.provider);
    wallet = await zksync.Wallet.fromEthSigner(alice, provider);
    await send(rollup, rollup.token.interface.encodeFunctionData('mint', [alice.address, ether('1000')]), { to: rollup.token.address });
});
after(async () => {
    node?.closeAllConnections();
    node?.close();
    await rollup?.stop();
});

// Mined, with the gas limit the SDK sent and the gas it took.
async function mined(tx, limit) {
    const receipt = await tx.wait();
    assert.equal(receipt.status, 1);
    assert.equal(tx.gasLimit.toNumber(), limit);
    assert.ok(receipt.gasUsed.toNumber() < limit, `${receipt.gasUsed} of ${limit}`);
    return receipt;
}

// A priority operation as the SDK follows it: by the serial id in the receipt's logs.
async function queued(operation, limit, serialId, opType) {
    await mined(operation.ethTx, limit);
    await operation.awaitEthereumTxCommit();
    assert.equal(operation.priorityOpId.toNumber(), serialId);
    assert.equal((await rollup.main.priorityRequests(serialId)).opType, opType);
}

test('ETHProxy: tokens, contracts and the default factory', async () => {
    const proxy = new zksync.ETHProxy(rollup.provider, provider.contractAddress);
    assert.equal(await proxy.resolveTokenId(rollup.token.address), 1);
    assert.equal(await proxy.resolveTokenId('ETH'), 0);
    await assert.rejects(proxy.resolveTokenId(alice.address), /is not supported/);
    assert.equal((await proxy.getDefaultNFTFactory()).address, ethers.utils.getAddress(rollup.contracts.nftFactory));
    assert.equal(await proxy.getZkSyncContract().exodusMode(), false);
});

test('deposits of ETH, the very first included', async () => {
    await queued(await wallet.depositToSyncFromEthereum({ depositTo: alice.address, token: 'ETH', amount: ether('1') }), 90_000, 0, 1);
    await queued(await wallet.depositToSyncFromEthereum({ depositTo: rollup.operatorAddress, token: 'ETH', amount: 1 }), 90_000, 1, 1);
    const given = await wallet.depositToSyncFromEthereum({ depositTo: alice.address, token: 'ETH', amount: 2, ethTxOptions: { gasLimit: 120_000 } });
    await queued(given, 120_000, 2, 1);
    assert.equal((await rollup.provider.getBalance(rollup.contracts.main)).toString(), ether('1').add(3).toString());
});

test('deposits of a token: refused without approval, approved with the deposit, approved for good', async () => {
    const deposit = { depositTo: alice.address, token: 'ONE', amount: ether('5') };
    assert.equal(await wallet.isERC20DepositsApproved('ONE'), false);
    const refused = await wallet.depositToSyncFromEthereum(deposit);
    await assert.rejects(refused.awaitEthereumTxCommit());

    // Both sent before either is mined, as in life: the deposit's estimate fails, and the recommended limit must do.
    await rollup.provider.send('evm_setAutomine', [false]);
    const operation = await wallet.depositToSyncFromEthereum({ ...deposit, approveDepositAmountForERC20: true });
    await rollup.provider.send('anvil_mine', ['0x1']);
    await rollup.provider.send('evm_setAutomine', [true]);
    await queued(operation, 300_000, 3, 1);
    assert.ok((await operation.ethTx.wait()).gasUsed.toNumber() < 140_000, 'the least that it sends on the main chain');

    await (await wallet.approveERC20TokenDeposits('ONE')).wait();
    assert.equal(await wallet.isERC20DepositsApproved('ONE'), true);
    await queued(await wallet.depositToSyncFromEthereum(deposit), 300_000, 4, 1);
    assert.equal((await rollup.token.balanceOf(rollup.contracts.main)).toString(), ether('10').toString());
});

test('a key announced on chain', async () => {
    assert.equal(await wallet.isOnchainAuthSigningKeySet(), false);
    await mined(await wallet.onchainAuthSigningKey(), 200_000);
    assert.equal(await wallet.isOnchainAuthSigningKeySet(), true);
    const hash = (await wallet.signer.pubKeyHash()).replace('sync:', '0x');
    assert.equal(await rollup.main.authFacts(alice.address, 3), ethers.utils.keccak256(hash));
    await mined(await wallet.onchainAuthSigningKey(77), 200_000);
    assert.equal(await wallet.isOnchainAuthSigningKeySet(77), true);
});

test('full exits, of tokens and NFTs', async () => {
    await queued(await wallet.emergencyWithdraw({ token: 'ETH' }), 500_000, 5, 6);
    await queued(await wallet.emergencyWithdraw({ token: 'ONE', accountId: 12 }), 500_000, 6, 6);
    await queued(await wallet.emergencyWithdrawNFT({ tokenId: 70_000 }), 500_000, 7, 6);
    const pubData = (account, token) => ethers.utils.solidityPack(['uint8', 'uint32', 'address', 'uint32', 'bytes'], [6, account, alice.address, token, `0x${'00'.repeat(76)}`]);
    const wanted = [pubData(ACCOUNT, 0), pubData(12, 1), pubData(ACCOUNT, 70_000)];
    for (const [i, data] of wanted.entries()) {
        assert.equal((await rollup.main.priorityRequests(5 + i)).hash, `0x${ethers.utils.keccak256(data).slice(-40)}`);
    }
});

test('pending balances, one and many; and NFTs', async () => {
    const bob = '0xb0b0000000000000000000000000000000000001';
    const op = (code, account, owner, token, amount) => ethers.utils.solidityPack(['uint8', 'uint24', 'address', 'uint16', 'uint48', 'uint128'], [code, account, owner, token, 0, amount]);
    const nft = ethers.utils.solidityPack(['uint8', 'uint24', 'address', 'uint32', 'address', 'uint24', 'uint32', 'uint8', 'bytes32', 'uint64'],
        [0x16, ACCOUNT, alice.address, 70_000, bob, 9, 1, 1, ethers.utils.id('content'), 0]);
    const deposits = [[alice.address, 0, ether('1')], [rollup.operatorAddress, 0, 1], [alice.address, 0, 2], [alice.address, 1, ether('5')], [alice.address, 1, ether('5')]];
    const settlement = ethers.utils.hexConcat([
        ...deposits.map(([to, token, amount]) => op(1, 9, to, token, amount)),
        op(6, ACCOUNT, alice.address, 0, ether('0.5')), op(6, 12, alice.address, 1, 0), nft,
        op(3, 9, bob, 0, 1000), op(3, 9, bob, 1, 2000), op(8, 9, alice.address, 1, 3000),
    ]);
    await settleAnything(rollup, genesisOf(rollup), settlement, 8);

    const proxy = new zksync.ETHProxy(rollup.provider, provider.contractAddress);
    assert.equal((await proxy.getZkSyncContract().getPendingBalance(bob, ethers.constants.AddressZero)).toNumber(), 1000);
    await mined(await wallet.withdrawPendingBalance(bob, 'ETH', 400), 200_000);
    assert.equal((await rollup.provider.getBalance(bob)).toNumber(), 400);
    await mined(await wallet.withdrawPendingBalance(alice.address, 'ONE'), 200_000);
    const multicall = { address: rollup.contracts.multicall };
    await mined(await wallet.withdrawPendingBalances([bob, bob], ['ETH', 'ONE'], multicall), 300_000);
    assert.equal((await rollup.provider.getBalance(bob)).toNumber(), 1000);
    assert.equal((await rollup.token.balanceOf(bob)).toNumber(), 2000);
    await mined(await wallet.withdrawPendingBalances([alice.address], ['ETH'], { ...multicall, gasLimit: BigNumber.from(250_000) }, [ether('0.5')]), 250_000);
    assert.equal((await rollup.main.getPendingBalance(alice.address, ethers.constants.AddressZero)).toNumber(), 0);

    await send(rollup, rollup.iface.encodeFunctionData('withdrawPendingNFTBalance', [70_000]));
    const factory = new ethers.Contract(rollup.contracts.nftFactory, artifact('NFTFactory').abi, rollup.provider);
    assert.equal(await factory.ownerOf(70_000), alice.address);
});

test('a creator\'s own factory, by the signature that the SDK makes', async () => {
    const factory = rollup.token.address; // any contract may register itself
    const { signature, accountId, accountAddress } = await wallet.signRegisterFactory(factory);
    const gov = new ethers.utils.Interface(artifact('IGovernance').abi);
    const data = (id) => gov.encodeFunctionData('registerNFTFactoryCreator', [id, accountAddress, signature.signature]);
    const from = await as(rollup, factory);
    const to = rollup.contracts.governance;
    assert.equal(await reverts(rollup, data(accountId + 1), { from, to }), 'BadCreatorSignature()');
    await send(rollup, data(accountId), { from, to });
    assert.equal(await rollup.governance.getNFTFactory(accountId, accountAddress), factory);
});
