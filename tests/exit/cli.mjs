// Runs the program as a person does, and keeps what it said.
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
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

// detached: no terminal to ask at, whatever this test was started from. onStart and onStderr may kill the child.
export function zkroll(args, { env = {}, input, killAfter, onStart, onStderr } = {}) {
    return new Promise((done) => {
        const child = spawn(program, args.map(String), { env: { PATH: process.env.PATH, HOME: '/nonexistent', ...env }, detached: true });
        onStart?.(child);
        let stdout = '';
        let stderr = '';
        child.stdout.on('data', (data) => { stdout += data; });
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
