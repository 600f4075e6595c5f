// The house rules that a compiler does not know: layer order, banned calls, machine paths, packages without a reason,
// benchmarks that nobody runs.
// Prints one line a finding and exits with 1 if there is any.
import { execFileSync } from 'node:child_process';
import { readFileSync, existsSync } from 'node:fs';

// A layer may include itself and what its row names.
const mayUse = {
    base: [],
    field: ['base'],
    testing: ['base', 'field'],
    curve: ['base', 'field'],
    hash: ['base', 'field', 'curve'],
    poly: ['base', 'field', 'curve', 'hash'],
    plonk: ['base', 'field', 'curve', 'hash', 'poly'],
    rollup: ['base', 'field', 'curve', 'hash'],
    circuit: ['base', 'field', 'curve', 'hash', 'poly', 'plonk', 'rollup'],
    ethereum: ['base', 'field', 'curve', 'hash'],
    store: ['base', 'field', 'curve', 'hash', 'rollup', 'ethereum'],
};
const all = ['base', 'field', 'curve', 'hash', 'poly', 'plonk', 'rollup', 'circuit', 'ethereum', 'store'];
mayUse.node = all;
mayUse.api = [...all, 'node'];
mayUse.cli = [...all, 'node', 'api'];

const noMalloc = new Set(['field', 'curve', 'hash', 'poly', 'plonk', 'circuit']);
const banned = /\b(strcpy|strcat|sprintf|vsprintf|gets|atoi|atol|strtok|alloca|rand|srand)\s*\(/;
const machinePath = new RegExp('["\'\\s(=](/' + 'work|/' + 'root|/' + 'home|/' + 'farm)/');
const registryHost = new RegExp('https?://(' + 'registry|deb|security|proxy|static|index|files)[.]');

const files = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard'], { encoding: 'utf8' })
    .split('\n').filter((f) => f && existsSync(f));
const findings = [];
const say = (file, line, text) => findings.push(`${file}:${line}: ${text}`);

for (const file of files) {
    if (/\.(png|bin|ptau|woff2?)$/.test(file) || file.startsWith('fuzz/corpus/')) continue;
    const lines = readFileSync(file, 'utf8').split('\n');
    const layer = /^src\/([a-z]+)\/[^/]+\.[ch]$/.exec(file)?.[1];
    const isTest = /_(test|bench|fuzz)(_tmpl)?\.[ch]$/.test(file);
    if (/^src\/.*\.[ch]$/.test(file) && !layer) say(file, 1, 'not in a layer: want src/LAYER/FILE');
    if (layer && !(layer in mayUse)) say(file, 1, `unknown layer ${layer}`);
    lines.forEach((text, i) => {
        if (file !== 'package-lock.json' && machinePath.test(text)) say(file, i + 1, 'a path of one machine');
        if (registryHost.test(text)) say(file, i + 1, 'names a package registry');
        if (!layer) return;
        const include = /^#include "([a-z]+)\/([^"]+)"/.exec(text);
        const isOwn = include && (include[1] === layer || (include[1] === 'testing' && isTest));
        if (include && !isOwn && !(mayUse[layer] ?? []).includes(include[1])) say(file, i + 1, `${layer} may not use ${include[1]}`);
        if (include && !existsSync(`src/${include[1]}/${include[2]}`)) say(file, i + 1, `no such header: ${include[1]}/${include[2]}`);
        if (/^#include "[^/]+"/.test(text)) say(file, i + 1, 'include by layer: "layer/file.h"');
        if (banned.test(text)) say(file, i + 1, 'banned call');
        if (noMalloc.has(layer) && !isTest && /\b(malloc|calloc|realloc)\s*\(/.test(text)) say(file, i + 1, `${layer} takes memory from the caller's arena`);
        if (text.length > 120 && !file.endsWith('_gen.h')) say(file, i + 1, 'longer than 120 columns');
        if (/\b(TODO|FIXME|XXX|HACK)\b/.test(text)) say(file, i + 1, 'unfinished work');
    });
    const header = /^(src\/[a-z]+\/.+)\.h$/.exec(file)?.[1];
    if (header && !file.endsWith('_gen.h') && !file.endsWith('_tmpl.h') && !/^\/\*/.test(lines[0])) say(file, 1, 'a header opens with its contract');
}

// What setup.sh installs has its reason in docs/dependencies.md, under the package's name.
const setup = readFileSync('tools/setup.sh', 'utf8'), reasons = readFileSync('docs/dependencies.md', 'utf8');
const [, packages] = /^SYSTEM_PACKAGES=\(([^)]*)\)$/m.exec(setup);
for (const name of packages.trim().split(/\s+/)) {
    if (!new RegExp(`(?<![\\w-])${name}(?![\\w-])`).test(reasons)) say('docs/dependencies.md', 1, `no reason for the package ${name}`);
}

// Every benchmark is of a family of bench.sh, and every family that a page names is there.
const bench = readFileSync('tools/bench.sh', 'utf8');
const families = new Set(/^families=\(([^)]*)\)$/m.exec(bench)[1].split(' '));
const benchmarks = new Set([...bench.matchAll(/^ {4}\[(\w+)\]="([^"]*)"$/gm)].flatMap(([, family, list]) => families.has(family) ? list.split(' ') : []));
for (const file of files) {
    const name = /^src\/[a-z]+\/(\w+_bench)\.c$/.exec(file)?.[1];
    if (name && !benchmarks.has(name)) say(file, 1, 'in no family of tools/bench.sh');
    if (!/^(docs\/.*|README)\.md$/.test(file)) continue;
    readFileSync(file, 'utf8').split('\n').forEach((text, i) => {
        for (const [, family] of text.matchAll(/\bBENCH=(\w+)/g)) if (!families.has(family)) say(file, i + 1, `tools/bench.sh has no family ${family}`);
    });
}

for (const finding of findings) console.log(finding);
console.log(findings.length ? `tidy: ${findings.length} findings` : `tidy: ${files.length} files, clean`);
process.exit(findings.length ? 1 : 0);
