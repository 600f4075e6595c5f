// Addresses and pages. A page is an object:
//   title(params, data)        what the tab says
//   load(params, query, signal) → data, or a rejection; the pages' requests end when the user goes elsewhere
//   view(data, context)        lit-html; context: {params, query, update(), reload(), data}
//   live(context)              optional: subscribes to events; returns a function that ends it
// While it loads, and when it fails, the router shows so; a failure offers to try again.
import { html, render } from 'lit-html';
import { NotFound } from './api.js';
import { failure, loading } from './ui/states.js';

let table, place, options, current;

export function start(routes, element, opts) {
    table = routes.map(([pattern, page]) => ({ parts: pattern.split('/'), page }));
    place = element;
    options = opts;
    window.addEventListener('popstate', () => show());
    document.addEventListener('click', (event) => {
        const link = event.target.closest('a');
        if (!link || event.defaultPrevented || event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
        if (link.origin !== location.origin || link.target || link.hasAttribute('download') || 'external' in link.dataset) return;
        if (link.pathname === location.pathname && link.search === location.search && link.hash) return;
        event.preventDefault();
        go(link.pathname + link.search);
    });
    show();
}

export function go(address, { replace = false } = {}) {
    history[replace ? 'replaceState' : 'pushState'](null, '', address);
    show();
    window.scrollTo(0, 0);
    place.focus({ preventScroll: true });
}

function match(path) {
    const parts = path.length > 1 ? path.replace(/\/$/, '').split('/') : ['', ''];
    for (const { parts: pattern, page } of table) {
        if (pattern.length !== parts.length) continue;
        const params = {};
        const fits = pattern.every((p, i) => {
            if (!p.startsWith(':')) return p === parts[i];
            try { params[p.slice(1)] = decodeURIComponent(parts[i]); } catch { return false; }
            return true;
        });
        if (fits) return { page, params };
    }
    return { page: options.notFound, params: {} };
}

async function show() {
    current?.leave();
    const query = new URLSearchParams(location.search);
    const { page: found, params } = match(location.pathname);
    const abort = new AbortController();
    let stopLive, page;
    const here = current = { leave() { abort.abort(); stopLive?.(); } };
    options.onNavigate();

    const context = {
        params, query, data: undefined,
        update() { if (current === here) render(page.view(context.data, context), place); },
        async reload() { try { context.data = await page.load?.(params, query, abort.signal); context.update(); } catch (error) { fail(error); } },
    };
    const fail = (error) => {
        if (current !== here || error.name === 'AbortError') return;
        if (error instanceof NotFound) {
            document.title = 'Not found · zkroll';
            render(options.notFound.view(error.message), place);
        } else {
            document.title = 'zkroll';
            render(failure(error, attempt), place);
        }
    };
    const attempt = async () => {
        // What answers within a moment needs no sign that it is loading.
        const slow = setTimeout(() => current === here && render(loading(), place), 150);
        try {
            page = found.lazy ? await found.lazy() : found;
            const data = await page.load?.(params, query, abort.signal);
            clearTimeout(slow);
            if (current !== here) return;
            context.data = data;
            document.title = `${page.title(params, data)} · zkroll`;
            render(html``, place);
            context.update();
            stopLive?.();
            stopLive = page.live?.(context);
        } catch (error) {
            clearTimeout(slow);
            fail(error);
        }
    };
    await attempt();
}
