// Every request that the SDK was seen to send to a node, sent again as it was, to a node that has seen users already. Accounts, nonces
// and fees are others here, so what counts is that each is understood: an answer of the recorded shape; where the answer depends on what
// this state lacks, nothing, or a refusal for that reason.
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

// What may be null here where it was not when it was recorded: facts of accounts, transactions and blocks that are others here.
const maybeNull = new Set(['id', 'accountType', 'success', 'failReason', 'block', 'committed', 'finalized', 'depositing', 'withdrawnFactory', 'currentFactory',
    'commitTxHash', 'verifyTxHash', 'committedAt', 'finalizedAt', 'blockNumber', 'blockIndex', 'batchId', 'ethSignature', 'lastUpdateInCommittedBlock', 'lastUpdateInFinalizedBlock']);

function compatible(want, got, path, tokens) {
    if (want === 'null') return;
    if (got === 'null') return assert.ok(maybeNull.has(path.split('.').at(-1)), `${path} is null`);
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

// These ask for something to be done, signed for another state and time: they may be refused. So may the fee in a token of another chain.
const asksToDo = new Set(['tx_submit', 'submit_txs_batch', 'toggle_2fa']);
const mayRefuse = (step, method) => asksToDo.has(method) || step === 'rpc.fee.byAddress';
// What these are asked about is not here.
const mayHaveNothing = new Set(['get_nft', 'get_nft_owner', 'get_nft_id_by_tx_hash', 'get_eth_tx_for_withdrawal']);
const restMayRefuse = (request) => (request.method === 'POST' && request.url.includes('/transactions')) || /\/accounts\/\d+\//.test(request.url);
const restMayHaveNothing = /^\/api\/v0\.2\/(tokens\/nft|transactions\/0x|transactions\/batches\/0x|accounts\/0x[0-9A-Fa-f]{40}\/(committed|finalized)$)/;

export async function replay(world) {
    let answered = 0, refused = 0;
    for (const step of vectors.steps) {
        for (const exchange of step.exchanges) {
            if (exchange.to === 'jsonrpc-http') {
                const { method, params } = exchange.request;
                const got = await rpc(world, method, params);
                assert.equal(got.status, 200);
                if (got.error) {
                    assert.ok(mayRefuse(step.step, method) && !notUnderstood(got.error), `${step.step}: ${method}: ${JSON.stringify(got.error)}`);
                    refused++;
                } else if (exchange.response.result !== undefined) {
                    checkResult(`${step.step}: ${method}`, exchange.response.result, got.result, mayHaveNothing.has(method), method === 'tokens');
                    answered++;
                }
            } else if (exchange.to === 'rest') {
                if (await replayRest(world, step, exchange)) answered++;
                else refused++;
            }
        }
    }
    assert.ok(answered > 130 && refused > 0, `${answered} answered, ${refused} refused`);
    return { answered, refused };
}

function checkResult(what, want, got, mayBeNothing, tokens) {
    if (got === null && mayBeNothing) return;
    try {
        compatible(shape(want), shape(got), 'result', tokens);
    } catch (error) {
        error.message = `${what}: ${error.message}`;
        throw error;
    }
}

// True if the node did what it was asked.
async function replayRest(world, step, exchange) {
    const { request, response } = exchange;
    const { url, method, body } = request;
    const what = `${step.step}: ${method} ${url}`;
    const answer = await fetch(world.restUrl + url.replace('/api/v0.2', ''), {
        method, ...(body === undefined ? {} : { headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(body) }),
    });
    assert.equal(answer.status, 200, what);
    const got = await answer.json();
    assert.deepEqual(Object.keys(got).sort(), ['error', 'request', 'result', 'status'], what);
    if (got.status !== 'success') {
        assert.equal(got.status, 'error', what);
        assert.ok(restMayRefuse(request), `${what}: ${JSON.stringify(got.error)}`);
        return false;
    }
    assert.equal(got.error, null, what);
    checkResult(what, response.result, got.result, restMayHaveNothing.test(url));
    return true;
}
