// One account: what it owns, its key, its history, and a proof of a balance to take home.
import { html } from 'lit-html';
import * as api from '../api.js';
import { NotFound } from '../api.js';
import { onLive } from '../live.js';
import { columns } from '../operations.js';
import { amountText, tokens, unitsOf } from '../tokens.js';
import { go } from '../router.js';
import { blockLink, copy, facts, hash, pager, status, table } from '../ui/parts.js';
import { empty } from '../ui/states.js';
import { when } from '../time.js';

const PAGE = 50;
const NO_KEY = 'sync:' + '0'.repeat(40);

const types = (type) => type === 'CREATE2' ? 'CREATE2: a contract wallet that commits to its key'
    : type?.No2FA !== undefined ? 'without second factor: the rollup key alone signs' : 'owned by an Ethereum key';

function holdings(state, final, known) {
    const symbols = [...new Set([...Object.keys(state.balances), ...Object.keys(final?.balances ?? {})])].sort();
    if (symbols.length === 0 && Object.keys(state.nfts).length === 0) return empty('This account owns nothing.');
    return html`${symbols.length ? table([
        ['Token', (s) => s],
        ['Balance', (s) => html`<span class="amount">${amountText(unitsOf(state.balances, s), s, known)}</span>`, 'number'],
        ['Final on L1', (s) => html`<span class="amount faint">${amountText(unitsOf(final?.balances, s), s, known)}</span>`, 'number'],
        ['Proof', (s) => known.bySymbol.has(s) ? proofOfBalance(state.accountId, known.bySymbol.get(s).id) : ''],
    ], symbols, 'Balances') : ''}
    ${Object.values(state.nfts).length ? html`<h3>NFTs</h3><ul class="nfts">${Object.values(state.nfts).map(nft)}</ul>` : ''}`;
}

const proofOfBalance = (account, token) => html`
    <button type="button" class="link" @click=${(e) => download(e, () => api.balanceProof(account, token), `account-${account}-${token}.json`)}>
        Merkle proof</button>`;

const nft = (n) => html`<li><b>${n.symbol ?? `NFT-${n.id}`}</b>
    <span class="faint">serial ${n.serialId} of account <a href="/accounts/${n.creatorId}">${n.creatorId}</a></span>
    <span>content ${hash(n.contentHash)} ${copy(n.contentHash)}</span>
    <button type="button" class="link" @click=${(e) => download(e, () => api.nftProof(n.id), `nft-${n.id}.json`)}>Merkle proof</button></li>`;

const noKey = () => html`<span class="alarm">none yet</span>
    <span class="faint">it can receive, and leave by forced exit; to pay, it must register a key</span>`;

function arriving(state, known) {
    const list = Object.entries(state.depositing?.balances ?? {});
    return list.length === 0 ? '' : html`<p>On its way from L1: ${list.map(([symbol, deposit]) => html`
        <span class="amount">${amountText(deposit.amount, symbol, known)}</span> <span class="faint">(from L1 block ${deposit.expectedAcceptBlock})</span>`)}</p>`;
}

async function download(event, get, name) {
    const button = event.currentTarget, text = button.textContent;
    try {
        const url = URL.createObjectURL(new Blob([JSON.stringify(await get(), null, 2) + '\n'], { type: 'application/json' }));
        const a = Object.assign(document.createElement('a'), { href: url, download: name });
        a.click();
        URL.revokeObjectURL(url);
        button.textContent = 'Saved';
    } catch (error) {
        button.textContent = error.message;
    }
    setTimeout(() => { button.textContent = text; }, 4000);
}

const filters = (query, known, address) => html`
    <form class="filters" @submit=${(event) => {
        event.preventDefault();
        const wanted = new URLSearchParams([...new FormData(event.target)].filter(([, v]) => v.trim() !== ''));
        go(`/accounts/${address}${wanted.size ? `?${wanted}` : ''}`);
    }}>
        <label>Token <select name="token"><option value="">all</option>
            ${known.list.map((t) => html`<option value=${t.id} ?selected=${query.get('token') === String(t.id)}>${t.symbol}</option>`)}</select></label>
        <label>With account <input name="secondAccount" .value=${query.get('secondAccount') ?? ''} placeholder="address or id" maxlength="42"
            autocomplete="off" spellcheck="false"></label>
        <button type="submit">Filter</button>
        <a class="button" download href=${api.historyCsv(address)} data-external>All of it as CSV</a>
    </form>`;

export default {
    title: ({ account }) => `Account ${account.slice(0, 10)}`,
    async load({ account }, query, signal) {
        const from = query.get('from');
        const history = api.accountTransactions(account, {
            from: from ?? 'latest', limit: from ? PAGE + 1 : PAGE, direction: 'older',
            token: query.get('token') ?? '', secondAccount: query.get('secondAccount') ?? '',
        }, signal).catch((error) => { if (error instanceof NotFound) return { list: [] }; throw error; });
        const deposits = api.pendingDeposits(account, signal).catch((error) => { if (error.name === 'AbortError') throw error; return { list: [] }; });
        const [state, page, pending, known] = await Promise.all([api.account(account, signal), history, deposits, tokens()]);
        return { state, page, pending, known };
    },
    view({ state, page, pending, known }, { params, query }) {
        const now = state.committed, address = now?.address ?? params.account;
        const list = query.get('from') ? page.list.slice(1) : page.list;
        const more = page.list.length === (query.get('from') ? PAGE + 1 : PAGE) ? page.list.at(-1).txHash : null;
        const keep = (from) => {
            const q = new URLSearchParams(query);
            q.delete('from');
            if (from) q.set('from', from);
            return `/accounts/${params.account}${q.size ? `?${q}` : ''}`;
        };
        return html`
            <header class="heading"><h1>Account${now ? html` #${now.accountId}` : ''}</h1></header>
            <p class="subject">${hash(address, true)} ${copy(address)}</p>
            ${now ? facts([
                ['Key', now.pubKeyHash === NO_KEY ? noKey() : hash(now.pubKeyHash, true)],
                ['Kind', types(now.accountType)],
                ['Nonce', now.nonce],
                ['Last changed in', blockLink(now.lastUpdateInBlock)],
            ]) : html`<p>This address has no account yet. It gets one with its first deposit or incoming transfer.</p>`}
            <section><h2>Owns</h2>${now ? holdings(now, state.finalized, known) : empty('Nothing.')}${arriving(state, known)}</section>
            <section><h2>History</h2>
            ${filters(query, known, params.account)}
            ${!query.get('from') && pending.list.length ? table([...columns(known), ['State', (t) => status(t.status)]], pending.list, 'Deposits on their way') : ''}
            ${list.length === 0 ? empty('Nothing has happened here yet.') : table([
                ...columns(known),
                ['Block', (t) => blockLink(t.blockNumber)],
                ['State', (t) => status(t.status)],
                ['Time', (t) => when(t.createdAt)],
            ], list, 'History, newest first')}
            ${pager(query.get('from') ? keep() : null, more ? keep(more) : null)}</section>`;
    },
    live(context) {
        // An account that somebody looks at is asked for again when a block moves, at most once a second.
        let waiting;
        const again = () => {
            waiting = undefined;
            if (!context.query.get('from')) context.reload();
        };
        const end = onLive('overview', () => { waiting ??= setTimeout(again, 1000); });
        return () => { end(); clearTimeout(waiting); };
    },
};
