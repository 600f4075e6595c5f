// Builds the web application into one folder of static files: build.mjs OUT. Names carry the hash of what is in them, so that a browser may keep them
// for ever; index.html alone is asked for anew.
import { build } from 'esbuild';
import { copyFile, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createHash } from 'node:crypto';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

const here = dirname(fileURLToPath(import.meta.url));
const out = process.argv[2];
if (!out) {
    console.error('usage: node web/build.mjs OUT');
    process.exit(2);
}
await rm(out, { recursive: true, force: true });
await mkdir(join(out, 'assets'), { recursive: true });

// For browsers without WebAssembly the SDK's cryptography carries a second version of itself, of two megabytes. Ours all have it.
const leaveOutAsm = {
    name: 'leave-out-asm',
    setup(b) {
        b.onResolve({ filter: /_asm\.js$/ }, (args) => ({ path: args.path, namespace: 'left-out' }));
        b.onLoad({ filter: /.*/, namespace: 'left-out' }, () => ({ contents: 'module.exports = {};' }));
    },
};

const result = await build({
    entryPoints: { app: join(here, 'src/main.js') },
    outdir: join(out, 'assets'),
    entryNames: '[name]-[hash]',
    chunkNames: '[name]-[hash]',
    assetNames: '[name]-[hash]',
    bundle: true,
    splitting: true,
    format: 'esm',
    target: 'es2022',
    minify: true,
    legalComments: 'none',
    metafile: true,
    loader: { '.wasm': 'file', '.svg': 'file' },
    define: { global: 'globalThis', 'process.env.NODE_ENV': '"production"', 'process.browser': 'true', 'process.version': '""' },
    plugins: [leaveOutAsm],
    logLevel: 'warning',
});

const app = Object.entries(result.metafile.outputs).find(([, o]) => o.entryPoint?.endsWith('src/main.js'));
const asset = (f) => '/' + relative(out, join(process.cwd(), f)).replaceAll('\\', '/');

const icon = await readFile(join(here, 'favicon.svg'));
const iconName = `assets/favicon-${createHash('sha256').update(icon).digest('hex').slice(0, 8)}.svg`;
await copyFile(join(here, 'favicon.svg'), join(out, iconName));

const page = (await readFile(join(here, 'index.html'), 'utf8'))
    .replace('{{script}}', asset(app[0]))
    .replace('{{style}}', asset(app[1].cssBundle))
    .replace('{{icon}}', '/' + iconName);
await writeFile(join(out, 'index.html'), page);
