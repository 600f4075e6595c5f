// Runs the program as a person does, and keeps what it said.
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

export const { ethers } = createRequire(import.meta.url)('ethers');
export const build = resolve(process.env.ZK_BUILD ?? 'build/release');
export const program = join(build, 'zkroll');

// Anvil's accounts: everybody knows their keys.
export const MNEMONIC = 'test test test test test test test test test test test junk';
export const key = (i) => ethers.utils.HDNode.fromMnemonic(MNEMONIC).derivePath(`m/44'/60'/0'/0/${i}`);

export function folder() {
    const dir = mkdtempSync(join(tmpdir(), 'zkroll-cli-'));
    process.once('exit', () => rmSync(dir, { recursive: true, force: true }));
    return dir;
}

export function secretFile(path, text) {
    writeFileSync(path, text, { mode: 0o600 });
    return path;
}

// detached: no terminal to ask at, whatever this test was started from. stdout: a file's number instead of a pipe. onStart and onStderr may kill the child.
export function zkroll(args, { env = {}, input, killAfter, stdout: out, onStart, onStderr } = {}) {
    return new Promise((done) => {
        const child = spawn(program, args.map(String), { env: { PATH: process.env.PATH, HOME: '/nonexistent', ...env }, detached: true, stdio: ['pipe', out ?? 'pipe', 'pipe'] });
        onStart?.(child);
        let stdout = '';
        let stderr = '';
        child.stdout?.on('data', (data) => { stdout += data; });
        child.stderr.on('data', (data) => { stderr += data; onStderr?.(String(data), child); });
        child.stdin.on('error', () => {});
        child.stdin.end(input);
        const timer = killAfter === undefined ? undefined : setTimeout(() => child.kill('SIGKILL'), killAfter);
        child.once('close', (code, signal) => {
            clearTimeout(timer);
            done({ code, signal, stdout, stderr });
        });
    });
}

// A wallet of anvil's account i, as files and environment: its commands run with `run`.
export async function makeWallet(dir, i, env = {}) {
    const wallet = join(dir, `wallet-${i}.json`);
    const node = key(i);
    const vars = { ZKROLL_WALLET: wallet, ZKROLL_PASSWORD: `password of ${i}`, ...env };
    const run = (args, options = {}) => zkroll(['wallet', ...args], { ...options, env: { ...vars, ...options.env } });
    const raw = secretFile(join(dir, `raw-${i}.txt`), `${node.privateKey}\n`);
    const made = await run(['import', '--raw', raw, '--scrypt-cost', '10']);
    if (made.code !== 0) throw new Error(made.stderr);
    return { address: node.address, privateKey: node.privateKey, file: wallet, vars, run };
}

// A server that forwards what it is asked to the real one, and answers as `change` says: (question, result) -> result, for JSON-RPC
// {method, params} and for a GET {path}. `undefined` breaks the connection off: the question arrived, the answer does not.
export async function liar(target, change) {
    const forward = async (request, response) => {
        let body = '';
        for await (const chunk of request) body += chunk;
        const real = await fetch(new URL(request.url, target), request.method === 'POST'
            ? { method: 'POST', headers: { 'content-type': 'application/json' }, body } : {});
        const answer = await real.json();
        let whole = answer;
        if (request.method === 'POST') {
            const questions = [JSON.parse(body)].flat();
            for (const a of [answer].flat()) {
                if (!('result' in a)) continue;
                a.result = change(questions.find((q) => q.id === a.id), a.result);
                if (a.result === undefined) whole = undefined;
            }
        } else {
            whole = change({ path: request.url }, answer);
        }
        if (whole === undefined) return response.destroy();
        response.writeHead(real.status, { 'content-type': 'application/json' });
        response.end(JSON.stringify(whole));
    };
    const server = createServer((request, response) => forward(request, response).catch(() => response.destroy()));
    await new Promise((done) => server.listen(0, '127.0.0.1', done));
    const stop = () => new Promise((done) => { server.close(done); server.closeAllConnections(); });
    return { url: `http://127.0.0.1:${server.address().port}${new URL(target).pathname.replace(/\/$/, '')}`, stop };
}
