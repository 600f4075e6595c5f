// Ceremony files: one that snarkjs made is read, used to prove, and refused when it is damaged.
import { after, before, test } from 'node:test';
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildBn128 } from 'ffjavascript';
import { powersOfTau } from 'snarkjs';
import { ask } from './verifiers.mjs';

const POWER = 8;
const POWERS = 2 ** (POWER + 1) - 1;
const dir = mkdtempSync(join(tmpdir(), 'zkroll-ptau-'));
const at = (name) => join(dir, name);
let curve;

// A beacon is a contribution whose randomness is given: the same file each time.
before(async () => {
    curve = await buildBn128();
    await powersOfTau.newAccumulator(curve, POWER, at('new.ptau'));
    await powersOfTau.beacon(at('new.ptau'), at('one.ptau'), 'one', '01'.repeat(32), 10);
    await powersOfTau.beacon(at('one.ptau'), at('two.ptau'), 'two', '02'.repeat(32), 10);
    await powersOfTau.preparePhase2(at('two.ptau'), at('prepared.ptau'));
});
after(async () => {
    // snarkjs keeps a curve of its own, with threads, for each prime it meets.
    for (const c of [globalThis.curve_bn128, globalThis.curve_bls12381]) await c?.terminate();
    rmSync(dir, { recursive: true });
});

const import_ = (name, n = 0) => ask([`ptau ${at(name)} ${n} ${at('out.srs')}`])[0];

// Where the contents of each section are: what the format says, read here once more.
function sections(bytes) {
    const found = {};
    let offset = 12;
    for (let i = bytes.readUInt32LE(8); i > 0; i--) {
        const length = Number(bytes.readBigUInt64LE(offset + 4));
        found[bytes.readUInt32LE(offset)] = offset + 12;
        offset += 12 + length;
    }
    return found;
}

test('contributed and prepared files are read, and say the points that snarkjs means', () => {
    for (const name of ['one.ptau', 'two.ptau', 'prepared.ptau']) {
        assert.equal(import_(name), `ok ${POWERS} 0`, name);
        const bytes = readFileSync(at(name));
        const { 2: g1, 3: g2 } = sections(bytes);
        const which = [0, 1, 2, 255, 256, POWERS - 1];
        const want = which.map((i) => {
            const out = new Uint8Array(64);
            curve.G1.toRprUncompressed(out, 0, curve.G1.fromRprLEM(bytes, g1 + 64 * i));
            return Buffer.from(out).toString('hex');
        });
        const out = new Uint8Array(128);
        curve.G2.toRprUncompressed(out, 0, curve.G2.fromRprLEM(bytes, g2 + 128));
        want.push(Buffer.from(out).toString('hex'));
        assert.deepEqual(ask([`powers ${at('out.srs')} ${which.join(' ')}`])[0].split(' '), want, name);
    }
});

test('a circuit is proved with the powers of a ceremony, and its key is not marked insecure', () => {
    assert.equal(import_('prepared.ptau'), `ok ${POWERS} 0`);
    const answers = ask([[5, 8, 1], [8, 8, 8], [6, 8, 2]].map((c) => `prove_with ${at('out.srs')} ${c.join(' ')}`));
    assert.deepEqual(answers, ['yes 0', 'yes 0', 'yes 0']);
});

test('as many powers as wanted, but no more than there are', () => {
    assert.equal(import_('two.ptau', 272), 'ok 272 0');
    assert.match(import_('two.ptau', POWERS + 1), /^refused .*511 powers of tau, 512 are needed/);
});

test('files that nobody contributed to, of another curve, and no such files are refused', async () => {
    assert.match(import_('new.ptau'), /^refused nobody has contributed/);
    const { buildBls12381 } = await import('ffjavascript');
    const other = await buildBls12381();
    await powersOfTau.newAccumulator(other, 3, at('bls.ptau'));
    assert.match(import_('bls.ptau'), /^refused .*another curve/);
    assert.match(import_('missing.ptau'), /^refused cannot open .*missing.ptau/);
    writeFileSync(at('text.ptau'), 'not a ceremony');
    assert.match(import_('text.ptau'), /^refused this is not a .ptau file/);
});

test('damaged files are refused and the reason is said', () => {
    const whole = readFileSync(at('two.ptau'));
    const { 1: header, 2: g1, 3: g2, 7: contributions } = sections(whole);
    const point = (i) => whole.subarray(g1 + 64 * i, g1 + 64 * i + 64);
    const damage = [
        [/truncated/, (b) => b.subarray(0, b.length - 1)],
        [/truncated/, (b) => b.subarray(0, g1 + 64 * 100)],
        [/1 bytes after its last section/, (b) => Buffer.concat([b, Buffer.alloc(1)])],
        [/version 2/, (b) => b.writeUInt32LE(2, 4)],
        [/another curve/, (b) => b.writeUInt8(b[header + 4] ^ 1, header + 4)],
        [/section 2 .* power 7 needs/, (b) => b.writeUInt32LE(POWER - 1, header + 36)],
        [/power 9 of 8/, (b) => b.writeUInt32LE(POWER + 1, header + 36)],
        [/nobody has contributed/, (b) => b.writeUInt32LE(0, contributions)],
        [/power 3 .* not reduced/, (b) => b.fill(0xff, g1 + 64 * 3, g1 + 64 * 3 + 32)],
        [/power 3 .* no point of the curve/, (b) => b.writeUInt8(b[g1 + 64 * 3] ^ 1, g1 + 64 * 3)],
        [/power 300 .* no point of the curve/, (b) => b.fill(0, g1 + 64 * 300, g1 + 64 * 301)],
        [/do not begin with the generator/, (b) => b.set(point(1), g1)],
        [/not the powers of one tau/, (b) => b.set(point(9), g1 + 64 * 10)],
        [/not the powers of one tau/, (b) => b.set(point(0), g1 + 64 * (POWERS - 1))],
        [/not the powers of one tau/, (b) => b.set(readFileSync(at('one.ptau')).subarray(g2 + 128, g2 + 256), g2 + 128)],
        [/tau in G2 .* no point of the group/, (b) => b.writeUInt8(b[g2 + 128] ^ 1, g2 + 128)],
        [/tau of the .ptau file is 1/, (b) => b.set(whole.subarray(g2, g2 + 128), g2 + 128)],
    ];
    for (const [reason, change] of damage) {
        const copy = Buffer.from(whole);
        const changed = change(copy);
        writeFileSync(at('bad.ptau'), Buffer.isBuffer(changed) ? changed : copy);
        const answer = import_('bad.ptau');
        assert.match(answer, /^refused /, String(reason));
        assert.match(answer, reason);
    }
});
