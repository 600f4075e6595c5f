// What a page says when it has nothing to show yet, or cannot.
import { html } from 'lit-html';

export const loading = () => html`<div class="state" role="status"><span class="spinner" aria-hidden="true"></span><p>Asking the node…</p></div>`;

export const failure = (error, again) => html`
    <div class="state" role="alert">
        <h1>That did not work</h1>
        <p>${error.message}</p>
        <button type="button" @click=${again}>Try again</button>
    </div>`;

export const empty = (text, hint = '') => html`<div class="state small"><p>${text}</p>${hint ? html`<p class="faint">${hint}</p>` : ''}</div>`;
