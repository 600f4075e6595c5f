// Clients that mean no good: silent ones, slow ones, too many, too much, nonsense. Meanwhile the others are served, and memory stays
// within bounds.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import net_ from 'node:net';
import { after, before, test } from 'node:test';
import { startDevnet } from '../support/devnet.mjs';
import { makeWorld, rest, rpc } from './world.mjs';

const require = createRequire(import.meta.url);
const { w3cwebsocket: WebSocket } = createRequire(require.resolve('zksync'))('websocket'); // the SDK's own

let net, world, calm;

const memory = () => Number(/^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${net.pid}/status`, 'utf8'))[1]) / 1024;
const port = (url) => Number(new URL(url).port);

before(async () => {
    net = await startDevnet({ args: ['--no-prover', '--set', 'api.connections-max=300'] });
    world = makeWorld(net);
    for (let i = 0; i < 20; i++) await ask();
    calm = memory();
});
after(() => net?.stop());

// An honest question, and how long its answer took.
async function ask() {
    const start = Date.now();
    const answer = await rpc(world, 'tokens', null);
    assert.equal(answer.result.ETH.id, 0);
    return Date.now() - start;
}

const connect = (url) => new Promise((resolve) => {
    const socket = net_.connect(port(url), '127.0.0.1');
    socket.on('error', () => {});
    socket.once('connect', () => resolve(socket));
    socket.once('close', () => resolve(socket));
});

async function served(what, most = 3000) {
    for (let i = 0; i < 5; i++) {
        const took = await ask();
        assert.ok(took < most, `${what}: an honest client waited ${took} ms`);
    }
    assert.ok(memory() < calm + 200, `${what}: ${memory().toFixed(0)} MiB, ${calm.toFixed(0)} MiB when calm`);
}

test('silent and slow clients delay nobody', async () => {
    const slow = [];
    for (let i = 0; i < 60; i++) slow.push(await connect(i % 2 ? net.rpc : net.rest));
    const head = 'POST / HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 1000000\r\n\r\n';
    slow.forEach((socket, i) => { if (i % 3) socket.write(head.slice(0, i % 3 === 1 ? 20 : undefined)); });
    const drip = setInterval(() => slow.forEach((socket) => socket.writable && socket.write('{')), 100);
    await served('slow clients');
    clearInterval(drip);
    slow.forEach((socket) => socket.destroy());
});

test('clients that do not take their answers delay nobody', async () => {
    const greedy = [];
    for (let i = 0; i < 20; i++) greedy.push(await connect(net.rpc));
    const body = JSON.stringify(Array(200).fill({ jsonrpc: '2.0', id: 1, method: 'tokens', params: null }));
    const request = `POST / HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`;
    for (const socket of greedy) {
        socket.pause();
        for (let i = 0; i < 20 && socket.writable; i++) socket.write(request);
    }
    await served('greedy clients', 8000);
    greedy.forEach((socket) => socket.destroy());
});

test('a flood of connections ends at the limit, and the door opens again', async () => {
    const crowd = await Promise.all(Array.from({ length: 600 }, () => connect(net.rpc)));
    assert.ok(memory() < calm + 200, `${memory()} MiB`);
    crowd.forEach((socket) => socket.destroy());
    let answered = false;
    for (let i = 0; i < 50 && !answered; i++) {
        answered = await ask().then(() => true, () => false);
        if (!answered) await new Promise((r) => setTimeout(r, 100));
    }
    assert.ok(answered);
    await served('after the flood');
});

test('bodies that are too large are refused without being kept', async () => {
    const big = await fetch(net.rpc, { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: 'x'.repeat(6 << 20) })
        .then((r) => r.status, () => 'closed');
    assert.ok(big === 413 || big === 'closed', `${big}`);
    const toRest = await fetch(`${world.restUrl}/transactions`, { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: 'x'.repeat(3 << 20) })
        .then((r) => r.status, () => 'closed');
    assert.ok(toRest === 413 || toRest === 'closed', `${toRest}`);
    await served('large bodies');
});

test('deep, wide and broken JSON gets an answer that says so', async () => {
    const raw = async (body) => (await fetch(net.rpc, { method: 'POST', headers: { 'Content-Type': 'application/json' }, body })).json();
    assert.equal((await raw('['.repeat(100_000))).error.code, -32700);
    assert.equal((await raw(`{"a":`.repeat(1000))).error.code, -32700);
    assert.equal((await raw('\u0000')).error.code, -32700);
    assert.equal((await raw('"\\ud800"')).error.code, -32600);
    assert.ok((await raw(JSON.stringify(Array(5000).fill(7)))).length !== 0);
    const tx = await rpc(world, 'tx_submit', [{ type: 'Transfer', accountId: 1e300, nonce: -1 }, null, null]);
    assert.equal(tx.error.code, -32602);
    const many = await rpc(world, 'submit_txs_batch', [Array(100_000).fill(0), []]);
    assert.ok([-32602, 300].includes(many.error.code), JSON.stringify(many));
    await served('broken JSON');
});

test('a websocket client that floods or is silent delays nobody', async () => {
    const sockets = await Promise.all(Array.from({ length: 20 }, () => new Promise((resolve) => {
        const socket = new WebSocket(net.ws);
        socket.onopen = socket.onerror = () => resolve(socket);
    })));
    const question = JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tokens', params: null });
    for (const socket of sockets.slice(0, 10)) for (let i = 0; i < 500 && socket.readyState === WebSocket.OPEN; i++) socket.send(question);
    await served('websocket floods', 8000);
    sockets.forEach((socket) => socket.close());
});

test('random bytes on every port are no reason to stop', async () => {
    let seed = 12345;
    const random = () => (seed = (Math.imul(seed, 1103515245) + 12345) >>> 0) >>> 16;
    for (let i = 0; i < 150; i++) {
        const socket = await connect([net.rpc, net.rest, net.ws][i % 3]);
        const bytes = Buffer.from(Array.from({ length: random() % 600 }, () => random() & 255));
        socket.write(i % 2 ? bytes : Buffer.concat([Buffer.from('POST / HTTP/1.1\r\nContent-Length: 300\r\nContent-Type: application/json\r\n\r\n'), bytes]));
        if (i % 5) socket.end(); else socket.destroy();
    }
    await served('random bytes');
    assert.equal((await rest(world, '/config')).status, 'success');
});
