// The overview: blocks moving through their four states, what the rollup does now, and how cheaply.
import { html } from 'lit-html';
import { repeat } from 'lit-html/directives/repeat.js';
import * as api from '../api.js';
import { onLive } from '../live.js';
import { chart } from '../ui/chart.js';
import { accountLink, blockLink, bytes, status, table } from '../ui/parts.js';
import { empty } from '../ui/states.js';
import { formatCount } from '../amount.js';
import { ago, duration, exact, when } from '../time.js';

const SHOWN = 100;
const stages = [
    ['sealed', 'Sealed', 'closed, being proved'],
    ['committed', 'Committed', 'its data is on L1'],
    ['proved', 'Proved', 'L1 has checked the proof'],
    ['executed', 'Executed', 'final; withdrawals are paid'],
];

const tile = (b) => html`<a class="tile ${b.status}" data-block=${b.blockNumber} href="/blocks/${b.blockNumber}" title="${b.operations} operations">
    <b>${b.blockNumber}</b><small>${b.operations} op${b.operations === 1 ? '' : 's'}</small></a>`;

const lanes = (o, blocks) => html`<ol class="lanes" aria-label="Blocks by state">${stages.map(([key, name, hint]) => html`
    <li class="lane"><h2>${name} <span class="faint">${o.blocks[key]}</span></h2><p class="faint">${hint}</p>
        <div class="tiles">${repeat(blocks.filter((b) => b.status === key).slice(0, key === 'executed' ? 6 : 9), (b) => b.blockNumber, tile)}</div></li>`)}</ol>`;

const figure = (name, value, hint) => html`<div class="figure"><dt>${name}</dt><dd>${value}</dd><dd class="hint">${hint}</dd></div>`;

function requestClock(r) {
    if (!r) return figure('Open L1 requests', 'none', 'every deposit and exit has been served');
    const age = Date.now() - new Date(r.createdAt), left = new Date(r.expiresAt) - Date.now();
    const due = left > 0 ? `the operator must serve it within ${duration(left)}` : html`<b>overdue: anyone may start exodus mode</b>`;
    return figure('Oldest open L1 request', duration(age), html`<span title=${exact(r.expiresAt)}>${due}</span>`);
}

// Where a tile was before it moved: it glides from there. A person who asked for less motion sees it in its new place at once.
function glide(update) {
    const still = matchMedia('(prefers-reduced-motion: reduce)').matches;
    const before = still ? new Map() : new Map([...document.querySelectorAll('[data-block]')].map((e) => [e.dataset.block, e.getBoundingClientRect()]));
    update();
    if (still) return;
    for (const element of document.querySelectorAll('[data-block]')) {
        const was = before.get(element.dataset.block), is = element.getBoundingClientRect();
        if (!was) element.animate([{ opacity: 0, transform: 'scale(.8)' }, {}], { duration: 250 });
        else if (was.x !== is.x || was.y !== is.y) {
            element.animate([{ transform: `translate(${was.x - is.x}px, ${was.y - is.y}px)` }, {}], { duration: 500, easing: 'cubic-bezier(.3,.7,.2,1)' });
        }
    }
}

const seconds = (time) => new Date(time).getTime() / 1000;

// L1 gas of a block over its transfers. One L1 transaction may be commit, proof and execution at once: it is paid once.
function gasOf(b) {
    if (!b.executeTx || !b.transfers) return null;
    const paid = new Map([[b.commitTx, b.commitGas], [b.proveTx, b.proveGas], [b.executeTx, b.executeGas]]);
    return [...paid.values()].reduce((sum, gas) => sum + Number(gas ?? 0), 0) / b.transfers;
}

function plots(blocks) {
    const rising = [...blocks].reverse();
    const proved = rising.filter((b) => b.proveMs !== null);
    const paid = rising.filter((b) => gasOf(b) !== null);
    const rate = rising.slice(1).map((b, i) => [seconds(b.sealedAt), b.transfers / Math.max(seconds(b.sealedAt) - seconds(rising[i].sealedAt), 0.001)]);
    const last = (list, f) => list.length ? f(list.at(-1)) : '–';
    return html`<section class="plots" aria-label="Over time">
        ${chart({
            title: 'Transfers a second', label: 'transfers/s', time: true, summary: `last block: ${last(rate, ([, r]) => r.toFixed(1))}`,
            x: rate.map(([t]) => t), y: rate.map(([, r]) => r),
        })}
        ${chart({
            title: 'Time to prove a block', label: 'seconds', summary: `last: ${last(proved, (b) => duration(b.proveMs))}`,
            x: proved.map((b) => b.blockNumber), y: proved.map((b) => b.proveMs / 1000),
        })}
        ${chart({
            title: 'L1 gas a transfer', label: 'gas', summary: `last: ${last(paid, (b) => formatCount(Math.round(gasOf(b))))}`,
            x: paid.map((b) => b.blockNumber), y: paid.map(gasOf),
        })}
    </section>`;
}

export default {
    title: () => 'Overview',
    async load(params, query, signal) {
        const [overview, page] = await Promise.all([api.overview(signal), api.blocks('latest', SHOWN, 'older', signal)]);
        return { overview, blocks: page.list };
    },
    view({ overview: o, blocks }) {
        return html`
            <section class="hero">
                <h1>Payments on Ethereum, proved.</h1>
                <p>Contract ${accountLink(o.contract)} on chain ${o.chainId}${o.exodus ? html` · <b class="alarm">exodus mode: everybody leaves by Merkle proof</b>` : ''}</p>
            </section>
            <dl class="figures">
                ${figure('Transfers a second', o.transfersPerSecond.minute.toFixed(1), `${o.transfersPerSecond.hour.toFixed(2)} over the last hour`)}
                ${figure('Transactions', formatCount(o.totals.transactions), `${formatCount(o.totals.accounts)} accounts · ${formatCount(o.totals.mempool)} waiting`)}
                ${figure('Time to prove', duration(o.proveMs?.last ?? null), o.proveMs ? `mean ${duration(o.proveMs.mean)}` : 'no proof yet')}
                ${figure('L1 gas a transfer', o.gasPerTransfer === null ? '–' : formatCount(Math.round(o.gasPerTransfer)), `on L1 itself: ${formatCount(21000)} and more`)}
                ${requestClock(o.oldestRequest)}
            </dl>
            ${lanes(o, blocks)}
            ${plots(blocks)}
            <section><h2>Latest blocks</h2>
            ${blocks.length ? table([
                ['Block', (b) => blockLink(b.blockNumber)],
                ['State', (b) => status(b.status)],
                ['Operations', (b) => formatCount(b.operations), 'number'],
                ['Published', (b) => bytes(b.settlementBytes + b.deltaBytes), 'number'],
                ['Sealed', (b) => when(b.sealedAt)],
            ], blocks.slice(0, 10), 'The latest blocks') : empty('No block yet.', 'The first one is sealed when somebody deposits or pays.')}
            <p><a href="/blocks">All blocks</a> <span class="faint">L1 block ${o.l1Block ?? '–'} · as of ${o.time ? ago(o.time) : '–'}</span></p></section>`;
    },
    live(context) {
        const ends = [
            onLive('overview', (o) => { context.data.overview = o; context.update(); }),
            onLive('block', (b) => glide(() => {
                const blocks = context.data.blocks, at = blocks.findIndex((x) => x.blockNumber === b.blockNumber);
                context.data.blocks = at >= 0 ? blocks.with(at, b) : [b, ...blocks].sort((x, y) => y.blockNumber - x.blockNumber).slice(0, SHOWN);
                context.update();
            })),
        ];
        const clock = setInterval(() => context.update(), 5000);
        return () => { clearInterval(clock); for (const end of ends) end(); };
    },
};
