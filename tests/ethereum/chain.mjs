// Runs ethereum_chain_test against anvil, directly and through servers that misbehave.
import { afterEach, beforeEach, test } from 'node:test';
import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { spawn } from 'node:child_process';
import { startAnvil } from '../support/anvil.mjs';

const program = `${process.env.ZK_BUILD ?? 'build/release'}/tests/ethereum/ethereum_chain_test`;
let anvil;
beforeEach(async () => { anvil = await startAnvil(); }); // a new one each: anvil loses contracts after many reorganizations
afterEach(() => anvil.stop());

// The program's own output, and its exit code. Not spawnSync: the proxies live in this process.
function run(only, urls) {
    return new Promise((resolve) => {
        const child = spawn(program, [only], { env: { ...process.env, ZK_L1_URLS: urls.join(' ') } });
        let output = '';
        child.stdout.on('data', (d) => { output += d; });
        child.stderr.on('data', (d) => { output += d; });
        child.once('exit', (code) => resolve({ code, output }));
    });
}

// A proxy in front of anvil; misbehave(body, response) may answer in its place and return true.
async function proxy(misbehave) {
    let count = 0;
    const server = createServer((request, response) => {
        const parts = [];
        request.on('data', (d) => parts.push(d));
        request.on('end', async () => {
            const body = Buffer.concat(parts).toString();
            if (misbehave(JSON.parse(body), response, count++, request)) return;
            const answer = await fetch(anvil.url, { method: 'POST', headers: { 'content-type': 'application/json' }, body });
            response.setHeader('content-type', 'application/json');
            response.end(Buffer.from(await answer.arrayBuffer()));
        });
    });
    await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
    return { url: `http://127.0.0.1:${server.address().port}`, stop: () => { server.closeAllConnections(); server.close(); }, count: () => count };
}

for (const name of ['sender__', 'scan__', 'rpc__']) {
    test(`on a good node: ${name}`, async () => {
        const { code, output } = await run(name, [anvil.url]);
        assert.equal(code, 0, output);
    });
}

test('through a node that answers every other request badly', async () => {
    const bad = [
        (r) => { r.statusCode = 500; r.end('oops'); },
        (r) => { r.statusCode = 429; r.end(''); },
        (r, body, request) => request.socket.destroy(),
        (r) => r.end('<html>gateway</html>'),
        (r) => r.end('{"jsonrpc":"2.0","id":1,"result'),
        (r, body) => r.end(JSON.stringify({ jsonrpc: '2.0', id: (body.id ?? 0) + 1, result: '0x1' })),
        (r, body) => r.end(JSON.stringify({ jsonrpc: '2.0', id: body.id, error: { code: -32005, message: 'rate limit exceeded' } })),
        (r) => r.end('[]'),
        (r) => r.end('null'),
        (r) => r.end(''),
        (r) => { r.setHeader('content-length', '1000'); r.write('{'); setTimeout(() => r.destroy(), 20); },
    ];
    const p = await proxy((body, response, n, request) => {
        if (n % 2 === 1) return false;
        bad[(n / 2) % bad.length](response, body, request);
        return true;
    });
    const { code, output } = await run('sender__mines_each_submission_once', [p.url]);
    p.stop();
    assert.equal(code, 0, output);
    assert.ok(p.count() > 2 * bad.length, `${p.count()} requests were enough`);
});

test('with a dead first endpoint, the second serves', async () => {
    const { code, output } = await run('sender__mines_each_submission_once', ['http://127.0.0.1:9', anvil.url]);
    assert.equal(code, 0, output);
});

test('through a node that gives logs of seven blocks at most', async () => {
    const p = await proxy((body, response) => {
        const [filter] = body.params ?? [];
        if (body.method !== 'eth_getLogs' || Number(filter.toBlock) - Number(filter.fromBlock) < 7) return false;
        response.end(JSON.stringify({ jsonrpc: '2.0', id: body.id, error: { code: -32005, message: 'query returned more than 10000 results' } }));
        return true;
    });
    const { code, output } = await run('scan__', [p.url]);
    p.stop();
    assert.equal(code, 0, output);
});

test('through a node that cannot estimate at first, and counts a transaction that is not there', async () => {
    let left = 5;
    const p = await proxy((body, response) => {
        const answer = (rest) => { response.end(JSON.stringify({ jsonrpc: '2.0', id: body.id, ...rest })); return true; };
        if (left === 0) return false;
        if (body.method === 'eth_estimateGas' && left-- > 3) return answer({ error: { code: -32000, message: 'header not found' } });
        if (body.method === 'eth_getTransactionCount' && body.params[1] === 'latest' && left <= 2) { left--; return answer({ result: '0x1' }); }
        return false;
    });
    const { code, output } = await run('sender__is_patient', [p.url]);
    p.stop();
    assert.equal(code, 0, output);
    assert.equal(left, 0);
});

test('through a node that often lacks the newest blocks', async () => {
    let lacking = 0;
    const p = await proxy((body, response, n) => {
        if (body.method !== 'eth_getBlockByNumber' || !body.params[0].startsWith('0x') || n > 800 || n % 7 !== 0) return false;
        lacking++;
        response.end(JSON.stringify({ jsonrpc: '2.0', id: body.id, result: null }));
        return true;
    });
    const { code, output } = await run('scan__keeps_old_anchors', [p.url]);
    p.stop();
    assert.equal(code, 0, output);
    assert.ok(lacking > 20, `${lacking} times`);
});
