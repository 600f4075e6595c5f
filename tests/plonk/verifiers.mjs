// Circuits of plonk_peer with their Solidity verifiers on a development chain: what the tests of this folder share.
import { spawnSync } from 'node:child_process';
import { createRequire } from 'node:module';
import { ethers } from 'ethers';
import { rpc, startAnvil } from '../support/anvil.mjs';

const solc = createRequire(import.meta.url)('solc');
export const PUBLICS = 7;

// The answers of plonk_peer to an array of questions, in order.
export function ask(questions) {
    const program = `${process.env.ZK_BUILD ?? 'build/release'}/tests/plonk/plonk_peer`;
    const run = spawnSync(program, { input: questions.join('\n') + '\n', encoding: 'utf8', maxBuffer: 1 << 28 });
    if (run.error) throw run.error;
    if (run.status !== 0) throw new Error(`${program} stopped with ${run.status}: ${run.stderr}`);
    return run.stdout.trimEnd().split('\n');
}

// Each source of {name: text}, compiled as contracts/ compiles for speed. A warning is an error.
export function compile(sources) {
    const input = {
        language: 'Solidity',
        sources: Object.fromEntries(Object.entries(sources).map(([name, content]) => [`${name}.sol`, { content }])),
        settings: {
            evmVersion: 'prague',
            optimizer: { enabled: true, runs: 20_000 },
            outputSelection: { '*': { '*': ['abi', 'evm.bytecode.object', 'evm.deployedBytecode.object'] } },
        },
    };
    const output = JSON.parse(solc.compile(JSON.stringify(input)));
    if (output.errors?.length) throw new Error(output.errors.map((e) => e.formattedMessage).join('\n'));
    return Object.keys(sources).map((name) => {
        const { abi, evm } = output.contracts[`${name}.sol`][name];
        return { abi, code: '0x' + evm.bytecode.object, size: evm.deployedBytecode.object.length / 2 };
    });
}

// Circuits of [log_t, log_n, parts, seed]: key facts, public inputs (hex words), proof (hex) and compiled contract of each.
export function makeCircuits(list) {
    const head = list.map((c) => `circuit ${c.join(' ')}`);
    const facts = ask(head.concat(list.flatMap((_, i) => [`contract ${i} Verifier${i}`, `publics ${i}`, `proof ${i}`])));
    const sources = {};
    const circuits = list.map((_, i) => {
        const [source, publics, proof] = facts.slice(list.length + 3 * i);
        const [points, values, products, fixedPacks, tablePacks, insecure] = facts[i].split(' ').map(Number);
        sources[`Verifier${i}`] = Buffer.from(source, 'hex').toString();
        return { points, values, products, fixedPacks, tablePacks, insecure, publics: publics.match(/.{64}/g), proof, source: sources[`Verifier${i}`] };
    });
    compile(sources).forEach((contract, i) => Object.assign(circuits[i], contract));
    circuits.verify = (claims) => ask(head.concat(claims.map(({ circuit, publics, proof }) =>
        `verify ${circuit} ${publics.join('')} ${proof || '-'}`))).slice(list.length).map((answer) => answer === 'yes');
    return circuits;
}

export async function startChain() {
    const { url, stop } = await startAnvil();
    const [from] = await rpc(url, 'eth_accounts');
    const send = async (tx) => {
        const hash = await rpc(url, 'eth_sendTransaction', [{ from, gas: '0xf00000', ...tx }]);
        for (;;) {
            const receipt = await rpc(url, 'eth_getTransactionReceipt', [hash]);
            if (receipt) return receipt;
            await new Promise((resolve) => setTimeout(resolve, 10));
        }
    };
    const batch = async (requests) => {
        const body = requests.map(([method, params], id) => ({ jsonrpc: '2.0', id, method, params }));
        const response = await fetch(url, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) });
        return (await response.json()).sort((a, b) => a.id - b.id);
    };
    const deploy = async (contract) => {
        const receipt = await send({ data: contract.code });
        if (receipt.status !== '0x1') throw new Error('a verifier does not deploy');
        contract.address = receipt.contractAddress;
    };
    // The contracts' verdicts on claims {circuit, publics, proof}; a call that reverts is an error of the test.
    const verify = async (circuits, claims) => {
        const verdicts = [];
        for (let i = 0; i < claims.length; i += 64) {
            const answers = await batch(claims.slice(i, i + 64).map((claim) =>
                ['eth_call', [{ to: circuits[claim.circuit].address, data: callData(claim), gas: '0x1e8480' }, 'latest']]));
            verdicts.push(...answers.map((a) => {
                if (a.error) throw new Error(`verify: ${a.error.message}`);
                return BigInt(a.result) === 1n;
            }));
        }
        return verdicts;
    };
    return { url, from, send, deploy, verify, stop };
}

const coder = new ethers.utils.Interface([`function verify(uint256[${PUBLICS}] publicInputs, bytes proof) view returns (bool)`]);
export const callData = ({ publics, proof }) => coder.encodeFunctionData('verify', [publics.map((x) => '0x' + x), '0x' + proof]);

// What a transaction costs before its first instruction (EIP-2028).
export function intrinsicGas(data) {
    const bytes = Buffer.from(data.slice(2), 'hex');
    const zeros = bytes.reduce((n, byte) => n + (byte === 0), 0);
    return 21000 + 4 * zeros + 16 * (bytes.length - zeros);
}
