// A deployed rollup on a chain of its own, for the tests of this folder: what `zkroll deploy` made, seen through ethers.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { startAnvil } from '../support/anvil.mjs';

export const { ethers } = createRequire(import.meta.url)('ethers');
export const build = resolve(process.env.ZK_BUILD ?? 'build/release');
export const artifact = (name) => JSON.parse(readFileSync(join(build, 'contracts/artifacts', `${name}.json`), 'utf8'));
// Anvil's first account, which the whole world knows.
const KEY = '0xac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80';
const FIELD = 0x30644e72e131a029b85045b68181585d2833e84879b9709143e1f593f0000001n;

// Functions, events and errors of these contracts, each once.
const signature = (item) => `${item.type} ${new ethers.utils.Interface([item]).fragments[0].format()}`;
const interfaceOf = (names) => new ethers.utils.Interface([...new Map(names.flatMap((name) => artifact(name).abi)
    .map((item) => [signature(item), item])).values()]);

export async function startRollup({ time, feeAddress }) {
    const anvil = await startAnvil(['--timestamp', String(time)]);
    const dir = mkdtempSync(join(tmpdir(), 'zkroll-l1-'));
    const stop = async () => {
        await anvil.stop();
        rmSync(dir, { recursive: true, force: true });
    };
    try {
        const args = ['deploy', '--l1', anvil.url, '--out', join(dir, 'addresses.json'), ...(feeAddress ? ['--fee-account', feeAddress] : [])];
        const run = spawnSync(join(build, 'zkroll'), args, { env: { PATH: process.env.PATH, ZKROLL_KEY: KEY }, encoding: 'utf8' });
        if (run.status !== 0) throw new Error(run.stderr);
        const { contracts, genesisRoot } = JSON.parse(run.stdout);
        const provider = new ethers.providers.StaticJsonRpcProvider(anvil.url);
        provider.pollingInterval = 20;
        const operator = provider.getSigner(0);
        const iface = interfaceOf(['IZkRoll', 'IZkRollOperator', 'IZkRollExodus', 'IGovernance']);
        const main = new ethers.Contract(contracts.main, iface, operator);
        const governance = new ethers.Contract(contracts.governance, artifact('IGovernance').abi, operator);
        const token = await new ethers.ContractFactory(artifact('DevToken').abi, artifact('DevToken').bytecode, operator).deploy('One', 'ONE', 18);
        await (await governance.addToken(token.address)).wait();
        return { url: anvil.url, stop, provider, operator, operatorAddress: await operator.getAddress(), main, governance, token, iface, contracts, genesisRoot };
    } catch (e) {
        await stop();
        throw e;
    }
}

// The error that a call reverts with, such as "ProofRejected(2)"; "" if it succeeds.
export async function reverts(rollup, data, { from = rollup.operatorAddress, to = rollup.main.address } = {}) {
    const response = await fetch(rollup.url, {
        method: 'POST', headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'eth_call', params: [{ from, to, data, gas: '0xf42400' }, 'latest'] }),
    });
    const { error } = await response.json();
    if (!error) return '';
    if (!/^0x[0-9a-f]{8}/.test(error.data ?? '')) return `no reason: ${error.message}`;
    const { name, args } = rollup.iface.parseError(error.data);
    return `${name}(${args.join(',')})`;
}

// A transaction of the operator that must succeed; its receipt.
export async function send(rollup, data, { from, value, to = rollup.main.address } = {}) {
    const signer = from ? rollup.provider.getSigner(from) : rollup.operator;
    const { hash } = await signer.sendTransaction({ to, data, value, gasLimit: 16_000_000 });
    // Not by waitForTransaction: after a snapshot is gone back to, it waits for block numbers that it has seen already.
    let receipt = null;
    for (let i = 0; receipt === null && i < 2000; i++) {
        receipt = await rollup.provider.getTransactionReceipt(hash);
        if (receipt === null) await new Promise((r) => setTimeout(r, 10));
    }
    if (receipt?.status !== 1) throw new Error(`a transaction reverted: ${await reverts(rollup, data, { from })}`);
    return receipt;
}

// As an account nobody has the key of.
export async function as(rollup, address) {
    await rollup.provider.send('anvil_impersonateAccount', [address]);
    await rollup.provider.send('anvil_setBalance', [address, '0x8ac7230489e80000']);
    return address;
}

const keccak = ethers.utils.keccak256;
const hex32 = (x) => ethers.utils.hexZeroPad(ethers.BigNumber.from(x).toHexString(), 32);
const STORED = 'tuple(uint32,uint64,bytes32,uint256,bytes32,bytes32)';
const INPUTS = 'tuple(uint32,bytes32,uint256,uint256,uint256,uint256)';
export const storedHash = (stored) => keccak(ethers.utils.defaultAbiCoder.encode([STORED], [stored]));

function evaluate(stream, r) {
    const bytes = stream.slice(2);
    let y = 1n;
    for (let i = 0; i < bytes.length; i += 24) y = (y * r + BigInt(`0x${bytes.slice(i, i + 24)}`)) % FIELD;
    return y;
}

// The contract's view of a block that follows `last`, by docs/pubdata.md: what it stores, and what its proof is about.
export function bind(last, block, requests) {
    const number = last[0] + 1;
    const settlementHash = keccak(block.settlement);
    const header = (BigInt(number) << 96n) | BigInt(block.timestamp);
    const r = BigInt(keccak(ethers.utils.concat([settlementHash, keccak(block.delta), hex32(block.slotChain), hex32(header), last[4], block.stateHash]))) % FIELD;
    const inputs = [block.keyId, last[4], block.slotChain, r, evaluate(block.settlement, r), evaluate(block.delta, r)];
    const commitment = keccak(ethers.utils.defaultAbiCoder.encode([INPUTS], [inputs]));
    return { stored: [number, requests, settlementHash, block.timestamp, block.stateHash, commitment], inputs };
}

// Settles a block with this settlement stream, whatever it says, by a proof of who knows the setup's secret (tests/contracts/forger.c).
// `last` is the block before; returns the new one.
export async function settleAnything(rollup, last, settlement, requests) {
    const { timestamp } = await rollup.provider.getBlock('latest');
    const block = { timestamp, stateHash: hex32(BigInt(keccak(hex32(last[0]))) >> 8n), slotChain: 5n, keyId: 0, settlement, delta: `0x01${'00'.repeat(71)}`, witnesses: [] };
    const { stored, inputs } = bind(last, block, requests);
    const header = (BigInt(stored[0]) << 96n) | BigInt(timestamp);
    const publics = [last[4], block.stateHash, header, block.slotChain, ...inputs.slice(3)].map((x) => hex32(x).slice(2));
    const forged = spawnSync(join(build, 'tests/contracts/forger'), ['0', ...publics], { encoding: 'utf8' });
    if (forged.status !== 0) throw new Error(forged.stderr);
    await send(rollup, rollup.iface.encodeFunctionData('settleBlocks', [last, [block], [`0x${forged.stdout}`]]));
    return stored;
}

export const genesisOf = (rollup) => [0, 0, keccak('0x'), 0, rollup.genesisRoot, ethers.constants.HashZero];
