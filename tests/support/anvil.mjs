// A development L1 for tests: anvil on a free loopback port, ended when the test ends.
import { spawn } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { createRequire } from 'node:module';
import { createServer } from 'node:net';
import { dirname, join } from 'node:path';

// The binary itself: npm's wrapper only starts it.
const packageJson = createRequire(import.meta.url).resolve('@foundry-rs/anvil-linux-amd64/package.json');
export const anvilPath = join(dirname(packageJson), 'bin', 'anvil');

// Starts a program that must not outlive this one, even if this one is killed: the kernel then sends it a SIGTERM.
export const spawnChild = (program, args, options) => spawn('setpriv', ['--pdeathsig', 'TERM', '--', program, ...args], options);

// A port that nobody uses, below those that the kernel gives to connections: until it is used, nobody gets it by chance.
export async function freePort() {
    for (;;) {
        const port = randomInt(10_000, 32_000);
        const free = await new Promise((resolve) => {
            const server = createServer();
            server.once('error', () => resolve(false));
            server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
        });
        if (free) return port;
    }
}

export async function rpc(url, method, params = []) {
    const response = await fetch(url, {
        method: 'POST', headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ jsonrpc: '2.0', id: 1, method, params }),
    });
    const answer = await response.json();
    if (answer.error) throw new Error(`${method}: ${answer.error.message}`);
    return answer.result;
}

// Chain 9 is what the SDK calls localhost; the gas limit of a transaction is a real chain's (EIP-7825). `signal` sends the process a
// signal; `exited` is when it has ended.
export async function startAnvil(extra = [], port = undefined) {
    port ??= await freePort();
    const url = `http://127.0.0.1:${port}`;
    const args = ['--port', String(port), '--chain-id', '9', '--hardfork', 'osaka', '--enable-tx-gas-limit', '--gas-limit', '60000000',
        '--slots-in-an-epoch', '2', '--quiet', ...extra];
    const child = spawnChild(anvilPath, args, { stdio: ['ignore', 'ignore', 'inherit'] });
    let ended = false;
    const exited = new Promise((resolve) => child.once('exit', () => { ended = true; resolve(); }));
    process.once('exit', () => { if (!ended) child.kill('SIGKILL'); });
    for (let i = 0; ; i++) {
        if (ended || i === 1200) throw new Error('anvil does not start');
        try {
            await rpc(url, 'eth_chainId');
            break;
        } catch {
            await new Promise((r) => setTimeout(r, 50));
        }
    }
    const stop = async () => {
        if (!ended) child.kill('SIGTERM');
        await exited;
    };
    return { url, port, stop, exited, signal: (name) => child.kill(name) };
}
