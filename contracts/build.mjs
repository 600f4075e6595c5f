// Compiles contracts/src with npm's solc, with the settings of foundry.toml, into contract-per-file JSON for those who
// deploy: { name, source, abi, bytecode, deployedBytecode, settings }. `node contracts/build.mjs [OUT [VERIFIERS]]`; OUT is
// contracts/out/artifacts by default. VERIFIERS: the folder that block_verifiers wrote (contracts/block_verifiers.c); these
// contracts have a member `key` too, with what verifiers.json says of them.
// Prints what it wrote; any compiler warning or code over the limit is an error.
// The same sources always give the same bytes: metadata is left out.
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(fileURLToPath(import.meta.url));
const require = createRequire(import.meta.url);
const solc = require('solc');

const CODE_MAX = 24576; // EIP-170
const INITCODE_MAX = 49152; // EIP-3860

// What a node deploys: these and no libraries, interfaces or bases.
const deployed = ['Poseidon2', 'Governance', 'ZkRoll', 'ZkRollOperator', 'ZkRollExodus', 'Proxy', 'UpgradeGatekeeper', 'NFTFactory',
    'TokenGovernance', 'Deployment', 'Multicall', 'ForcedExit', 'WithdrawalHelper', 'DevToken'];
// Wanted for their ABI alone.
const interfaces = ['IZkRoll', 'IZkRollOperator', 'IZkRollExodus', 'IZkRollEvents', 'IUpgradeHooks', 'IGovernance', 'IUpgradeGatekeeper',
    'ITokenGovernance', 'INFTFactory', 'IVerifier'];

// One source of truth for settings; this reads the few lines of TOML it needs, and fails if they are not there.
const toml = readFileSync(join(root, 'foundry.toml'), 'utf8');
const setting = (pattern) => {
    const found = pattern.exec(toml);
    if (!found) throw new Error(`foundry.toml has no ${pattern}`);
    return found[1];
};
const evmVersion = setting(/^evm_version = "(\w+)"$/m);
const runs = Number(setting(/^optimizer_runs = (\d+)$/m));
const fastFile = setting(/^compilation_restrictions = \[\{ paths = "([^"]+)"/m);
const fastRuns = Number(setting(/^compilation_restrictions = .*optimizer_runs = (\d+)/m));
const ignored = setting(/^ignored_error_codes = \[([\d, ]+)\]$/m).split(',').map((code) => code.trim());

function sourcesBelow(dir) {
    return readdirSync(dir, { withFileTypes: true }).flatMap((entry) => {
        const path = join(dir, entry.name);
        if (entry.isDirectory()) return sourcesBelow(path);
        return entry.name.endsWith('.sol') ? [relative(root, path)] : [];
    });
}

function readImport(path) {
    try {
        const file = path.startsWith('@') ? join(root, '../node_modules', path) : join(root, path);
        return { contents: readFileSync(file, 'utf8') };
    } catch (e) {
        return { error: e.message };
    }
}

export function compile(files, optimizerRuns = runs, below = root) {
    const input = {
        language: 'Solidity',
        sources: Object.fromEntries(files.map((file) => [file, { content: readFileSync(join(below, file), 'utf8') }])),
        settings: {
            evmVersion, optimizer: { enabled: true, runs: optimizerRuns },
            metadata: { bytecodeHash: 'none', appendCBOR: false },
            outputSelection: { '*': { '*': ['abi', 'evm.bytecode.object', 'evm.deployedBytecode.object', 'evm.deployedBytecode.immutableReferences'] } },
        },
    };
    const output = JSON.parse(solc.compile(JSON.stringify(input), { import: readImport }));
    const complaints = (output.errors ?? []).filter((e) => !ignored.includes(e.errorCode));
    if (complaints.length > 0) throw new Error(complaints.map((e) => e.formattedMessage).join('\n'));
    return output.contracts;
}

export function build(verifiers = undefined) {
    const files = sourcesBelow(join(root, 'src'));
    const artifacts = new Map();
    const collect = (contracts, optimizerRuns, wanted) => {
        for (const [source, byName] of Object.entries(contracts)) {
            for (const [name, contract] of Object.entries(byName)) {
                if (!wanted(source, name)) continue;
                const bytecode = contract.evm.bytecode.object;
                const code = contract.evm.deployedBytecode.object;
                if (code.length / 2 > CODE_MAX || bytecode.length / 2 > INITCODE_MAX) throw new Error(`${name} is too big to be deployed`);
                artifacts.set(name, {
                    name, source, abi: contract.abi, bytecode: `0x${bytecode}`, deployedBytecode: `0x${code}`,
                    immutableReferences: contract.evm.deployedBytecode.immutableReferences ?? {},
                    settings: { compiler: solc.version(), evmVersion, optimizerRuns },
                });
            }
        }
    };
    collect(compile(files, runs), runs, (source, name) => source !== fastFile && (deployed.includes(name) || interfaces.includes(name)));
    collect(compile([fastFile], fastRuns), fastRuns, (source) => source === fastFile);
    for (const key of verifiers ? JSON.parse(readFileSync(join(verifiers, 'verifiers.json'), 'utf8')) : []) {
        collect(compile([`${key.name}.sol`], fastRuns, verifiers), fastRuns, (source, name) => name === key.name);
        artifacts.get(key.name).key = key;
    }
    for (const name of [...deployed, ...interfaces]) if (!artifacts.has(name)) throw new Error(`no contract ${name}`);
    return artifacts;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
    const out = resolve(process.argv[2] ?? join(root, 'out/artifacts'));
    const artifacts = build(process.argv[3] && resolve(process.argv[3]));
    rmSync(out, { recursive: true, force: true });
    mkdirSync(out, { recursive: true });
    for (const [name, artifact] of artifacts) {
        writeFileSync(join(out, `${name}.json`), JSON.stringify(artifact, null, 1) + '\n');
        if (artifact.bytecode.length > 2) console.log(`${name}: ${artifact.deployedBytecode.length / 2 - 1} bytes`);
    }
}
