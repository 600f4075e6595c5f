// One transaction: its way through time, what was signed, what it does, and where its bytes stand in the block.
import { html } from 'lit-html';
import * as api from '../api.js';
import { NotFound } from '../api.js';
import { onLive } from '../live.js';
import { amount, fee, names, parties } from '../operations.js';
import { tokens } from '../tokens.js';
import { accountLink, blockLink, copy, facts, hash, status } from '../ui/parts.js';
import { exact, when } from '../time.js';

const FOREVER = 4294967295; // what the SDK says when it sets no end

const step = ([name, time, detail]) => html`<li class=${time ? 'done' : ''}><b>${name}</b>
    <span>${time ? html`${when(time)} <small class="faint">${exact(time)}</small>` : 'not yet'}</span>${detail ? html`<span>${detail}</span>` : ''}</li>`;

function way(t) {
    const l1 = (tx) => tx ? html`${hash(tx)} ${copy(tx)}` : '';
    if (t.status === 'rejected') {
        return html`<ol class="steps">${step(['Accepted', t.acceptedAt])}
            <li class="bad"><b>Rejected</b><span>${t.failReason}</span><span class="faint">Nothing was taken, no fee either.</span></li></ol>`;
    }
    return html`<ol class="steps">
        ${t.kind === 'L1' ? step(['Seen on L1', t.seenAt, l1(t.ethTx)]) : step(['Accepted', t.acceptedAt])}
        ${step(['Executed', t.executedAt, t.blockNumber ? html`in block ${blockLink(t.blockNumber)}` : ''])}
        ${step(['Block sealed', t.sealedAt])}
        ${step(['Committed on L1', t.committedAt, l1(t.commitTx)])}
        ${step(['Proof checked by L1', t.provedAt, l1(t.proveTx)])}
        ${step(['Final', t.finalizedAt, l1(t.executeTx)])}
    </ol>`;
}

function place(t, name) {
    if (!t[name]) return null;
    const { offset, length } = t[name];
    return html`<a href="/blocks/${t.blockNumber}?show=streams&op=${t.blockIndex}#${name}-${offset}">bytes ${offset} to ${offset + length - 1}</a>
        <span class="faint">of the ${name} stream, ${length} bytes</span>`;
}

// Rows that only some transactions have.
function particulars(op, t, tx) {
    const rows = [];
    if (op.nonce !== undefined) rows.push(['Nonce', op.nonce]);
    if (op.accountId !== undefined && op.accountId !== null) rows.push(['Account', accountLink(op.accountId)]);
    if (op.validUntil !== undefined && Number(op.validUntil) < FOREVER) {
        rows.push(['Valid', `${op.validFrom ? exact(op.validFrom * 1000) : 'from the beginning'} to ${exact(op.validUntil * 1000)}`]);
    }
    if (tx.batchId !== null && tx.batchId !== undefined) {
        rows.push(['Batch', html`${tx.batchId} <span class="faint">all of its transactions are executed, or none</span>`]);
    }
    if (t.blockIndex !== null && t.blockNumber) rows.push(['Place', html`operation ${t.blockIndex} of block ${blockLink(t.blockNumber)}`]);
    if (t.delta) rows.push(['Published', place(t, 'delta')]);
    if (t.settlement) rows.push(['Settled by', place(t, 'settlement')]);
    return rows;
}

export default {
    title: ({ hash: h }) => `Transaction ${h.replace(/^sync-tx:|^0x/, '').slice(0, 8)}`,
    async load({ hash: h }, query, signal) {
        const details = api.transaction(h, signal).catch((error) => { if (error.name === 'AbortError') throw error; return null; });
        const [timeline, data, known] = await Promise.all([api.timeline(h, signal), details, tokens()]);
        if (!timeline) throw new NotFound('No transaction has this hash.');
        return { timeline, data, known };
    },
    view({ timeline: t, data, known }) {
        const op = data?.tx?.op, [from, to] = op ? parties(op) : [null, null];
        return html`
            <header class="heading"><h1>${op ? names[op.type] ?? op.type : 'Transaction'}</h1>${status(t.status)}</header>
            <p class="subject">${hash(t.txHash, true)} ${copy(t.txHash)}</p>
            ${op ? html`<p class="sentence"><span class="amount">${amount(op, known)}</span>
                ${from !== null ? html` from ${accountLink(from)}` : ''}${to !== null && op.type !== 'ForcedExit' ? html` to ${accountLink(to)}` : ''}</p>` : ''}
            ${way(t)}
            ${op ? facts([['Fee', fee(op, known)], ...particulars(op, t, data.tx)]) : ''}
            ${t.message ? html`<section><h2>What was signed</h2><pre class="message">${t.message}</pre></section>` : ''}
            ${op ? html`<details><summary>As the API gives it</summary><pre class="message">${JSON.stringify(data, null, 2)}</pre></details>` : ''}`;
    },
    live(context) {
        const again = async () => { if (!['finalized', 'rejected'].includes(context.data.timeline.status)) await context.reload(); };
        const end = onLive('block', again);
        // A waiting transaction may be executed before any block changes its state.
        const clock = setInterval(() => context.data.timeline.status === 'queued' && again(), 1000);
        return () => { end(); clearInterval(clock); };
    },
};
