// The Solidity tests in contracts/test, as tests of node's runner: forge compiles and runs all, and each of its suites is
// reported here as one test.
import assert from 'node:assert/strict';
import test from 'node:test';
import { runForge } from '../../contracts/tools/forge.mjs';

test('the sources are formatted', async () => {
    const { code: fmtCode, output: diff } = await runForge(['fmt', '--check']);
    assert.equal(fmtCode, 0, diff);
});

const { code, output } = await runForge(['test']);
const suites = [...output.matchAll(/^Ran \d+ tests? for (\S+)\n([\s\S]*?)^Suite result: (\w+)\. (\d+) passed; (\d+) failed/gm)];

test('forge compiles the contracts and finds their tests', () => {
    assert.ok(suites.length > 0, output);
});

for (const [text, name, , result, passed] of suites) {
    test(`${name}: ${passed} tests`, () => assert.equal(result, 'ok', text));
}

test('forge has no complaint', () => {
    assert.equal(code, 0, output.slice(-20000));
    const total = /(\d+) tests passed, (\d+) failed, (\d+) skipped/.exec(output);
    assert.ok(total, output);
    console.log(`contracts: ${total[1]} passed, ${total[2]} failed, ${total[3]} skipped`);
    assert.deepEqual([total[2], total[3]], ['0', '0']);
});
