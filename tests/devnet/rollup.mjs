// What the tests of whole rollups share: a devnet, its L1 in words of the contract, and users with the unmodified SDK.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { startDevnet } from '../support/devnet.mjs';
import { ethers, makeWorld, units, zksync } from '../sdk/world.mjs';

export { ethers, units, zksync };
export const build = process.env.ZK_BUILD ?? 'build/release';
export const program = join(build, 'zkroll');
export const artifact = (name) => JSON.parse(readFileSync(join(build, 'contracts/artifacts', `${name}.json`), 'utf8'));
export const sleep = (ms) => new Promise((r) => setTimeout(r, ms));

export async function until(what, probe, patience = 90_000) {
    const end = Date.now() + patience;
    for (;;) {
        const value = await probe();
        if (value) return value;
        if (Date.now() > end) throw new Error(`never: ${what}`);
        await sleep(100);
    }
}

export async function l1Call(net, method, params = []) {
    const response = await fetch(net.l1, {
        method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ jsonrpc: '2.0', id: 1, method, params }),
    });
    const answer = await response.json();
    if (answer.error) throw new Error(`${method}: ${answer.error.message}`);
    return answer.result;
}

export async function startRollup(options = {}) {
    const net = await startDevnet(options);
    const world = makeWorld(net);
    const at = (name, address = net.contract) => new ethers.Contract(address, artifact(name).abi, world.l1);
    return { net, world, main: at('IZkRoll'), operator: at('IZkRollOperator'), at };
}

export const rest = async (net, path) => (await (await fetch(`${net.rest}${path}`)).json()).result;
export const blockOf = (net, number) => rest(net, `/blocks/${number}`);

// New roots by block number, from the input of every transaction that committed blocks: what L1 itself was told.
export async function rootsOnL1({ net, world, operator }) {
    const roots = new Map();
    const logs = await world.l1.getLogs({
        address: net.contract, fromBlock: 0, toBlock: 'latest', topics: [ethers.utils.id('BlockCommit(uint32)')],
    });
    for (const hash of new Set(logs.map((log) => log.transactionHash))) {
        const call = operator.interface.parseTransaction(await world.l1.getTransaction(hash));
        assert.ok(['commitBlocks', 'settleBlocks'].includes(call.name), call.name);
        call.args.blocks.forEach((block, i) => roots.set(call.args.last.blockNumber + 1 + i, block.stateHash));
    }
    return roots;
}

// The root that `zkroll restore` finds from L1 alone.
export async function restoredRoot({ net }) {
    const dir = mkdtempSync(join(tmpdir(), 'zkroll-restore-'));
    try {
        const { stdout } = await promisify(execFile)(program, ['restore', '--l1', net.l1, '--contract', net.contract, '--dir', dir, '--json', '--quiet']);
        return JSON.parse(stdout.trim().split('\n').at(-1));
    } finally {
        rmSync(dir, { recursive: true, force: true });
    }
}

// G3, three ways: the contract was told, the node says, and a stranger finds the same roots. Returns how many blocks.
export async function rootsAgree(rollup) {
    const { net, main } = rollup;
    const executed = Number(await main.totalBlocksExecuted());
    assert.ok(executed > 0);
    const onL1 = await rootsOnL1(rollup);
    for (let n = 1; n <= executed; n++) {
        const block = await until(`block ${n} is finalized`, async () => {
            const b = await blockOf(net, n);
            return b?.status === 'finalized' && b;
        });
        assert.equal(`0x${block.newStateRoot.replace(/^0x/, '')}`, onL1.get(n), `root of block ${n}`);
    }
    const restored = await restoredRoot(rollup);
    assert.equal(restored.root, onL1.get(executed), JSON.stringify(restored));
    return executed;
}

// Whatever the contract holds belongs to somebody: sums of L2 balances and pending balances against the contract's own.
export async function ethOnL2({ net }, addresses) {
    let sum = 0n;
    for (const address of addresses) {
        const response = await fetch(net.rpc, {
            method: 'POST', headers: { 'content-type': 'application/json' },
            body: JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'account_info', params: [address] }),
        });
        sum += BigInt((await response.json()).result.committed.balances.ETH ?? 0);
    }
    return sum;
}
