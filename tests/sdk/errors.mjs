// One request for each error code and text of the protocol that a user can reach, over JSON-RPC and over REST.
import assert from 'node:assert/strict';
import { BigNumber, ethers, eventually, rest, rpc, units, zksync } from './world.mjs';

const ZERO = ethers.constants.AddressZero;
const UNKNOWN = '0x' + '13'.repeat(20);
const TOO_MUCH = (1n << 128n).toString();

// Two accounts: Olga, an ordinary one, and Nora without second factor, so that only the transaction itself can be wrong.
async function people(world) {
    const provider = await world.provider('rpc');
    const funder = await zksync.Wallet.fromEthSigner(await world.funded(), provider);
    const olga = await zksync.Wallet.fromEthSigner(world.stranger(), provider);
    const nora = await zksync.Wallet.fromEthSigner(world.stranger(), provider);
    for (const who of [olga, nora]) {
        const deposit = await funder.depositToSyncFromEthereum({ depositTo: who.address(), token: 'ETH', amount: units('1') });
        await deposit.awaitReceipt();
        await (await who.setSigningKey({ feeToken: 'ETH', ethAuthType: 'ECDSA' })).awaitReceipt();
    }
    await nora.toggle2FA(false);
    await eventually('Nora has no second factor', async () => (await nora.getAccountState()).accountType?.No2FA === null);
    const fee = (await provider.getTransactionFee('Transfer', olga.address(), 'ETH')).totalFee;
    return { provider, olga, nora, fee };
}

// Sends to both APIs, and compares code and text with what each has to say.
async function expect(world, tx, signature, code, message, restCode, restMessage) {
    const a = await rpc(world, 'tx_submit', [tx, signature ?? null, null]);
    assert.equal(a.status, 200);
    assert.deepEqual({ code: a.error?.code, message: a.error?.message }, { code, message }, JSON.stringify(a));
    const b = await rest(world, '/transactions', { tx, signature });
    assert.equal(b.httpStatus, 200);
    assert.equal(b.status, 'error', JSON.stringify(b));
    assert.deepEqual(b.error, { errorType: 'submitError', code: restCode, message: restMessage });
}

const incorrect = (world, tx, detail, signature) =>
    expect(world, tx, signature, 103, `Tx is incorrect: ${detail}`, 605, `Transaction adding error: Tx is incorrect: ${detail}.`);
const adding = (world, tx, signature, code, text) => expect(world, tx, signature, code, text, 605, `Transaction adding error: ${text}.`);

export async function submission(world) {
    const { olga, nora, fee } = await people(world);
    const transfer = async (who, changes = {}) => {
        const nonce = await who.getNonce();
        const { tx, ethereumSignature } = await who.signSyncTransfer({ to: who.address(), token: 'ETH', amount: 1000, fee, nonce, ...changes });
        return { tx: { ...tx }, signature: ethereumSignature };
    };
    const { tx } = await transfer(nora);
    const ordinary = await transfer(olga);

    // Form.
    for (const bad of [{}, { type: 'Nothing' }, { ...tx, accountId: 'one' }, { ...tx, nonce: undefined }, { ...tx, amount: '1.5' }, { ...tx, to: '0x12' }]) {
        const answer = await rpc(world, 'tx_submit', [bad, null, null]);
        assert.equal(answer.error.code, -32602, JSON.stringify(answer));
        assert.match(answer.error.message, /^Invalid params/);
    }
    // What it is.
    await expect(world, { ...tx, type: 'Close', account: nora.address() }, null, 301, 'Account close tx is disabled.', 601, 'Account close tx is disabled.');
    const fast = await rpc(world, 'tx_submit', [tx, null, true]);
    assert.deepEqual(fast.error, { code: 303, message: "Fast processing available only for 'withdraw' operation type." });
    const withdraw = (await nora.signWithdrawFromSyncToEthereum({ ethAddress: nora.address(), token: 'ETH', amount: 5, fee, nonce: await nora.getNonce() })).tx;
    const setByHand = await rpc(world, 'tx_submit', [{ ...withdraw, fast: true }, null, true]);
    assert.deepEqual(setByHand.error, { code: 103, message: "'fast' field of Withdraw transaction must not be set manually." });
    const exit = (await nora.signSyncForcedExit({ target: UNKNOWN, token: 'ETH', fee, nonce: await nora.getNonce() })).tx;
    await expect(world, exit, null, -32602, 'Target account does not exist', 602, 'Invalid params: Target account does not exist.');
    // Tokens and fees.
    const unknown = await rpc(world, 'tx_submit', [{ ...tx, token: 777 }, null, null]);
    assert.deepEqual(unknown.error, { code: -32603, message: 'Token not found in the DB' });
    assert.equal((await rest(world, '/transactions', { tx: { ...tx, token: 777 } })).error.code, 600);
    await adding(world, { ...tx, fee: '0' }, null, 104, 'Transaction fee is too low');
    // Ethereum signatures.
    await adding(world, ordinary.tx, null, 200, 'MissingEthSignature');
    await adding(world, ordinary.tx, await nora.ethMessageSigner().getEthMessageSignature('something else'), 202, 'Eth signature is incorrect');
    const onchain = await nora.signer.signSyncChangePubKey({ accountId: tx.accountId, account: nora.address(), newPkHash: await nora.signer.pubKeyHash(),
        feeTokenId: 0, fee: BigNumber.from(fee).mul(100), nonce: tx.nonce, ethAuthData: { type: 'Onchain' }, validFrom: 0, validUntil: 4294967295 });
    await adding(world, onchain, null, 203, 'Change pubkey tx is not authorized onchain');
    // The transaction itself.
    const big = BigNumber.from(fee).mul(100);
    await incorrect(world, { ...tx, amount: TOO_MUCH }, 'Specified amount is greater than maximum supported amount');
    await incorrect(world, { ...tx, fee: TOO_MUCH }, 'Specified fee amount is greater than maximum supported fee');
    await incorrect(world, { ...tx, fee: big.add(1).toString() }, 'Specified fee is not packable');
    await incorrect(world, { ...tx, amount: '34359738369' }, 'Specified amount is not packable');
    await incorrect(world, { ...tx, to: ZERO, fee: zksync.closestPackableTransactionFee(big).toString() }, 'Transfer for specified address is not supported');
    await incorrect(world, { ...tx, validFrom: 9, validUntil: 8 }, 'Specified time interval is not valid for the current time');
    await incorrect(world, { ...tx, amount: '2000' }, 'L2 signature is incorrect');
    const wrongId = { ...ordinary.tx, accountId: 16777215 };
    await incorrect(world, wrongId, 'Specified Account Id is greater than maximum supported', ordinary.signature);
    await incorrect(world, { ...onchain, ethAuthData: { type: 'ECDSA', ethSignature: `0x${'11'.repeat(65)}` } }, 'Specified auth data is incorrect');
    // The pool.
    await adding(world, { ...tx, nonce: 0, ...await resign(nora, fee) }, null, 101, 'Tx nonce is too low.');
    // What passes once is not taken again.
    const late = await transfer(nora, { nonce: await nora.getNonce() + 5 });
    assert.match((await rpc(world, 'tx_submit', [late.tx, null, null])).result, /^sync-tx:[0-9a-f]{64}$/);
    await adding(world, late.tx, null, 300, 'Database unavailable');
}

// A transfer with nonce 0, signed.
async function resign(who, fee) {
    const { tx } = await who.signSyncTransfer({ to: who.address(), token: 'ETH', amount: 1000, fee, nonce: 0 });
    return { signature: tx.signature, fee: tx.fee };
}

export async function batches(world) {
    const { olga, nora, fee, provider } = await people(world);
    const nonce = await nora.getNonce();
    const sign = async (who, at, price) => (await who.signSyncTransfer({ to: who.address(), token: 'ETH', amount: 10, fee: price, nonce: at })).tx;
    const one = { tx: await sign(nora, nonce, fee) };
    const refused = async (txs, signatures, code, message, restCode, restMessage) => {
        const a = await rpc(world, 'submit_txs_batch', [txs, signatures]);
        assert.deepEqual({ code: a.error?.code, message: a.error?.message }, { code, message }, JSON.stringify(a));
        const b = await rest(world, '/transactions/batches', { txs, signature: signatures });
        assert.deepEqual({ code: b.error?.code, message: b.error?.message }, { code: restCode, message: restMessage }, JSON.stringify(b));
    };
    const adds = (txs, signatures, code, text) => refused(txs, signatures, code, text, 605, `Transaction adding error: ${text}.`);
    const signature = await nora.ethMessageSigner().getEthMessageSignature('not the batch');
    await adds([], [], 300, 'Transaction batch is empty');
    await adds(Array(201).fill(one), [], 300, 'Batch will not fit in any of supported block sizes');
    await adds([one], Array(11).fill(signature), 300, 'Too many Ethereum signatures provided');
    await refused([one, { tx: { ...one.tx, type: 'Close', account: nora.address() } }], [], 301, 'Account close tx is disabled.', 601, 'Account close tx is disabled.');
    const free = [{ tx: await sign(nora, nonce + 1, 0) }, { tx: await sign(nora, nonce + 2, 0) }];
    await adds([one, ...free], [], 104, 'Transactions batch summary fee is too low');
    const total = zksync.closestPackableTransactionFee(BigNumber.from(fee).mul(3));
    await adds([{ tx: await sign(nora, nonce, total) }, { tx: await sign(nora, nonce + 1, 0) }], [signature], 202, 'Eth signature is incorrect');
    await adds([{ tx: await sign(olga, await olga.getNonce(), total) }], [], 200, 'MissingEthSignature');
    const broken = { tx: { ...await sign(nora, nonce, total), amount: '20' } };
    await adds([broken], [], 103, 'Tx is incorrect: L2 signature is incorrect');
    await adds([{ tx: await sign(nora, 0, total) }], [], 101, 'Tx nonce is too low.');
    const fees = await rpc(world, 'get_txs_batch_fee_in_wei', [['Transfer', 'Transfer'], [nora.address()], 'ETH']);
    assert.deepEqual(fees.error, { code: 103, message: 'Number of tx_types must be equal to the number of addresses' });
    await provider.disconnect();
}

export async function toggling(world) {
    const { olga, provider } = await people(world);
    const good = await olga.getToggle2FA(true);
    const refused = async (request, code, message, restCode, restMessage) => {
        const a = await rpc(world, 'toggle_2fa', [request]);
        assert.deepEqual({ code: a.error?.code, message: a.error?.message }, { code, message }, JSON.stringify(a));
        const b = await rest(world, '/transactions/toggle2FA', request);
        assert.deepEqual({ code: b.error?.code, message: b.error?.message }, { code: restCode, message: restMessage }, JSON.stringify(b));
    };
    const withKey = 'Request to enable 2FA should not have PubKeyHash field set';
    await refused({ ...good, pubKeyHash: `sync:${'22'.repeat(20)}` }, 304, withKey, 608, `Failed to toggle 2FA: ${withKey}.`);
    await refused({ ...good, timestamp: good.timestamp - 41 * 60_000 }, -32602, 'Timestamp differs by more than 40 minutes', 602,
        'Invalid params: Timestamp differs by more than 40 minutes.');
    await refused({ ...good, timestamp: good.timestamp + 1 }, 202, 'Eth signature is incorrect', 605, 'Transaction adding error: Eth signature is incorrect.');
    assert.deepEqual((await rpc(world, 'toggle_2fa', [good])).result, { success: true });
    await provider.disconnect();
}

export async function everythingElse(world) {
    const raw = async (body, headers = { 'Content-Type': 'application/json' }) => fetch(world.rpcUrl, { method: 'POST', headers, body });
    assert.equal((await (await raw('{')).json()).error.code, -32700);
    assert.equal((await (await raw('{"jsonrpc":"1.0","id":1,"method":"tokens"}')).json()).error.code, -32600);
    assert.equal((await raw('{}', { 'Content-Type': 'text/plain' })).status, 415);
    assert.equal((await fetch(world.rpcUrl)).status, 405);
    assert.equal((await rpc(world, 'no_such_method', [])).error.code, -32601);
    assert.equal((await rpc(world, 'account_info', ['0x12'])).error.code, -32602);
    assert.equal((await rpc(world, 'tx_subscribe', [`sync-tx:${'00'.repeat(32)}`, 'COMMIT'])).error.code, -32090);
    assert.equal((await rpc(world, 'get_tx_fee', ['Transfer', ZERO, 'NOSUCH'])).error.code, -32603);
    const codes = {
        '/tokens/777': 500, '/accounts/xyz': 203, '/accounts/4000000': 204, '/blocks/first': 202, '/tokens/nft/5': 208,
        '/tokens/ETH/priceIn/euro': 201, '/tokens?from=0&limit=101&direction=newer': 206, '/tokens?from=x&limit=5&direction=newer': 207,
        [`/blocks/1/transactions?from=0x${'00'.repeat(32)}&limit=5&direction=newer`]: 205,
    };
    for (const [path, code] of Object.entries(codes)) {
        const answer = await rest(world, path);
        assert.equal(answer.error?.code, code, `${path}: ${JSON.stringify(answer)}`);
    }
}
