// The tokens that L1 has registered.
import { html } from 'lit-html';
import * as api from '../api.js';
import { forgetTokens, tokens } from '../tokens.js';
import { copy, hash, table } from '../ui/parts.js';
import { formatCount } from '../amount.js';

export default {
    title: () => 'Tokens',
    async load(params, query, signal) {
        forgetTokens();
        const known = await tokens();
        const prices = new Map(await Promise.all(known.list.slice(0, 50).map(async (t) => [t.id, await api.tokenPrice(t.id, signal).then((p) => p.price, () => null)])));
        return { known, prices };
    },
    view: ({ known, prices }) => html`<h1>Tokens <span class="faint">${formatCount(known.list.length)}</span></h1>
        ${table([
            ['Id', (t) => t.id, 'number'],
            ['Symbol', (t) => html`<b>${t.symbol}</b>`],
            ['Address on L1', (t) => html`${hash(t.address)} ${copy(t.address)}`],
            ['Decimals', (t) => t.decimals, 'number'],
            ['Fees', (t) => t.enabledForFees ? 'accepted' : html`<span class="faint">not accepted</span>`],
            ['Price in dollars', (t) => prices.get(t.id) ? prices.get(t.id).replace(/(\.\d*?[1-9])0+$|\.0*$/, '$1') : html`<span class="faint">–</span>`, 'number'],
        ], known.list, 'Tokens')}`,
};
