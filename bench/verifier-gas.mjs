// What the Solidity verifier costs: node bench/verifier-gas.mjs OUT.jsonl BUILD_DIR. Gas of the call without the transaction's own
// 21,000 and its calldata, and with them; code size. The circuit has every gate, four lookups and 7 public inputs.
import { appendFileSync } from 'node:fs';

const [out, build] = process.argv.slice(2);
process.env.ZK_BUILD = build;
const { callData, intrinsicGas, makeCircuits, startChain } = await import('../tests/plonk/verifiers.mjs');

const [circuit] = makeCircuits([[9, 14, 59, 1]]);
const chain = await startChain();
try {
    await chain.deploy(circuit);
    const data = callData(circuit);
    const { gasUsed } = await chain.send({ to: circuit.address, data });
    const results = [
        ['plonk_verifier_call', Number(gasUsed) - intrinsicGas(data), 'gas'],
        ['plonk_verifier_transaction', Number(gasUsed), 'gas'],
        ['plonk_verifier_code', circuit.size, 'bytes'],
    ];
    for (const [name, value, unit] of results) {
        appendFileSync(out, JSON.stringify({ name, value, unit, threads: 1, kernel: null, peer: null, peer_value: null, ratio: null }) + '\n');
        console.log(`  ${name.padEnd(30)} ${String(value).padStart(12)} ${unit}`);
    }
} finally {
    await chain.stop();
}
