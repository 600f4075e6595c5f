// fr and fq against ffjavascript: its BigInt field (ZqField) for arithmetic, its WebAssembly field for the bytes.
import { after, before, test } from 'node:test';
import assert from 'node:assert/strict';
import { buildBn128, ZqField } from 'ffjavascript';
import { ask, hex32, randomBelow } from './peer.mjs';

const CASES = 1000;
let bn128;
before(async () => { bn128 = await buildBn128(); });
after(async () => { await bn128.terminate(); }); // its workers keep node alive

// Values where carries happen, then random ones.
function elements(p, seed, n) {
    const random = randomBelow(seed);
    const edges = [0n, 1n, 2n, p - 1n, p - 2n, (p - 1n) / 2n, (p + 1n) / 2n];
    for (const k of [52n, 64n, 104n, 128n, 192n, 208n, 253n]) edges.push((1n << k) - 1n, 1n << k, (1n << k) + 1n);
    return Array.from({ length: n }, (_, i) => edges[i] ?? random(p));
}

const bytesToHex = (bytes) => Buffer.from(bytes).toString('hex');
const reverseHex = (hex) => Buffer.from(hex, 'hex').reverse().toString('hex');

// Asks `op` for every case and compares with `want(case)`, a string.
function compare(op, cases, words, want) {
    const answers = ask('field', cases.map((c) => `${op} ${words(c).join(' ')}`));
    cases.forEach((c, i) => assert.equal(answers[i], want(c), `${op} ${words(c)}`));
}

for (const [name, wasmField] of [['fr', () => bn128.Fr], ['fq', () => bn128.F1]]) {
    const setup = () => {
        const wasm = wasmField();
        const peer = new ZqField(wasm.p);
        const a = elements(wasm.p, `${name} a`, CASES);
        // Every edge meets every edge over the first cases, then random pairs.
        const b = elements(wasm.p, `${name} b`, CASES).map((x, i, all) => (i < 784 ? all[(i + (i / 28 | 0)) % 28] : x));
        return { wasm, peer, a, pairs: a.map((x, i) => [i < 784 ? a[i % 28] : x, b[i]]), random: randomBelow(`${name} c`) };
    };
    const one = (c) => [hex32(c)];
    const two = (c) => c.map(hex32);

    test(`${name}: add, sub, mul`, () => {
        const { peer, pairs, wasm } = setup();
        const more = elements(wasm.p, `${name} d`, 2 * CASES);
        const cases = [...pairs, ...Array.from({ length: CASES }, (_, i) => [more[i], more[i + CASES]])];
        compare(`${name}_add`, cases, two, ([x, y]) => hex32(peer.add(x, y)));
        compare(`${name}_sub`, cases, two, ([x, y]) => hex32(peer.sub(x, y)));
        compare(`${name}_mul`, cases, two, ([x, y]) => hex32(peer.mul(x, y)));
    });

    test(`${name}: square and inverse`, () => {
        const { peer, a } = setup();
        const inverse = (x) => hex32(x === 0n ? 0n : peer.inv(x));
        compare(`${name}_sqr`, a, one, (x) => hex32(peer.square(x)));
        compare(`${name}_inv`, a, one, inverse);
        compare(`${name}_inv_vartime`, a, one, inverse);
    });

    test(`${name}: square root`, () => {
        const { peer, a } = setup();
        const cases = [...a, ...a.slice(0, 200).map((x) => peer.square(x))];
        const answers = ask('field', cases.map((x) => `${name}_sqrt ${hex32(x)}`));
        let roots = 0;
        cases.forEach((x, i) => {
            const theirs = peer.sqrt(x);
            if (theirs === null) return assert.equal(answers[i], 'none', `${name}_sqrt ${hex32(x)}`);
            const ours = BigInt('0x' + answers[i]);
            assert.ok(ours === theirs || ours === peer.neg(theirs), `${name}_sqrt ${hex32(x)}`);
            roots++;
        });
        assert.ok(roots > 600 && roots < 800, `${roots} roots of ${cases.length}`); // half of the random ones, all squares
    });

    test(`${name}: bytes, in and out and in memory`, () => {
        const { wasm, a } = setup();
        const be = (x) => { const out = new Uint8Array(32); wasm.toRprBE(out, 0, wasm.e(x)); return bytesToHex(out); };
        const le = (x) => { const out = new Uint8Array(32); wasm.toRprLE(out, 0, wasm.e(x)); return bytesToHex(out); };
        compare(`${name}_from_be`, a, one, (x) => be(x));
        compare(`${name}_from_le`, a, (x) => [le(x)], (x) => be(x));
        compare(`${name}_to_le`, a, one, (x) => le(x));
        compare(`${name}_memory`, a, one, (x) => bytesToHex(wasm.e(x))); // both keep Montgomery form, factor 2^256
    });

    test(`${name}: encodings of the modulus and more are refused, or reduced`, () => {
        const { peer, wasm, random } = setup();
        const top = 1n << 256n;
        const high = [wasm.p, wasm.p + 1n, 2n * wasm.p, top - 1n];
        while (high.length < CASES) high.push(wasm.p + random(top - wasm.p));
        compare(`${name}_from_be`, high, one, () => 'none');
        compare(`${name}_from_le`, high, (x) => [reverseHex(hex32(x))], () => 'none');
        compare(`${name}_reduce`, high, one, (x) => hex32(peer.e(x)));
    });
}
