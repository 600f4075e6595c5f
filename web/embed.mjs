// Writes the built application as a C file, so that the program serves it without files beside it: `node web/embed.mjs DIST OUT.c`. What it defines is
// declared in src/api/web_files.h.
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { extname, join } from 'node:path';
import { gzipSync } from 'node:zlib';

const [dist, out] = process.argv.slice(2);
const types = { '.html': 'text/html; charset=utf-8', '.js': 'text/javascript; charset=utf-8', '.css': 'text/css; charset=utf-8', '.svg': 'image/svg+xml', '.wasm': 'application/wasm' };

const files = ['', 'assets'].flatMap((dir) => readdirSync(join(dist, dir), { withFileTypes: true }).filter((f) => f.isFile()).map((f) => join('/', dir, f.name))).sort();
const entries = files.map((path, i) => {
    const content = readFileSync(join(dist, path)), gzip = gzipSync(content, { level: 9 });
    const type = types[extname(path)];
    if (!type) throw new Error(`${path}: a file of no known type`);
    const lines = [];
    for (let at = 0; at < gzip.length; at += 64) lines.push(`    ${[...gzip.subarray(at, at + 64)].join(',')},`);
    const etag = createHash('sha256').update(content).digest('hex').slice(0, 16);
    return {
        head: `static const uint8_t file_${i}[] = {\n${lines.join('\n')}\n};\n`,
        row: `    {"${path}", "${type}", "\\"${etag}\\"", file_${i}, sizeof file_${i}, ${content.length}},\n`,
    };
});
writeFileSync(out, `/* Written by web/embed.mjs from the built web application. */\n#include "api/web_files.h"\n\n${entries.map((e) => e.head).join('\n')}
const struct web_file web_files[] = {\n${entries.map((e) => e.row).join('')}};\nconst size_t web_file_count = ${entries.length};\n`);
