// A whole rollup for a test: `zkroll devnet` on free loopback ports, in a directory of its own, ended and removed when the test ends.
//
// The program writes READY.json when it serves: {rest, rpc, ws, l1, contract, governance, multicall, accounts: [{address, privateKey}…],
// tokens: {DAI: address, wBTC: address}}; the first three and l1 are URLs.
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { spawnChild } from './anvil.mjs';

const program = join(process.env.ZK_BUILD ?? 'build/release', 'zkroll');

// {demo: false, dataDir: a new one, args: further options}. Returns what READY.json says and {dataDir, log(), stop(signal), kill()}.
export async function startDevnet({ demo = false, dataDir, args = [] } = {}) {
    const own = !dataDir;
    const dir = dataDir ?? mkdtempSync(join(tmpdir(), 'zkroll-devnet-'));
    const ready = join(dir, 'READY.json');
    rmSync(ready, { force: true });
    const child = spawnChild(program, ['devnet', demo ? '--demo' : '--no-demo', '--data-dir', dir, '--ports', 'auto', '--ready-file', ready, ...args],
        { stdio: ['ignore', 'pipe', 'pipe'] });
    let log = '', ended = null;
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (data) => { log = (log + data).slice(-200_000); });
    const exited = new Promise((resolve) => child.once('exit', (code, signal) => resolve(ended = { code, signal })));
    const stop = async (signal = 'SIGTERM') => {
        if (!ended) child.kill(signal);
        const result = await exited;
        if (own) rmSync(dir, { recursive: true, force: true });
        return result;
    };
    process.once('exit', () => { if (!ended) child.kill('SIGKILL'); });
    const patience = Date.now() + 300_000;
    while (!existsSync(ready)) {
        if (ended || Date.now() > patience) {
            await stop('SIGKILL');
            throw new Error(`zkroll devnet does not start:\n${log.slice(-4000)}`);
        }
        await new Promise((r) => setTimeout(r, 100));
    }
    return { ...JSON.parse(readFileSync(ready, 'utf8')), dataDir: dir, pid: child.pid, log: () => log, stop, exited };
}
