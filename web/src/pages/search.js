// Goes to what the search finds, or says that it found nothing.
import { html } from 'lit-html';
import * as api from '../api.js';
import { go } from '../router.js';
import { empty } from '../ui/states.js';

const HINT = 'Search by transaction hash, L1 transaction hash, address, block number, state root, account id (#7) or token symbol.';
const places = { block: '/blocks/', transaction: '/tx/', account: '/accounts/' };

export default {
    title: () => 'Search',
    async load(params, query, signal) {
        const text = query.get('q') ?? '';
        if (!text) return { text };
        const found = await api.find(text, signal);
        if (found.kind === 'token') go('/tokens', { replace: true });
        else if (found.kind) go(places[found.kind] + encodeURIComponent(found.id), { replace: true });
        return { text };
    },
    view: ({ text }) => html`<h1>Search</h1>${text ? empty(`Nothing here is called “${text}”.`, HINT) : empty('Type something into the field above.')}`,
};
