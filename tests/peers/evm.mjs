// Our points, pairing and recovery against the precompiled contracts of an Ethereum node (anvil): what the node's EVM
// accepts as input we accept, and what it answers we answer.
import { after, before, test } from 'node:test';
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { ethers } from 'ethers';
import { ask, hex32, randomBelow } from './peer.mjs';

const q = 0x30644e72e131a029b85045b68181585d97816a916871ca8d3c208c16d87cfd47n;
const r = 0x30644e72e131a029b85045b68181585d2833e84879b9709143e1f593f0000001n;
const G1 = hex32(1n) + hex32(2n);
const G2 = ask('curve', [`g2_mul ${[
    '198e9393920d483a7260bfb731fb5d25f1aa493335a9e71297e485b7aef312c2', '1800deef121f1e76426a00665e5c4479674322d4f75edadd46debd5cd992f6ed',
    '090689d0585ff075ec9e99ad690c3395bc4b313370b38ef355acdadcd122975b', '12c85ea5db8c6deb4aab71808dcb408fe3d1e7690c43d37b4ce6cc0166fa7daa',
].join('')} ${hex32(1n)}`])[0];

let anvil;
let url;
before(async () => {
    anvil = spawn('node_modules/.bin/anvil', ['--host', '127.0.0.1', '--port', '0'], { stdio: ['ignore', 'pipe', 'inherit'] });
    process.once('exit', () => anvil.kill());
    url = await new Promise((resolve, reject) => {
        let text = '';
        setTimeout(() => reject(new Error(`anvil did not say where it listens: ${text}`)), 30000).unref();
        anvil.once('exit', (code) => reject(new Error(`anvil ended with ${code}`)));
        anvil.stdout.on('data', (part) => {
            text += part;
            const found = /Listening on (\S+)/.exec(text);
            if (found) resolve(`http://${found[1]}`);
        });
    });
});
after(() => { anvil.kill(); });

// The precompile's answer to each input, in order; null where the call fails.
async function call(address, inputs) {
    const requests = inputs.map((data, id) => ({
        jsonrpc: '2.0', id, method: 'eth_call', params: [{ to: '0x' + address.padStart(40, '0'), data: '0x' + data, gas: '0x1000000' }, 'latest'],
    }));
    const response = await fetch(url, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(requests) });
    const answers = await response.json();
    answers.sort((a, b) => a.id - b.id);
    return answers.map((a) => (a.error ? null : a.result.slice(2)));
}

const multiples = (group, point, scalars) => ask('curve', scalars.map((k) => `${group}_mul ${point} ${hex32(k)}`));
const scalars = (seed, n) => {
    const random = randomBelow(seed);
    return Array.from({ length: n }, (_, i) => [0n, 1n, 2n, r - 1n][i] ?? random(r));
};

test('ecAdd and ecMul: sums and multiples', async () => {
    const a = multiples('g1', G1, scalars('a', 80));
    const b = multiples('g1', G1, scalars('b', 80));
    const pairs = a.map((p, i) => (i < 16 ? [a[i % 4], b[i >> 2]] : [p, b[i]]));
    assert.deepEqual(ask('curve', pairs.map((c) => `g1_add ${c.join(' ')}`)), await call('6', pairs.map((c) => c.join(''))));
    const top = (1n << 256n) - 1n;
    const k = scalars('k', 80).map((x, i) => (i > 70 ? top - BigInt(i) : x)); // any 256-bit factor
    assert.deepEqual(ask('curve', a.map((p, i) => `g1_mul ${p} ${hex32(k[i])}`)), await call('7', a.map((p, i) => p + hex32(k[i]))));
});

test('ecAdd: what is no point is refused by both', async () => {
    const random = randomBelow('bad g1');
    const good = multiples('g1', G1, scalars('good', 40));
    const bad = good.map((p, i) => {
        const [x, y] = [BigInt('0x' + p.slice(0, 64)), BigInt('0x' + p.slice(64))];
        const altered = [[x + q, y], [x, y + q], [x, y + 1n], [y, x], [random(q), y], [q, q], [0n, q], [x, q - y]][i % 8];
        return altered.map(hex32).join('');
    });
    const theirs = await call('6', bad.map((p) => p + G1));
    const ours = ask('curve', bad.map((p) => `g1_valid ${p}`));
    assert.deepEqual(ours, theirs.map((answer) => (answer === null ? 'no' : 'yes')));
    assert.ok(ours.includes('yes') && ours.filter((x) => x === 'no').length > 20);
});

test('ecPairing: products that are one, products that are not, and lists that are refused', async () => {
    const random = randomBelow('pairing');
    const lists = [''];
    for (let i = 0; i < 40; i++) {
        const n = 1 + i % 4;
        let list = '';
        let sum = 0n;
        for (let j = 0; j < n; j++) {
            let [a, b] = [random(r), random(r)];
            if (i % 5 === 1 && j === 0) a = 0n; // infinity in g1
            if (i % 7 === 1 && j === 0) b = 0n; // infinity in g2
            if (j === n - 1) [a, b] = [(r - sum + BigInt(i % 3 === 2)) % r, 1n];
            sum = (sum + a * b) % r;
            list += multiples('g1', G1, [a])[0] + multiples('g2', G2, [b])[0];
        }
        lists.push(list);
        if (i % 4 === 3) { // one bit of one point, then a coordinate that is not reduced
            const at = Number(random(BigInt(list.length)));
            lists.push(list.slice(0, at) + (parseInt(list[at], 16) ^ 1).toString(16) + list.slice(at + 1));
            const word = 64 * Number(random(BigInt(list.length / 64)));
            const large = BigInt('0x' + list.slice(word, word + 64)) + q;
            lists.push(list.slice(0, word) + hex32(large) + list.slice(word + 64));
        }
    }
    const theirs = await call('8', lists);
    const ours = ask('curve', lists.map((list) => `pairing_check ${list}`));
    assert.deepEqual(ours, theirs.map((answer) => (answer === null ? 'none' : BigInt('0x' + answer) === 1n ? 'yes' : 'no')));
    for (const kind of ['yes', 'no', 'none']) assert.ok(ours.filter((x) => x === kind).length > 9, kind);
});

test('ecRecover: the address of the recovered key', async () => {
    const random = randomBelow('recover');
    const n = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n;
    const cases = Array.from({ length: 120 }, (_, i) => {
        const digest = hex32(random(1n << 256n));
        const sig = new ethers.utils.SigningKey('0x' + hex32(1n + random(n - 1n))).signDigest('0x' + digest);
        let [R, S, v] = [BigInt(sig.r), BigInt(sig.s), sig.v];
        if (i % 6 === 1) [S, v] = [n - S, 55 - v];
        if (i % 6 === 2) R = [0n, n, 5n, R + 1n][(i / 6 | 0) % 4];
        if (i % 6 === 3) S = [0n, n, n - 1n, S + 1n][(i / 6 | 0) % 4];
        if (i % 6 === 4) v = 55 - v;
        return { digest, R, S, v };
    });
    const theirs = await call('1', cases.map((c) => c.digest + hex32(BigInt(c.v)) + hex32(c.R) + hex32(c.S)));
    const ours = ask('curve', cases.map((c) => `secp_recover ${c.digest} ${hex32(c.R)}${hex32(c.S)}${c.v.toString(16)}`));
    const address = (key) => (key === 'none' ? '' : ethers.utils.keccak256('0x' + key).slice(26).padStart(64, '0'));
    assert.deepEqual(ours.map(address), theirs);
    assert.ok(ours.filter((x) => x === 'none').length > 5);
});
