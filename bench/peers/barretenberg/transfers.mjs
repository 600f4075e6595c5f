// Proves with Barretenberg as many equivalents of a transfer as fit 2^LOG rows (circuit.mjs), beside the lines that circuit_bench
// has just written: node transfers.mjs OUT.jsonl BUILD_DIR [LOG ..]
// The job is equal in what a transfer costs it: 100 Poseidon2 permutations and one multiplication of two points of its embedded
// curve; ours has besides the user's hash, the bytes signed and published, and every rule. Its cheapest mode (no zero knowledge,
// Keccak), native code, as many threads as ours; its time is the prover process with circuit and keys ready, ours the witness
// and the proof. Appends the transfers a second of both.
import { spawnSync } from 'node:child_process';
import { appendFileSync, existsSync, mkdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const [out, build, ...sizes] = process.argv.slice(2);
const here = dirname(fileURLToPath(import.meta.url));
const version = createRequire(import.meta.url)('./package.json').dependencies['@aztec/bb.js'];
const bbPath = join(here, 'node_modules/@aztec/bb.js/build/amd64-linux/bb');
const lines = readFileSync(out, 'utf8').split('\n').filter(Boolean).map((line) => JSON.parse(line));
const slotsOf = { 16: 40, 18: 160, 20: 640, 22: 2560 };
const ours = (log, what) => lines.findLast((line) => line.name === `circuit/${slotsOf[log]}/${what}`);

function run(program, args, threads) {
    const env = { ...process.env, HARDWARE_CONCURRENCY: String(threads) };
    const { status, stdout, stderr } = spawnSync(program, args, { encoding: 'utf8', env, maxBuffer: 1 << 26 });
    if (status !== 0) throw new Error(`${program} ${args.join(' ')}\n${stderr}`);
    return stdout;
}

const makeCircuit = (dir, n) => {
    mkdirSync(dir, { recursive: true });
    run(process.execPath, [join(here, 'circuit.mjs'), dir, String(n), 'transfers'], 1);
};
const gates = (dir) => JSON.parse(/\{[^]*\}/.exec(run(bbPath, ['gates', '-b', join(dir, 'circuit.json')], 1))[0]).functions[0].circuit_size;

// Rows are linear in the number of transfers: two short circuits say how much.
function mostTransfers(log) {
    const size = [2, 6].map((n) => {
        makeCircuit(join(here, 'probe'), n);
        return gates(join(here, 'probe'));
    });
    const each = (size[1] - size[0]) / 4;
    return Math.floor((2 ** log - 64 - (size[0] - 2 * each)) / each);
}

function prove(dir, crs, threads) {
    const mode = ['-c', crs, '-t', 'evm-no-zk'];
    const at = (name) => join(dir, name);
    if (!existsSync(at('vk'))) run(bbPath, ['write_vk', '-b', at('circuit.json'), '-o', dir, ...mode], threads);
    const start = process.hrtime.bigint();
    run(bbPath, ['prove', '-b', at('circuit.json'), '-w', at('witness.gz'), '-k', at('vk'), '-o', dir, ...mode], threads);
    return Number(process.hrtime.bigint() - start) / 1e9;
}

for (const log of sizes.map(Number)) {
    const rate = ours(log, 'transfers_with_witness');
    if (!rate) {
        console.log(`  barretenberg, 2^${log} rows: ours was not measured`);
        continue;
    }
    const [dir, crs] = [join(here, `transfers_${log}`), join(here, `crs_${log}`)];
    const n = mostTransfers(log);
    mkdirSync(crs, { recursive: true });
    if (!existsSync(join(crs, 'bn254_g2.dat'))) run(join(build, 'bn254_crs'), [crs, String(log)], 1);
    makeCircuit(dir, n);
    const best = Math.min(...Array.from({ length: 3 }, () => prove(dir, crs, rate.threads)));
    const peer = n / best;
    const ratio = Number((rate.value / peer).toPrecision(4));
    appendFileSync(out, JSON.stringify({ name: `circuit/${slotsOf[log]}/transfers_beside_peer`, value: rate.value, unit: '1/s',
        threads: rate.threads, kernel: rate.kernel, peer: `barretenberg ${version}`, peer_value: peer, ratio }) + '\n');
    console.log(`  2^${log} rows, ${rate.threads} thr: barretenberg ${n} transfers in ${best.toFixed(2)} s (${gates(dir)} gates), `
        + `${peer.toFixed(1)} /s; ours ${rate.value.toFixed(1)} /s: ratio ${ratio}`);
}
