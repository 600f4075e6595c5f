// The peer's circuits. Writes circuit.json and witness.gz.
//   node circuit.mjs OUT_DIR N              a chain of N Poseidon2 permutations from a public state to a public one
//   node circuit.mjs OUT_DIR N transfers    N times what a transfer costs: 100 permutations and a sum of two multiples of points
import { mkdirSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { compile, createFileManager } from '@noir-lang/noir_wasm';
import { Noir } from '@noir-lang/noir_js';

const [out, n, kind] = [resolve(process.argv[2]), Number(process.argv[3]), process.argv[4] ?? 'chain'];
const permutationsOfTransfer = 100;
const transfers = `
use std::embedded_curve_ops::{EmbeddedCurvePoint, EmbeddedCurveScalar, multi_scalar_mul};
use std::hash::poseidon2_permutation;

fn main(start: pub Field) -> pub Field {
    let g = EmbeddedCurvePoint { x: 1, y: 17631683881184975370165255887551781615748388533673675138860 };
    let mut sum = start;
    for _ in 0..${n} {
        let mut state = [sum, 2, 3, 4];
        for _ in 0..${permutationsOfTransfer} {
            state = poseidon2_permutation(state);
        }
        let scalars = [EmbeddedCurveScalar::from_field(state[0]), EmbeddedCurveScalar::from_field(state[1])];
        sum = multi_scalar_mul([g, g], scalars).x;
    }
    sum
}
`;
const chain = `
use std::hash::poseidon2_permutation;

fn main(start: pub [Field; 4]) -> pub [Field; 4] {
    let mut state = start;
    for _ in 0..${n} {
        state = poseidon2_permutation(state);
    }
    state
}
`;
mkdirSync(join(out, 'noir/src'), { recursive: true });
writeFileSync(join(out, 'noir/Nargo.toml'), '[package]\nname = "chain"\ntype = "bin"\nauthors = [""]\n[dependencies]\n');
writeFileSync(join(out, 'noir/src/main.nr'), kind === 'chain' ? chain : transfers);
const { program } = await compile(createFileManager(join(out, 'noir')));
writeFileSync(join(out, 'circuit.json'), JSON.stringify(program));
const { witness } = await new Noir(program).execute({ start: kind === 'chain' ? [1, 2, 3, 4] : 5 });
writeFileSync(join(out, 'witness.gz'), witness);
