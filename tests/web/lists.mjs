// Long lists: many blocks, and an account with ten transactions in each of them, paged through as a person does. No page may stutter, whatever its place.
// 10,000 blocks and 100,000 transactions.
import { test, before, after } from 'node:test';
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { launch, openPage } from './browser.mjs';

const BLOCKS = 10_000, EACH = 10;
let server, base, browser;

before(async () => {
    server = spawn(join(process.env.ZK_BUILD ?? 'build/release', 'tests/web/long_history'), [String(BLOCKS), String(EACH)], { stdio: ['pipe', 'pipe', 'inherit'] });
    const { port } = JSON.parse(await new Promise((resolve, reject) => {
        server.stdout.once('data', (line) => resolve(String(line)));
        server.once('exit', (code) => reject(new Error(`long_history ended with ${code}`)));
    }));
    base = `http://127.0.0.1:${port}`;
    browser = await launch();
});
after(async () => {
    await browser?.close();
    server?.stdin.end();
});

// Follows a link, and says how long the page took and what the longest pause between two frames was, in ms.
async function follow(page, act, shown, argument) {
    await page.evaluate(() => {
        window.__longest = 0;
        let last = performance.now();
        const tick = (now) => { window.__longest = Math.max(window.__longest, now - last); last = now; if (!window.__stop) requestAnimationFrame(tick); };
        window.__stop = false;
        requestAnimationFrame(tick);
    });
    const begun = performance.now();
    await act();
    await page.waitForFunction(shown, argument, { polling: 'raf' });
    const took = performance.now() - begun;
    return { took, longest: await page.evaluate(() => { window.__stop = true; return window.__longest; }) };
}

// The slowest page, and the longest pause, of those that are not the first (that one warms caches up).
function judge(t, name, pages) {
    const took = Math.max(...pages.slice(1).map((p) => p.took)), longest = Math.max(...pages.slice(1).map((p) => p.longest));
    t.diagnostic(`${name}: ${pages.length} pages, the slowest in ${took.toFixed(0)} ms, longest pause between frames ${longest.toFixed(0)} ms`);
    assert.ok(took < 2000, `${name}: a page took ${took} ms`);
    assert.ok(longest < 1000, `${name}: a pause of ${longest} ms`);
}

test('all blocks, from the newest to the first', async (t) => {
    const { page, faults, visit, context } = await openPage(browser, base);
    await visit('/blocks');
    await page.locator('tbody tr').first().waitFor();
    const seen = new Set(), pages = [];
    for (let last = Infinity; ;) {
        const numbers = (await page.locator('tbody tr td:first-child').allTextContents()).map(Number);
        assert.equal(numbers.length, Math.min(50, last === Infinity ? 50 : last - 1));
        for (const n of numbers) seen.add(n);
        last = numbers.at(-1);
        if (last === 1) break;
        pages.push(await follow(page, () => page.locator('.pager a[rel=next]').click(), 
            (n) => Number(document.querySelector('tbody td')?.textContent) === n, last - 1));
    }
    assert.equal(seen.size, BLOCKS);
    judge(t, 'blocks', pages);
    assert.deepEqual(faults, []);
    await context.close();
});

test('the history of an account that was in every block', async (t) => {
    const { page, faults, visit, context } = await openPage(browser, base);
    const { result } = await (await fetch(`${base}/api/v0.2/accounts/1`)).json();
    await visit(`/accounts/${result.committed.address}`);
    const first = () => page.locator('section:last-of-type tbody tr a').first();
    await first().waitFor();
    const seen = new Set(), pages = [], wanted = Math.min(BLOCKS * EACH, 5_000);
    while (seen.size < wanted) {
        const hashes = await page.locator('section:last-of-type tbody td:first-child a').evaluateAll((links) => links.map((a) => a.pathname));
        for (const h of hashes) seen.add(h);
        const next = page.locator('.pager a[rel=next]');
        if (await next.count() === 0) break;
        pages.push(await follow(page, () => next.click(), 
            (old) => { const a = document.querySelector('section:last-of-type tbody td a'); return a && !old.includes(a.pathname); }, hashes));
    }
    assert.ok(seen.size >= wanted, `${seen.size} of ${wanted}`);
    judge(t, 'history', pages);
    // The whole history as a file: a line for each, and one for the names.
    const begun = performance.now(), csv = await (await fetch(`${base}/api/zkroll/v1/accounts/1/history.csv`)).text();
    const lines = csv.trimEnd().split('\n').length;
    t.diagnostic(`CSV: ${lines} lines, ${(csv.length / 1e6).toFixed(1)} MB, ${(performance.now() - begun).toFixed(0)} ms`);
    assert.ok(lines > (BLOCKS - 2) * EACH, `${lines} lines`);
    assert.deepEqual(faults, []);
    await context.close();
});
