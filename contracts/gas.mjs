// What the contracts cost, measured on anvil as whole transactions: `node contracts/gas.mjs` prints docs/gas.md,
// `--write` (`make gas`) writes it. The chain, its accounts and all data are always the same, so the numbers are too.
// Blocks come from the C library (tests/contracts/peer_contracts.c), in the build tree that ZK_BUILD names, and so do the
// contracts. The verifiers are the real ones; they are shown proofs by whoever knows the development setup's secret
// (tests/contracts/forger.c), which cost what others cost, and are made in no time for blocks of any size.
import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { startAnvil, rpc } from '../tests/support/anvil.mjs';
import { buildDir } from './tools/forge.mjs';

const { ethers } = createRequire(import.meta.url)('ethers');
const root = dirname(fileURLToPath(import.meta.url));

const FIELD = 0x30644e72e131a029b85045b68181585d2833e84879b9709143e1f593f0000001n;
const EXPIRATION = 3600;
const TRANSFERS = [30, 120, 490, 2000]; // in blocks of each capacity, whose key ids are 0 … 3
const CHAIN_ID = 9;
const [BLOCK_GAS, BLOCK_BYTES] = [12000000, 100000]; // block_config_default

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

// block_costs_default, and what the library knows of the contract's own bound, as contracts/peer_contracts.c says it.
const SETTLED = ['deposit', 'deposit_refused', 'withdraw', 'forced_exit', 'full_exit', 'change_pubkey', 'withdraw_nft', 'full_exit_nft'];
export function readCosts() {
    const answer = askPeer('costs', 0, 0);
    const number = () => Number(answer.word());
    const [baseGas, baseBytes, wordGas, executeMax] = [number(), number(), number(), number()];
    const operations = Object.fromEntries(SETTLED.map((op) => [op, { gas: number(), bytes: number(), execute: number() }]));
    return { baseGas, baseBytes, wordGas, executeMax, operations };
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
    const verifiers = [];
    for (const keyId of TRANSFERS.keys()) verifiers.push((await make(`BlockVerifier${keyId}`)).address);
    const poseidon2 = await make('Poseidon2');
    const exodusPart = await make('ZkRollExodus');
    const operatorPart = await make('ZkRollOperator', exodusPart.address);
    const zkRoll = await make('ZkRoll', operatorPart.address);
    const governanceTarget = await make('Governance');
    const deployment = await make('Deployment', {
        zkRoll: zkRoll.address, governanceTarget: governanceTarget.address, poseidon2: poseidon2.address, verifiers,
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

// A proof that the verifier of this key takes.
function forge(keyId, publics) {
    const words = publics.map((x) => hex32(x).slice(2));
    return `0x${execFileSync(join(buildDir, 'tests/contracts/forger'), [String(keyId), ...words], { encoding: 'utf8', maxBuffer: 1 << 20 })}`;
}

// The contract's view of a block after `previous`.
function storedOf(previous, b, requests) {
    const number = previous[0] + 1;
    const header = (BigInt(number) << 96n) | BigInt(b.timestamp);
    const settlementHash = keccak(b.settlement);
    const r = BigInt(keccak(ethers.utils.concat([settlementHash, keccak(b.delta), hex32(b.slotChain), hex32(header), previous[4], b.stateHash]))) % FIELD;
    const inputs = [b.keyId, previous[4], b.slotChain, r, evaluate(b.settlement, r), evaluate(b.delta, r)];
    const commitment = keccak(abi.encode([inputsType], [inputs]));
    const publics = [previous[4], b.stateHash, header, b.slotChain, ...inputs.slice(3)];
    return { stored: [number, requests, settlementHash, b.timestamp, b.stateHash, commitment], inputs, publics };
}

const opening = `0x01${'00'.repeat(71)}`;
const op48 = (code, account, address, token, amount) => ethers.utils.solidityPack(['uint8', 'uint24', 'address', 'uint16', 'uint48', 'uint128'], [code, account, address, token, 0, amount]);

const oldText = (hash, account) => `Register zkSync pubkey:\n\n${hash.slice(2)}\nnonce: 0x00000000\naccount id: 0x${account.toString(16).padStart(8, '0')}\n\n`
    + 'Only sign this message for a trusted client!';

// Ten keys authorized in each of the five ways (ChangePubkey.sol).
async function changesOfKeys(perOperation, tenOf, main, used, provider) {
    const wallets = Array.from({ length: 10 }, (_, i) => new ethers.Wallet(noise(32, 400 + i)));
    const hashes = wallets.map((_, i) => noise(20, 500 + i));
    const operation = (owner, i) => ethers.utils.solidityPack(['uint8', 'uint24', 'address', 'uint32', 'bytes20'], [7, 42 + i, owner, 0, hashes[i]]);
    const ofWallets = tenOf((i) => operation(wallets[i].address, i));
    const witnesses = async (sign) => Promise.all(wallets.map(sign));
    const message = (i) => ethers.utils.solidityPack(['bytes20', 'uint32', 'uint32', 'bytes32'], [hashes[i], 0, 42 + i, ethers.constants.HashZero]);
    const domain = { name: 'ZkSync', version: '1.0', chainId: CHAIN_ID };
    const types = { ChangePubKey: [{ name: 'pubKeyHash', type: 'bytes20' }, { name: 'nonce', type: 'uint32' }, { name: 'accountId', type: 'uint32' }] };
    await perOperation('change pubkey, signed message', 'change_pubkey', ofWallets, 0,
        await witnesses(async (w, i) => ethers.utils.hexConcat(['0x00', await w.signMessage(ethers.utils.arrayify(message(i)))])));
    await perOperation('change pubkey, old text', 'change_pubkey', ofWallets, 0, await witnesses(async (w, i) => ethers.utils.hexConcat(['0x02', await w.signMessage(oldText(hashes[i], 42 + i))])));
    await perOperation('change pubkey, EIP-712', 'change_pubkey', ofWallets, 0, await witnesses(async (w, i) => ethers.utils.hexConcat(['0x04',
        await w._signTypedData(domain, types, { pubKeyHash: hashes[i], nonce: 0, accountId: 42 + i })])));
    const contracts = wallets.map((w, i) => {
        const [argument, code] = [noise(32, 600), noise(32, 601)];
        const salt = ethers.utils.solidityKeccak256(['bytes32', 'bytes20'], [argument, hashes[i]]);
        return { address: ethers.utils.getCreate2Address(w.address, salt, code), witness: ethers.utils.hexConcat(['0x01', w.address, argument, code]) };
    });
    await perOperation('change pubkey, CREATE2', 'change_pubkey', tenOf((i) => operation(contracts[i].address, i)), 0, contracts.map((c) => c.witness));
    const accounts = wallets.map((_, i) => ethers.utils.getAddress(noise(20, 700 + i)));
    for (const [i, address] of accounts.entries()) {
        await provider.send('anvil_impersonateAccount', [address]);
        await provider.send('anvil_setBalance', [address, '0xde0b6b3a7640000']);
        await used(main.connect(provider.getSigner(address)).setAuthPubkeyHash(hashes[i], 0, { gasLimit: 200000 }));
    }
    await perOperation('change pubkey, announced on chain', 'change_pubkey', tenOf((i) => operation(accounts[i], i)), 0, accounts.map(() => '0x'));
}

export async function measure() {
    const dir = join(buildDir, 'contracts/artifacts');
    const artifacts = new Map(readdirSync(dir).filter((file) => file.endsWith('.json')).map((file) => JSON.parse(readFileSync(join(dir, file), 'utf8'))).map((a) => [a.name, a]));
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
    const newBlock = async (settlement, { delta = opening, stateHash = undefined, keyId = 0, witnesses = [] } = {}) => {
        const { timestamp } = await d.provider.getBlock('latest');
        return {
            timestamp, stateHash: stateHash ?? hex32(BigInt(noise(32, last[0] + 100)) % FIELD), slotChain: BigInt(noise(32, last[0] + 200)) % FIELD,
            keyId, settlement, delta, witnesses,
        };
    };
    // One call, as the operator makes it: what it used, and what its bytes cost.
    const settle = async (settlement, count, options) => {
        const b = await newBlock(settlement, options);
        const next = storedOf(last, b, count);
        const data = main.interface.encodeFunctionData('settleBlocks', [last, [b], [forge(b.keyId, next.publics)]]);
        const gas = await used(operator.signer.sendTransaction({ to: main.address, data, gasLimit: 16000000 }));
        last = next.stored;
        return { gas, ...calldataCost(data) };
    };
    const separately = async (settlement, count, options) => {
        const b = await newBlock(settlement, options);
        const next = storedOf(last, b, count);
        const proof = forge(b.keyId, next.publics);
        const commitData = main.interface.encodeFunctionData('commitBlocks', [last, [b]]);
        const out = { commit: await used(operator.signer.sendTransaction({ to: main.address, data: commitData, gasLimit: 16000000 })) };
        const verifier = new ethers.Contract(await main.verifiers(b.keyId), artifacts.get('IVerifier').abi, operator.signer);
        out.verify = (await verifier.estimateGas.verify(next.publics, proof)).toNumber() - calldataCost(verifier.interface.encodeFunctionData('verify', [next.publics, proof])).standard - 21000;
        out.proofBytes = ethers.utils.hexDataLength(proof);
        out.prove = await used(main.proveBlocks([[next.stored, next.inputs, proof]], fixed));
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
    for (const [keyId, n] of TRANSFERS.entries()) {
        const answer = askPeer('transfers', 1, n);
        for (let i = 0; i < 10; i++) answer.word();
        const settlement = answer.stream();
        const delta = answer.stream();
        const apart = await separately(settlement, 0, { delta, keyId });
        const together = await settle(settlement, 0, { delta, keyId });
        blocks.push({ n, ...apart, ...together });
    }

    // What one more operation of each kind costs in a call that does all three: the difference of two blocks. Operations are
    // the library's (src/rollup/op.h); each is the dearest of its kind: to who has nothing pending, and so on.
    const operations = [];
    const markers = `${opening}${'f0'.padEnd(24, '0').repeat(10)}`; // so that both blocks have what ten operations publish
    const base = await settle('0x', 0, { delta: markers });
    const fresh = (i) => `0x${noise(20, 1000 + i).slice(2)}`;
    const tenOf = (make) => ethers.utils.hexConcat(Array.from({ length: 10 }, (_, i) => make(i)));
    const perOperation = async (name, op, settlement, count, witnesses = []) => {
        const { gas, length } = await settle(settlement, count, { delta: markers, witnesses });
        const words = ethers.utils.hexDataLength(settlement) / 12 / 10;
        operations.push({ name, op, gas: Math.round((gas - base.gas) / 10), words, witness: Math.max(0, Math.round((length - base.length) / 10 - 12 * words)) });
    };
    const nftOut = (code, owner, first) => (i) => ethers.utils.solidityPack(
        ['uint8', 'uint24', 'address', 'uint32', 'address', 'uint24', 'uint32', 'uint8', 'bytes32', 'uint64'],
        [code, 42, owner(i), first + i, bob.address, 2, 3, 1, noise(32, 2), 0]);
    await perOperation('withdraw, to who has nothing pending', 'withdraw', tenOf((i) => op48(3, 9, fresh(i), 0, 10n ** 15n)), 0);
    await perOperation('withdraw, to who has', undefined, tenOf((i) => op48(3, 9, fresh(i), 0, 10n ** 15n)), 0);
    await perOperation('forced exit, to who has nothing pending', 'forced_exit', tenOf((i) => op48(8, 9, fresh(100 + i), 0, 10n ** 15n)), 0);
    await perOperation('withdraw NFT', 'withdraw_nft', tenOf(nftOut(0x0a, fresh, 80000)), 0);
    for (let i = 0; i < 10; i++) await used(as(alice).depositETH(alice.address, { value: 1000n + BigInt(i), ...fixed }));
    await perOperation('deposit', 'deposit', tenOf((i) => op48(1, 9, alice.address, 0, 1000 + i)), 10);
    for (let i = 0; i < 10; i++) await used(as(alice).depositETH(fresh(200 + i), { value: 1000n + BigInt(i), ...fixed }));
    await perOperation('deposit, refused', 'deposit_refused', tenOf((i) => op48(0x11, 9, fresh(200 + i), 0, 1000 + i)), 10);
    const outsiders = Array.from({ length: 10 }, (_, i) => ethers.utils.getAddress(fresh(300 + i)));
    for (const address of outsiders) {
        await rpc(url, 'anvil_impersonateAccount', [address]);
        await rpc(url, 'anvil_setBalance', [address, '0xde0b6b3a7640000']);
        await used(main.connect(d.provider.getSigner(address)).requestFullExit(42, ethers.constants.AddressZero, fixed));
    }
    await perOperation('full exit, to who has nothing pending', 'full_exit', tenOf((i) => op48(6, 42, outsiders[i], 0, 1000 + i)), 10);
    for (const [i, address] of outsiders.entries()) await used(main.connect(d.provider.getSigner(address)).requestFullExitNFT(42, 90000 + i, fixed));
    await perOperation('full exit NFT', 'full_exit_nft', tenOf(nftOut(0x16, (i) => outsiders[i], 90000)), 10);
    await changesOfKeys(perOperation, tenOf, main, used, d.provider);

    // Blocks as full as the library makes them: what they use is below what it had in mind, and the contract commits them.
    // `parts`: kinds of operations that take turns. `each`: what the library adds to a block with one of them.
    const costs = readCosts();
    const fullest = [];
    const wordsIn = (op) => (op.endsWith('_nft') ? 9 : 5); // of both streams
    const each = (op) => ({ gas: costs.operations[op].gas + wordsIn(op) * costs.wordGas, bytes: costs.operations[op].bytes + 12 * wordsIn(op), execute: costs.operations[op].execute });
    const howMany = (parts) => {
        const sum = { gas: costs.baseGas + 6 * costs.wordGas, bytes: costs.baseBytes + 72, execute: 0 };
        const most = { gas: BLOCK_GAS, bytes: BLOCK_BYTES, execute: costs.executeMax };
        for (let n = 0; ; n++) {
            const more = each(parts[n % parts.length]);
            if (Object.keys(most).some((limit) => sum[limit] + more[limit] > most[limit])) return { n, said: sum.gas, saidBytes: sum.bytes, executed: sum.execute };
            for (const limit of Object.keys(most)) sum[limit] += more[limit];
        }
    };
    const full = async (name, parts, make, { witness, requests = 0 } = {}) => {
        const { n, ...said } = howMany(parts);
        const settlement = ethers.utils.hexConcat(Array.from({ length: n }, (_, i) => make(i)));
        const witnesses = witness ? await Promise.all(Array.from({ length: n }, (_, i) => witness(i))) : [];
        const { gas, length } = await settle(settlement, requests, { delta: `${opening}${`ff${'11'.repeat(11)}`.repeat(n)}`, witnesses });
        fullest.push({ name, n, gas, length, executeMax: costs.executeMax, ...said });
    };
    await full('withdrawals, to who has nothing pending', ['withdraw'], (i) => op48(3, 9, fresh(1000 + i), 0, 10n ** 12n));
    await full('withdrawals of NFTs', ['withdraw_nft'], nftOut(0x0a, (i) => fresh(2000 + i), 100000));
    await full('withdrawals, of NFTs too, and forced exits, in turn', ['withdraw', 'withdraw_nft', 'forced_exit'],
        (i) => (i % 3 === 1 ? nftOut(0x0a, () => fresh(3000 + i), 110000)(i) : op48(i % 3 === 0 ? 3 : 8, 9, fresh(3000 + i), 0, 10n ** 12n)));
    // Requests: anybody can fill a block with them, and the chain stops if the contract does not take it.
    const exits1 = howMany(['full_exit']).n;
    for (let i = 0; i < exits1; i++) {
        const address = fresh(4000 + i);
        await rpc(url, 'anvil_impersonateAccount', [address]);
        await rpc(url, 'anvil_setBalance', [address, '0xde0b6b3a7640000']);
        await used(main.connect(d.provider.getSigner(address)).requestFullExit(42, ethers.constants.AddressZero, fixed));
    }
    await full('full exits, to who has nothing pending', ['full_exit'], (i) => op48(6, 42, fresh(4000 + i), 0, 1000 + i), { requests: exits1 });
    const signer = new ethers.Wallet(noise(32, 800)); // one owner of many accounts: the contract does not mind
    const keyHash = noise(20, 801);
    await full('new keys, old text', ['change_pubkey'],
        (i) => ethers.utils.solidityPack(['uint8', 'uint24', 'address', 'uint32', 'bytes20'], [7, 42 + i, signer.address, 0, keyHash]),
        { witness: async (i) => ethers.utils.hexConcat(['0x02', await signer.signMessage(oldText(keyHash, 42 + i))]) });

    // A word more of the delta stream: its calldata, its hash, its product. All bytes non-zero, which is the dearest.
    const wordsOf = (n) => `${opening}${noise(12 * n, 5).slice(2).replace(/00/g, '11')}`;
    const [few, many] = [await settle('0x', 0, { delta: wordsOf(100) }), await settle('0x', 0, { delta: wordsOf(1100) })];
    const empty = await settle('0x', 0);
    const model = { word: (many.gas - few.gas) / 1000, base: empty.gas, baseBytes: empty.length };

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
    await settle('0x', 0, { stateHash: balance.state });
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
    return { users, blocks, operations, fullest, model, peers, deployment: d.gas };
}

const thousands = (n) => Math.round(n).toString().replace(/\B(?=(\d{3})+$)/g, ',');

export function report({ users, blocks, operations, fullest, model, peers, deployment }) {
    const lines = [];
    const table = (head, rows) => {
        lines.push(`| ${head.join(' | ')} |`, `| ${head.map((_, i) => (i === 0 ? '---' : '---:')).join(' | ')} |`);
        for (const row of rows) lines.push(`| ${row.join(' | ')} |`);
        lines.push('');
    };
    const say = (...text) => lines.push(...text, '');
    say('# Gas');
    say('Written by `make gas`; do not edit. Whole transactions on anvil (osaka, EIP-7623 and EIP-7825 active), made',
        'from the contracts as they are deployed, the verifiers of the block circuit among them.');
    say('## Users');
    table(['call', 'gas', 'limit that the SDK sends'], users.map((u) => [u.name, thousands(u.gas), u.limit ? thousands(u.limit) : '']));
    say('## Blocks of transfers');
    say('Account ids below a million, amounts of cents to thousands, three fee classes. "All in one" is `settleBlocks`; "floor" is what its',
        'bytes alone cost by EIP-7623, which the whole transaction cannot go below.');
    table(['transfers', 'calldata bytes', 'commit', 'prove', 'execute', 'all in one', 'floor', '**a transfer**', 'than ETH on L1', 'than ERC-20 on L1'],
        blocks.map((b) => [thousands(b.n), thousands(b.length), thousands(b.commit), thousands(b.prove), thousands(b.execute), thousands(b.gas), thousands(b.floor),
            `**${thousands(b.gas / b.n)}**`, `${(peers.eth / (b.gas / b.n)).toFixed(1)}× cheaper`, `${(peers.erc20 / (b.gas / b.n)).toFixed(1)}× cheaper`]));
    say('"Prove" has the verifier in it:');
    table(['key id', 'bytes of proof', 'gas of the verifier\'s code'], blocks.map((b, keyId) => [keyId, thousands(b.proofBytes), thousands(b.verify)]));
    say(`A transfer on L1: ETH ${thousands(peers.eth)}, ERC-20 (OpenZeppelin's, to a holder) ${thousands(peers.erc20)}.`);
    say('## Operations that L1 settles');
    say('One more operation in a block that is settled in one call: a tenth of the difference between a block of ten and an empty one.');
    table(['operation', 'gas', 'words', 'bytes of witness'], operations.map((o) => [o.name, thousands(o.gas), o.words, o.witness]));
    say(`A block without operations: ${thousands(model.base)} gas, ${thousands(model.baseBytes)} bytes of calldata. A word of a stream, no byte of it zero: ${model.word.toFixed(0)} gas.`,
        '`block_costs_default` (`src/rollup/block.h`), by which blocks are closed and fees quoted, is made of these numbers, rounded up; a test compares.');
    say(`Blocks as full as the library makes them, by its model and limits of ${thousands(BLOCK_GAS)} gas and ${thousands(BLOCK_BYTES)} bytes, and the contract's`,
        `of ${thousands(fullest[0].executeMax)} gas to execute, settled in one call:`);
    table(['operations', '', 'bytes by the model', 'bytes', 'gas by the model', 'gas', 'to execute, as the contract counts'],
        fullest.map((f) => [f.name, thousands(f.n), thousands(f.saidBytes), thousands(f.length), thousands(f.said), thousands(f.gas), thousands(f.executed)]));
    say('## Deployment');
    table(['contract', 'gas'], Object.entries(deployment).map(([name, gas]) => [name, thousands(gas)]));
    lines.pop();
    return lines.join('\n') + '\n';
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
    const text = report(await measure());
    if (process.argv.includes('--write')) writeFileSync(join(root, '../docs/gas.md'), text);
    else process.stdout.write(text);
}
