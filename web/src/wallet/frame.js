// What all wallet pages share: the choice of a wallet, the navigation beside, and forms that keep what was typed.
import { html } from 'lit-html';
import { accountLink } from '../ui/parts.js';
import { browserWallets, developmentWallets, onWallets } from './discover.js';
import { jobList, onJobs } from './jobs.js';
import { connect, disconnect, onSession, refresh, session } from './session.js';

const pages = [['/wallet', 'Balances'], ['/wallet/deposit', 'Deposit'], ['/wallet/activate', 'Activate'], ['/wallet/send', 'Send'],
    ['/wallet/withdraw', 'Withdraw'], ['/wallet/claim', 'Claim on L1'], ['/wallet/leave', 'Leave without the operator']];

// How often an open page asks anew what the account owns.
const LOOK_MS = 10_000;
let prepared = [];

const choices = () => {
    const found = browserWallets();
    return html`<section class="panel"><h2>Connect a wallet</h2>
        <p>Your Ethereum wallet signs a message; the key of your zkroll account is made from it, as every zkSync wallet does. No transaction, no gas.</p>
        ${session.error ? html`<p class="notice bad" role="alert">${session.error}</p>` : ''}
        ${session.state === 'connecting' ? html`<p role="status">Waiting for ${session.name}…</p>` : html`
        <div class="choices">
            ${found.length === 0 && prepared.length === 0 ? html`<p class="notice">This browser has no Ethereum wallet that this page could find.
                Install one, or use <code>zkroll wallet</code> on the command line.</p>` : ''}
            ${found.map((w) => html`<button type="button" @click=${() => connect(w)}>
                ${w.icon ? html`<img src=${w.icon} alt="">` : ''}<span>${w.name}</span></button>`)}
        </div>
        ${prepared.length ? html`<h3>Accounts of this development chain</h3>
            <p class="faint">Their keys are known to everybody. Never send them anything of worth.</p>
            <div class="choices">${prepared.map((w) => html`<button type="button" @click=${() => connect(w)}>
                <span>${w.name}</span> <span class="hash faint">${w.address}</span></button>`)}</div>` : ''}`}
    </section>`;
};

// open: the page has something to say to those who have not connected, too.
export function walletPage({ name, view, enter, open }) {
    return {
        title: () => name,
        async load() {
            prepared = (await developmentWallets()).list;
            return {};
        },
        view(data, context) {
            return html`<div class="wallet">
                <nav aria-label="Wallet">
                    ${session.state === 'ready' ? html`<div class="who">${session.name}<br>${accountLink(session.address)}<br>
                        <button type="button" class="link" @click=${disconnect}>Disconnect</button></div>` : ''}
                    ${pages.map(([href, label]) => html`<a href=${href} aria-current=${location.pathname === href ? 'page' : 'false'}>${label}</a>`)}
                </nav>
                <div>
                    <h1 class="unseen">${name}</h1>
                    ${open ? open(context) : ''}
                    ${session.state === 'ready' ? html`${view(context)}${jobList()}` : choices()}
                </div></div>`;
        },
        live(context) {
            // Once for each account: what `enter` asks for ends in a change of the session.
            let seen = null;
            const entered = () => {
                const wallet = session.state === 'ready' ? session.wallet : null;
                if (wallet && wallet !== seen) enter?.(context);
                seen = wallet;
            };
            const look = setInterval(() => { if (session.state === 'ready' && document.visibilityState === 'visible') refresh().catch(() => {}); }, LOOK_MS);
            const ends = [onSession(() => { entered(); context.update(); }), onJobs(() => context.update()), onWallets(() => context.update()),
                () => clearInterval(look)];
            entered();
            context.update(); // with what the page filled in as it was entered
            return () => { for (const end of ends) end(); };
        },
    };
}
