// The wallet's pages, in Chromium, on a devnet with real proofs: everything a user does, with balances checked on both sides.
import { test, before, after } from 'node:test';
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { cpSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { ethers } from 'ethers';
import { folder, program, secretFile } from '../exit/cli.mjs';
import { rpc, startAnvil } from '../support/anvil.mjs';
import { startDevnet } from '../support/devnet.mjs';
import { installWallet, launch, openPage } from './browser.mjs';

let net, base, browser, opened, l1, key;
const ETH = (text) => ethers.utils.parseEther(text).toBigInt();
const committed = async (address) => (await (await fetch(`${base}/api/v0.2/accounts/${address}`)).json()).result.committed;
const balance = async (address, symbol) => BigInt((await committed(address))?.balances[symbol] ?? '0');

before(async () => {
    net = await startDevnet({ dataDir: join(folder(), 'net'), args: ['--block-time', '2s', '--l1-block-time', '1s'] });
    base = new URL(net.web).origin;
    browser = await launch();
    opened = await openPage(browser, base);
    // A key of its own, so that all it owns on L2 comes from what this test does.
    key = ethers.Wallet.createRandom().privateKey;
    const rich = new ethers.Wallet(net.accounts[0].privateKey, new ethers.providers.JsonRpcProvider(net.l1));
    await (await rich.sendTransaction({ to: new ethers.Wallet(key).address, value: ETH('100') })).wait();
    const dai = new ethers.Contract(net.tokens.DAI, ['function mint(address,uint256)'], rich);
    await (await dai.mint(new ethers.Wallet(key).address, ETH('5000'))).wait();
    l1 = await installWallet(opened.page, key, net.l1);
});
after(async () => {
    await browser?.close();
    await net?.stop();
});

// Waits until the newest job has ended, and says how.
async function job(page, title) {
    const article = page.locator('article', { hasText: title }).first();
    await article.waitFor();
    await page.waitForFunction((t) => [...document.querySelectorAll('article')].find((a) => a.textContent.includes(t))?.dataset.job !== 'running', title, { timeout: 240_000 });
    const state = await article.getAttribute('data-job');
    assert.equal(state, 'done', await article.textContent());
}

// The last text that the Ethereum wallet was asked to sign: what a person reads there before they agree.
const signedText = () => ethers.utils.toUtf8String(l1.control.signed.at(-1));
const digits = (units) => ethers.utils.formatEther(units);

const link = (page, name) => page.locator('.wallet > nav').getByRole('link', { name, exact: true }).click();

test('connect: the wallet announces itself, and signs once', async () => {
    const { page, visit } = opened;
    await visit('/wallet');
    await page.getByRole('button', { name: 'Test wallet' }).click();
    await page.getByRole('heading', { name: 'Balances' }).waitFor();
    assert.equal(l1.control.signed.length, 1);
    assert.match(signedText(), /^Access zkSync account\.\n\nOnly sign this message for a trusted client!\nChain ID: 9\.$/);
    await page.getByText('This address has no account yet').waitFor();
});

test('a refusal is no failure: nothing is sent, and the page says so', async () => {
    const { page } = opened;
    await link(page, 'Deposit');
    await page.getByLabel('Amount', { exact: true }).fill('1');
    l1.control.refuse = true;
    await page.getByRole('button', { name: 'Deposit' }).click();
    await page.getByText('You declined in the wallet').waitFor();
    l1.control.refuse = false;
});

test('deposit of ETH and of a token, with approval', async () => {
    const { page } = opened;
    await link(page, 'Deposit');
    await page.getByLabel('Amount', { exact: true }).fill('10.000000000000000001');
    await page.getByRole('button', { name: 'Deposit' }).click();
    await job(page, 'Deposit of 10.000000000000000001 ETH');
    assert.equal(await balance(l1.address, 'ETH'), ETH('10') + 1n);
    await page.locator('select[name=token]').selectOption('DAI');
    await page.getByLabel('Amount', { exact: true }).fill('2500');
    await page.getByRole('button', { name: 'Deposit' }).click();
    await job(page, 'Deposit of 2\u202f500 DAI');
    assert.equal(await balance(l1.address, 'DAI'), ETH('2500'));
});

test('activate', async () => {
    const { page } = opened;
    await link(page, 'Activate');
    await page.getByRole('button', { name: 'Activate' }).click();
    await job(page, 'Activation');
    assert.notEqual((await committed(l1.address)).pubKeyHash, 'sync:' + '0'.repeat(40));
});

test('send to one: amount rounded as the SDK packs it, fee before signing', async () => {
    const { page } = opened;
    const to = ethers.Wallet.createRandom().address;
    await link(page, 'Send');
    await page.getByLabel('To', { exact: true }).fill(to);
    await page.getByLabel('Amount', { exact: true }).fill('1.234567890123456789');
    await page.getByText('the nearest amount below').waitFor();
    await page.waitForFunction(() => document.querySelector('[data-fee]')?.dataset.fee > 0);
    const fee = BigInt(await page.locator('[data-fee]').getAttribute('data-fee'));
    const before = await balance(l1.address, 'ETH');
    await page.getByRole('button', { name: 'Sign and send' }).click();
    await job(page, `to ${to}`);
    const got = await balance(to, 'ETH');
    assert.equal(signedText(), `Transfer ${digits(got)} ETH to: ${to.toLowerCase()}\nFee: ${digits(fee)} ETH\nNonce: 1`);
    assert.ok(got > ETH('1.2345678') && got <= ETH('1.234567890123456789'));
    assert.equal(before - await balance(l1.address, 'ETH'), got + fee);
});

test('send to several: all or none', async () => {
    const { page } = opened;
    const to = [1, 2, 3].map(() => ethers.Wallet.createRandom().address);
    await link(page, 'Send');
    await page.getByLabel('to several, all or none').check();
    await page.getByLabel('Recipients').first().fill(`${to[0]}, 1\nnonsense`);
    await page.getByText('Line 2:').waitFor();
    await page.getByLabel('Recipients').first().fill(to.map((a, i) => `${a}, 0.${i + 1}`).join('\n'));
    await page.waitForFunction(() => document.querySelector('[data-fee]')?.dataset.fee > 0);
    await page.getByRole('button', { name: 'Sign and send' }).click();
    await job(page, 'to 3 recipients');
    assert.deepEqual(await Promise.all(to.map((a) => balance(a, 'ETH'))), [ETH('0.1'), ETH('0.2'), ETH('0.3')]);
    for (const [i, a] of to.entries()) assert.ok(signedText().includes(`Transfer 0.${i + 1} ETH to: ${a.toLowerCase()}`), signedText());
    assert.equal(signedText().split('Transfer').length, 4);
    await page.getByLabel('to several, all or none').uncheck();
});

test('withdraw, then claim: the money is on Ethereum', async () => {
    const { page } = opened;
    await link(page, 'Withdraw');
    await page.getByLabel('Amount', { exact: true }).fill('0.5');
    await page.waitForFunction(() => document.querySelector('[data-fee]')?.dataset.fee > 0);
    await page.getByRole('button', { name: 'Sign and withdraw' }).click();
    const fee = BigInt(await page.locator('[data-fee]').getAttribute('data-fee'));
    await job(page, 'Withdrawal of 0.5 ETH');
    assert.ok(signedText().startsWith(`Withdraw 0.5 ETH to: ${l1.address.toLowerCase()}\nFee: ${digits(fee)} ETH\nNonce: `), signedText());
    const before = (await l1.wallet.getBalance()).toBigInt();
    await link(page, 'Claim on L1');
    const claim = page.getByRole('button', { name: 'Claim', exact: true });
    // Whoever executes a block may push its withdrawals at once: then there is nothing to claim.
    await claim.first().waitFor();
    await claim.first().click();
    await job(page, 'Claim of 0.5 ETH');
    assert.ok((await l1.wallet.getBalance()).toBigInt() > before + ETH('0.49'));
});

test('full exit, asked on L1', async () => {
    const { page } = opened;
    await link(page, 'Leave without the operator');
    const row = page.getByRole('row', { name: /DAI/ });
    await row.getByRole('button', { name: 'Ask for all of it on L1' }).click();
    await job(page, 'Full exit of DAI');
    assert.equal(await balance(l1.address, 'DAI'), 0n);
});

// There can be a thousand tokens, and asking for each takes two calls: what is claimed is looked for among all of them.
test('a token far down the list can be claimed', async () => {
    const other = await openPage(browser, base), { page } = other;
    const wallet = await installWallet(page, key, net.l1);
    await withTokens(page, (list) => {
        const dai = list.find((t) => t.symbol === 'DAI');
        const many = Array.from({ length: 90 }, (_, i) => ({ ...dai, id: 800 + i, symbol: `T${i}`, address: ethers.utils.hexZeroPad(ethers.utils.hexlify(0xb000 + i), 20) }));
        return [...list.filter((t) => t !== dai), ...many, dai];
    });
    await other.visit('/wallet/claim');
    await page.getByRole('button', { name: 'Test wallet' }).click();
    await page.getByRole('cell', { name: 'DAI' }).waitFor();
    assert.deepEqual(other.faults, []);
    // And the page is not one that asks all day: a refresh every ten seconds, of some 130 calls, is what it is worth.
    await page.waitForTimeout(1000);
    const before = wallet.control.asked.length;
    await page.waitForTimeout(5000);
    assert.ok(wallet.control.asked.length - before < 400, `${wallet.control.asked.length - before} calls in five seconds`);
    await other.context.close();
});

test('another account finds nothing of the one before in the forms', async () => {
    const other = await openPage(browser, base), { page } = other;
    const wallet = await installWallet(page, key, net.l1);
    const filled = async () => {
        await link(page, 'Send');
        const recipient = page.getByLabel('To', { exact: true });
        await recipient.waitFor();
        const before = await recipient.inputValue();
        await recipient.fill('0x00000000000000000000000000000000000000b0');
        await link(page, 'Deposit');
        const amount = await page.getByLabel('Amount', { exact: true }).inputValue();
        await page.getByLabel('Amount', { exact: true }).fill('3');
        await link(page, 'Withdraw');
        return [before, amount, await page.getByLabel('To (on Ethereum)').inputValue()];
    };
    await other.visit('/wallet');
    await page.getByRole('button', { name: 'Test wallet' }).click();
    await page.getByRole('heading', { name: 'Balances' }).waitFor();
    assert.deepEqual(await filled(), ['', '', l1.address]);
    await page.getByLabel('To (on Ethereum)').fill('0x00000000000000000000000000000000000000b1');
    const next = net.accounts[4];
    await wallet.choose(next.privateKey);
    await page.getByRole('button', { name: 'Test wallet' }).click();
    await page.getByRole('heading', { name: 'Withdraw' }).last().waitFor();
    assert.equal(await page.getByLabel('To (on Ethereum)').inputValue(), ethers.utils.getAddress(next.address));
    assert.deepEqual(await filled(), ['', '', ethers.utils.getAddress(next.address)]);
    assert.deepEqual(other.faults, []);
    await other.context.close();
});

// From here on the page gets another list of tokens than the API's.
const withTokens = (page, change) => page.route('**/api/v0.2/tokens?*', async (route) => {
    const answer = await (await route.fetch()).json();
    answer.result.list = change(answer.result.list);
    await route.fulfill({ json: answer });
});

test('a token may be called what every object has', async () => {
    const other = await openPage(browser, base), { page } = other;
    await installWallet(page, key, net.l1);
    await withTokens(page, (list) => [...list, ...['constructor', 'toString', '__proto__'].map((symbol, i) => ({
        ...list[1], id: 900 + i, address: ethers.utils.hexZeroPad(ethers.utils.hexlify(0xa000 + i), 20), symbol }))]);
    await other.visit('/wallet');
    await page.getByRole('button', { name: 'Test wallet' }).click();
    await page.getByRole('heading', { name: 'Balances' }).waitFor();
    await page.getByRole('row', { name: /ETH/ }).waitFor();
    assert.equal(await page.getByRole('row', { name: /constructor|toString|__proto__/ }).count(), 0);
    await link(page, 'Send');
    await page.locator('select[name=token]').selectOption('constructor');
    await page.getByText('You have 0 constructor').waitFor();
    assert.deepEqual(other.faults, []);
    await other.context.close();
    // An account that has got some, none of it final yet.
    const explorer = await openPage(browser, base);
    await explorer.page.route(`**/api/v0.2/accounts/${l1.address}`, async (route) => {
        const answer = await (await route.fetch()).json();
        answer.result.committed.balances.constructor = '5';
        await route.fulfill({ json: answer });
    });
    await explorer.visit(`/accounts/${l1.address}`);
    await explorer.page.getByRole('cell', { name: '5 units of token constructor' }).waitFor();
    assert.deepEqual(explorer.faults, []);
    await explorer.context.close();
});

test('wrong chain: a sentence that says what to do', async () => {
    const other = await openPage(browser, base);
    await installWallet(other.page, key, net.l1, { chainId: 1 });
    await other.visit('/wallet');
    await other.page.getByRole('button', { name: 'Test wallet' }).click();
    await other.page.getByText('Change the network in the wallet').waitFor();
    assert.deepEqual(other.faults, []);
    await other.context.close();
});

test('no page had an error on its console, or asked another host', () => assert.deepEqual(opened.faults, []));

// The last: it ends the rollup. The page is on its reader's screen, the operator is gone, and a deposit is overdue.
test('the commands of "Leave without the operator" take everything out', { timeout: 120_000 }, async () => {
    const { page } = opened;
    await link(page, 'Leave without the operator');
    const commands = await page.locator('pre.message').innerText();
    const due = await balance(l1.address, 'ETH');
    assert.ok(due > ETH('1'));
    await net.stop();
    const home = folder(), state = join(home, 'l1.json');
    cpSync(join(net.dataDir, 'l1/state.json'), state);
    const chain = await startAnvil(['--load-state', state]);
    try {
        const provider = new ethers.providers.StaticJsonRpcProvider(chain.url);
        const main = new ethers.Contract(net.contract, ['function depositETH(address) payable', 'function exodusMode() view returns (bool)'],
            new ethers.Wallet(net.accounts[3].privateKey, provider));
        await (await main.depositETH(l1.address, { value: ETH('0.25') })).wait();
        await rpc(chain.url, 'evm_increaseTime', [15 * 86400]);
        await rpc(chain.url, 'evm_mine');
        const before = (await provider.getBalance(l1.address)).toBigInt();
        const env = { PATH: `${dirname(program)}:${process.env.PATH}`, HOME: home, ZKROLL_PASSWORD: 'the password of a test' };
        secretFile(join(home, 'key'), `${key}\n`);
        // Nobody is there to be asked: the one thing that is added to what the page says.
        const script = commands.replaceAll('URL', chain.url).replaceAll('ADDRESS', net.contract).replace('--all', '--all --yes');
        const got = spawnSync('bash', ['-c', `set -e\nzkroll wallet import --raw key --scrypt-cost 10\n${script}`], { cwd: home, env, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
        assert.equal(got.status, 0, `${script}\n${got.stderr}`);
        assert.equal(await main.exodusMode(), true);
        const gained = (await provider.getBalance(l1.address)).toBigInt() - before, gas = ETH('0.02');
        assert.ok(gained <= due + ETH('0.25') && gained > due + ETH('0.25') - gas, `${gained} of ${due} and a deposit of 0.25 ETH`);
    } finally { await chain.stop(); }
});
