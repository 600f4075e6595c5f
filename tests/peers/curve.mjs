// g1, g2 and the pairing against ffjavascript; the embedded curve against zksync-crypto; secp256k1 against ethers.
import { after, before, test } from 'node:test';
import assert from 'node:assert/strict';
import { buildBn128 } from 'ffjavascript';
import { ethers } from 'ethers';
import { private_key_to_pubkey } from 'zksync-crypto';
import { ask, hex32, randomBelow } from './peer.mjs';

let bn128;
before(async () => { bn128 = await buildBn128(); });
after(async () => { await bn128.terminate(); }); // its workers keep node alive

const hex = (bytes) => Buffer.from(bytes).toString('hex');
const bytes = (text) => new Uint8Array(Buffer.from(text, 'hex'));

// Asks `op` for every case and compares with `want(case)`, a string.
function compare(op, cases, words, want) {
    const answers = ask('curve', cases.map((c) => `${op} ${words(c).join(' ')}`));
    cases.forEach((c, i) => assert.equal(answers[i], want(c), `${op} ${words(c)}`));
}

const groups = [['g1', () => bn128.G1, 500], ['g2', () => bn128.G2, 100]];

// Both write x and y big-endian, imaginary parts first; ffjavascript marks infinity with a bit, we with zeros alone.
function evmHex(group, point) {
    const out = group.toUncompressed(group.toAffine(point));
    if (group.isZero(point)) out[0] &= 0x3f;
    return hex(out);
}

// Theirs has the larger-root bit at 0x80 and infinity at 0x40; ours has 0x80 for "a point" and 0x40 for the larger root.
function packedHex(group, point) {
    const out = new Uint8Array(group.F.n8);
    group.toRprCompressed(out, 0, group.toAffine(point));
    if (!group.isZero(point)) out[0] = 0x80 | (out[0] & 0x80) >> 1 | out[0] & 0x3f;
    return hex(out);
}

// Infinity, the generator, its opposite and small multiples, then random points.
function points(group, seed, n) {
    const random = randomBelow(seed);
    const r = bn128.Fr.p;
    return Array.from({ length: n }, (_, i) => {
        const k = i < 8 ? BigInt(i) : i < 12 ? r + 7n - BigInt(i) : random(r);
        return group.timesScalar(group.g, k);
    });
}

for (const [name, get, n] of groups) {
    const at = (p) => evmHex(get(), p);

    test(`${name}: addition, mixed addition, doubling`, () => {
        const g = get();
        const a = points(g, `${name} a`, n);
        const b = points(g, `${name} b`, n);
        // The first rows are all pairs of edges: equal, opposite and infinite ones among them.
        const pairs = a.map((p, i) => (i < 2 * n / 5 ? [a[i % 12], b[Math.floor(i / 12) % 12]] : [p, b[i]]));
        for (const op of ['add', 'add_mixed'])
            compare(`${name}_${op}`, pairs, ([p, q]) => [at(p), at(q)], ([p, q]) => at(g.add(p, q)));
        compare(`${name}_dbl`, a, (p) => [at(p)], (p) => at(g.double(p)));
    });

    test(`${name}: multiplication`, () => {
        const g = get();
        const random = randomBelow(`${name} k`);
        const r = bn128.Fr.p;
        const edges = [0n, 1n, 2n, 15n, 16n, 17n, r - 1n, r - 2n, r, r + 1n, (1n << 256n) - 1n];
        const cases = points(g, `${name} c`, n).map((p, i) => [p, edges[i] ?? random(r)]);
        compare(`${name}_mul`, cases, ([p, k]) => [at(p), hex32(k)], ([p, k]) => at(g.timesScalar(p, k)));
    });

    test(`${name}: compressed form, in and out`, () => {
        const g = get();
        const cases = points(g, `${name} d`, n);
        compare(`${name}_pack`, cases, (p) => [at(p)], (p) => packedHex(g, p));
        compare(`${name}_unpack`, cases, (p) => [packedHex(g, p)], (p) => at(p));
    });

    test(`${name}: what is no encoding is refused`, () => {
        const g = get();
        const len = g.F.n8;
        const good = points(g, `${name} e`, 40).slice(1).map((p) => at(p));
        const flipped = good.map((h, i) => {
            const out = bytes(h);
            out[(i * 5) % out.length] ^= 1 << (i % 8);
            return hex(out);
        });
        compare(`${name}_valid`, good, (h) => [h], () => 'yes');
        compare(`${name}_valid`, flipped, (h) => [h], () => 'no');
        const marks = [0x00, 0x40].map((flags) => good.map((h) => {
            const out = bytes(h).slice(0, len);
            out[0] = out[0] & 0x3f | flags;
            return hex(out);
        }));
        compare(`${name}_unpack`, marks.flat(), (h) => [h], () => 'none');
    });
}

test('g2: points of the curve outside the group are refused', () => {
    const { F2, G2 } = bn128;
    const random = randomBelow('outside');
    const cases = [];
    while (cases.length < 60) {
        const x = F2.fromObject([random(bn128.F1.p), random(bn128.F1.p)]);
        const y2 = F2.add(F2.mul(F2.square(x), x), G2.b);
        if (!F2.isSquare(y2)) continue;
        const y = F2.sqrt(y2);
        const point = new Uint8Array(128);
        point.set(x, 0);
        point.set(y, 64);
        assert.ok(G2.isValid(point)); // on the curve, says ffjavascript
        cases.push(evmHex(G2, point));
    }
    compare('g2_valid', cases, (h) => [h], () => 'no');
});

test('pairing: values, bilinearity, products', () => {
    const { G1, G2, Gt, F1, Fr } = bn128;
    const p = points(G1, 'pairing p', 31).slice(1); // ffjavascript's pairing has no answer for infinity; evm.mjs asks it
    const q = points(G2, 'pairing q', 31).slice(1);
    // Twelve coordinates, in the same order on both sides.
    const value = (text) => {
        const out = new Uint8Array(Gt.n8);
        for (let i = 0; i < 12; i++) out.set(F1.e(BigInt('0x' + text.slice(64 * i, 64 * i + 64))), 32 * i);
        return out;
    };
    // ffjavascript's final power is ours times m = 2x(6x^2 + 3x + 1), the chain of Fuentes-Castaneda et al.; m is prime
    // to the order, so equal powers mean equal values.
    const x = 4965661367192848881n;
    const m = 2n * x * (6n * x * x + 3n * x + 1n);
    const cases = p.map((a, i) => [a, q[(i * 7) % 30]]);
    const answers = ask('curve', cases.map(([a, b]) => `pairing ${evmHex(G1, a)} ${evmHex(G2, b)}`));
    cases.forEach(([a, b], i) => assert.ok(Gt.eq(Gt.exp(value(answers[i]), m), bn128.pairing(a, b)), `pairing ${i}`));

    // e(aP, bQ) e(-abP, Q) = 1, and not with another factor.
    const random = randomBelow('products');
    const sums = Array.from({ length: 24 }, (_, i) => {
        const [a, b] = [random(Fr.p), random(Fr.p)];
        const off = BigInt(i % 2);
        const left = evmHex(G1, G1.timesScalar(p[20], a)) + evmHex(G2, G2.timesScalar(q[21], b));
        const right = evmHex(G1, G1.timesScalar(p[20], (2n * Fr.p * Fr.p - a * b + off) % Fr.p)) + evmHex(G2, q[21]);
        return [left + right, off === 0n ? 'yes' : 'no'];
    });
    compare('pairing_check', sums, ([list]) => [list], ([, want]) => want);
});

test('embedded curve: public keys of private keys', () => {
    const order = 2736030358979909402780800718157159386076813972158567259200215660948447373041n;
    const random = randomBelow('embedded');
    const keys = [1n, 2n, 3n, 7n, 8n, 9n, 15n, 16n, 17n, order - 1n, order - 2n, 1n << 250n, 0x888888888888888n];
    while (keys.length < 300) keys.push(1n + random(order - 1n));
    compare('ed_public_key', keys, (k) => [hex32(k)], (k) => hex(private_key_to_pubkey(bytes(hex32(k)))));
});

test('secp256k1: keys, signatures, recovery', () => {
    const n = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n;
    const random = randomBelow('secp');
    const cases = Array.from({ length: 200 }, (_, i) => {
        const key = new ethers.utils.SigningKey('0x' + hex32(i < 3 ? [1n, 2n, n - 1n][i] : 1n + random(n - 1n)));
        const digest = hex32(random(1n << 256n));
        const { r, s, v } = key.signDigest('0x' + digest);
        return { key, digest, sig: r.slice(2) + s.slice(2) + v.toString(16), s: BigInt(s), v };
    });
    const keyHex = (c) => c.key.publicKey.slice(4);
    compare('secp_public_key', cases, (c) => [c.key.privateKey.slice(2)], keyHex);
    compare('secp_sign', cases, (c) => [c.digest, c.key.privateKey.slice(2)], (c) => c.sig);
    compare('secp_recover', cases, (c) => [c.digest, c.sig], keyHex);
    // The other s with the other v, written as 0 or 1, is the same signer: Ethereum's recovery has no low-s rule.
    const twin = (c) => c.sig.slice(0, 64) + hex32(n - c.s) + hex32(BigInt(28 - c.v)).slice(62);
    compare('secp_recover', cases, (c) => [c.digest, twin(c)], keyHex);
});
