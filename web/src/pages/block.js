// One block: its way to L1, its operations, and the bytes that were published of it.
import { html } from 'lit-html';
import * as api from '../api.js';
import { onLive } from '../live.js';
import { columns } from '../operations.js';
import { tokens } from '../tokens.js';
import { bytes, copy, facts, hash, pager, status, table } from '../ui/parts.js';
import { empty } from '../ui/states.js';
import { formatCount } from '../amount.js';
import { duration, exact, when } from '../time.js';

const PAGE = 50;

const steps = (b) => html`<ol class="steps">${[
    ['Sealed', b.sealedAt, null, null],
    ['Committed on L1', b.committedAt, b.commitTx, b.commitGas],
    ['Proof checked by L1', b.provedAt, b.proveTx, b.proveGas],
    ['Executed: final', b.executedAt, b.executeTx, b.executeGas],
].map(([name, time, tx, gas], i, all) => html`<li class=${time ? 'done' : ''}>
    <b>${name}</b><span>${time ? html`${when(time)} <small class="faint">${exact(time)}</small>` : 'not yet'}</span>
    ${tx && tx === all[i - 1]?.[2] ? html`<span>by the same transaction</span>`
        : tx ? html`<span>${hash(tx)} ${copy(tx)}</span><span>${gas === null ? '' : `${formatCount(gas)} gas`}</span>` : ''}</li>`)}</ol>`;

const ratio = (b) => {
    const ours = b.settlementBytes + b.deltaBytes;
    return ours ? `${bytes(ours)}, zkSync 1.x would publish ${bytes(b.zksyncBytes)} (${(b.zksyncBytes / ours).toFixed(2)} times as much)` : 'nothing';
};

// A stream as hex, an operation a line, so that each byte can be found and read.
const stream = (name, hex, operations, chosen) => html`
    <h2>${name === 'delta' ? 'Delta stream' : 'Settlement stream'} <span class="faint">${bytes((hex.length - 2) / 2)}</span> ${copy(hex)}</h2>
    ${hex.length <= 2 ? empty('No bytes in this stream.') : html`<div class="hex" tabindex="0" role="region" aria-label="${name} stream">
        ${name === 'delta' ? html`<p id="delta-0"><span class="at">0</span><code>${hex.slice(2, 146)}</code>
            <span class="faint">format and the sixteen fee classes</span></p>` : ''}
        ${operations.filter((o) => o[name]).map((o) => html`<p id="${name}-${o[name].offset}" class=${String(o.index) === chosen ? 'chosen' : ''}>
            <span class="at">${o[name].offset}</span>
            <code>${hex.slice(2 + 2 * o[name].offset, 2 + 2 * (o[name].offset + o[name].length))}</code>
            <span>${o.kind}${Object.entries(o.fields ?? {}).map(([k, v]) => html` <span class="faint">${k}</span> ${v}`)}</span></p>`)}
    </div>`}`;

export default {
    title: ({ number }) => `Block ${number}`,
    async load({ number }, query, signal) {
        const from = query.get('from') ?? undefined;
        const showStreams = query.get('show') === 'streams';
        const [block, known, page, published] = await Promise.all([
            api.block(number, signal), tokens(),
            showStreams ? null : api.blockTransactions(number, { from: from ?? 'latest', limit: from ? PAGE + 1 : PAGE, direction: 'older' }, signal),
            showStreams ? api.streams(number, signal) : null,
        ]);
        return { block, known, page, published };
    },
    view({ block: b, known, page, published }, { params, query }) {
        // A page begins with the last one of the page before: it is asked for once more, and left out here.
        const list = !page ? [] : query.get('from') ? page.list.slice(1) : page.list;
        const more = page && page.list.length === (query.get('from') ? PAGE + 1 : PAGE) ? page.list.at(-1).txHash : null;
        const here = `/blocks/${params.number}`;
        return html`
            <header class="heading"><h1>Block ${b.blockNumber}</h1>${status(b.status)}
                <nav class="inline" aria-label="Neighbours">
                    ${b.blockNumber > 1 ? html`<a class="button" href="/blocks/${b.blockNumber - 1}" aria-label="Block before">←</a>` : ''}
                    <a class="button" href="/blocks/${b.blockNumber + 1}" aria-label="Block after">→</a></nav>
            </header>
            ${steps(b)}
            ${facts([
                ['Time', exact(b.timestamp), 'The timestamp in the block’s header, which windows of validity are compared with'],
                ['Operations', html`${formatCount(b.operations)}
                    <span class="faint">${formatCount(b.transfers)} transfers, ${b.priorityOperations} from L1${b.rejected ? `, ${b.rejected} rejected` : ''}</span>`],
                ['Slots', html`${b.usedSlots} of ${b.capacity} <span class="faint">circuit ${b.keyId}</span>`],
                ['Published', ratio(b)],
                ['Proof', b.proofBytes ? html`${bytes(b.proofBytes)}, made in ${duration(b.proveMs)}` : 'not made yet'],
                ['Root before', html`${hash(b.oldRoot, true)} ${copy(b.oldRoot)}`],
                ['Root after', html`${hash(b.newRoot, true)} ${copy(b.newRoot)}`],
                ['C', html`${hash(b.commitment, true)}`, 'The chain of hashes over the published words: what the operator fixes before r is known'],
                ['r', html`${hash(b.challenge, true)}`, 'The point at which both streams are evaluated: a hash over them, C, header and roots'],
                ['y of settlement', html`${hash(b.ySettlement, true)}`],
                ['y of delta', html`${hash(b.yDelta, true)}`],
            ])}
            <nav class="tabs" aria-label="Parts of the block">
                <a href=${here} aria-current=${page ? 'page' : 'false'}>Operations</a>
                <a href="${here}?show=streams" aria-current=${published ? 'page' : 'false'}>Published bytes</a>
            </nav>
            ${page ? html`${list.length === 0 ? empty('No operations here.') : table([
                    ['#', (t) => html`<span class="faint">${t.blockIndex ?? '–'}</span>`, 'number'],
                    ...columns(known),
                    ['State', (t) => status(t.status)],
                ], list, 'Operations of the block, last first')}
                ${pager(query.get('from') ? here : null, more ? `${here}?from=${more}` : null)}` : ''}
            ${published ? ['settlement', 'delta'].map((name) => stream(name, published[name], published.operations, query.get('op'))) : ''}`;
    },
    live: (context) => {
        if (context.query.get('show') === 'streams') document.querySelector('.hex .chosen')?.scrollIntoView({ block: 'center' });
        return onLive('block', (b) => {
            if (b.blockNumber !== context.data.block.blockNumber) return;
            context.data.block = b;
            context.update();
        });
    },
};
