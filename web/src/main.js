// The application: navigation, colours, search, and a place where the page of the current address is shown.
import { html, render } from 'lit-html';
import { start } from './router.js';
import { overview } from './api.js';
import { liveState, onLive } from './live.js';
import { searchBox } from './ui/search_box.js';
import '../style.css';

import overviewPage from './pages/overview.js';
import blocksPage from './pages/blocks.js';
import blockPage from './pages/block.js';
import transactionPage from './pages/transaction.js';
import accountPage from './pages/account.js';
import tokensPage from './pages/tokens.js';
import searchPage from './pages/search.js';
import notFoundPage from './pages/not_found.js';

// The wallet needs the SDK, which is larger than all else together: it comes with the first page that needs it.
const lazy = (name) => ({ lazy: async () => (await import('./wallet/pages.js'))[name] });

const routes = [
    ['/', overviewPage],
    ['/blocks', blocksPage],
    ['/blocks/:number', blockPage],
    ['/tx/:hash', transactionPage],
    ['/accounts/:account', accountPage],
    ['/tokens', tokensPage],
    ['/search', searchPage],
    ['/wallet', lazy('home')],
    ['/wallet/deposit', lazy('deposit')],
    ['/wallet/activate', lazy('activate')],
    ['/wallet/send', lazy('send')],
    ['/wallet/withdraw', lazy('withdraw')],
    ['/wallet/claim', lazy('claim')],
    ['/wallet/leave', lazy('leave')],
];

const themes = ['auto', 'light', 'dark'];
// A browser that keeps nothing for anybody throws where others answer: then the choice lasts as long as the page.
const kept = (act) => { try { return act(); } catch { return null; } };
let theme = kept(() => localStorage.getItem('theme')) ?? 'auto';
const applyTheme = () => {
    if (theme === 'auto') delete document.documentElement.dataset.theme;
    else document.documentElement.dataset.theme = theme;
};
const nextTheme = () => {
    theme = themes[(themes.indexOf(theme) + 1) % themes.length];
    kept(() => localStorage.setItem('theme', theme));
    applyTheme();
    draw();
};

const navigation = [['/', 'Overview'], ['/blocks', 'Blocks'], ['/tokens', 'Tokens'], ['/wallet', 'Wallet']];
const isCurrent = (href) => href === '/' ? location.pathname === '/' : location.pathname === href || location.pathname.startsWith(href + '/');

let network = '';
const shell = () => html`
    <a class="skip" href="#main">Skip to the content</a>
    <header class="top">
        <a class="brand" href="/">
            <svg viewBox="0 0 32 32" width="28" height="28" aria-hidden="true"><rect width="32" height="32" rx="8"/><path d="M8 10h16L12 22h12"/></svg>
            <span>zkroll</span>${network ? html`<span class="network">${network}</span>` : ''}
        </a>
        <nav aria-label="Main">
            ${navigation.map(([href, name]) => html`<a href=${href} aria-current=${isCurrent(href) ? 'page' : 'false'}>${name}</a>`)}
        </nav>
        ${searchBox()}
        <button class="quiet" type="button" @click=${nextTheme} title="Colours: ${theme}" aria-label="Colours: ${theme}. Change">
            ${theme === 'auto' ? '◐' : theme === 'light' ? '☀' : '☾'}
        </button>
    </header>
    <p class="connection" role="status" ?hidden=${liveState() !== 'lost'}>The node does not answer. What you see may be old; trying again…</p>
    <main id="main" tabindex="-1"></main>
    <footer>
        <span>Every number here comes from this node’s API. What it says of a block, L1 has checked or will check.</span>
        <a href="/wallet/leave">Leave without the operator</a>
        <a href="/api/v0.2/openapi.json" data-external>API</a>
    </footer>`;

const root = document.createElement('div');
root.className = 'app';
document.body.prepend(root);
const draw = () => render(shell(), root);

applyTheme();
draw();
onLive('state', draw);
start(routes, document.getElementById('main'), { notFound: notFoundPage, onNavigate: draw });
overview().then((o) => { network = o.network; draw(); }, () => {});
