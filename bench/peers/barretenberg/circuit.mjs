// The peer's circuit: a chain of Poseidon2 permutations from a public state to a public one.
//   node circuit.mjs OUT_DIR PERMUTATIONS      writes circuit.json and witness.gz
import { mkdirSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { compile, createFileManager } from '@noir-lang/noir_wasm';
import { Noir } from '@noir-lang/noir_js';

const [out, permutations] = [resolve(process.argv[2]), Number(process.argv[3])];
const source = `
use std::hash::poseidon2_permutation;

fn main(start: pub [Field; 4]) -> pub [Field; 4] {
    let mut state = start;
    for _ in 0..${permutations} {
        state = poseidon2_permutation(state);
    }
    state
}
`;
mkdirSync(join(out, 'noir/src'), { recursive: true });
writeFileSync(join(out, 'noir/Nargo.toml'), '[package]\nname = "chain"\ntype = "bin"\nauthors = [""]\n[dependencies]\n');
writeFileSync(join(out, 'noir/src/main.nr'), source);
const { program } = await compile(createFileManager(join(out, 'noir')));
writeFileSync(join(out, 'circuit.json'), JSON.stringify(program));
const { witness } = await new Noir(program).execute({ start: [1, 2, 3, 4] });
writeFileSync(join(out, 'witness.gz'), witness);
