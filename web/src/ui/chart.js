// A plot over block numbers or time, by uPlot, in the page's colours. The numbers stand beside it as text for those who cannot see it.
import { html } from 'lit-html';
import { ref } from 'lit-html/directives/ref.js';
import uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';

const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

// series: {label, unit, x: number[], y: (number|null)[], time: x are seconds since 1970}
export function chart({ title, label, x, y, time = false, summary }) {
    const mount = (element) => {
        if (!element) return;
        const draw = () => {
            element._plot?.destroy();
            const axis = { stroke: colour('--faint'), grid: { stroke: colour('--line'), width: 1 }, ticks: { show: false }, font: '12px system-ui' };
            element._plot = new uPlot({
                width: Math.max(element.clientWidth, 120), height: 150, padding: [8, 8, 0, 0], cursor: { y: false }, legend: { live: true },
                scales: { x: { time }, y: { range: (u, min, max) => [0, max > 0 ? max * 1.1 : 1] } },
                series: [{ label: time ? 'time' : 'block' }, { label, stroke: colour('--accent'), width: 2, fill: colour('--accent-soft'), points: { show: x.length < 3 } }],
                axes: [{ ...axis, size: time ? 44 : 30 }, { ...axis, size: 52 }],
            }, [x, y], element);
        };
        if (element._data !== x || !element._plot) { element._data = x; draw(); }
        element._resize ??= new ResizeObserver(() => {
            if (element._plot && Math.abs(element._plot.width - element.clientWidth) > 2) element._plot.setSize({ width: element.clientWidth, height: 150 });
        });
        element._resize.observe(element);
    };
    return html`<figure class="chart"><figcaption><h2>${title}</h2><span>${summary}</span></figcaption>
        ${x.length ? html`<div class="plot" role="img" aria-label="${title}: ${summary}" ${ref(mount)}></div>` : html`<p class="faint">Nothing to draw yet.</p>`}</figure>`;
}
