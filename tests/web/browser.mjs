// Real Chromium for the tests of the web application, and an Ethereum wallet in it.
//
// Every page is watched: an error on the console, an exception, or a request to any host but the node's fails the test that opened it.
import { existsSync } from 'node:fs';
import { chromium } from 'playwright-core';
import { ethers } from 'ethers';
import { rpc } from '../support/anvil.mjs';

const executablePath = ['/usr/bin/chromium', '/usr/bin/chromium-browser'].find(existsSync);
if (!executablePath) throw new Error('Chromium is not installed: make setup');

// As root, Chromium has no sandbox to offer; the pages are our own.
export const launch = () => chromium.launch({ executablePath, args: ['--no-sandbox', '--disable-dev-shm-usage'] });

// {page, faults}: faults fills with what must not happen. `allowed` are patterns of console errors that a test provokes.
export async function openPage(browser, base, { allowed = [], ...context } = {}) {
    const faults = [];
    const ctx = await browser.newContext({ viewport: { width: 1280, height: 900 }, ...context });
    const page = await ctx.newPage();
    page.on('console', (message) => {
        if (['error', 'warning'].includes(message.type()) && !allowed.some((p) => p.test(message.text()))) faults.push(`console: ${message.text()}`);
    });
    page.on('pageerror', (error) => faults.push(`exception: ${error.message}`));
    page.on('request', (request) => {
        const url = new URL(request.url());
        if (!['data:', 'blob:'].includes(url.protocol) && url.origin !== new URL(base).origin) faults.push(`request to ${url.origin}`);
    });
    page.setDefaultTimeout(30_000);
    return { page, context: ctx, faults, visit: (path) => page.goto(base + path) };
}

// A browser wallet (EIP-1193, announced by EIP-6963) with one key at a time, which signs in this process. `refuse` makes it decline, as a
// person may; `asked` and `signed` are the methods it was asked for and the bytes (0x…) it was asked to sign.
export async function installWallet(page, key, l1, options = {}) {
    const provider = new ethers.providers.JsonRpcProvider(l1);
    let wallet = new ethers.Wallet(key, provider);
    const control = { refuse: false, asked: [], signed: [] };
    await page.exposeFunction('__wallet', async (method, params = []) => {
        control.asked.push(method);
        if (control.refuse && /^(personal_sign|eth_sendTransaction|eth_requestAccounts)$/.test(method)) return { error: { code: 4001, message: 'User rejected the request.' } };
        try {
            switch (method) {
            case 'eth_requestAccounts': case 'eth_accounts': return { result: [wallet.address.toLowerCase()] };
            case 'eth_chainId': return { result: ethers.utils.hexValue(options.chainId ?? Number(await rpc(l1, 'eth_chainId'))) };
            case 'net_version': return { result: String(options.chainId ?? Number(await rpc(l1, 'eth_chainId'))) };
            case 'personal_sign':
                control.signed.push(params[0]);
                return { result: await wallet.signMessage(ethers.utils.arrayify(params[0])) };
            case 'eth_sendTransaction': {
                const { from, gas, ...tx } = params[0];
                const sent = await wallet.sendTransaction({ ...tx, gasLimit: gas });
                return { result: sent.hash };
            }
            default: return { result: await rpc(l1, method, params) };
            }
        } catch (error) {
            return { error: { code: -32000, message: error.message } };
        }
    });
    await page.addInitScript(() => {
        const handlers = {};
        window.__walletEmits = (event, value) => { for (const handler of handlers[event] ?? []) handler(value); };
        const provider = {
            async request({ method, params }) {
                const { result, error } = await window.__wallet(method, params);
                if (error) throw Object.assign(new Error(error.message), { code: error.code });
                return result;
            },
            on(event, handler) { (handlers[event] ??= []).push(handler); },
            removeListener(event, handler) { handlers[event] = (handlers[event] ?? []).filter((h) => h !== handler); },
        };
        const icon = 'data:image/svg+xml,<svg xmlns="http://www.w3.org/2000/svg"/>';
        const info = { uuid: '5f3c1a52-7b1d-4b0e-9d52-1f0e7a1d9b11', name: 'Test wallet', icon, rdns: 'test.wallet' };
        const detail = Object.freeze({ info, provider });
        const announce = () => window.dispatchEvent(new CustomEvent('eip6963:announceProvider', { detail }));
        window.addEventListener('eip6963:requestProvider', announce);
        announce();
    });
    // The person chooses another account in the wallet.
    const choose = async (other) => {
        wallet = new ethers.Wallet(other, provider);
        await page.evaluate((address) => window.__walletEmits('accountsChanged', [address]), wallet.address.toLowerCase());
    };
    return { address: wallet.address, control, wallet, choose };
}
