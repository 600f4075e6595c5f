// From a ceremony's file to a rollup on a chain where something is at stake: verifiers are written, compiled and deployed as
// docs/contracts.md says. The file is made here, of the development setup's powers: nothing in a .ptau file says who
// contributed, so it is as good as any to the programs, and only its hash would tell a person.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { after, before, test } from 'node:test';
import { rpc, startAnvil } from '../support/anvil.mjs';
import { artifact, build, ethers } from './rollup.mjs';

const KEY = '0xac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80';
const POWER = 16; // 2^17 - 1 powers: enough for the first key alone
const Q = 0x30644e72e131a029b85045b68181585d97816a916871ca8d3c208c16d87cfd47n;

const dir = mkdtempSync(join(tmpdir(), 'zkroll-ceremony-'));
const at = (name) => join(dir, name);
let chain;
before(async () => { chain = await startAnvil(); });
after(async () => {
    await chain?.stop();
    rmSync(dir, { recursive: true, force: true });
});

const run = (program, args, env = {}) => spawnSync(program, args, { env: { PATH: process.env.PATH, ...env }, encoding: 'utf8' });
const must = (result) => {
    assert.equal(result.status, 0, result.stderr);
    return result.stdout;
};

// Sections 1, 2, 3 and 7 in full, the others as long as they have to be (src/plonk/srs_file.h). Points of our own file are in
// the form that .ptau files have: Montgomery, least significant byte first.
function writePtau(path, srs) {
    const n = 2 ** POWER;
    const montgomery = (bigEndian) => {
        const x = (BigInt(`0x${bigEndian.toString('hex')}`) << 256n) % Q;
        return Buffer.from(x.toString(16).padStart(64, '0'), 'hex').reverse();
    };
    const q = Buffer.from(Q.toString(16).padStart(64, '0'), 'hex').reverse();
    const u32 = (x) => { const b = Buffer.alloc(4); b.writeUInt32LE(x); return b; };
    const section = (type, ...parts) => {
        const body = Buffer.concat(parts);
        const head = Buffer.alloc(12);
        head.writeUInt32LE(type);
        head.writeBigUInt64LE(BigInt(body.length), 4);
        return Buffer.concat([head, body]);
    };
    const word = (i) => srs.subarray(64 + 32 * i, 96 + 32 * i); // [tau]_2 as the EVM has it: x.c1, x.c0, y.c1, y.c0
    const tau2 = Buffer.concat([1, 0, 3, 2].map((i) => montgomery(word(i))));
    const one2 = Buffer.concat([
        '1800deef121f1e76426a00665e5c4479674322d4f75edadd46debd5cd992f6ed', '198e9393920d483a7260bfb731fb5d25f1aa493335a9e71297e485b7aef312c2',
        '12c85ea5db8c6deb4aab71808dcb408fe3d1e7690c43d37b4ce6cc0166fa7daa', '090689d0585ff075ec9e99ad690c3395bc4b313370b38ef355acdadcd122975b',
    ].map((x) => montgomery(Buffer.from(x, 'hex'))));
    const g1 = srs.subarray(4096, 4096 + 64 * (2 * n - 1));
    const g2 = Buffer.alloc(128 * n, tau2);
    one2.copy(g2);
    writeFileSync(path, Buffer.concat([Buffer.from('ptau'), u32(1), u32(7), section(1, u32(32), q, u32(POWER), u32(POWER)), section(2, g1), section(3, g2),
        section(4, g1.subarray(0, 64 * n)), section(5, g1.subarray(0, 64 * n)), section(6, one2), section(7, u32(1))]));
}

test('verifiers of a ceremony\'s file are deployed where the development setup\'s are refused', { timeout: 300_000 }, async () => {
    must(run(join(build, 'tests/l1/l1_blocks'), ['setup', at('keys'), '1']));
    writePtau(at('ceremony.ptau'), readFileSync(at('keys/development.srs')));
    const tool = join(build, 'contracts/block_verifiers');
    const all = run(tool, [at('verifiers'), at('keys'), at('ceremony.ptau')]);
    assert.equal(all.status, 1);
    assert.match(all.stderr, /power/, 'too few powers for all keys');
    must(run(tool, [at('verifiers'), at('keys'), at('ceremony.ptau'), '1']));
    const [facts, ...more] = JSON.parse(readFileSync(at('verifiers/verifiers.json'), 'utf8'));
    assert.deepEqual(more, []);
    const ours = artifact('BlockVerifier0').key;
    assert.deepEqual([facts.insecure, facts.circuitHash], [false, ours.circuitHash]);
    assert.notEqual(facts.keyDigest, ours.keyDigest);
    assert.notEqual(facts.srsId, ours.srsId);
    must(run('node', [resolve('contracts/build.mjs'), at('artifacts'), at('verifiers')]));

    await rpc(chain.url, 'anvil_setChainId', [7777]);
    const who = '0x6001000000000000000000000000000000000001';
    const deploy = ['deploy', '--l1', chain.url, '--yes', '--governor', who, '--validator', who, '--fee-account', who, '--confirmations', '0'];
    const refused = run(join(build, 'zkroll'), [...deploy, '--out', at('refused.json')], { ZKROLL_KEY: KEY });
    assert.equal(refused.status, 1);
    assert.match(refused.stderr, /BlockVerifier0 is of an insecure setup/);
    const { contracts } = JSON.parse(must(run(join(build, 'zkroll'), [...deploy, '--verifiers', at('artifacts'), '--out', at('addresses.json')], { ZKROLL_KEY: KEY })));
    assert.equal(contracts.verifiers.length, 1);
    const verifier = new ethers.Contract(contracts.verifiers[0], artifact('BlockVerifier0').abi, new ethers.providers.StaticJsonRpcProvider(chain.url));
    assert.equal(await verifier.INSECURE_SRS(), false);
    assert.equal(await verifier.KEY_DIGEST(), facts.keyDigest);
    // The same verifier by its address, for a second rollup.
    must(run(join(build, 'zkroll'), [...deploy, '--verifier', contracts.verifiers[0], '--out', at('second.json')], { ZKROLL_KEY: KEY }));
});
