// The Solidity verifier in the EVM against the C verifier: same verdict on the same proofs, good and bad; its cost is pinned.
import { after, before, test } from 'node:test';
import assert from 'node:assert/strict';
import { ethers } from 'ethers';
import { rpc } from '../support/anvil.mjs';
import { callData, intrinsicGas, makeCircuits, startChain } from './verifiers.mjs';

const p = 0x30644e72e131a029b85045b68181585d2833e84879b9709143e1f593f0000001n;
const q = 0x30644e72e131a029b85045b68181585d97816a916871ca8d3c208c16d87cfd47n;
const hex = (x) => x.toString(16).padStart(64, '0');

// Parts: 1 arithmetic, 2 lookups, 4 more lookups, 8 Poseidon2, 16 Rescue, 32 embedded curve. Seeds are SRSs as well.
const ALL = 59; // every gate, one lookup sum
const list = [
    [9, 14, ALL, 1], // the shape of a block circuit: all columns in one pack
    [9, 14, ALL, 2], // another SRS
    [9, 13, ALL, 1], // another length
    [9, 9, 63, 3], // a general circuit: one pack a column
    [5, 5, 1, 4],
    [5, 8, 1, 5],
    [6, 9, 2, 6],
    [5, 9, 6, 7],
    [6, 8, 8, 8],
    [7, 9, 17, 9],
    [8, 10, 47, 10],
];
let circuits;
let chain;

before(async () => {
    circuits = makeCircuits(list);
    chain = await startChain();
    for (const circuit of circuits) await chain.deploy(circuit);
});
after(() => chain?.stop());

// Both verdicts on a list of claims, which must agree.
async function verdicts(claims) {
    const ours = circuits.verify(claims);
    const theirs = await chain.verify(circuits, claims);
    claims.forEach((claim, i) => assert.equal(theirs[i], ours[i], `circuit ${claim.circuit}, ${claim.what}: C says ${ours[i]}`));
    return ours;
}

const claimOf = (circuit, what = 'as made') => ({ circuit, what, publics: circuits[circuit].publics, proof: circuits[circuit].proof });

test('proofs of every gate and lookup, at many sizes, are accepted', async () => {
    const answers = await verdicts(circuits.map((_, i) => claimOf(i)));
    assert.deepEqual(answers, answers.map(() => true));
});

test('proofs for another key, another SRS, another length or other public inputs are rejected', async () => {
    const claims = [];
    for (const [of, to] of [[0, 1], [1, 0], [0, 2], [2, 0], [4, 5], [5, 4]])
        claims.push({ ...claimOf(of, `given to ${to}`), circuit: to }, { ...claimOf(of, `with the inputs of ${to}`), publics: circuits[to].publics });
    assert.deepEqual(await verdicts(claims), claims.map(() => false));
});

// Other values for a field element: next, negated, zero, its alias if there is room for one, the largest word.
const otherValues = (x, modulus) => [(x + 1n) % modulus, (modulus - x) % modulus, 0n, x + modulus, modulus, (1n << 256n) - 1n]
    .filter((y) => y !== x && y < 1n << 256n);

// Other points: negated, infinity, each coordinate's alias, one coordinate gone, off the curve, the generator, swapped.
const otherPoints = ([x, y]) => [[x, (q - y) % q], [0n, 0n], [x + q, y], [x, y + q], [0n, y], [x, 0n], [x, (y + 1n) % q],
    [(x + 1n) % q, y], [1n, 2n], [y, x], [q, 0n], [0n, q]].filter(([a, b]) => a !== x || b !== y);

// Every single change of a claim.
function mutations(circuit) {
    const { points, values, publics, proof } = circuits[circuit];
    const words = proof.match(/.{64}/g);
    const claims = [];
    const add = (what, changes, inputs = publics) => {
        const changed = [...words];
        for (const [i, x] of changes) changed[i] = hex(x);
        claims.push({ circuit, what, publics: inputs, proof: changed.join('') });
    };
    const word = (i) => BigInt('0x' + words[i]);
    const firstValue = 2 * (points - 2);
    const pointAt = Array.from({ length: points }, (_, i) => (i < points - 2 ? 2 * i : 2 * i + values));
    pointAt.forEach((at, i) => {
        const point = [word(at), word(at + 1)];
        otherPoints(point).forEach(([x, y], k) => add(`point ${i}, change ${k}`, [[at, x], [at + 1, y]]));
        const other = pointAt[(i + 1) % points];
        add(`points ${i} and next swapped`, [[at, word(other)], [at + 1, word(other + 1)], [other, point[0]], [other + 1, point[1]]]);
    });
    for (let i = 0; i < values; i++) {
        const at = firstValue + i;
        otherValues(word(at), p).forEach((x, k) => add(`value ${i}, change ${k}`, [[at, x]]));
        const other = firstValue + (i + 1) % values;
        if (words[at] !== words[other]) add(`values ${i} and next swapped`, [[at, word(other)], [other, word(at)]]);
    }
    publics.forEach((x, i) => {
        const put = (y) => publics.map((old, j) => (j === i ? hex(y) : old));
        otherValues(BigInt('0x' + x), p).forEach((y, k) => add(`public input ${i}, change ${k}`, [], put(y)));
        const j = (i + 1) % publics.length;
        add(`public inputs ${i} and next swapped`, [], publics.map((old, k) => (k === i ? publics[j] : k === j ? x : old)));
    });
    return claims;
}

// Truncations and extensions; every length up to the proof's is tried in plonk_test.
function lengths(circuit) {
    const { publics, proof } = circuits[circuit];
    const bytes = proof.length / 2;
    const cuts = [0, 1, 31, 32, 64, bytes / 2, bytes - 128, bytes - 64, bytes - 32, bytes - 1].map((n) => [`cut to ${n}`, proof.slice(0, 2 * n)]);
    const longer = [1, 31, 32, 64, 128].flatMap((n) => ['00', 'ff'].map((x) => [`${n} bytes ${x} more`, proof + x.repeat(n)]));
    const before = [[`zeros before`, '00'.repeat(32) + proof], ['shifted by a word', proof.slice(64) + proof.slice(0, 64)]];
    return [...cuts, ...longer, ...before].map(([what, changed]) => ({ circuit, what, publics, proof: changed }));
}

for (const [circuit, what] of [[0, 'all gates and lookups'], [5, 'no lookups'], [7, 'more lookup sums']]) {
    test(`every change of a proof is rejected: ${what}`, async () => {
        const claims = [...mutations(circuit), ...lengths(circuit)];
        assert.ok(claims.length > 300);
        const answers = await verdicts(claims);
        answers.forEach((answer, i) => assert.equal(answer, false, claims[i].what));
    });
}

// The identity is printed with sums that are not reduced: intervals show that none reaches 2^256 and no difference is negative.
class Intervals {
    constructor(source) {
        const body = /function _linearize\(\)[^{]*\{[^]*?let p := P\n([^]*?)\n {8}\}/.exec(source)[1];
        this.words = new Map();
        this.operations = 0;
        for (const line of body.split('\n')) {
            this.tokens = line.match(/[\w$]+|[(),]/g);
            assert.deepEqual(this.tokens.splice(0, 2), ['mstore', '('], line);
            const to = this.tokens.shift();
            assert.equal(this.tokens.shift(), ',');
            this.words.set(to, this.read());
            assert.deepEqual(this.tokens, [')'], line);
        }
    }

    read() {
        const name = this.tokens.shift();
        if (this.tokens[0] !== '(') {
            const value = name === 'p' ? p : BigInt(name);
            return [value, value];
        }
        if (name === 'mload') {
            const from = this.tokens.splice(0, 3)[1];
            return this.words.get(from) ?? [0n, p - 1n]; // values, challenges and powers of alpha are reduced
        }
        const args = [];
        do {
            this.tokens.shift();
            args.push(this.read());
        } while (this.tokens[0] === ',');
        assert.equal(this.tokens.shift(), ')');
        this.operations++;
        const [lo, hi] = this.apply(name, args);
        assert.ok(lo >= 0n && hi < 1n << 256n, `${name} gives ${lo} .. ${hi}`);
        return [lo, hi];
    }

    apply(name, [[alo, ahi], [blo, bhi], modulus]) {
        if (modulus) assert.deepEqual(modulus, [p, p]);
        switch (name) {
        case 'add': return [alo + blo, ahi + bhi];
        case 'sub': return [alo - bhi, ahi - blo];
        case 'mul': return [alo * blo, ahi * bhi];
        case 'addmod':
        case 'mulmod': return [0n, p - 1n];
        default: throw new Error(`the identity has an operation ${name}`);
        }
    }
}

test('no sum of the identity overflows and no difference is negative', () => {
    for (const circuit of circuits) {
        const { operations } = new Intervals(circuit.source);
        assert.ok(operations > 100, `${operations} operations`);
    }
});

test('the contracts say which key they are of', async () => {
    for (const circuit of circuits) {
        const face = new ethers.utils.Interface(circuit.abi);
        const get = async (name) => face.decodeFunctionResult(name, await rpc(chain.url, 'eth_call',
            [{ to: circuit.address, data: face.encodeFunctionData(name) }, 'latest']))[0];
        assert.equal(await get('INSECURE_SRS'), true);
        assert.equal((await get('PROOF_LENGTH')).toNumber(), circuit.proof.length / 2);
        for (const name of ['KEY_DIGEST', 'CIRCUIT_HASH', 'SRS_ID']) assert.match(await get(name), /^0x[0-9a-f]{64}$/);
    }
});

test('too little gas reverts and is no verdict', async () => {
    const { publics, proof, address } = circuits[0];
    const data = callData({ publics, proof });
    const enough = Number(await rpc(chain.url, 'eth_estimateGas', [{ from: chain.from, to: address, data }]));
    let refused = 0;
    for (let gas = intrinsicGas(data) + 1000; gas < enough; gas += 9000) {
        const call = rpc(chain.url, 'eth_call', [{ from: chain.from, to: address, data, gas: '0x' + gas.toString(16) }, 'latest']);
        await assert.rejects(call, `with ${gas} gas`);
        refused++;
    }
    assert.ok(refused > 20);
});

test('cost: gas, scalar multiplications, proof and code size', async () => {
    const circuit = circuits[0];
    const data = callData(circuit);
    const receipt = await chain.send({ to: circuit.address, data });
    const gas = Number(receipt.gasUsed) - intrinsicGas(data);
    const call = { from: chain.from, to: circuit.address, data, gas: '0xf4240' };
    const trace = await rpc(chain.url, 'debug_traceCall', [call, 'latest', { disableStorage: true }]);
    const called = trace.structLogs.filter((s) => s.op === 'STATICCALL').map((s) => Number(s.stack.at(-2)));
    const count = (precompile) => called.filter((to) => to === precompile).length;
    console.log(`# verify: ${gas} gas, transaction ${Number(receipt.gasUsed)}; ${circuit.proof.length / 2} bytes, code ${circuit.size} bytes`);
    assert.deepEqual([count(5), count(6), count(7), count(8)], [1, 20, 20, 1], 'modexp, ecAdd, ecMul, ecPairing');
    assert.equal(circuit.products, 20);
    assert.equal(circuit.proof.length / 2, 2752);
    assert.ok(gas > 280_000 && gas < 292_000, `${gas} gas`);
    for (const c of circuits) assert.ok(c.size < 24_576, `${c.size} bytes of code`);
});
