import { html } from 'lit-html';

export default {
    title: () => 'Not found',
    view: (text) => html`<div class="state"><h1>Not found</h1><p>${typeof text === 'string' ? text : 'There is no such page.'}</p>
        <a class="button" href="/">To the overview</a></div>`,
};
