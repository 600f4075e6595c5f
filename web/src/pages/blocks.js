// The list of blocks, newest first, fifty a page.
import { html } from 'lit-html';
import * as api from '../api.js';
import { onLive } from '../live.js';
import { blockLink, bytes, hash, pager, status, table } from '../ui/parts.js';
import { empty } from '../ui/states.js';
import { formatCount } from '../amount.js';
import { duration, when } from '../time.js';

const PAGE = 50;

export default {
    title: () => 'Blocks',
    load: (params, query, signal) => api.blocks(query.get('from') ?? 'latest', PAGE, 'older', signal),
    view({ list, count }, { query }) {
        const first = list[0]?.blockNumber, last = list.at(-1)?.blockNumber;
        return html`<h1>Blocks <span class="faint">${formatCount(count)}</span></h1>
            ${list.length === 0 ? empty('No block here.', 'Blocks appear as soon as they are sealed.') : table([
                ['Block', (b) => blockLink(b.blockNumber)],
                ['State', (b) => status(b.status)],
                ['Operations', (b) => formatCount(b.operations), 'number'],
                ['Slots', (b) => html`${b.usedSlots} <span class="faint">of ${b.capacity}</span>`, 'number'],
                ['Published', (b) => bytes(b.settlementBytes + b.deltaBytes), 'number'],
                ['Proof', (b) => duration(b.proveMs), 'number'],
                ['L1', (b) => hash(b.executeTx ?? b.commitTx)],
                ['Sealed', (b) => when(b.sealedAt)],
            ], list, 'Blocks, newest first')}
            ${pager(
                !query.get('from') || first >= count ? null : first + PAGE >= count ? '/blocks' : `/blocks?from=${first + PAGE}`,
                last > 1 ? `/blocks?from=${last - 1}` : null)}`;
    },
    live(context) {
        if (context.query.get('from')) return undefined;
        return onLive('block', (b) => {
            const data = context.data, at = data.list.findIndex((x) => x.blockNumber === b.blockNumber);
            if (at >= 0) data.list = data.list.with(at, b);
            else if (b.blockNumber > (data.list[0]?.blockNumber ?? 0)) {
                data.list = [b, ...data.list].slice(0, PAGE);
                data.count = Math.max(data.count, b.blockNumber);
            }
            context.update();
        });
    },
};
