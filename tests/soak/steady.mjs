// A rollup under a steady load for half an hour (ZK_SOAK=1; else for seconds): nothing is refused or lost, every balance is right, memory
// does not grow, and with proving on, blocks settle on L1 as fast as they are sealed. ZK_SOAK_SECONDS and the rates can be set for a search:
// ZK_SOAK_RATE (proving off), ZK_SOAK_PROVED_RATE with ZK_SOAK_SLOTS (proving on).
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { promisify } from 'node:util';
import { startDevnet } from '../support/devnet.mjs';

const program = join(process.env.ZK_BUILD ?? 'build/release', 'zkroll');
const LONG = process.env.ZK_SOAK !== undefined;
const number = (name, long, short) => Number(process.env[name] ?? (LONG ? long : short));
const SECONDS = number('ZK_SOAK_SECONDS', 1800, 20);
const RATE = number('ZK_SOAK_RATE', 1750, 200); // half of what the sequencer must take
const PROVED_RATE = number('ZK_SOAK_PROVED_RATE', 40, 6);
const PROVED_SLOTS = number('ZK_SOAK_SLOTS', 640, 40);
const EVERY = LONG ? 5000 : 500; // milliseconds between samples
const MEMORY_GROWTH = (LONG ? 32 : 128) << 20; // bytes that the last quarter may have above the second: caches fill in the first minutes

const running = new Set();
after(async () => { for (const net of running) await net.stop(); });

async function start(args) {
    const net = await startDevnet({ args });
    running.add(net);
    return net;
}

async function end(net) {
    running.delete(net);
    const { code } = await net.stop();
    assert.equal(code, 0, net.log().slice(-3000));
}

// The samples of /metrics as {name{labels}: value}.
async function metrics(net) {
    const text = await (await fetch(`${new URL(net.rest).origin}/metrics`)).text();
    return Object.fromEntries(text.split('\n').filter((line) => line && !line.startsWith('#')).map((line) => {
        const at = line.lastIndexOf(' ');
        return [line.slice(0, at), Number(line.slice(at + 1))];
    }));
}

const anonymous = (pid) => Number(/RssAnon:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))[1]) * 1024;
const openFiles = (pid) => readdirSync(`/proc/${pid}/fd`).length;

// Looks at the node until it is told to stop; then what it has seen.
function watch(net) {
    const samples = [], began = Date.now();
    let stopped = false;
    const loop = (async () => {
        while (!stopped) {
            const m = await metrics(net);
            samples.push({
                at: (Date.now() - began) / 1000, memory: anonymous(net.pid), files: openFiles(net.pid), waiting: m.zkroll_mempool_transactions,
                sealed: m.zkroll_block - 1, executed: m['zkroll_block{status="executed"}'],
            });
            await new Promise((r) => setTimeout(r, EVERY));
        }
    })();
    loop.catch(() => { stopped = true; }); // whoever stops it hears of the failure
    return async () => { stopped = true; await loop; return samples; };
}

const median = (values) => values.toSorted((a, b) => a - b)[values.length >> 1];
const MiB = (bytes) => (bytes / (1 << 20)).toFixed(0);

// The second quarter is past the start-up's caches; the last one must not stand above it.
function memoryIsFlat(t, samples) {
    const n = samples.length, quarter = (i) => median(samples.slice((i * n) >> 2, ((i + 1) * n) >> 2).map((s) => s.memory));
    const [second, last] = [quarter(1), quarter(3)];
    t.diagnostic(`memory: ${[0, 1, 2, 3].map((i) => MiB(quarter(i))).join(', ')} MiB (medians of the quarters); files open: `
        + `${median(samples.map((s) => s.files))}, at most ${Math.max(...samples.map((s) => s.files))}`);
    assert.ok(last - second < MEMORY_GROWTH, `memory grows: ${MiB(second)} to ${MiB(last)} MiB`);
}

async function load(t, net, rate, accounts, connections) {
    const transfers = Math.round(rate * SECONDS);
    const args = ['loadtest', '--node', net.rpc, '--rest', net.rest, '--l1', net.l1, '--json', '--quiet', '--seed', 'steady', '--rate', rate,
        '--transfers', transfers, '--seconds', SECONDS * 2, '--accounts', accounts, '--connections', connections, '--wait', 300].map(String);
    const { stdout } = await promisify(execFile)(program, args, { env: { ...process.env, ZKROLL_KEY: net.accounts[1].privateKey } })
        .catch((error) => { throw new Error(`loadtest: ${error.stderr}\n${error.stdout}\n${net.log().slice(-3000)}`); });
    const report = JSON.parse(stdout), { p50, p99 } = report.latencyMicroseconds;
    t.diagnostic(`${report.executed} transfers in ${report.seconds.toFixed(1)} s (${(report.accepted / report.seconds).toFixed(0)}/s), `
        + `answer ${(p50 / 1000).toFixed(1)} ms (median), ${(p99 / 1000).toFixed(1)} ms (99 %), latest ${(report.latencyMicroseconds['p99.9'] / 1000).toFixed(1)} ms (99.9 %)`);
    const { accepted, executed, refused, lost, unsent, balancesAgree } = report;
    assert.deepEqual({ accepted, executed, refused, lost, unsent, balancesAgree },
        { accepted: transfers, executed: transfers, refused: 0, lost: 0, unsent: 0, balancesAgree: true }, JSON.stringify(report));
    assert.ok(report.seconds < SECONDS * 1.03 + 2, `the rate was not kept: ${report.seconds} s`);
    return report;
}

const complaints = (net) => net.log().split('\n').filter((line) => /\b(WARN|ERROR)\b/.test(line));

test(`${SECONDS} s at ${RATE} transfers a second, proving off`, { timeout: (SECONDS * 2 + 600) * 1000 }, async (t) => {
    const net = await start(['--no-prover', '--block-slots', '2560', '--set', 'mempool.backlog=0s', '--set', 'sequencer.backlog-blocks=0']);
    const stopWatching = watch(net);
    await load(t, net, RATE, LONG ? 512 : 16, LONG ? 256 : 8);
    const samples = await stopWatching();
    t.diagnostic(`${samples.at(-1).sealed} blocks sealed; at most ${Math.max(...samples.map((s) => s.waiting))} transfers waiting`);
    memoryIsFlat(t, samples);
    assert.deepEqual(complaints(net), []);
    await end(net);
});

test(`${SECONDS} s at ${PROVED_RATE} transfers a second, proving on`, { timeout: (SECONDS * 2 + 900) * 1000 }, async (t) => {
    const net = await start(['--block-slots', PROVED_SLOTS, '--block-time', LONG ? '30s' : '5s'].map(String));
    const stopWatching = watch(net);
    await load(t, net, PROVED_RATE, LONG ? 64 : 8, 8);
    await new Promise((r) => setTimeout(r, EVERY * 2));
    const samples = await stopWatching();
    const behind = (part) => Math.max(...part.map((s) => s.sealed - s.executed));
    const n = samples.length, middle = behind(samples.slice(n >> 2, n >> 1)), last = behind(samples.slice((3 * n) >> 2));
    const { sealed } = samples.at(-1);
    t.diagnostic(`${sealed} blocks sealed; at most ${behind(samples)} of them not settled on L1: ${middle} in the second quarter, ${last} in the last one`);
    assert.ok(last <= middle + 1, 'blocks are sealed faster than they settle');
    const patience = Date.now() + 120_000;
    for (let executed = 0; executed < sealed;) {
        executed = (await metrics(net))['zkroll_block{status="executed"}'];
        assert.ok(Date.now() < patience, `${executed} of ${sealed} blocks settled`);
        await new Promise((r) => setTimeout(r, 200));
    }
    memoryIsFlat(t, samples);
    assert.deepEqual(complaints(net), []);
    await end(net);
});
