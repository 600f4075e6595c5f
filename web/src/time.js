// Times as people read them. The exact one is always in the element's title and datetime.
import { html } from 'lit-html';

const relative = new Intl.RelativeTimeFormat('en', { numeric: 'auto' });
const units = [['year', 31536000], ['month', 2592000], ['day', 86400], ['hour', 3600], ['minute', 60], ['second', 1]];

export function ago(time, now = Date.now()) {
    const seconds = Math.round((new Date(time).getTime() - now) / 1000);
    const [unit, size] = units.find(([, s]) => Math.abs(seconds) >= s) ?? units.at(-1);
    return relative.format(Math.trunc(seconds / size), unit);
}

export const exact = (time) => new Date(time).toISOString().replace('T', ' ').replace(/\.\d+Z$/, ' UTC');

export const when = (time, absent = '–') => time
    ? html`<time datetime=${time} title=${exact(time)}>${ago(time)}</time>`
    : html`<span class="faint">${absent}</span>`;

export function duration(ms) {
    if (ms === null || ms === undefined) return '–';
    if (ms < 1000) return `${Math.round(ms)} ms`;
    if (ms < 60000) return `${(ms / 1000).toFixed(ms < 10000 ? 1 : 0)} s`;
    const minutes = ms / 60000;
    if (minutes < 120) return `${Math.round(minutes)} min`;
    if (minutes < 2880) return `${Math.round(minutes / 60)} h`;
    return `${Math.round(minutes / 1440)} days`;
}
