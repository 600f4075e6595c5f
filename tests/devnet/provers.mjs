// Provers that are killed: each leaves its lease behind, the job goes to the next, and in the end every block is proved once and settled.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { ethers, program, rootsAgree, sleep, startRollup, units, until } from './rollup.mjs';

const LONG = process.env.ZK_SOAK !== undefined;
const SEED = Number(process.env.ZK_SEED ?? 20261123);
const KILLS = LONG ? 300 : 50;
const WAITING = 6; // blocks without proof at a time, so that the next prover finds one before a lease ends
const EVERY = 10; // kills between proofs that are let through

process.env.ZKROLL_PROVER_TOKEN = 'a word for provers';
const running = new Set();
let rollup;
after(async () => {
    for (const prover of running) prover.child.kill('SIGKILL');
    await rollup?.net.stop();
});

const dice = ((x) => (n) => {
    x = (Math.imul(x, 1664525) + 1013904223) >>> 0;
    return Math.floor(x / 2 ** 32 * n);
})(SEED);

// One process; what it has begun and what was accepted, from its log.
class Prover {
    constructor(args = []) {
        this.words = '';
        this.child = spawn(program, ['prover', '--server', new URL(rollup.net.rest).origin, '--insecure-srs', '--keys-dir',
            join(rollup.net.dataDir, 'keys'), ...args], { stdio: ['ignore', 'ignore', 'pipe'] });
        this.child.stderr.on('data', (data) => { this.words += data; });
        this.exited = new Promise((resolve) => this.child.once('exit', (code, signal) => { running.delete(this); resolve(signal ?? code); }));
        running.add(this);
    }

    blocks(event) { return [...this.words.matchAll(new RegExp(`event=${event} block=(\\d+)[^\\n]*`, 'g'))].map((m) => Number(m[1])); }

    begun() { return this.blocks('proof_begun'); }

    proved() { return [...this.words.matchAll(/event=block_proved block=(\d+) [^\n]*verdict=accepted/g)].map((m) => Number(m[1])); }
}

test(`kill -9 of the prover ${KILLS} times`, { timeout: 3_000_000 }, async (t) => {
    rollup = await startRollup({ args: ['--no-prover', '--block-time', '1ms', '--l1-block-time', '0s', '--set', 'prover.lease=2s', '--set', 'prover.attempts=1000'] });
    const wallet = new ethers.Wallet(rollup.net.accounts[1].privateKey, rollup.world.l1);
    const metric = async (name) => {
        const text = await (await fetch(`${new URL(rollup.net.rest).origin}/metrics`)).text();
        return Number(text.split('\n').find((line) => line.startsWith(`${name} `)).split(' ')[1]);
    };
    const sealed = async () => await metric('zkroll_block') - 1;
    const makeBlock = async () => { // a deposit is sealed as soon as it is executed
        const before = await sealed();
        await (await rollup.main.connect(wallet).depositETH(wallet.address, { value: units('1'), gasLimit: 200_000 })).wait();
        await until('a block is sealed', async () => await sealed() > before);
    };
    const accepted = new Set();
    const take = (prover) => {
        for (const block of prover.proved()) {
            assert.ok(!accepted.has(block), `block ${block} was proved again`);
            accepted.add(block);
        }
    };
    const proveOne = async () => {
        const prover = new Prover(['--proofs', '1']);
        assert.equal(await prover.exited, 0, prover.words);
        assert.equal(prover.proved().length, 1, prover.words);
        take(prover);
    };

    for (let i = 0; i < WAITING; i++) await makeBlock();
    const since = Date.now();
    await proveOne(); // makes the key
    const first = Date.now();
    await makeBlock();
    await proveOne();
    const patience = Date.now() - first; // with the key, from start to end
    t.diagnostic(`the first proof with its key ${first - since} ms, the next ${patience} ms`);

    let leased = 0, idle = 0;
    while (leased < KILLS) {
        const prover = new Prover();
        await until('a job', async () => prover.begun().length > 0 || prover.child.exitCode !== null, 30_000);
        await sleep(dice(patience));
        prover.child.kill('SIGKILL');
        assert.equal(await prover.exited, 'SIGKILL', prover.words);
        take(prover);
        if (prover.begun().length > prover.proved().length) leased++;
        else idle++;
        if (leased % EVERY === 0) await proveOne();
        while (await sealed() - accepted.size < WAITING) await makeBlock();
    }

    const last = new Prover();
    await until('every block is verified', async () => Number(await rollup.main.totalBlocksExecuted()) === await sealed()
        && Number(await rollup.main.totalOpenPriorityRequests()) === 0, 600_000).catch((error) => { throw new Error(`${error.message}\n${last.words.slice(-3000)}`); });
    last.child.kill('SIGTERM');
    assert.equal(await last.exited, 0, last.words);
    take(last);
    const blocks = await rootsAgree(rollup);
    assert.equal(accepted.size, blocks);
    t.diagnostic(`${leased} kills with a lease, ${idle} without; ${blocks} blocks proved, each once, and verified`);
    const { code } = await rollup.net.stop();
    assert.equal(code, 0, rollup.net.log().slice(-2000));
    rollup = undefined;
});
