// Small parts that many pages share.
import { html } from 'lit-html';
import { live } from 'lit-html/directives/live.js';

export const short = (hash, head = 8, tail = 6) => hash && hash.length > head + tail + 3 ? `${hash.slice(0, head)}…${hash.slice(-tail)}` : hash ?? '–';

// A button that copies, and says so to those who see and to those who hear.
export const copy = (text) => html`<button type="button" class="copy" aria-label="Copy ${short(text)}" title="Copy" @click=${async (event) => {
    const button = event.currentTarget;
    try {
        await navigator.clipboard.writeText(text);
        button.dataset.done = '';
        button.setAttribute('aria-label', 'Copied');
        setTimeout(() => { delete button.dataset.done; button.setAttribute('aria-label', `Copy ${short(text)}`); }, 1500);
    } catch { button.title = 'The browser does not allow it'; }
}}><svg viewBox="0 0 16 16" width="14" height="14" aria-hidden="true"><path d="M5 5V2.5h8.5V11H11M2.5 5H11v8.5H2.5z"/></svg></button>`;

export const hash = (value, whole = false) => value ? html`<span class="hash" title=${value}>${whole ? value : short(value)}</span>` : html`<span class="faint">–</span>`;
export const transactionLink = (value, whole = false) => html`<a class="hash" href="/tx/${value}" title=${value}>${whole ? value : short(value)}</a>`;
export const accountLink = (value, whole = false) => value === null || value === undefined ? html`<span class="faint">–</span>`
    : html`<a class="hash" href="/accounts/${value}" title=${value}>${whole ? value : short(String(value))}</a>`;
export const blockLink = (number) => number === null || number === undefined ? html`<span class="faint">–</span>` : html`<a href="/blocks/${number}">${number}</a>`;

const states = {
    queued: ['waiting', 'Accepted, waits for its block'],
    committed: ['committed', 'Executed; its block is on its way to L1'],
    finalized: ['final', 'Proved and executed on L1'],
    rejected: ['rejected', 'Not possible when its turn came'],
    sealed: ['sealed', 'Closed; being proved'],
    proved: ['proved', 'Its proof is accepted by L1'],
    executed: ['final', 'Proved and executed on L1'],
};
export const status = (name) => html`<span class="badge ${name}" title=${states[name]?.[1] ?? ''}>${states[name]?.[0] ?? name}</span>`;

// A list of names and values: [[name, value, explanation]…]
export const facts = (rows) => html`<dl class="facts">${rows.map(([name, value, explanation]) =>
    html`<div><dt title=${explanation ?? ''}>${name}</dt><dd>${value}</dd></div>`)}</dl>`;

// columns: [[name, row => cell, class]…]. On a phone each row becomes a card, its cells named.
export const table = (columns, rows, caption) => html`
    <div class="table"><table>
        <caption class="unseen">${caption}</caption>
        <thead><tr>${columns.map(([name, , kind]) => html`<th scope="col" class=${kind ?? ''}>${name}</th>`)}</tr></thead>
        <tbody>${rows.map((row) => html`<tr>${columns.map(([name, cell, kind]) => html`<td data-name=${name} class=${kind ?? ''}>${cell(row)}</td>`)}</tr>`)}</tbody>
    </table></div>`;

// Links to the pages before and after; a page's address says where it begins.
export const pager = (newer, older) => newer || older ? html`
    <nav class="pager" aria-label="Pages">
        ${newer ? html`<a class="button" rel="prev" href=${newer}>← Newer</a>` : html`<span></span>`}
        ${older ? html`<a class="button" rel="next" href=${older}>Older →</a>` : html`<span></span>`}
    </nav>` : '';

export const field = (label, input, hint = '', error = '') => html`
    <label class="field"><span>${label}</span>${input}${error ? html`<em role="alert">${error}</em>` : hint ? html`<small>${hint}</small>` : ''}</label>`;

export const textInput = (name, value, onInput, attributes = {}) => html`<input name=${name} .value=${live(value)} autocomplete="off" autocapitalize="off" spellcheck="false"
    inputmode=${attributes.inputmode ?? 'text'} placeholder=${attributes.placeholder ?? ''} ?disabled=${attributes.disabled} aria-label=${attributes.label ?? name}
    @input=${(event) => onInput(event.target.value)}>`;

export const bytes = (n) => n < 1000 ? `${n} B` : n < 1e6 ? `${(n / 1000).toFixed(n < 1e4 ? 2 : 1)} kB` : `${(n / 1e6).toFixed(1)} MB`;
