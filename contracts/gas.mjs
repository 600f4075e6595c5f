// What the contracts cost, measured on anvil as whole transactions: `node contracts/gas.mjs` prints docs/gas.md,
// `--write` (`make gas`) writes it. The chain, its accounts and all data are always the same, so the numbers are too.
// Blocks come from the C library (tests/contracts/peer_contracts.c), in the build tree that ZK_BUILD names.
import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { startAnvil, rpc } from '../tests/support/anvil.mjs';
import { build, compile } from './build.mjs';
import { buildDir } from './tools/forge.mjs';

const { ethers } = createRequire(import.meta.url)('ethers');
const root = dirname(fileURLToPath(import.meta.url));

// Assumed of the verifier until the report can call the real one: docs/plonk.md, "Sizes and cost".
const VERIFIER_GAS = 330000;
const PROOF_BYTES = 2752;
const FIELD = 0x30644e72e131a029b85045b68181585d2833e84879b9709143e1f593f0000001n;
const EXPIRATION = 3600;
const TRANSFERS = [30, 120, 490, 2000];

const abi = ethers.utils.defaultAbiCoder;
const keccak = ethers.utils.keccak256;
const hex32 = (x) => ethers.utils.hexZeroPad(ethers.BigNumber.from(x).toHexString(), 32);

// The library's answer as a reader of 32-byte words.
function askPeer(...args) {
    const text = execFileSync(join(buildDir, 'tests/contracts/peer_contracts'), args.map(String), { encoding: 'utf8', maxBuffer: 1 << 28 });
    let place = 2;
    const word = () => {
        place += 64;
        return BigInt(`0x${text.slice(place - 64, place)}`);
    };
    const stream = () => {
        const length = Number(word());
        const start = place;
        place += Math.ceil(length / 32) * 64;
        return `0x${text.slice(start, start + 2 * length)}`;
    };
    return { word, stream };
}

// Bytes that are as good as random, always the same.
const noise = (length, seed) => {
    let out = '';
    for (let i = 0; out.length < 2 * length; i++) out += keccak(abi.encode(['uint256', 'uint256'], [seed, i])).slice(2);
    return `0x${out.slice(0, 2 * length)}`;
};

function calldataCost(data) {
    const bytes = ethers.utils.arrayify(data);
    const zeros = bytes.filter((b) => b === 0).length;
    return { standard: 4 * zeros + 16 * (bytes.length - zeros), floor: 21000 + 10 * zeros + 40 * (bytes.length - zeros), length: bytes.length };
}

// One deployment on a fresh chain, and what to do with it.
async function deploy(url, artifacts) {
    const provider = new ethers.providers.StaticJsonRpcProvider(url);
    provider.pollingInterval = 20;
    const signers = [0, 1, 2, 3].map((i) => provider.getSigner(i));
    const [operator, alice, bob, carol] = await Promise.all(signers.map(async (s) => ({ signer: s, address: await s.getAddress() })));
    const gas = {};
    const create = async (artifact, ...args) => {
        const factory = new ethers.ContractFactory(artifact.abi, artifact.bytecode, operator.signer);
        const contract = await factory.deploy(...args);
        gas[artifact.name] = (await contract.deployTransaction.wait()).gasUsed.toNumber();
        return contract;
    };
    const make = (name, ...args) => create(artifacts.get(name), ...args);
    const source = 'test/GasVerifier.sol';
    const compiled = compile([source])[source].GasVerifier;
    const verifier = await create({ name: 'GasVerifier', abi: compiled.abi, bytecode: `0x${compiled.evm.bytecode.object}` }, VERIFIER_GAS);
    const poseidon2 = await make('Poseidon2');
    const exodusPart = await make('ZkRollExodus');
    const operatorPart = await make('ZkRollOperator', exodusPart.address);
    const zkRoll = await make('ZkRoll', operatorPart.address);
    const governanceTarget = await make('Governance');
    const deployment = await make('Deployment', {
        zkRoll: zkRoll.address, governanceTarget: governanceTarget.address, poseidon2: poseidon2.address, verifiers: [verifier.address],
        governor: operator.address, validator: operator.address, feeAddress: operator.address, priorityExpiration: EXPIRATION,
        noticePeriod: EXPIRATION, noticeFloor: EXPIRATION, council: [], councilThreshold: 0, openListing: true,
        listingFeeToken: ethers.constants.AddressZero, listingFee: 0, listingCap: 1000, treasury: operator.address, nftName: 'ZkSync', nftSymbol: 'ZKS',
    });
    const everything = ['IZkRoll', 'IZkRollOperator', 'IZkRollExodus'].flatMap((name) => artifacts.get(name).abi)
        .filter((item) => item.type === 'function');
    const main = new ethers.Contract(await deployment.mainContract(), everything, operator.signer);
    const listing = new ethers.Contract(await deployment.tokenGovernance(), artifacts.get('TokenGovernance').abi, operator.signer);
    const token = await make('DevToken', 'One', 'ONE', 18);
    await (await listing.addToken(token.address)).wait();
    const multicall = await make('Multicall');
    const helper = await make('WithdrawalHelper', main.address);
    const genesisRoot = askPeer('genesis', BigInt(operator.address), 0);
    return { provider, gas, main, token, multicall, helper, operator, alice, bob, carol, genesisRoot };
}

const storedType = 'tuple(uint32,uint64,bytes32,uint256,bytes32,bytes32)';
const inputsType = 'tuple(uint32,bytes32,uint256,uint256,uint256,uint256)';

function evaluate(stream, r) {
    const bytes = stream.slice(2);
    let y = 1n;
    for (let i = 0; i < bytes.length; i += 24) y = (y * r + BigInt(`0x${bytes.slice(i, i + 24)}`)) % FIELD;
    return y;
}

// The contract's view of a block after `previous`.
function storedOf(previous, b, requests) {
    const number = previous[0] + 1;
    const header = (BigInt(number) << 96n) | BigInt(b.timestamp);
    const settlementHash = keccak(b.settlement);
    const r = BigInt(keccak(ethers.utils.concat([settlementHash, keccak(b.delta), hex32(b.slotChain), hex32(header), previous[4], b.stateHash]))) % FIELD;
    const inputs = [b.keyId, previous[4], b.slotChain, r, evaluate(b.settlement, r), evaluate(b.delta, r)];
    const commitment = keccak(abi.encode([inputsType], [inputs]));
    return { stored: [number, requests, settlementHash, b.timestamp, b.stateHash, commitment], inputs };
}

const opening = `0x01${'00'.repeat(71)}`;
const op48 = (code, account, address, token, amount) => ethers.utils.solidityPack(['uint8', 'uint24', 'address', 'uint16', 'uint48', 'uint128'], [code, account, address, token, 0, amount]);

export async function measure() {
    const artifacts = build();
    const anvil = await startAnvil(['--timestamp', '1800000000']);
    try {
        return await measureOn(anvil.url, artifacts);
    } finally {
        await anvil.stop();
    }
}

async function measureOn(url, artifacts) {
    await rpc(url, 'anvil_setBlockTimestampInterval', [1]); // the clock of the machine would be in the numbers
    const d = await deploy(url, artifacts);
    const { main, token, alice, bob, carol, operator } = d;
    const users = [];
    // Ethers' own error would print the whole calldata.
    const used = async (promise) => {
        const { hash } = await promise;
        const receipt = await d.provider.waitForTransaction(hash);
        if (receipt.status !== 1) throw new Error(`transaction ${hash} reverted in block ${receipt.blockNumber}`);
        return receipt.gasUsed.toNumber();
    };
    const user = async (name, limit, promise) => users.push({ name, limit, gas: await used(promise) });
    const as = (who, contract = main) => contract.connect(who.signer);
    const fixed = { gasLimit: 5000000 };

    // ---- users
    await user('depositETH, the first of a chain', 90000, as(alice).depositETH(alice.address, { value: 10n ** 18n, ...fixed }));
    await user('depositETH', 90000, as(alice).depositETH(alice.address, { value: 10n ** 18n, ...fixed }));
    for (const who of [alice, bob]) {
        await used(token.mint(who.address, 10n ** 24n));
        await used(as(who, token).approve(main.address, ethers.constants.MaxUint256));
    }
    await user('depositERC20, the first of a token', 140000, as(alice).depositERC20(token.address, 10n ** 18n, alice.address, fixed));
    await user('depositERC20', 140000, as(bob).depositERC20(token.address, 10n ** 18n, bob.address, fixed));
    await user('requestFullExit, the first of a user', 500000, as(alice).requestFullExit(42, token.address, fixed));
    await user('requestFullExit', 500000, as(alice).requestFullExit(42, token.address, fixed));
    await user('requestFullExitNFT', 500000, as(alice).requestFullExitNFT(42, 70000, fixed));
    await user('setAuthPubkeyHash', 200000, as(alice).setAuthPubkeyHash(noise(20, 1), 0, fixed));
    const requests = [
        op48(1, 1, alice.address, 0, 10n ** 18n), op48(1, 1, alice.address, 0, 10n ** 18n), op48(1, 1, alice.address, 1, 10n ** 18n),
        op48(1, 2, bob.address, 1, 10n ** 18n), op48(6, 42, alice.address, 1, 0), op48(6, 42, alice.address, 1, 0),
    ];
    const nftExit = ethers.utils.solidityPack(
        ['uint8', 'uint24', 'address', 'uint32', 'address', 'uint24', 'uint32', 'uint8', 'bytes32', 'uint64'],
        [0x16, 42, alice.address, 70000, bob.address, 2, 3, 1, noise(32, 2), 0]);
    const withdrawals = [
        op48(3, 1, alice.address, 0, 10n ** 17n), op48(3, 1, alice.address, 1, 10n ** 17n), op48(3, 1, bob.address, 0, 10n ** 17n),
        op48(3, 1, carol.address, 0, 10n ** 17n), op48(3, 1, carol.address, 1, 10n ** 17n),
    ];

    // ---- blocks
    const genesisRoot = hex32(d.genesisRoot.word());
    let last = [0, 0, keccak('0x'), 0, genesisRoot, hex32(0)];
    const newBlock = async (settlement, delta = opening, stateHash = undefined) => {
        const { timestamp } = await d.provider.getBlock('latest');
        return {
            timestamp, stateHash: stateHash ?? hex32(BigInt(noise(32, last[0] + 100)) % FIELD), slotChain: BigInt(noise(32, last[0] + 200)) % FIELD,
            keyId: 0, settlement, delta, witnesses: [],
        };
    };
    const proof = (n) => noise(PROOF_BYTES, n + 300);
    const settle = async (settlement, count, delta = opening, stateHash = undefined) => {
        const b = await newBlock(settlement, delta, stateHash);
        const next = storedOf(last, b, count);
        const data = main.interface.encodeFunctionData('settleBlocks', [last, [b], [proof(next.stored[0])]]);
        const gas = await used(operator.signer.sendTransaction({ to: main.address, data, gasLimit: 16000000 }));
        last = next.stored;
        return { gas, ...calldataCost(data) };
    };
    const separately = async (settlement, count, delta) => {
        const b = await newBlock(settlement, delta);
        const next = storedOf(last, b, count);
        const proofs = [[next.stored, next.inputs, proof(next.stored[0])]];
        const commitData = main.interface.encodeFunctionData('commitBlocks', [last, [b]]);
        const out = { commit: await used(operator.signer.sendTransaction({ to: main.address, data: commitData, gasLimit: 16000000 })) };
        out.prove = await used(main.proveBlocks(proofs, fixed));
        out.execute = await used(main.executeBlocks([[next.stored, settlement]], fixed));
        last = next.stored;
        return out;
    };
    await settle(ethers.utils.hexConcat([...requests, nftExit, ...withdrawals]), 7);

    await user('withdrawPendingBalance, ETH', 200000, as(bob).withdrawPendingBalance(alice.address, ethers.constants.AddressZero, 10n ** 16n, fixed));
    await user('withdrawPendingBalance, ERC-20', 200000, as(bob).withdrawPendingBalance(alice.address, token.address, 10n ** 16n, fixed));
    const calls = [bob, carol].map((who) => [main.address, main.interface.encodeFunctionData('withdrawPendingBalance', [who.address, ethers.constants.AddressZero, 10n ** 16n])]);
    await user('Multicall of two withdrawals', 300000, d.multicall.aggregate(calls, fixed));
    await user('WithdrawalHelper, two, 100,000 gas each', undefined,
        d.helper.withdrawBalances([bob, carol].map((who) => [who.address, ethers.constants.AddressZero, 10n ** 16n]), 100000, fixed));
    await user('withdrawPendingNFTBalance, default factory', undefined, as(bob).withdrawPendingNFTBalance(70000, fixed));

    const blocks = [];
    for (const n of TRANSFERS) {
        const answer = askPeer('transfers', 1, n);
        for (let i = 0; i < 10; i++) answer.word();
        const settlement = answer.stream();
        const delta = answer.stream();
        const apart = await separately(settlement, 0, delta);
        const together = await settle(settlement, 0, delta);
        blocks.push({ n, ...apart, ...together });
    }

    // What one more operation of each kind costs in a call that does all three: the difference of two blocks.
    const operations = [];
    const delta = `${opening}${'f0'.padEnd(24, '0').repeat(10)}`; // markers, so that both have what ten operations publish
    const base = (await settle('0x', 0, opening)).gas;
    const fresh = (i) => `0x${noise(20, 1000 + i).slice(2)}`;
    const tenOf = (make) => ethers.utils.hexConcat(Array.from({ length: 10 }, (_, i) => make(i)));
    const nftOut = (i) => ethers.utils.solidityPack(
        ['uint8', 'uint24', 'address', 'uint32', 'address', 'uint24', 'uint32', 'uint8', 'bytes32', 'uint64'],
        [0x0a, 42, fresh(i), 80000 + i, bob.address, 2, 3, 1, noise(32, 2), 0]);
    const perOperation = async (name, settlement, count) => operations.push({ name, gas: Math.round(((await settle(settlement, count, delta)).gas - base) / 10) });
    await perOperation('withdraw, to who has nothing pending', tenOf((i) => op48(3, 9, fresh(i), 0, 10n ** 15n)), 0);
    await perOperation('withdraw, to who has', tenOf((i) => op48(3, 9, fresh(i), 0, 10n ** 15n)), 0);
    await perOperation('withdraw NFT', tenOf(nftOut), 0);
    for (let i = 0; i < 10; i++) await used(as(alice).depositETH(alice.address, { value: 1000n + BigInt(i), ...fixed }));
    await perOperation('deposit', tenOf((i) => op48(1, 9, alice.address, 0, 1000 + i)), 10);
    for (let i = 0; i < 10; i++) await used(as(alice).requestFullExit(42, ethers.constants.AddressZero, fixed));
    await perOperation('full exit', tenOf((i) => op48(6, 42, alice.address, 0, i)), 10);

    // ---- exodus
    const exits = askPeer('exits', 7, 2);
    const claim = (length) => {
        exits.word();
        const state = hex32(exits.word());
        const [account, owner, tokenId, amount, creator, creatorAddress, serial, content] = Array.from({ length: 8 }, () => exits.word());
        const address = (x) => ethers.utils.hexZeroPad(ethers.BigNumber.from(x).toHexString(), 20);
        const path = Array.from({ length }, () => exits.word());
        return { state, args: [address(owner), account, tokenId, amount, creator, address(creatorAddress), serial, hex32(content), path] };
    };
    const [balance, nft] = [claim(57), claim(90)];
    await settle('0x', 0, opening, balance.state);
    await used(as(alice).depositETH(alice.address, { value: 5, ...fixed }));
    await rpc(url, 'evm_setNextBlockTimestamp', [(await d.provider.getBlock('latest')).timestamp + EXPIRATION]);
    await user('activateExodusMode', undefined, as(bob).activateExodusMode(fixed));
    await user('performExodus, fungible', undefined, as(bob).performExodus(last, ...balance.args, fixed));
    await user('performExodus, NFT', undefined, as(bob).performExodus(last, ...nft.args, fixed));
    const data = ethers.utils.solidityPack(['uint8', 'uint32', 'uint32', 'uint128', 'address'], [1, 0, 0, 5, alice.address]);
    await user('cancelOutstandingDepositsForExodusMode, one', undefined, as(bob).cancelOutstandingDepositsForExodusMode(1, [data], fixed));

    // ---- what the same costs without us
    const peers = {
        eth: await used(alice.signer.sendTransaction({ to: bob.address, value: 1 })),
        erc20: await used(as(alice, token).transfer(bob.address, 10n ** 16n)),
    };
    return { users, blocks, operations, peers, deployment: d.gas };
}

const thousands = (n) => Math.round(n).toString().replace(/\B(?=(\d{3})+$)/g, ',');

export function report({ users, blocks, operations, peers, deployment }) {
    const lines = [];
    const table = (head, rows) => {
        lines.push(`| ${head.join(' | ')} |`, `| ${head.map((_, i) => (i === 0 ? '---' : '---:')).join(' | ')} |`);
        for (const row of rows) lines.push(`| ${row.join(' | ')} |`);
        lines.push('');
    };
    const say = (...text) => lines.push(...text, '');
    say('# Gas');
    say('Written by `make gas`; do not edit. Whole transactions on anvil (osaka, EIP-7623 and EIP-7825 active), made',
        `from the contracts as they are deployed. The verifier here is a stand-in that uses ${thousands(VERIFIER_GAS)} gas and gets ${thousands(PROOF_BYTES)} bytes of proof.`);
    say('## Users');
    table(['call', 'gas', 'limit that the SDK sends'], users.map((u) => [u.name, thousands(u.gas), u.limit ? thousands(u.limit) : '']));
    say('## Blocks of transfers');
    say('Account ids below a million, amounts of cents to thousands, three fee classes. "All in one" is `settleBlocks`; "floor" is what its',
        'bytes alone cost by EIP-7623, which the whole transaction cannot go below.');
    table(['transfers', 'calldata bytes', 'commit', 'prove', 'execute', 'all in one', 'floor', '**a transfer**', 'than ETH on L1', 'than ERC-20 on L1'],
        blocks.map((b) => [thousands(b.n), thousands(b.length), thousands(b.commit), thousands(b.prove), thousands(b.execute), thousands(b.gas), thousands(b.floor),
            `**${thousands(b.gas / b.n)}**`, `${(peers.eth / (b.gas / b.n)).toFixed(1)}× cheaper`, `${(peers.erc20 / (b.gas / b.n)).toFixed(1)}× cheaper`]));
    say(`A transfer on L1: ETH ${thousands(peers.eth)}, ERC-20 (OpenZeppelin's, to a holder) ${thousands(peers.erc20)}.`);
    say('## Operations that L1 settles');
    say('One more operation in a block that is settled in one call: a tenth of the difference between a block of ten and an empty one.');
    table(['operation', 'gas'], operations.map((o) => [o.name, thousands(o.gas)]));
    say('## Deployment');
    table(['contract', 'gas'], Object.entries(deployment).filter(([name]) => name !== 'GasVerifier').map(([name, gas]) => [name, thousands(gas)]));
    lines.pop();
    return lines.join('\n') + '\n';
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
    const text = report(await measure());
    if (process.argv.includes('--write')) writeFileSync(join(root, '../docs/gas.md'), text);
    else process.stdout.write(text);
}
