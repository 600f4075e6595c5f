// Subscriptions as they go over the wire: one shot each, the answer before the notification, for transactions, requests from L1 and
// accounts; and contracts that sign for their accounts (EIP-1271), asked on L1.
import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { ethers, eventually, refused, rpc, units, zksync } from './world.mjs';

const require = createRequire(import.meta.url);
const { w3cwebsocket: WebSocket } = createRequire(require.resolve('zksync'))('websocket');

class Wire {
    static open(url) {
        return new Promise((resolve, reject) => {
            const wire = new Wire(), socket = new WebSocket(url);
            Object.assign(wire, { socket, next: 1, log: [] });
            socket.onmessage = ({ data }) => wire.log.push(JSON.parse(data));
            socket.onopen = () => resolve(wire);
            socket.onerror = () => reject(new Error('no websocket'));
        });
    }

    async call(method, ...params) {
        const id = this.next++;
        this.socket.send(JSON.stringify({ jsonrpc: '2.0', id, method, params }));
        return eventually(`an answer to ${method}`, () => this.log.find((m) => m.id === id));
    }

    notified(subscription) {
        return eventually('a notification', () => this.log.find((m) => m.params?.subscription === subscription));
    }

    count(subscription) {
        return this.log.filter((m) => m.params?.subscription === subscription).length;
    }
}

export async function subscriptions(world) {
    const provider = await world.provider('rpc');
    const user = await zksync.Wallet.fromEthSigner(await world.funded(), provider);
    const wire = await Wire.open(world.net.ws);
    const deposit = await user.depositToSyncFromEthereum({ depositTo: user.address(), token: 'ETH', amount: units('1') });
    await deposit.awaitEthereumTxCommit();
    const serial = deposit.priorityOpId.toNumber();
    const op = await wire.call('ethop_subscribe', serial, 'COMMIT');
    assert.match(op.result, new RegExp(`^eosub/${serial}/COMMIT/\\d+$`));
    const opNote = await wire.notified(op.result);
    assert.equal(opNote.method, 'eth_op');
    assert.equal(opNote.params.result.block.committed, true);

    // What holds already is told at once, after the answer.
    const again = await wire.call('ethop_sub', serial, 'COMMIT');
    await wire.notified(again.result);
    const places = [again.result, 'note'].map((x) => wire.log.findIndex((m) => (x === 'note' ? m.params?.subscription === again.result : m.result === x)));
    assert.ok(places[0] < places[1], 'the answer comes first');

    const account = await wire.call('account_subscribe', user.address(), 'COMMIT');
    assert.match(account.result, /^acsub\//);
    const tx = await user.setSigningKey({ feeToken: 'ETH', ethAuthType: 'ECDSALegacyMessage' });
    const hash = tx.txHash;
    const commit = await wire.call('tx_subscribe', hash, 'COMMIT');
    const verify = await wire.call('tx_sub', hash, 'VERIFY');
    const gone = await wire.call('tx_sub', hash, 'VERIFY');
    assert.equal((await wire.call('tx_unsubscribe', gone.result)).result, true);
    const note = await wire.notified(commit.result);
    assert.equal(note.method, 'tx');
    assert.deepEqual({ executed: note.params.result.executed, success: note.params.result.success }, { executed: true, success: true });
    const accountNote = await wire.notified(account.result);
    assert.equal(accountNote.params.result.pubKeyHash, await user.syncSignerPubKeyHash());
    assert.equal((await wire.notified(verify.result)).params.result.block.verified, true);
    assert.equal(wire.count(gone.result), 0);
    for (const id of [op.result, commit.result, verify.result, account.result]) assert.equal(wire.count(id), 1, 'one shot');

    assert.equal((await wire.call('account_subscribe', `0x${'77'.repeat(20)}`, 'COMMIT')).error.code, -32091);
    assert.equal((await wire.call('tx_unsubscribe', commit.result)).result, true, 'also for a listener that is gone');
    assert.equal((await wire.call('tx_unsubscribe', 5)).error.message, 'Expected subscription id.');
    wire.socket.close();
}

const source = `// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.0;
contract Purse {
    address immutable owner = msg.sender;
    function call(address to, uint256 value, bytes calldata data) external {
        require(msg.sender == owner);
        (bool ok,) = to.call{value: value}(data);
        require(ok);
    }
    receive() external payable {}
    function isValidSignature(bytes32 hash, bytes calldata s) external view returns (bytes4) {
        address signer = ecrecover(hash, uint8(s[64]), bytes32(s[:32]), bytes32(s[32:64]));
        return signer == owner && signer != address(0) ? bytes4(0x1626ba7e) : bytes4(0);
    }
}`;

// Signs as the contract: its owner's signature, at the contract's address.
class OwnersHand extends ethers.Signer {
    constructor(owner, address) {
        super();
        Object.assign(this, { owner, account: address });
        ethers.utils.defineReadOnly(this, 'provider', owner.provider);
    }

    async getAddress() { return this.account; }
    signMessage(message) { return this.owner.signMessage(message); }
    connect() { return this; }
}

function compile() {
    const solc = require('solc');
    const out = JSON.parse(solc.compile(JSON.stringify({
        language: 'Solidity',
        sources: { 'Purse.sol': { content: source } },
        settings: { evmVersion: 'cancun', outputSelection: { '*': { '*': ['abi', 'evm.bytecode.object'] } } },
    })));
    const { abi, evm } = out.contracts['Purse.sol'].Purse;
    return { abi, bytecode: evm.bytecode.object };
}

export async function contractsThatSign(world) {
    const provider = await world.provider('rpc');
    const owner = await world.funded();
    const { abi, bytecode } = compile();
    const purse = await (await new ethers.ContractFactory(abi, bytecode, owner).deploy()).deployed();
    const syncSigner = await zksync.Signer.fromSeed(ethers.utils.randomBytes(32));
    // A wallet at the contract's address, whose texts its owner signs.
    const signer = new OwnersHand(owner, purse.address);
    const wallet = await zksync.Wallet.fromEthSigner(signer, provider, syncSigner, undefined, { verificationMethod: 'ERC-1271', isSignedMsgPrefixed: true });
    assert.equal(wallet.address(), purse.address);
    const main = wallet.getZkSyncMainContract();
    await (await main.connect(owner).depositETH(purse.address, { value: units('1') })).wait();
    await eventually('the contract has an account', async () => (await wallet.getAccountId()) !== undefined && (await wallet.getAccountId()) !== null);

    // Contracts announce their key on chain.
    const keyHash = await syncSigner.pubKeyHash();
    const data = main.interface.encodeFunctionData('setAuthPubkeyHash', [keyHash.replace('sync:', '0x'), 0]);
    await (await purse.call(main.address, 0, data)).wait();
    await (await wallet.setSigningKey({ feeToken: 'ETH', ethAuthType: 'Onchain' })).awaitReceipt();

    const fee = (await provider.getTransactionFee('Transfer', owner.address, 'ETH')).totalFee;
    const signed = await wallet.signSyncTransfer({ to: owner.address, token: 'ETH', amount: units('0.1'), fee, nonce: await wallet.getNonce() });
    assert.equal(signed.ethereumSignature.type, 'EIP1271Signature');
    const stranger = await world.stranger().signMessage('something else');
    assert.match((await refused(provider.submitTx(signed.tx, { type: 'EIP1271Signature', signature: stranger }))).message, /Eth signature is incorrect/);
    const tx = await zksync.submitSignedTransaction(signed, provider);
    assert.equal((await tx.awaitReceipt()).success, true);

    // The same for a batch: one signature of the contract for all.
    const total = await provider.getTransactionsBatchFee(['Transfer', 'Transfer'], [owner.address, owner.address], 'ETH');
    const sent = await wallet.syncMultiTransfer([
        { to: owner.address, token: 'ETH', amount: units('0.01'), fee: total },
        { to: owner.address, token: 'ETH', amount: units('0.02'), fee: 0 },
    ]);
    for (const t of sent) assert.equal((await t.awaitReceipt()).success, true);
    const state = await rpc(world, 'account_info', [owner.address]);
    assert.equal(state.result.committed.balances.ETH, units('0.13').toString());
}
