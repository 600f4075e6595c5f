// What the contracts cost, measured anew, is what docs/gas.md says, and stays within what wallets send and what was promised.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import test from 'node:test';
import { measure, readCosts, report } from '../../contracts/gas.mjs';

const OPENING_WORDS = 6;
const OPENING_PADDED = 96;

const measured = await measure();

test('calls of users fit into the gas limits that the SDK sends', () => {
    const limited = measured.users.filter((u) => u.limit);
    assert.ok(limited.length >= 11);
    for (const { name, gas, limit } of limited) assert.ok(gas < limit, `${name}: ${gas} of ${limit}`);
});

test('a transfer in a block of 2,000 costs less than 550 gas, everything included', () => {
    const { gas } = measured.blocks.find((b) => b.n === 2000);
    assert.ok(gas / 2000 < 550, `${gas / 2000}`);
});

test('nothing needs more gas than a transaction may have', () => {
    for (const gas of [...measured.users.map((u) => u.gas), ...measured.blocks.map((b) => b.gas), ...Object.values(measured.deployment)]) {
        assert.ok(gas < 16777216);
    }
});

// The smallest key has its fixed columns in eight commitments, the others in two or one.
test('a verification costs less than 350,000 gas; of the smallest key a little more', () => {
    const [smallest, ...others] = measured.blocks;
    assert.ok(smallest.verify < 360000, `${smallest.verify}`);
    for (const { verify } of others) assert.ok(verify < 350000, `${verify}`);
});

// What closes blocks and quotes fees may not say less than what is so, nor much more.
test('block_costs_default is what was measured, rounded up', () => {
    const costs = readCosts();
    const rounds = (name, want, got, slack = 0.03) => assert.ok(got >= want && got <= want * (1 + slack), `${name}: measured ${want}, block.c has ${got}`);
    const { base, baseBytes, word } = measured.model;
    rounds('a word', word, costs.wordGas);
    rounds('an empty block', base, costs.baseGas + OPENING_WORDS * costs.wordGas);
    rounds('an empty block\'s bytes, and padding', baseBytes - OPENING_PADDED + 2 * 31, costs.baseBytes, 0.05);
    for (const [op, { gas, bytes }] of Object.entries(costs.operations)) {
        const kinds = measured.operations.filter((o) => o.op === op);
        assert.ok(kinds.length > 0, op);
        const dearest = Math.max(...kinds.map((o) => o.gas - Math.floor(o.words * word)));
        rounds(op, dearest, gas, 0.05);
        assert.equal(bytes, Math.max(...kinds.map((o) => o.witness)), `${op}: bytes of witness`);
    }
    // Blocks of transfers: a word each. Zeros in ids and amounts make them cheaper than words without.
    for (const { n, gas, floor } of measured.blocks) {
        const said = costs.baseGas + (OPENING_WORDS + n) * costs.wordGas;
        assert.ok(gas <= Math.max(said, floor) && said < 1.12 * gas, `${n} transfers: measured ${gas}, said ${said}`);
    }
});

test('blocks as full as the library makes them are settled in one call, for what it said', () => {
    assert.equal(measured.fullest.length, 5);
    for (const { name, n, said, gas, saidBytes, length, executed, executeMax } of measured.fullest) {
        // Calldata of 100 kB, copied to be hashed, costs a little more than its words do one by one.
        assert.ok(n > 100 && gas <= 1.005 * said && gas > 0.9 * said, `${n} ${name}: said ${said}, took ${gas}`);
        assert.ok(length <= saidBytes && length > 0.9 * saidBytes, `${n} ${name}: said ${saidBytes} bytes, took ${length}`);
        assert.ok(executed <= executeMax, `${n} ${name}: ${executed} to execute`); // or the contract would not have committed them
    }
});

// The verifiers follow the circuit, so numbers may move a little before somebody writes the page anew.
test('docs/gas.md is what `node contracts/gas.mjs --write` writes, within a percent', () => {
    const written = readFileSync(new URL('../../docs/gas.md', import.meta.url), 'utf8');
    const number = /\d[\d,]*(\.\d+)?/g;
    const page = report(measured);
    assert.equal(written.replace(number, '#'), page.replace(number, '#'), 'the words around the numbers');
    const [was, is] = [written, page].map((text) => text.match(number).map((x) => Number(x.replace(/,/g, ''))));
    is.forEach((x, i) => assert.ok(Math.abs(x - was[i]) <= Math.max(0.01 * was[i], 0.1), `docs/gas.md says ${was[i]}, measured ${x}: make gas`));
});
