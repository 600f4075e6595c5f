// `zkroll loadtest` against a node without prover: everything it sends is accepted, executed, and every balance is right.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { promisify } from 'node:util';
import { startDevnet } from '../support/devnet.mjs';

const program = join(process.env.ZK_BUILD ?? 'build/release', 'zkroll');
let net;

before(async () => {
    net = await startDevnet({ args: ['--no-prover', '--block-slots', '640', '--set', 'sequencer.traces=no', '--set', 'mempool.backlog=0s'] });
});
after(() => net?.stop());

async function loadtest(...args) {
    const { stdout } = await promisify(execFile)(program, ['loadtest', '--node', net.rpc, '--rest', net.rest, '--l1', net.l1, '--json', '--quiet', ...args],
        { env: { ...process.env, ZKROLL_KEY: net.accounts[1].privateKey } });
    return JSON.parse(stdout);
}

test('flat out: all accepted, all executed, all balances right', async () => {
    const report = await loadtest('--accounts', '8', '--transfers', '400', '--connections', '8', '--seed', 'a');
    assert.equal(report.accepted, 400);
    assert.equal(report.executed, 400);
    assert.equal(report.balancesAgree, true);
    assert.ok(report.latencyMicroseconds.p99 >= report.latencyMicroseconds.p50);
});

test('the same seed finds its accounts again, and a rate is kept', async () => {
    const report = await loadtest('--accounts', '8', '--transfers', '100', '--rate', '100', '--seed', 'a');
    assert.equal(report.executed, 100);
    assert.ok(report.seconds > 0.9, `${report.seconds} s`);
    assert.equal(report.balancesAgree, true);
});

test('a limit of time is kept', async () => {
    const report = await loadtest('--accounts', '4', '--transfers', '400', '--rate', '50', '--seconds', '1', '--seed', 'b');
    // A second at 50 a second, and what was on its way; on a busy machine less.
    assert.ok(report.accepted > 0 && report.accepted < 100, JSON.stringify(report));
    assert.equal(report.accepted + report.unsent, 400, JSON.stringify(report));
    assert.equal(report.executed, report.accepted);
    assert.equal(report.balancesAgree, true);
});
