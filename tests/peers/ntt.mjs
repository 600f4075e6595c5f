// Transforms against ffjavascript's Fr.fft and Fr.ifft.
//
// Both sides evaluate at the powers of a root of unity w of order n, but of another one: ours is 7^((p-1)/2^28) and its
// squares, theirs comes from the non-residue 5. Theirs is a power of ours, w' = w^e with e odd, found here by trying; so
// their value i, at w'^i, is our value e i mod n.
import { after, before, test } from 'node:test';
import assert from 'node:assert/strict';
import { buildBn128 } from 'ffjavascript';
import { ask, hex32, randomBelow } from './peer.mjs';

const LOG_N_MAX = 10;
const CASES_A_SIZE = 110; // 1,100 polynomials
let bn128;
let Fr;
before(async () => { bn128 = await buildBn128(); Fr = bn128.Fr; });
after(async () => { await bn128.terminate(); }); // its workers keep node alive

const toHex = (x) => { const out = new Uint8Array(32); Fr.toRprBE(out, 0, x); return Buffer.from(out).toString('hex'); };
const memory = (values) => {
    const out = new Uint8Array(32 * values.length);
    values.forEach((x, i) => out.set(Fr.e(x), 32 * i));
    return out;
};
const element = (buffer, i) => buffer.slice(32 * i, 32 * i + 32);

// e with theirs = ours^e, for roots of order n.
function exponent(logN) {
    const ours = Fr.e(BigInt('0x' + ask('ntt', [`root ${logN}`])[0]));
    let x = Fr.one;
    for (let e = 0; e < 2 ** logN; e++, x = Fr.mul(x, ours)) if (Fr.eq(x, Fr.w[logN])) return e;
    throw new Error(`their root of order 2^${logN} is no power of ours`);
}

function cases(seed, logN) {
    const random = randomBelow(`${seed} ${logN}`);
    const n = 2 ** logN;
    const edges = [0n, 1n, Fr.p - 1n];
    return Array.from({ length: CASES_A_SIZE }, (_, k) =>
        Array.from({ length: n }, () => (k < 3 ? edges[k] : k < 10 ? edges[Number(random(3n))] : random(Fr.p))));
}

test('forward and inverse transforms', async () => {
    for (let logN = 1; logN <= LOG_N_MAX; logN++) {
        const n = 2 ** logN;
        const e = exponent(logN);
        assert.equal(e % 2, 1);
        const polys = cases('ntt', logN);
        const forward = ask('ntt', polys.map((p) => `forward ${p.map(hex32).join(' ')}`));
        const inverse = ask('ntt', polys.map((p) => {
            const values = new Array(n); // theirs, in our order
            p.forEach((x, i) => { values[e * i % n] = hex32(x); });
            return `inverse ${values.join(' ')}`;
        }));
        for (let k = 0; k < polys.length; k++) {
            const buffer = memory(polys[k]);
            const values = await Fr.fft(buffer);
            const ours = forward[k].split(' ');
            for (let i = 0; i < n; i++) assert.equal(ours[e * i % n], toHex(element(values, i)), `2^${logN}, ${k}, ${i}`);
            const coefficients = await Fr.ifft(buffer);
            inverse[k].split(' ').forEach((x, i) => assert.equal(x, toHex(element(coefficients, i)), `2^${logN}, ${k}, ${i}`));
        }
    }
});

test('forward transforms on cosets', async () => {
    const shift = randomBelow('ntt shift')(Fr.p);
    for (let logN = 1; logN <= LOG_N_MAX; logN++) {
        const n = 2 ** logN;
        const e = exponent(logN);
        const polys = cases('ntt coset', logN).slice(0, 20);
        const answers = ask('ntt', polys.map((p) => `forward_coset ${hex32(shift)} ${p.map(hex32).join(' ')}`));
        for (let k = 0; k < polys.length; k++) {
            const values = await Fr.fft(await Fr.batchApplyKey(memory(polys[k]), Fr.one, Fr.e(shift)));
            const ours = answers[k].split(' ');
            for (let i = 0; i < n; i++) assert.equal(ours[e * i % n], toHex(element(values, i)), `2^${logN}, ${k}, ${i}`);
        }
    }
});
