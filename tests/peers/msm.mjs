// Multi-scalar multiplication against ffjavascript's multiExpAffine.
import { after, before, test } from 'node:test';
import assert from 'node:assert/strict';
import { buildBn128 } from 'ffjavascript';
import { ask, hex32, randomBelow } from './peer.mjs';

let bn128, G1, p, pool;
const random = randomBelow('msm');
before(async () => {
    bn128 = await buildBn128(true);
    ({ G1 } = bn128);
    p = bn128.r;
    // Random points, their opposites, one point again, and infinity.
    pool = Array.from({ length: 200 }, () => G1.toAffine(G1.timesScalar(G1.g, random(p))));
    pool.push(...pool.slice(0, 100).map((a) => G1.toAffine(G1.neg(a))), pool[0], pool[0], G1.toAffine(G1.zero));
});
after(async () => { await bn128.terminate(); });

const edges = () => [0n, 1n, 2n, p - 1n, p - 2n, (p - 1n) / 2n, (p + 1n) / 2n, (1n << 128n) - 1n, 1n << 253n];
const kinds = [
    () => random(p), () => random(p), () => random(1n << 16n), () => random(1n << 64n),
    () => p - 1n - random(1n << 20n), () => edges()[Number(random(9n))], () => (random(8n) === 0n ? random(p) : 0n),
];
const point = () => pool[Number(random(BigInt(pool.length)))];
const xy = (a) => (G1.isZero(a) ? [0n, 0n] : G1.toObject(a)).slice(0, 2).map(hex32);

function terms(n, i) {
    const scalar = kinds[i % kinds.length];
    const same = i % 11 === 3 ? scalar() : null;
    return Array.from({ length: n }, () => [point(), same ?? scalar()]);
}

async function want(list) {
    const bases = new Uint8Array(64 * list.length);
    const scalars = new Uint8Array(32 * list.length);
    list.forEach(([a, s], i) => {
        bases.set(a, 64 * i);
        scalars.set(Buffer.from(hex32(s), 'hex').reverse(), 32 * i);
    });
    return xy(G1.toAffine(await G1.multiExpAffine(bases, scalars))).join(' ');
}

async function compare(op, cases) {
    const answers = ask('msm', cases.map((list) => [op, ...list.flatMap(([a, s]) => [...xy(a), hex32(s)])].join(' ')));
    for (let i = 0; i < cases.length; i++) {
        assert.equal(answers[i], await want(cases[i]), `${op}, case ${i}, ${cases[i].length} terms`);
    }
}

test('1000 short sums', () => compare('g1_msm', Array.from({ length: 1000 }, (_, i) => terms(1 + (i % 24), i))));

test('powers of two up to 1024, and their neighbours', () => compare('g1_msm', Array.from({ length: 40 }, (_, i) =>
    terms(Math.min(1024, Math.max(1, 2 ** (i % 10 + 1) + (i / 10 | 0) - 1)), i))));

test('a fixed basis', () => compare('g1_msm_fixed', Array.from({ length: 60 }, (_, i) => terms(1 + 17 * i, i))));
