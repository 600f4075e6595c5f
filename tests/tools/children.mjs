// What a test starts ends with it, however it ends: a timeout of ctest is a SIGKILL, after which nothing of its own runs any more.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { test } from 'node:test';
import { rpc } from '../support/anvil.mjs';

const until = async (what, probe) => {
    for (let i = 0; i < 300; i++) {
        if (await probe()) return;
        await new Promise((r) => setTimeout(r, 100));
    }
    assert.fail(`never: ${what}`);
};

test('a chain ends when its test is killed', { timeout: 120_000 }, async () => {
    const script = `const { startAnvil } = await import('${new URL('../support/anvil.mjs', import.meta.url)}'); console.log((await startAnvil()).url); setInterval(() => {}, 1000);`;
    const child = spawn(process.execPath, ['--input-type=module', '-e', script], { stdio: ['ignore', 'pipe', 'inherit'] });
    const url = await new Promise((resolve) => child.stdout.once('data', (text) => resolve(String(text).trim())));
    child.stdout.destroy(); // which the chain holds too: a test that fails is not to wait for its end
    assert.equal(Number(await rpc(url, 'eth_chainId')), 9);
    child.kill('SIGKILL');
    await until('nobody answers', () => rpc(url, 'eth_chainId').then(() => false, () => true));
});
