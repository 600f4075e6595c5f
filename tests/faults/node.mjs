// The node under faults: nothing accepted is lost, nothing is executed twice, and the roots agree: a node that finds
// another root than its last block's refuses to start, which fails the test.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { startPostgres } from '../support/postgres.mjs';
import { Node, Users, endAll, eventually, random, sleep, startChain } from './rollup.mjs';

const LONG = process.env.ZK_SOAK !== undefined;
const SEED = Number(process.env.ZK_SEED ?? 20261123);
const KILLS = LONG ? 300 : 50;
const USERS = 6;

let chain;
before(async () => { chain = await startChain(); }, { timeout: 300_000 });
after(async () => { await endAll(); await chain?.stop(); });

async function world(name, args = []) {
    const node = new Node(chain, name, args);
    await node.choosePorts();
    node.start();
    await node.up();
    return { node, users: await Users.create(node, USERS, SEED) };
}

// Kills the node at random moments, a fifth of them while it starts; returns how often.
async function killOften(node, users, times, dice) {
    for (let i = 0; i < times; i++) {
        if (!node.child) node.start();
        if (dice(5) === 0) {
            await sleep(dice(150));
        } else {
            await node.up();
            await sleep(dice(400));
        }
        if (dice(4) === 0) await users.deposit();
        await node.kill();
    }
}

test(`kill -9 of the node at ${KILLS} random moments, SQLite`, { timeout: 3_000_000 }, async (t) => {
    const { node, users } = await world('killed');
    const work = users.run();
    await killOften(node, users, KILLS, random(SEED));
    node.start();
    await node.up();
    await sleep(500);
    await work.stop();
    await users.settle();
    t.diagnostic(`${users.accepted.size} transfers accepted, ${node.starts} starts`);
    assert.ok(users.accepted.size > KILLS);
    const { code } = await node.kill('SIGTERM');
    assert.equal(code, 0, node.words);
});

test('kill -9 of the node, and of PostgreSQL under it', { timeout: 3_000_000 }, async (t) => {
    const postgres = await startPostgres();
    const dice = random(SEED + 1);
    try {
        const { node, users } = await world('postgres', [`--db.url=${postgres.url}`]);
        const work = users.run();
        await killOften(node, users, LONG ? 100 : 10, dice);
        let ends = 0;
        const faults = { 'kills of the server': 0, 'kills of a backend': 0, 'immediate shutdowns': 0 };
        for (let i = 0; i < (LONG ? 75 : 9); i++) {
            if (!node.child) node.start();
            await node.up();
            await sleep(100 + dice(300));
            const what = Object.keys(faults)[i % 3];
            faults[what]++;
            if (i % 3 === 0) await postgres.kill();
            if (i % 3 === 1) assert.ok(postgres.killBackend(dice));
            if (i % 3 === 2) await postgres.end('immediate');
            await sleep(dice(1500));
            if (i % 3 !== 1) await postgres.start();
            await eventually('PostgreSQL answers', () => postgres.answers());
            await sleep(200);
            if (node.ended) ends++;
        }
        if (!node.child) node.start();
        await node.up();
        await sleep(500);
        await work.stop();
        await users.settle();
        t.diagnostic(Object.entries(faults).map(([what, n]) => `${n} ${what}`).join(', '));
        t.diagnostic(`${users.accepted.size} transfers accepted, ${node.starts} starts; the node ended ${ends} times with its database`);
        await node.kill('SIGTERM');
    } finally {
        await endAll();
        await postgres.stop();
    }
});

// Two nodes share a database; one executes at a time, and each takes what users send.
async function twoNodes(t, args, rounds) {
    const { node: first, users } = await world(`${t.name.replaceAll(/[^a-z]/gi, '')}-a`, args);
    const second = new Node(chain, `${t.name.replaceAll(/[^a-z]/gi, '')}-b`, args);
    await second.choosePorts();
    second.start();
    await eventually('the second node waits', async () => /wait|standby|lease/i.test(second.words) && !second.ended);
    let [active, waiting] = [first, second];
    for (let i = 0; i < rounds; i++) {
        const work = users.run(active);
        await sleep(800);
        await active.kill();
        await work.stop();
        await waiting.up();
        [active, waiting] = [waiting, active];
        waiting.start();
        await users.settle(active);
    }
    t.diagnostic(`${users.accepted.size} transfers accepted, the sequencer changed ${rounds} times`);
    await endAll();
}

test('two sequencers on one SQLite database', { timeout: 900_000 }, (t) =>
    twoNodes(t, [`--db.url=sqlite:${join(chain.dir, 'shared.db')}`], LONG ? 20 : 3));

test('two sequencers on one PostgreSQL database', { timeout: 900_000 }, async (t) => {
    const postgres = await startPostgres();
    try {
        await twoNodes(t, [`--db.url=${postgres.url}`], LONG ? 20 : 3);
    } finally {
        await endAll();
        await postgres.stop();
    }
});

// Runs `work` with a folder (dir, made here) that is a small file system of its own.
async function onSmallDisk(t, dir, size, work) {
    mkdirSync(dir, { recursive: true });
    try {
        execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${size},mode=755`, 'none', dir], { stdio: 'ignore' });
    } catch {
        t.skip('this system lets us mount nothing');
        return;
    }
    try {
        await work(dir);
    } finally {
        await endAll();
        execFileSync('umount', ['-l', dir]);
        rmSync(dir, { recursive: true });
    }
}

// Takes what room there is, to the last byte.
function fill(file) {
    try {
        writeFileSync(file, Buffer.alloc(256 << 20));
    } catch (error) {
        assert.equal(error.code, 'ENOSPC');
        return;
    }
    assert.fail('the disk is larger than that');
}

test('a full disk', { timeout: 600_000 }, (t) => onSmallDisk(t, join(chain.dir, 'small'), '32m', async (dir) => {
    const { node, users } = await world('small');
    const work = users.run();
    for (let i = 0; i < (LONG ? 10 : 2); i++) {
        await sleep(500);
        fill(join(dir, 'filler'));
        await eventually('users are refused', () => users.refusals.size > 0 && /disk is full/.test(node.words));
        const before = users.accepted.size;
        await sleep(500);
        assert.equal(node.ended, null, node.words);
        assert.ok(users.accepted.size - before < 50, 'nothing much can be accepted');
        rmSync(join(dir, 'filler'));
        users.refusals.clear();
        node.words = '';
        await eventually('it goes on', () => users.accepted.size > before + 10);
    }
    await work.stop();
    await users.settle();
    const { code } = await node.kill('SIGTERM');
    assert.equal(code, 0, node.words);
    t.diagnostic(`${users.accepted.size} transfers accepted`);
}));

// PostgreSQL survives a full disk, or ends with it: then it is started again when there is room, as its supervisor would.
test('a full disk under PostgreSQL', { timeout: 600_000 }, (t) => onSmallDisk(t, mkdtempSync(join(tmpdir(), 'zkroll-small-')), '160m', async (dir) => {
    chmodSync(dir, 0o755);
    const postgres = await startPostgres({ home: join(dir, 'pg'), settings: ['max_wal_size=16MB', 'min_wal_size=2MB'] });
    try {
        const { node, users } = await world('on-small-pg', [`--db.url=${postgres.url}`]);
        const work = users.run();
        let ends = 0, nodeEnds = 0;
        for (let i = 0; i < (LONG ? 10 : 2); i++) {
            await sleep(500);
            fill(join(dir, 'filler'));
            users.refusals.clear();
            await eventually('users are refused', () => users.refusals.size > 0 || !postgres.running || node.ended);
            const before = users.accepted.size;
            await sleep(1000);
            assert.ok(users.accepted.size - before < 50, 'nothing much can be accepted');
            rmSync(join(dir, 'filler'));
            if (!postgres.running) {
                ends++;
                await postgres.start();
            }
            if (node.ended) {
                nodeEnds++;
                node.start();
            }
            await eventually('it goes on', () => users.accepted.size > before + 10);
        }
        await work.stop();
        await users.settle();
        const { code } = await node.kill('SIGTERM');
        assert.equal(code, 0, node.words);
        t.diagnostic(`${users.accepted.size} transfers accepted; PostgreSQL ended ${ends} times, the node ${nodeEnds} times`);
    } finally {
        await endAll();
        await postgres.stop();
    }
}));
