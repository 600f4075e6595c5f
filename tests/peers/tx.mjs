// Transactions made and signed by the SDK (zksync, zksync-crypto, ethers), random within the protocol's limits: our sign
// bytes, hash, JSON, texts and verdict against the SDK's. ZK_CASES sets how many of each kind (500).
import { test } from 'node:test';
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { createRequire } from 'node:module';
import { availableParallelism } from 'node:os';
import { Worker, isMainThread, parentPort, workerData } from 'node:worker_threads';
import { ask, randomBelow } from './peer.mjs';

const { Signer, utils, EthMessageSigner } = createRequire(import.meta.url)('zksync');
const { ethers } = createRequire(import.meta.url)('ethers');

const CASES = Number(process.env.ZK_CASES ?? 500);
const CHUNK = 50; // transactions a worker signs between questions
const CHAIN_ID = 9;
const KINDS = ['Transfer', 'Withdraw', 'ChangePubKey', 'ForcedExit', 'MintNFT', 'WithdrawNFT', 'Swap'];

// ---- random parts

function maker(seed) {
    const random = randomBelow(seed);
    const below = (n) => Number(random(BigInt(n)));
    const bytes = (n) => '0x' + Array.from({ length: n }, () => below(256).toString(16).padStart(2, '0')).join('');
    // Mantissa and exponent in range, so that every length and power of ten occurs; 0 now and then.
    const packable = (bits) => {
        if (below(10) === 0) return '0';
        for (;;) {
            const v = (random(1n << BigInt(bits)) >> random(BigInt(bits))) * 10n ** random(32n);
            if (v < 1n << 128n) return v.toString();
        }
    };
    const edge = (max) => (below(20) === 0 ? max : below(max + 1));
    const times = () => [edge(2 ** 32 - 1), edge(2 ** 32 - 1)].sort((a, b) => a - b);
    return {
        below, bytes, random,
        amount: () => packable(35),
        fee: () => packable(11),
        id: () => edge(2 ** 24 - 2),
        token: () => edge(1023),
        nft: () => 65536 + edge(2 ** 31 - 3 - 65536),
        nonce: () => edge(2 ** 32 - 2),
        address: () => (below(2) ? ethers.utils.getAddress(bytes(20)) : bytes(20)),
        range: () => { const [validFrom, validUntil] = times(); return { validFrom, validUntil }; },
    };
}

// A few keys are enough, and their hashes are as slow as signatures: each worker makes a dozen.
const signers = [];
async function anySigner(m) {
    const i = m.below(12);
    if (!signers[i]) {
        const signer = await Signer.fromSeed(ethers.utils.arrayify(ethers.utils.id(`signer ${i}`)));
        signers[i] = { signer, hash: await signer.pubKeyHash() };
    }
    return signers[i];
}
const newWallet = (m) => new ethers.Wallet(m.bytes(32));

// Each gives the JSON that the SDK would send.
const make = {
    Transfer: async (m, signer) => {
        const isNft = m.below(5) === 0;
        return signer.signSyncTransfer({ accountId: m.id(), from: m.address(), to: m.address(), tokenId: isNft ? m.nft() : m.token(),
            amount: m.amount(), fee: isNft ? '0' : m.fee(), nonce: m.nonce(), ...m.range() });
    },
    Withdraw: async (m, signer) => signer.signSyncWithdraw({ accountId: m.id(), from: m.address(), ethAddress: m.address(), tokenId: m.token(),
        amount: m.random(1n << (1n + m.random(128n))).toString(), fee: m.fee(), nonce: m.nonce(), ...m.range() }),
    ForcedExit: async (m, signer) => signer.signSyncForcedExit({ initiatorAccountId: m.id(), target: m.address(), tokenId: m.token(),
        fee: m.fee(), nonce: m.nonce(), ...m.range() }),
    MintNFT: async (m, signer) => signer.signMintNFT({ creatorId: m.id(), creatorAddress: m.address(), recipient: m.address(),
        contentHash: m.bytes(32), feeTokenId: m.token(), fee: m.fee(), nonce: m.nonce() }),
    WithdrawNFT: async (m, signer) => signer.signWithdrawNFT({ accountId: m.id(), from: m.address(), to: m.address(), tokenId: m.nft(),
        feeTokenId: m.token(), fee: m.fee(), nonce: m.nonce(), ...m.range() }),
    ChangePubKey: async (m, signer, newPkHash) => {
        const wallet = newWallet(m);
        const c = { accountId: m.id(), account: wallet.address, newPkHash, feeTokenId: m.token(), fee: m.fee(), nonce: m.nonce(), ...m.range() };
        switch (m.below(4)) {
        case 0: c.ethAuthData = { type: 'Onchain' }; break;
        case 1: c.ethAuthData = { type: 'ECDSA', ethSignature: await wallet.signMessage(utils.getChangePubkeyMessage(newPkHash, c.nonce, c.accountId)) }; break;
        case 2: c.ethSignature = await wallet.signMessage(utils.getChangePubkeyLegacyMessage(newPkHash, c.nonce, c.accountId)); break;
        case 3: {
            const data = { creatorAddress: m.address(), saltArg: m.bytes(32), codeHash: m.bytes(32) };
            c.account = utils.getCREATE2AddressAndSalt(newPkHash, data).address;
            c.ethAuthData = { type: 'CREATE2', ...data };
        }
        }
        return signer.signSyncChangePubKey(c);
    },
    Swap: async (m, signer) => {
        const from = m.below(2 ** 31), until = from + m.below(2 ** 31); // a moment that both orders share
        const order = async () => (await anySigner(m)).signer.signSyncOrder({ accountId: m.id(), recipient: m.address(), nonce: m.nonce(),
            tokenSell: m.below(3) ? m.token() : m.nft(), tokenBuy: m.below(3) ? m.token() : m.nft(),
            ratio: [m.random(1n << (1n + m.random(120n))).toString(), m.random(1n << (1n + m.random(120n))).toString()],
            amount: m.amount(), validFrom: m.below(from + 1), validUntil: until + m.below(1000) });
        return signer.signSyncSwap({ orders: [await order(), await order()], amounts: [m.amount(), m.amount()], submitterId: m.id(),
            submitterAddress: m.address(), nonce: m.nonce(), feeToken: m.token(), fee: m.fee() });
    },
};

// ---- what the SDK says of a transaction

const isNft = (token) => token >= 65536;
const symbol = (token) => (isNft(token) ? `NFT-${token}` : `T${token}`);
function units(token, amount) {
    if (BigInt(amount) === 0n) return null;
    const text = ethers.utils.formatUnits(amount, isNft(token) ? 0 : token % 31);
    return text.includes('.') ? text : text + '.0';
}

function orderText(say, order) {
    return say.getOrderEthSignMessage({ ...order, amount: units(order.tokenSell, order.amount) ?? '0', tokenSell: symbol(order.tokenSell), tokenBuy: symbol(order.tokenBuy) });
}

const say = new EthMessageSigner(ethers.Wallet.createRandom(), { verificationMethod: 'ECDSA', isSignedMsgPrefixed: true });
const texts = {
    Transfer: (t) => [say.getTransferEthSignMessage({ stringAmount: units(t.token, t.amount), stringToken: symbol(t.token), stringFee: units(t.token, t.fee), to: t.to, nonce: t.nonce })],
    Withdraw: (t) => [say.getWithdrawEthSignMessage({ stringAmount: units(t.token, t.amount), stringToken: symbol(t.token), stringFee: units(t.token, t.fee), ethAddress: t.to, nonce: t.nonce })],
    ForcedExit: (t) => [say.getForcedExitEthSignMessage({ stringToken: symbol(t.token), stringFee: units(t.token, t.fee), target: t.target, nonce: t.nonce })],
    MintNFT: (t) => [say.getMintNFTEthSignMessage({ stringFeeToken: symbol(t.feeToken), stringFee: units(t.feeToken, t.fee), recipient: t.recipient, contentHash: t.contentHash, nonce: t.nonce })],
    WithdrawNFT: (t) => [say.getWithdrawNFTEthSignMessage({ token: t.token, to: t.to, stringFee: units(t.feeToken, t.fee), stringFeeToken: symbol(t.feeToken), nonce: t.nonce })],
    ChangePubKey: (t) => [Buffer.from(utils.getChangePubkeyLegacyMessage(t.newPkHash, t.nonce, t.accountId)).toString()],
    Swap: (t) => [say.getSwapEthSignMessage({ fee: units(t.feeToken, t.fee), feeToken: symbol(t.feeToken), nonce: t.nonce }), ...t.orders.map((o) => orderText(say, o))],
};

const hex = (bytes) => Buffer.from(bytes).toString('hex');

// The 224 bytes that a swap's hash covers: the sign bytes with the orders in place of their hash.
async function fullBytes(tx, signBytes) {
    if (tx.type !== 'Swap') return signBytes;
    const orders = tx.orders.map((o) => hex(utils.serializeOrder(o))).join('');
    return signBytes.slice(0, 60) + orders + signBytes.slice(60 + 62);
}

async function sample(kind, m) {
    const { signer, hash } = await anySigner(m);
    const tx = await make[kind](m, signer, hash);
    const signBytes = hex(await utils.serializeTx(tx));
    return { json: JSON.stringify(tx), pubKeyHash: hash.slice(5), texts: texts[kind](tx), signBytes, fullBytes: await fullBytes(tx, signBytes) };
}

// ---- signing in workers: zksync-crypto takes about 20 ms a signature

if (!isMainThread) {
    parentPort.on('message', async ({ kind, chunk, n }) => {
        const m = maker(`tx ${kind} ${chunk}`);
        const samples = [];
        for (let i = 0; i < n; i++) samples.push(await sample(kind, m));
        parentPort.postMessage(samples);
    });
} else {
    const chunks = [];
    for (let chunk = 0; chunk * CHUNK < CASES; chunk++)
        for (const kind of KINDS) chunks.push({ kind, chunk, n: Math.min(CHUNK, CASES - chunk * CHUNK) });

    const samplesOf = async () => {
        const samples = Object.fromEntries(KINDS.map((kind) => [kind, []]));
        const work = [...chunks];
        await Promise.all(Array.from({ length: Math.min(4, availableParallelism()) }, async () => {
            const worker = new Worker(new URL(import.meta.url));
            while (work.length) {
                const next = work.shift();
                worker.postMessage(next);
                samples[next.kind].push(...await new Promise((resolve, reject) => { worker.once('message', resolve); worker.once('error', reject); }));
            }
            await worker.terminate();
        }));
        return samples;
    };

    // What we write where the SDK writes nothing, what it writes beside the protocol, and hex in lower case.
    const normal = (v) => {
        if (Array.isArray(v)) return v.map(normal);
        if (typeof v === 'string') return v.toLowerCase();
        if (v === null || typeof v !== 'object') return v;
        const extra = new Set(['tokenId', 'feeTokenId', 'ethAddress', 'fast', ...('ratio' in v ? ['ethSignature'] : [])]);
        const o = Object.fromEntries(Object.entries(v).filter(([k]) => !extra.has(k)).map(([k, x]) => [k, normal(x)]));
        if (o.type === 'ecdsa') o.batchHash ??= '0x' + '00'.repeat(32);
        return o;
    };

    let all;
    test(`${CASES} of each kind, signed by the SDK`, { timeout: 1_400_000 }, async () => { all = await samplesOf(); });

    for (const kind of KINDS) {
        test(`${kind}: bytes, hash, JSON, signer, verdict`, () => {
            const samples = all[kind];
            assert.equal(samples.length, CASES);
            const answers = ask('tx', samples.map((s) => `tx ${CHAIN_ID} ${hex(Buffer.from(s.json))}`));
            answers.forEach((answer, i) => {
                const s = samples[i];
                const [sign, full, hash, signer, json, ...verdict] = answer.split(' ');
                assert.equal(verdict.join(' '), 'valid', s.json);
                assert.equal(sign, s.signBytes, s.json);
                assert.equal(full, s.fullBytes, s.json);
                assert.equal(hash, createHash('sha256').update(Buffer.from(s.fullBytes, 'hex')).digest('hex'));
                assert.equal(signer, s.pubKeyHash);
                assert.deepEqual(normal(JSON.parse(Buffer.from(json, 'hex').toString())), normal(JSON.parse(s.json)));
            });
        });

        test(`${kind}: texts`, () => {
            const answers = ask('tx', all[kind].map((s) => `text ${hex(Buffer.from(s.json))}`));
            answers.forEach((answer, i) => {
                assert.deepEqual(answer.split(' ').map((t) => Buffer.from(t, 'hex').toString()), all[kind][i].texts);
            });
        });

        // One bit of the sign bytes' contents changed in the JSON: the nonce. Then another's signature.
        test(`${kind}: altered ones are refused`, () => {
            const altered = all[kind].slice(0, 100).flatMap((s) => {
                const nonce = JSON.parse(s.json);
                nonce.nonce ^= 1;
                nonce.nonce >>>= 0;
                const signature = JSON.parse(s.json);
                signature.signature = JSON.parse(all[kind].at(-1).json).signature;
                return [nonce, signature];
            }).filter((tx) => tx.nonce !== 2 ** 32 - 1).slice(0, -1);
            const answers = ask('tx', altered.map((tx) => `tx ${CHAIN_ID} ${hex(Buffer.from(JSON.stringify(tx)))}`));
            for (const answer of answers) assert.match(answer, / (L2 signature is incorrect|Specified auth data is incorrect)$/);
        });
    }

    test('packing: closest, closest above, packed', () => {
        const m = maker('packing');
        const values = Array.from({ length: 3000 }, (_, i) => (i < 1000 ? BigInt(m.amount()) + m.random(3n) : m.random(1n << (1n + m.random(128n)))));
        const attempt = (f) => { try { return f(); } catch { return '-'; } };
        for (const [op, down, up, pack] of [
            ['amount', utils.closestPackableTransactionAmount, utils.closestGreaterOrEqPackableTransactionAmount, utils.packAmountChecked],
            ['fee', utils.closestPackableTransactionFee, utils.closestGreaterOrEqPackableTransactionFee, utils.packFeeChecked],
        ]) {
            const wide = (s) => (s === '-' || BigInt(s) < 1n << 128n ? s : '-');
            ask('tx', values.map((v) => `${op} ${v}`)).forEach((answer, i) => {
                const v = ethers.BigNumber.from(values[i]);
                const want = [attempt(() => down(v).toString()), wide(attempt(() => up(v).toString())), attempt(() => hex(pack(v)))];
                assert.deepEqual(answer.split(' '), want, `${op} ${values[i]}`);
            });
        }
    });

    test('Ethereum signatures of random messages', async () => {
        const m = maker('ethereum');
        const cases = [];
        for (let i = 0; i < 200; i++) {
            const wallet = newWallet(m);
            const message = ethers.utils.arrayify(m.bytes(i));
            cases.push({ address: wallet.address.toLowerCase().slice(2), message: hex(message) || '-', signature: (await wallet.signMessage(message)).slice(2) });
        }
        const answers = ask('tx', cases.map((c) => `signed ${c.message} ${c.signature}`));
        answers.forEach((answer, i) => assert.equal(answer, cases[i].address));
    });
}
