// Pictures of the application for docs/: `make screenshots` runs a devnet with its demonstration, waits until blocks are final, and takes them.
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { startDevnet } from '../support/devnet.mjs';
import { launch } from './browser.mjs';

const out = process.argv[2] ?? 'docs/screenshots';
mkdirSync(out, { recursive: true });
const net = await startDevnet({ demo: true });
const base = new URL(net.web).origin;
const get = async (path) => (await fetch(base + path)).json();
const browser = await launch();
try {
    console.log('waiting for eight final blocks');
    while ((await get('/api/zkroll/v1/overview')).blocks.executed < 8) await new Promise((r) => setTimeout(r, 1000));
    const block = (await get('/api/zkroll/v1/overview')).blocks.executed;
    const { result } = await get(`/api/v0.2/blocks/${block}/transactions?from=latest&limit=100&direction=older`);
    const transfer = result.list.find((t) => t.op.type === 'Transfer') ?? result.list[0];
    const pages = { overview: '/', block: `/blocks/${block}`, transaction: `/tx/${transfer.txHash}`, account: `/accounts/${transfer.op.from}`, wallet: '/wallet' };
    for (const [kind, options] of [
        ['desktop', { viewport: { width: 1280, height: 900 }, colorScheme: 'light' }],
        ['phone', { viewport: { width: 390, height: 844 }, colorScheme: 'dark', deviceScaleFactor: 2, isMobile: true }],
    ]) {
        const page = await (await browser.newContext(options)).newPage();
        for (const [name, path] of Object.entries(pages)) {
            await page.goto(base + path);
            if (name === 'wallet') {
                await page.getByRole('button', { name: /^Account 1 / }).click();
                await page.getByRole('heading', { name: 'Balances' }).waitFor();
            }
            // The overview is best seen while a block is on its way.
            if (name === 'overview') await page.locator('.tile.sealed').first().waitFor({ timeout: 60_000 });
            await page.waitForTimeout(1000);
            await page.screenshot({ path: join(out, `${name}-${kind}.png`) });
            console.log(`${name}-${kind}.png`);
        }
    }
} finally {
    await browser.close();
    await net.stop();
}
