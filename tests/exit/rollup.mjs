// A rollup on an L1 of its own, whose verifier accepts everything, and a history made by chain_maker.
import { execFile, execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { rpc, startAnvil } from '../support/anvil.mjs';
import { build, ethers, folder, key, program } from './cli.mjs';

export const artifact = (name) => JSON.parse(readFileSync(join(build, 'contracts/artifacts', `${name}.json`), 'utf8'));

// init: copy 10 bytes from offset 12 and return them; code: mstore(0, 1); return(0, 32).
const ALWAYS_TRUE = '0x600a600c600039600a6000f3' + '600160005260206000f3';

// {l1, url, provider, main, governance, token, stop}: token is listed with id 1, and everybody has plenty of it.
export async function startRollup({ expiration = '1h', extra = [] } = {}) {
    const l1 = await startAnvil(['--order', 'fifo', ...extra]);
    const provider = new ethers.providers.StaticJsonRpcProvider(l1.url);
    provider.pollingInterval = 30;
    const operator = new ethers.Wallet(key(0).privateKey, provider);
    const verifier = (await (await operator.sendTransaction({ data: ALWAYS_TRUE, gasLimit: 1_000_000 })).wait()).contractAddress;
    const dir = folder();
    const text = execFileSync(program, ['deploy', '--l1', l1.url, '--verifier', verifier, '--out', join(dir, 'addresses.json'),
        '--priority-expiration', expiration, '--notice-floor', '9d', '--notice-period', '9d'],
    { env: { PATH: process.env.PATH, ZKROLL_KEY: operator.privateKey }, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
    const { contracts, block } = JSON.parse(text);
    const { abi, bytecode } = artifact('DevToken');
    const token = await new ethers.ContractFactory(abi, bytecode, operator).deploy('Test token', 'TST', 6);
    await token.deployed();
    const governance = new ethers.Contract(contracts.governance, artifact('IGovernance').abi, operator);
    await (await governance.addToken(token.address)).wait();
    await (await token.mint(operator.address, ethers.BigNumber.from(10).pow(24))).wait();
    await (await token.approve(contracts.main, ethers.constants.MaxUint256)).wait();
    const at = (name) => new ethers.Contract(contracts.main, artifact(name).abi, provider);
    return { l1, url: l1.url, provider, operator, main: at('IZkRoll'), exodus: at('IZkRollExodus'), contracts, block, governance, token, stop: l1.stop };
}

export async function makeHistory(rollup, { seed = 1, ops, reorgMs = 0, snapshot } = {}) {
    const args = [rollup.url, rollup.main.address, rollup.token.address, seed, ops, reorgMs, ...(snapshot ? [snapshot] : [])];
    const { stdout } = await promisify(execFile)(join(build, 'tests/exit/chain_maker'), args.map(String), { maxBuffer: 1 << 28 });
    return JSON.parse(stdout);
}

export const increaseTime = async (rollup, seconds) => {
    await rpc(rollup.url, 'evm_increaseTime', [seconds]);
    await rpc(rollup.url, 'evm_mine', []);
};
