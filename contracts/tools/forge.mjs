// Runs forge of npm on contracts/, offline, with products in the build tree: `node contracts/tools/forge.mjs test …`.
import { spawn } from 'node:child_process';
import { createRequire } from 'node:module';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const contracts = dirname(dirname(fileURLToPath(import.meta.url)));

// The binary itself: npm's wrapper only starts it.
const packageJson = createRequire(import.meta.url).resolve('@foundry-rs/forge-linux-amd64/package.json');
const forge = join(dirname(packageJson), 'bin', 'forge');

export const buildDir = resolve(process.env.ZK_BUILD ?? join(contracts, '../build/release'));

// Resolves to { code, output }; echoes what forge says if asked to.
export function runForge(args, { echo = false, env = {} } = {}) {
    return new Promise((done, failed) => {
        const child = spawn(forge, [...args, '--root', contracts], {
            cwd: contracts,
            env: {
                ...process.env, NO_COLOR: '1', ZK_BUILD: buildDir,
                FOUNDRY_OUT: join(buildDir, 'contracts/out'), FOUNDRY_CACHE_PATH: join(buildDir, 'contracts/cache'), ...env,
            },
        });
        let output = '';
        for (const stream of [child.stdout, child.stderr]) {
            stream.setEncoding('utf8');
            stream.on('data', (text) => {
                output += text;
                if (echo) process.stdout.write(text);
            });
        }
        child.once('error', failed);
        child.once('close', (code) => done({ code, output }));
    });
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
    const { code } = await runForge(process.argv.slice(2), { echo: true });
    process.exitCode = code ?? 1;
}
