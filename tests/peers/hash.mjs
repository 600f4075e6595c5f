// keccak256 against ethers (js-sha3), sha256 and hmac against node's own crypto.
import { test } from 'node:test';
import assert from 'node:assert/strict';
import { createHash, createHmac } from 'node:crypto';
import { createRequire } from 'node:module';
import { ask, randomBelow } from './peer.mjs';

const { utils } = createRequire(import.meta.url)('ethers');
const random = randomBelow('hash');
const bytes = (n) => Buffer.from(Array.from({ length: n }, () => Number(random(256n))));
const word = (b) => (b.length ? b.toString('hex') : '-');

// Every length over three blocks, then some long ones.
const inputs = [...Array.from({ length: 3 * 136 + 2 }, (_, n) => bytes(n)), ...[1000, 4096, 10007].map(bytes)];

test('keccak256 of every length', () => {
    const answers = ask('hash', inputs.map((b) => `keccak256 ${word(b)}`));
    inputs.forEach((b, i) => assert.equal('0x' + answers[i], utils.keccak256(b), `${b.length} bytes`));
});

test('keccak256 in two pieces', () => {
    const cuts = inputs.map((b) => Number(random(BigInt(b.length + 1))));
    const answers = ask('hash', inputs.map((b, i) => `keccak256_cut ${word(b)} ${cuts[i]}`));
    inputs.forEach((b, i) => assert.equal('0x' + answers[i], utils.keccak256(b), `${b.length} bytes, cut at ${cuts[i]}`));
});

test('sha256 and hmac_sha256', () => {
    const key = bytes(32);
    const some = inputs.filter((_, i) => i % 7 === 0);
    ask('hash', some.map((b) => `sha256 ${word(b)}`)).forEach((answer, i) => {
        assert.equal(answer, createHash('sha256').update(some[i]).digest('hex'));
    });
    ask('hash', some.map((b) => `hmac_sha256 ${key.toString('hex')} ${word(b)}`)).forEach((answer, i) => {
        assert.equal(answer, createHmac('sha256', key).update(some[i]).digest('hex'));
    });
});
