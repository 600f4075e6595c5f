// The node's API, as this application uses it: REST v0.2 (zkSync 1.x) and zkroll's own (docs/api.md).
// Amounts come as decimal strings and stay strings or BigInt: no amount is ever a floating-point number.

// The node cannot be reached, or answers what is no answer.
export class NodeError extends Error {}
// What was asked for does not exist.
export class NotFound extends Error {}

async function request(path, options = {}) {
    let response, body;
    try {
        response = await fetch(path, { ...options, headers: { accept: 'application/json', ...options.headers } });
        body = await response.json();
    } catch (error) {
        if (error.name === 'AbortError') throw error;
        throw new NodeError(response ? `The node answered with status ${response.status} and no JSON.` : 'The node does not answer.');
    }
    return { response, body };
}

// zkroll's own part: bare JSON, ordinary statuses.
async function own(path, signal) {
    const { response, body } = await request('/api/zkroll/v1' + path, { signal });
    if (response.status === 404) throw new NotFound(body.error ?? 'There is no such thing.');
    if (!response.ok) throw new NodeError(body.error ?? `The node answered with status ${response.status}.`);
    return body;
}

// REST v0.2: always status 200, and an envelope.
async function rest(path, signal) {
    const { body } = await request('/api/v0.2' + path, { signal });
    if (body.status === 'success') return body.result;
    const { code, message } = body.error ?? {};
    if (code === 204 || code === 205) throw new NotFound(message);
    throw new NodeError(message ?? 'The node answered with an error that it does not name.');
}

const query = (parameters) => new URLSearchParams(Object.entries(parameters).filter(([, v]) => v !== undefined && v !== '')).toString();

export const overview = (signal) => own('/overview', signal);
export const blocks = (from, limit, direction, signal) => own('/blocks?' + query({ from, limit, direction }), signal);
export const block = (number, signal) => own(`/blocks/${encodeURIComponent(number)}`, signal);
export const streams = (number, signal) => own(`/blocks/${encodeURIComponent(number)}/streams`, signal);
export const timeline = (hash, signal) => own(`/transactions/${encodeURIComponent(hash)}`, signal);
export const balanceProof = (account, token, signal) => own(`/accounts/${encodeURIComponent(account)}/proof?` + query({ token }), signal);
export const nftProof = (id, signal) => own(`/nfts/${encodeURIComponent(id)}/proof`, signal);
export const find = (text, signal) => own('/search?' + query({ q: text }), signal);
export const development = (signal) => own('/dev', signal);
export const historyCsv = (account) => `/api/zkroll/v1/accounts/${encodeURIComponent(account)}/history.csv`;

export const config = (signal) => rest('/config', signal);
export const networkStatus = (signal) => rest('/networkStatus', signal);
export const tokenPage = (from, limit, signal) => rest('/tokens?' + query({ from, limit, direction: 'newer' }), signal);
export const tokenPrice = (token, signal) => rest(`/tokens/${encodeURIComponent(token)}/priceIn/usd`, signal);
export const account = (id, signal) => rest(`/accounts/${encodeURIComponent(id)}`, signal);
export const accountTransactions = (id, parameters, signal) => rest(`/accounts/${encodeURIComponent(id)}/transactions?` + query(parameters), signal);
export const pendingDeposits = (id, signal) =>
    rest(`/accounts/${encodeURIComponent(id)}/transactions/pending?` + query({ from: 0, limit: 100, direction: 'newer' }), signal);
export const blockTransactions = (number, parameters, signal) => rest(`/blocks/${encodeURIComponent(number)}/transactions?` + query(parameters), signal);
export const transaction = (hash, signal) => rest(`/transactions/${encodeURIComponent(hash)}/data`, signal);
