// What the user has started, step by step: signed, on L1, executed, final. A job goes on when the user looks at another page.
import { html } from 'lit-html';
import { refresh, reason } from './session.js';

export const jobs = [];
const listeners = new Set();
export function onJobs(listener) {
    listeners.add(listener);
    return () => listeners.delete(listener);
}
const changed = () => { for (const listener of listeners) listener(); };

// steps: [[name, async (results) => result]…], one after the other. A result with a `link` is shown as one.
export async function run(title, steps) {
    const job = { title, steps: steps.map(([name]) => ({ name, state: 'waiting' })), error: '', state: 'running' };
    jobs.unshift(job);
    jobs.length = Math.min(jobs.length, 20);
    const results = [];
    try {
        for (const [i, [, act]] of steps.entries()) {
            job.steps[i].state = 'now';
            changed();
            const result = await act(results);
            results.push(result);
            Object.assign(job.steps[i], { state: 'done', link: result?.link });
            changed();
            refresh().catch(() => {});
        }
        job.state = 'done';
    } catch (error) {
        job.state = 'failed';
        job.error = reason(error);
    }
    changed();
    return job.state === 'done';
}

const stateOf = (step, job) => step.state === 'done' ? step.link ? html`<a href=${step.link}>done</a>` : 'done'
    : step.state !== 'now' ? '' : job.error ? 'failed' : 'in progress…';

export const jobList = () => jobs.length === 0 ? '' : html`<section class="panel" aria-live="polite"><h2>What is going on</h2>
    ${jobs.map((job) => html`<article data-job=${job.state}><h3>${job.title}</h3>
        <ol class="steps">${job.steps.map((s) => html`<li class=${s.state}><b>${s.name}</b><span>${stateOf(s, job)}</span></li>`)}</ol>
        ${job.error ? html`<p class="notice bad" role="alert">${job.error}</p>` : ''}</article>`)}</section>`;
