// Keys, hashes and signatures against zksync-crypto (Rust, as WebAssembly): equal bytes, and the same answers to altered
// signatures. Its signing and checking take 20 ms each, so the cases are shared between threads (signature_worker.mjs).
import { test } from 'node:test';
import assert from 'node:assert/strict';
import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import { ask, randomBelow } from './peer.mjs';

const CASES = Number(process.env.ZK_CASES ?? 1000);
const ALTERED = Math.ceil(CASES / 4);
const P = 0x30644e72e131a029b85045b68181585d2833e84879b9709143e1f593f0000001n;
const L = 0x060c89ce5c263405370a08b6d0302b0bab3eedb83920ee0a677297dc392126f1n;
const random = randomBelow('signature');
const number = (n) => Number(random(BigInt(n)));
const hex = (n) => Array.from({ length: n }, () => number(256).toString(16).padStart(2, '0')).join('');
const word = (h) => h || '-';

// Answers of zksync-crypto to [function, ...hex arguments], in order; "error" where it throws.
async function theirs(questions) {
    const threads = Math.max(1, Math.min(4, availableParallelism()));
    const parts = Array.from({ length: threads }, (_, t) => questions.filter((_, i) => i % threads === t));
    const answers = await Promise.all(parts.map((part) => new Promise((resolve, reject) => {
        const worker = new Worker(new URL('./signature_worker.mjs', import.meta.url), { workerData: part });
        worker.on('message', resolve);
        worker.on('error', reject);
    })));
    return questions.map((_, i) => answers[i % threads][Math.floor(i / threads)]);
}

// Seeds of 32 bytes and more; messages of every length, some ending in zeros, which its padding hides.
const cases = Array.from({ length: CASES }, (_, i) => {
    let msg = hex(i % 93);
    if (i % 11 === 3 && msg.length >= 4) msg = msg.slice(0, -4) + '0000';
    return { seed: hex(32 + (i % 3) * 33), msg };
});

test('keys from seeds, public keys, key hashes', async () => {
    const keys = await theirs(cases.map((c) => ['key', c.seed]));
    ask('signature', cases.map((c) => `key ${c.seed}`)).forEach((answer, i) => assert.equal(answer, keys[i]));
    keys.forEach((k, i) => { [cases[i].sk, cases[i].pub, cases[i].hash] = k.split(' '); });
});

test('hashes of messages and of orders', async () => {
    const orders = Array.from({ length: Math.ceil(CASES / 10) }, () => hex(178));
    const want = await theirs([...cases.map((c) => ['rescueHash', c.msg]), ...orders.map((o) => ['rescueHashOrders', o])]);
    const got = ask('signature', [...cases.map((c) => `message_hash ${word(c.msg)}`), ...orders.map((o) => `orders_hash ${o}`)]);
    want.forEach((w, i) => assert.equal(got[i], w));
});

test('signatures: equal bytes, each accepted by the other side', async () => {
    const ours = ask('signature', cases.map((c) => `sign ${c.sk} ${word(c.msg)}`));
    const signed = await theirs(cases.map((c) => ['sign_musig', c.sk, c.msg]));
    cases.forEach((c, i) => { c.sig = ours[i]; });
    cases.forEach((c, i) => assert.equal(c.pub + c.sig, signed[i]));
    const accepted = await theirs(cases.map((c) => ['verify_musig', c.msg, c.pub + c.sig]));
    assert.ok(accepted.every((a) => a === 'true'));
    const single = ask('signature', cases.map((c) => `verify ${c.pub} ${c.sig} ${word(c.msg)}`));
    assert.ok(single.every((v) => v === 'ok'));
    const [batch] = ask('signature', [`verify_batch ${cases.map((c) => `${c.pub} ${c.sig} ${word(c.msg)}`).join(' ')}`]);
    assert.deepEqual(batch.split(','), single);
});

const flip = (h, bit) => {
    const bytes = Buffer.from(h, 'hex');
    bytes[bit >> 3] ^= 1 << (bit & 7);
    return bytes.toString('hex');
};
const le32 = (n) => Buffer.from(n.toString(16).padStart(64, '0'), 'hex').reverse().toString('hex');
const fromLe = (h) => BigInt('0x' + Buffer.from(h, 'hex').reverse().toString('hex'));

// Ways to spoil a signature. Theirs answers true, false or error; what we answer must fit.
const alterations = [
    (c) => ({ ...c, sig: flip(c.sig, number(512)) }),
    (c) => ({ ...c, pub: flip(c.pub, number(256)) }),
    (c) => ({ ...c, msg: flip(c.msg + '00', number(c.msg.length * 4 + 8)).slice(0, 184) }),
    (c) => ({ ...c, sig: c.sig.slice(0, 64) + le32((fromLe(c.sig.slice(64)) + 1n) % L) }),
    (c) => ({ ...c, sig: c.sig.slice(0, 64) + le32(fromLe(c.sig.slice(64)) + L) }),
    (c) => ({ ...c, sig: le32(P + random(1n << 250n)) + c.sig.slice(64) }),
    (c) => ({ ...c, pub: le32(random(1n << 253n)) }),
    (c) => ({ ...c, sig: le32(random(1n << 253n)) + c.sig.slice(64) }),
    (c) => ({ ...c, sig: '00'.repeat(32) + c.sig.slice(64) }),
    (c) => ({ ...c, pub: '00'.repeat(32) }),
];

test('altered signatures: the same answers, and neighbours in a batch unaffected', async () => {
    const altered = Array.from({ length: ALTERED }, (_, i) => alterations[i % alterations.length](cases[i]));
    const want = await theirs(altered.map((c) => ['verify_musig', c.msg, c.pub + c.sig]));
    const got = ask('signature', altered.map((c) => `verify ${c.pub} ${c.sig} ${word(c.msg)}`));
    const fits = { true: ['ok'], false: ['wrong', 'not in subgroup', 'identity'], error: ['malformed'] };
    const seen = new Set();
    altered.forEach((c, i) => {
        assert.ok(fits[want[i]].includes(got[i]), `${c.pub} ${c.sig} ${c.msg}: they say ${want[i]}, we say ${got[i]}`);
        seen.add(got[i]);
    });
    assert.ok(seen.has('wrong') && seen.has('malformed') && seen.has('not in subgroup'));
    // Altered and good ones in turn, so that each shares its lanes with the other kind.
    const mixed = altered.flatMap((c, i) => [c, cases[i]]);
    const [batch] = ask('signature', [`verify_batch ${mixed.map((c) => `${c.pub} ${c.sig} ${word(c.msg)}`).join(' ')}`]);
    assert.deepEqual(batch.split(','), got.flatMap((v) => [v, 'ok']));
});
