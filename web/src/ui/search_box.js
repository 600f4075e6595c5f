// The search field of the page's head. `/` puts the cursor there.
import { html } from 'lit-html';
import { go } from '../router.js';

export const searchBox = () => html`
    <form class="search" role="search" @submit=${(event) => {
        event.preventDefault();
        const text = new FormData(event.target).get('q').trim();
        if (text) go(`/search?q=${encodeURIComponent(text)}`);
    }}>
        <input type="search" name="q" placeholder="Hash, address, block, #id, token" aria-label="Search by hash, address, block, account id or token" maxlength="80">
    </form>`;

document.addEventListener('keydown', (event) => {
    if (event.key !== '/' || event.target.closest('input, textarea, select') || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    document.querySelector('.search input')?.focus();
});
