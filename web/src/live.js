// What changes, as it changes: one stream of server-sent events, shared by all pages. The browser reconnects by itself.
//   onLive('overview', f)   f(Overview)         onLive('block', f)   f(BlockInfo)         onLive('state', f)   f('open' | 'lost')
// Each returns a function that ends the subscription.
const listeners = { overview: new Set(), block: new Set(), state: new Set() };
let source, state = 'new', lostTimer;

function setState(next) {
    if (state === next) return;
    state = next;
    for (const listener of listeners.state) listener(state);
}

function connect() {
    source = new EventSource('/api/zkroll/v1/events');
    source.onopen = () => { clearTimeout(lostTimer); lostTimer = undefined; setState('open'); };
    source.onerror = () => {
        // A moment without connection is nothing to worry a reader with.
        lostTimer ??= setTimeout(() => setState('lost'), 2000);
        if (source.readyState === EventSource.CLOSED) setTimeout(connect, 2000);
    };
    for (const kind of ['overview', 'block']) {
        source.addEventListener(kind, (event) => {
            let data;
            try { data = JSON.parse(event.data); } catch { return; }
            for (const listener of listeners[kind]) listener(data);
        });
    }
}

export const liveState = () => state;

export function onLive(kind, listener) {
    if (!source) connect();
    listeners[kind].add(listener);
    return () => listeners[kind].delete(listener);
}
