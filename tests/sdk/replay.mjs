// Every request that the SDK was seen to send to a node, sent again as it was. Accounts, nonces and fees are others here, so what
// counts is that each is understood: an answer of the recorded shape, or a refusal for a reason that lies in the state.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { rpc } from './world.mjs';

const vectors = JSON.parse(readFileSync(new URL('../vectors/sdk_requests.json', import.meta.url), 'utf8'));

// Names of members, arrays by their first element; maps from symbols, ids or addresses to things count as one member.
function shape(value, depth = 0) {
    if (Array.isArray(value)) return value.length === 0 ? [] : [shape(value[0], depth + 1)];
    if (value === null || typeof value !== 'object') return value === null ? 'null' : typeof value;
    return Object.fromEntries(Object.keys(value).sort().map((key) => [key, shape(value[key], depth + 1)]));
}

const isMap = (key) => ['balances', 'nfts', 'mintedNfts'].includes(key);

function compatible(want, got, path, tokens) {
    if (want === 'null' || got === 'null') return;
    if (typeof want === 'string' || typeof got === 'string') return assert.equal(typeof got === 'string' ? got : 'object', typeof want === 'string' ? want : 'object', path);
    if (Array.isArray(want)) return want.length && got.length ? compatible(want[0], got[0], `${path}[]`, tokens) : undefined;
    for (const key of Object.keys(want)) {
        if (tokens && path === 'result') { compatible(want[key], got.ETH, `${path}.${key}`); continue; }
        assert.ok(key in got, `${path} lacks ${key}`);
        if (!isMap(key)) compatible(want[key], got[key], `${path}.${key}`);
    }
}

// Codes that mean "not understood".
const notUnderstood = (error) => [-32700, -32600, -32601].includes(error.code) || (error.code === -32602 && /^Invalid params: /.test(error.message));

export async function replay(world) {
    let answered = 0, refused = 0;
    for (const step of vectors.steps) {
        for (const exchange of step.exchanges) {
            if (exchange.to === 'jsonrpc-http') {
                const { method, params } = exchange.request;
                const got = await rpc(world, method, params);
                assert.equal(got.status, 200);
                if (got.error) {
                    assert.ok(!notUnderstood(got.error), `${step.step}: ${method}: ${JSON.stringify(got.error)}`);
                    refused++;
                } else if (exchange.response.result !== undefined) {
                    compatible(shape(exchange.response.result), shape(got.result), 'result', method === 'tokens');
                    answered++;
                }
            } else if (exchange.to === 'rest') {
                await replayRest(world, step, exchange);
                answered++;
            }
        }
    }
    assert.ok(answered > 80 && refused > 0, `${answered} answered, ${refused} refused`);
    return { answered, refused };
}

async function replayRest(world, step, exchange) {
    const { request, response } = exchange;
    const path = request.url ?? request.path;
    const url = new URL(path.replace(/^https?:\/\/[^/]+/, '').replace(/^\/api\/v0\.2/, '') || '/', 'http://node');
    const answer = await fetch(world.restUrl + url.pathname + url.search, {
        method: request.method ?? 'GET',
        ...(request.body === undefined || request.body === null ? {} : {
            headers: { 'Content-Type': 'application/json' },
            body: typeof request.body === 'string' ? request.body : JSON.stringify(request.body),
        }),
    });
    assert.equal(answer.status, 200, `${step.step}: ${path}`);
    const got = await answer.json();
    assert.deepEqual(Object.keys(got).sort(), ['error', 'request', 'result', 'status'], `${step.step}: ${path}`);
    if (got.status === 'success' && response?.result != null && got.result != null && typeof response.result === 'object')
        compatible(shape(response.result), shape(got.result), 'result');
}
