// Writes the contracts' code as a C file, so that the program that deploys them needs no file at run time:
// `node contracts/embed.mjs ARTIFACTS OUT.c`. What it defines is declared in src/cli/artifact.h.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const [dir, out] = process.argv.slice(2);
const artifacts = readdirSync(dir).filter((file) => file.endsWith('.json')).sort()
    .map((file) => JSON.parse(readFileSync(join(dir, file), 'utf8')))
    .filter((artifact) => artifact.bytecode.length > 2); // an interface has no code

const bytes = (hex) => {
    if (!/^0x([0-9a-f]{2})+$/.test(hex)) throw new Error('code is not hexadecimal');
    const numbers = [...Buffer.from(hex.slice(2), 'hex')];
    const lines = [];
    for (let i = 0; i < numbers.length; i += 32) lines.push(`    ${numbers.slice(i, i + 32).join(',')},`);
    return lines.join('\n');
};

const array = (hex) => `{${[...Buffer.from(hex.slice(2), 'hex')].join(',')}}`;
const keyOf = (k) => `{${array(k.keyDigest)}, ${array(k.circuitHash)}, ${array(k.srsId)}, ${k.proofLength}, ${k.keyId}, ${k.capacity}, ${k.insecure}}`;

const definitions = artifacts.map(({ name, bytecode, deployedBytecode, immutableReferences, key }) => {
    const groups = Object.keys(immutableReferences).map(Number).sort((a, b) => a - b).map((id) => immutableReferences[id]);
    const references = groups.flatMap((places, group) => places.map(({ start, length }) => {
        if (length !== 32) throw new Error(`${name}: an immutable of ${length} bytes`);
        return `{${group}, ${start}}`;
    }));
    return {
        head: `static const uint8_t init_${name}[] = {\n${bytes(bytecode)}\n};\n`
            + `static const uint8_t code_${name}[] = {\n${bytes(deployedBytecode)}\n};\n`
            + (references.length ? `static const struct immutable_place places_${name}[] = {${references.join(', ')}};\n` : '')
            + (key ? `static const struct artifact_key key_${name} = ${keyOf(key)};\n` : ''),
        row: `    {"${name}", init_${name}, sizeof init_${name}, code_${name}, sizeof code_${name}, `
            + (references.length ? `places_${name}, ${references.length}, ${groups.length}, ` : 'NULL, 0, 0, ')
            + (key ? `&key_${name}},\n` : 'NULL},\n'),
    };
});

writeFileSync(out, `/* Written by contracts/embed.mjs from the compiled contracts. */\n#include "cli/artifact.h"\n\n`
    + definitions.map((d) => d.head).join('\n')
    + `\nconst struct artifact artifacts[] = {\n${definitions.map((d) => d.row).join('')}};\nconst size_t artifact_count = ${artifacts.length};\n`);
