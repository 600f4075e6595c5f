// What the contracts cost, measured anew, is what docs/gas.md says, and stays within what wallets send and what was promised.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import test from 'node:test';
import { measure, report } from '../../contracts/gas.mjs';

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

test('docs/gas.md is what `node contracts/gas.mjs --write` writes', () => {
    assert.equal(report(measured), readFileSync(new URL('../../docs/gas.md', import.meta.url), 'utf8'));
});
