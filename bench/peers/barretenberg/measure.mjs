// Proves chains of Poseidon2 permutations with Barretenberg, as long as fit 2^LOG rows, beside the lines that plonk_bench has
// just written: node measure.mjs OUT.jsonl BUILD_DIR [LOG ..]
// Its cheapest mode (no zero knowledge, Keccak), native code, as many threads as ours. Both sides have circuit and keys
// ready. Its time is the prover process (which fills in the trace, and loads circuit, key and setup); ours is filling in the
// witness and proving. Appends the permutations a second of both.
import { execFileSync } from 'node:child_process';
import { appendFileSync, existsSync, mkdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const [out, build, ...sizes] = process.argv.slice(2);
const here = dirname(fileURLToPath(import.meta.url));
const require = createRequire(import.meta.url);
const version = require('./package.json').dependencies['@aztec/bb.js'];
const bbPath = join(here, 'node_modules/@aztec/bb.js/build/amd64-linux/bb');
const threadsOf = (lines) => lines.find((line) => line.name.startsWith('plonk_2^'))?.threads;
const lines = readFileSync(out, 'utf8').split('\n').filter(Boolean).map((line) => JSON.parse(line));
const threads = threadsOf(lines);
const ours = (log, what) => lines.findLast((line) => line.name === `plonk_2^${log}_${what}`)?.value;

const run = (program, args) => execFileSync(program, args, {
    encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, HARDWARE_CONCURRENCY: String(threads) }, maxBuffer: 1 << 26,
});
const bb = (...args) => run(bbPath, args);
const makeCircuit = (dir, permutations) => {
    mkdirSync(dir, { recursive: true });
    run(process.execPath, [join(here, 'circuit.mjs'), dir, String(permutations)]);
};
const gates = (dir) => JSON.parse(/\{[^]*\}/.exec(bb('gates', '-b', join(dir, 'circuit.json')))[0]).functions[0].circuit_size;

// Rows of a chain are linear in its length: two short ones say how much.
function longestChain(log) {
    const size = [10, 110].map((n) => {
        makeCircuit(join(here, 'probe'), n);
        return gates(join(here, 'probe'));
    });
    const each = (size[1] - size[0]) / 100;
    return Math.floor((2 ** log - 64 - (size[0] - 10 * each)) / each);
}

function prove(dir, crs) {
    const mode = ['-c', crs, '-t', 'evm-no-zk'];
    const at = (name) => join(dir, name);
    if (!existsSync(at('vk'))) bb('write_vk', '-b', at('circuit.json'), '-o', dir, ...mode);
    const start = process.hrtime.bigint();
    bb('prove', '-b', at('circuit.json'), '-w', at('witness.gz'), '-k', at('vk'), '-o', dir, ...mode);
    return Number(process.hrtime.bigint() - start) / 1e9;
}

for (const log of sizes.map(Number)) {
    const [proving, witness, rate] = ['prove', 'witness', 'permutations'].map((what) => ours(log, what));
    if (!proving) {
        console.log(`  barretenberg, 2^${log} rows: ours was not measured`);
        continue;
    }
    const dir = join(here, `chain_${log}`);
    const crs = join(here, `crs_${log}`);
    const permutations = longestChain(log);
    mkdirSync(crs, { recursive: true });
    if (!existsSync(join(crs, 'bn254_g2.dat'))) run(join(build, 'bn254_crs'), [crs, String(log)]);
    makeCircuit(dir, permutations);
    const best = Math.min(...Array.from({ length: 3 }, () => prove(dir, crs))); // as plonk_bench takes the best of its own
    const value = (rate * proving) / (proving + witness);
    const peerValue = permutations / best;
    const ratio = Number((value / peerValue).toPrecision(4));
    appendFileSync(out, JSON.stringify({ name: `plonk_2^${log}_poseidon2_chain`, value, unit: '1/s', threads, kernel: lines[0].kernel,
        peer: `barretenberg ${version}`, peer_value: peerValue, ratio }) + '\n');
    console.log(`  2^${log} rows, ${threads} thr: barretenberg ${permutations} permutations in ${best.toFixed(2)} s (${gates(dir)} gates), `
        + `${peerValue.toFixed(0)} /s; ours ${(rate * proving).toFixed(0)} in ${(proving + witness).toFixed(2)} s, ${value.toFixed(0)} /s: ratio ${ratio}`);
}
