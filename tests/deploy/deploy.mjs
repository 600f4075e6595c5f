// `zkroll deploy` against anvil: whole, killed at random points and resumed, repeated, with files that were changed, and
// with everything that it must refuse. ethers judges what is on chain.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { after, before, test } from 'node:test';
import { freePort, rpc, startAnvil } from '../support/anvil.mjs';

const require = createRequire(import.meta.url);
const { ethers } = require('ethers');
const build = resolve(process.env.ZK_BUILD ?? 'build/release');
const program = join(build, 'zkroll');
const artifact = (name) => JSON.parse(readFileSync(join(build, 'contracts/artifacts', `${name}.json`), 'utf8'));

// Anvil's first account, which the whole world knows.
const KEY = '0xac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80';
const OTHER_KEY = '0x59c6995e998f97a5a0044966f0945389dc9e86dae88c7a8412f4603b6b78690d';
const deployer = new ethers.Wallet(KEY).address;
const governor = '0x6001000000000000000000000000000000000001';
const validator = '0x7001000000000000000000000000000000000002';
const feeAccount = '0xFEe0000000000000000000000000000000000003'.toLowerCase();

let chain;
let dir;
let verifier;
let provider;
let base; // options of every good run
let n = 0;

const options = (url, verifierThere) => ['deploy', '--l1', url, '--governor', governor, '--validator', validator,
    '--fee-account', feeAccount, '--verifier', verifierThere];
const fresh = () => join(dir, `addresses-${n++}.json`);

// Runs the program; killAfter: milliseconds until SIGKILL.
function zkroll(args, { env = {}, killAfter } = {}) {
    return new Promise((done) => {
        const child = spawn(program, args, { env: { PATH: process.env.PATH, ZKROLL_KEY: KEY, ...env } });
        let stdout = '';
        let stderr = '';
        child.stdout.on('data', (data) => { stdout += data; });
        child.stderr.on('data', (data) => { stderr += data; });
        const timer = killAfter === undefined ? undefined : setTimeout(() => child.kill('SIGKILL'), killAfter);
        child.once('close', (code, signal) => {
            clearTimeout(timer);
            done({ code, signal, stdout, stderr });
        });
    });
}

const nonce = (url = chain.url) => rpc(url, 'eth_getTransactionCount', [deployer, 'latest']).then(Number);

// Refused: exit code, an error of one line that matches, and nothing sent.
async function refuses(args, pattern, { code = 1, env, url } = {}) {
    const sent = await nonce(url);
    const got = await zkroll(args, { env });
    assert.equal(got.code, code, got.stderr);
    assert.equal(got.stdout, '');
    const errors = got.stderr.trim().split('\n').filter((line) => line.startsWith('zkroll'));
    assert.equal(errors.length, 1, got.stderr);
    assert.match(errors[0], pattern);
    assert.equal(await nonce(url), sent, 'nothing was sent');
}

async function deployCode(url, code) {
    const wallet = new ethers.Wallet(OTHER_KEY, new ethers.providers.JsonRpcProvider(url));
    const tx = await wallet.sendTransaction({ data: code, gasLimit: 1_000_000 });
    return (await tx.wait()).contractAddress;
}

// A contract that answers every call with 1: enough of a verifier where nothing is proved.
// init: copy 8 bytes from offset 12 and return them; code: mstore(0, 1); return(0, 32).
const ALWAYS_TRUE = '0x600a600c600039600a6000f3' + '600160005260206000f3';

// A verifier of this program's circuit that says of no setup that it is insecure: answers CIRCUIT_HASH(), and 0 to anything else.
const circuitHash = artifact('BlockVerifier0').key.circuitHash.slice(2);
const selectorOf = (signature) => ethers.utils.id(signature).slice(2, 10);
// push0 calldataload shr 224 == selector, times the hash; mstore(0, it) return(0, 32)
const honestCode = `5f3560e01c63${selectorOf('CIRCUIT_HASH()')}147f${circuitHash}025f5260205ff3`;
const HONEST = `0x60${(honestCode.length / 2).toString(16).padStart(2, '0')}8060095f395ff3${honestCode}`;

before(async () => {
    chain = await startAnvil();
    dir = mkdtempSync(join(tmpdir(), 'zkroll-deploy-'));
    provider = new ethers.providers.JsonRpcProvider(chain.url);
    provider.pollingInterval = 50;
    verifier = await deployCode(chain.url, ALWAYS_TRUE);
    base = options(chain.url, verifier);
});

after(async () => {
    await chain?.stop();
    if (dir) rmSync(dir, { recursive: true, force: true });
});

test('deploys everything, and a user can deposit', async () => {
    const out = fresh();
    const first = await nonce();
    const got = await zkroll([...base, '--out', out]);
    assert.equal(got.code, 0, got.stderr);
    assert.match(got.stderr, /\d+ checks passed/);
    const addresses = JSON.parse(readFileSync(out, 'utf8'));
    assert.deepEqual(JSON.parse(got.stdout), addresses);
    assert.equal(await nonce(), first + 9);
    assert.ok(!existsSync(`${out}.state`) && !existsSync(`${out}.lock`), 'no other file is left');

    const at = (name, address) => new ethers.Contract(address, artifact(name).abi, provider);
    const { contracts } = addresses;
    const governance = at('IGovernance', contracts.governance);
    assert.equal(await governance.networkGovernor(), governor);
    assert.equal(await governance.validators(validator), true);
    assert.equal(await at('IUpgradeGatekeeper', contracts.gatekeeper).getMaster(), governor);
    const [genesis] = await provider.getLogs({
        address: contracts.main, fromBlock: addresses.block, toBlock: addresses.block,
        topics: [ethers.utils.id('Genesis(bytes32,address,address,uint64,uint64,uint64)')],
    });
    assert.equal(genesis.data.slice(0, 66), addresses.genesisRoot);

    const user = new ethers.Wallet(OTHER_KEY, provider);
    const deposit = await at('IZkRoll', contracts.main).connect(user).depositETH(user.address, { value: 12345, gasLimit: 90000 });
    const receipt = await deposit.wait();
    assert.equal(receipt.status, 1);
    assert.ok(receipt.events.some((event) => event.event === 'NewPriorityRequest'));
    assert.equal((await provider.getBalance(contracts.main)).toNumber(), 12345);
    assert.equal((await at('IZkRoll', contracts.main).totalOpenPriorityRequests()).toNumber(), 1);
});

// The verifiers of the build, and the same ones from a folder.
test('deploys the verifiers of the block circuit, by rising capacity', async () => {
    const plain = base.filter((a, i) => a !== '--verifier' && base[i - 1] !== '--verifier');
    const folder = join(build, 'contracts/artifacts');
    for (const args of [plain, [...plain, '--verifiers', folder]]) {
        const out = fresh();
        const first = await nonce();
        const got = await zkroll([...args, '--out', out]);
        assert.equal(got.code, 0, got.stderr);
        assert.match(got.stderr, /verifier of key 3 .* 2560 slots, INSECURE/);
        assert.equal(await nonce(), first + 13);
        const { contracts } = JSON.parse(readFileSync(out, 'utf8'));
        const main = new ethers.Contract(contracts.main, artifact('IZkRoll').abi, provider);
        assert.equal(await main.keyCount(), 4);
        for (let id = 0; id < 4; id++) {
            const { abi, key } = artifact(`BlockVerifier${id}`);
            assert.equal(key.capacity, [40, 160, 640, 2560][id]);
            const there = new ethers.Contract(await main.verifiers(id), abi, provider);
            assert.equal(there.address, contracts.verifiers[id]);
            assert.equal(await there.KEY_DIGEST(), key.keyDigest);
            assert.equal(await there.CIRCUIT_HASH(), key.circuitHash);
            assert.equal((await there.PROOF_LENGTH()).toNumber(), key.proofLength);
            assert.equal(await there.INSECURE_SRS(), true);
        }
        assert.equal((await zkroll([...args, '--out', out])).code, 0, 'it is found again');
    }
});

test('refuses verifiers that are not what they claim to be', async () => {
    const plain = base.filter((a, i) => a !== '--verifier' && base[i - 1] !== '--verifier');
    const folder = mkdtempSync(join(dir, 'verifiers-'));
    const path = join(folder, 'BlockVerifier0.json');
    const good = artifact('BlockVerifier0');
    const attempt = async (edit, pattern) => {
        const bad = structuredClone(good);
        edit(bad);
        writeFileSync(path, JSON.stringify(bad));
        await refuses([...plain, '--verifiers', folder, '--out', fresh()], pattern);
    };
    await attempt((o) => { o.key.circuitHash = `0x${'11'.repeat(32)}`; }, /of another circuit than this program/);
    await attempt((o) => { o.key.keyId = 1; }, /not a block verifier as/);
    await attempt((o) => { o.name = 'BlockVerifier1'; }, /not a block verifier as/);
    await attempt((o) => { delete o.key; }, /not a block verifier as/);
    await attempt((o) => { o.key.insecure = 'no'; }, /not a block verifier as/);
    await attempt((o) => { o.bytecode = o.bytecode.slice(0, -1); }, /not a block verifier as/);
    await attempt((o) => { o.bytecode = `0x${'00'.repeat(49153)}`; }, /not a block verifier as/);
    await attempt((o) => { o.immutableReferences = { 1: [{ start: 0, length: 32 }] }; }, /not a block verifier as/);
    writeFileSync(path, '{');
    await refuses([...plain, '--verifiers', folder, '--out', fresh()], /not a block verifier as/);
    // Facts that the code belies are found out on chain.
    writeFileSync(path, JSON.stringify({ ...good, key: { ...good.key, insecure: false } }));
    const got = await zkroll([...plain, '--verifiers', folder, '--out', fresh()]);
    assert.equal(got.code, 1);
    assert.match(got.stderr, /setup of the verifier of key 0/);
});

test('the cost said beforehand is near to what was paid', async () => {
    const out = fresh();
    const from = await provider.getBlockNumber();
    const got = await zkroll([...base, '--out', out]);
    assert.equal(got.code, 0, got.stderr);
    const said = Number(/about (\d+) gas/.exec(got.stderr)[1]);
    let paid = 0;
    for (let i = from + 1; i <= await provider.getBlockNumber(); i++) paid += (await provider.getBlock(i)).gasUsed.toNumber();
    assert.ok(Math.abs(said / paid - 1) < 0.05, `said ${said}, paid ${paid}`);
});

test('a second run sends nothing and checks again', async () => {
    const out = fresh();
    assert.equal((await zkroll([...base, '--out', out])).code, 0);
    const text = readFileSync(out, 'utf8');
    const sent = await nonce();
    const again = await zkroll([...base, '--out', out]);
    assert.equal(again.code, 0, again.stderr);
    assert.match(again.stderr, /nothing is sent/);
    assert.deepEqual(JSON.parse(again.stdout), JSON.parse(text));
    assert.equal(readFileSync(out, 'utf8'), text);
    assert.equal(await nonce(), sent);
});

test('a changed addresses file, or other options, are found out', async () => {
    const out = fresh();
    assert.equal((await zkroll([...base, '--out', out])).code, 0);
    const good = JSON.parse(readFileSync(out, 'utf8'));
    const change = async (edit, pattern) => {
        const bad = structuredClone(good);
        edit(bad);
        writeFileSync(out, JSON.stringify(bad));
        await refuses([...base, '--out', out], pattern);
    };
    for (const key of Object.keys(good.contracts)) {
        const other = key === 'verifiers' ? [governor] : governor;
        await change((o) => { o.contracts[key] = other; }, new RegExp(`contracts\\.${key} is`));
    }
    await change((o) => { o.settings.governor = validator; }, /settings\.governor is/);
    await change((o) => { o.genesisRoot = `0x${'11'.repeat(32)}`; }, /genesisRoot is/);
    await change((o) => { o.chainId = 1; }, /chainId is/);
    await change((o) => { delete o.contracts.main; }, /contracts\.main is missing/);
    await change((o) => { o.contracts.extra = governor; }, /do not belong/);
    await change((o) => { o.nonces.pop(); }, /nonces of 9/);
    await change((o) => { o.nonces[4] = -1; }, /nonce 4/);
    await change((o) => { o.block += 1; }, /genesis event/);
    writeFileSync(out, readFileSync(out, 'utf8').slice(0, 100));
    await refuses([...base, '--out', out], /not a JSON object/);

    // A whole and consistent file of contracts that are not there.
    const empty = await startAnvil();
    try {
        writeFileSync(out, JSON.stringify(good));
        await refuses([...options(empty.url, verifier), '--out', out], /checks failed, the first: code of poseidon2/, { url: empty.url });
    } finally {
        await empty.stop();
    }
    writeFileSync(out, JSON.stringify(good));
    await refuses([...base, '--out', out, '--priority-expiration', '15d', '--notice-floor', '22d'], /settings\.noticeFloor is|settings\.priorityExpiration is/);
    await refuses([...base, '--out', out], /deployer is/, { env: { ZKROLL_KEY: OTHER_KEY } });
    assert.equal((await zkroll([...base, '--out', out])).code, 0, 'the good file is good');
});

test('what changes on chain afterwards is found out', async () => {
    const out = fresh();
    assert.equal((await zkroll([...base, '--out', out])).code, 0);
    const { contracts } = JSON.parse(readFileSync(out, 'utf8'));
    const snapshot = await rpc(chain.url, 'evm_snapshot');
    const code = await provider.getCode(contracts.operatorPart);
    await rpc(chain.url, 'anvil_setCode', [contracts.operatorPart, `${code.slice(0, -2)}00`]);
    await refuses([...base, '--out', out], /1 of \d+ checks failed, the first: code of the operator part/);
    await rpc(chain.url, 'evm_revert', [snapshot]);
    const target = '0x360894a13ba1a3210667c828492db98dca3e2076cc3735a920a3ca505d382bbc';
    await rpc(chain.url, 'anvil_setStorageAt', [contracts.governance, target, ethers.utils.hexZeroPad(contracts.mainTarget, 32)]);
    await refuses([...base, '--out', out], /the first: target of the governance proxy/);
});

test('killed at random points, it goes on and creates nothing twice', { timeout: 300_000 }, async (t) => {
    // Blocks come slowly, so that kills hit transactions that wait.
    await rpc(chain.url, 'evm_setAutomine', [false]);
    await rpc(chain.url, 'evm_setIntervalMining', [1]);
    t.after(async () => {
        await rpc(chain.url, 'evm_setIntervalMining', [0]);
        await rpc(chain.url, 'evm_setAutomine', [true]);
    });
    let seed = 20261123;
    const random = (below) => {
        seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0;
        return seed % below;
    };
    let kills = 0;
    for (let round = 0; kills < 12; round++) {
        const out = fresh();
        const first = await nonce();
        for (let tries = 0; ; tries++) { // later kills come later: a busy machine must get to the end, too
            const got = await zkroll([...base, '--out', out], { killAfter: 20 + random(700) * (1 + tries / 4) });
            if (got.signal === 'SIGKILL') {
                kills++;
                continue;
            }
            assert.equal(got.code, 0, got.stderr);
            break;
        }
        assert.equal(await nonce(), first + 9, 'nine transactions, whatever happened');
        const { nonces } = JSON.parse(readFileSync(out, 'utf8'));
        assert.deepEqual([...nonces].sort((a, b) => a - b), Array.from({ length: 9 }, (_, i) => first + i));
    }
    t.diagnostic(`${kills} kills`);
});

test('a changed state file, and one of other settings, are found out', async () => {
    await rpc(chain.url, 'evm_setAutomine', [false]);
    const out = fresh();
    try {
        for (let i = 0; !existsSync(`${out}.state`) && i < 20; i++) await zkroll([...base, '--out', out], { killAfter: 500 });
    } finally {
        await rpc(chain.url, 'anvil_mine', ['0x1']);
        await rpc(chain.url, 'evm_setAutomine', [true]);
    }
    const good = JSON.parse(readFileSync(`${out}.state`, 'utf8'));
    const change = async (edit, pattern) => {
        const bad = structuredClone(good);
        edit(bad);
        writeFileSync(`${out}.state`, JSON.stringify(bad));
        await refuses([...base, '--out', out], pattern);
    };
    await change((o) => { o.transactions[0].attempts[0].hash = `0x${'22'.repeat(32)}`; }, /was changed/);
    await change((o) => { o.transactions[0].nonce += 1; }, /was changed/);
    await change((o) => { o.transactions[0].gasLimit = 'much'; }, /transaction 0 makes no sense/);
    await change((o) => { o.transactions[0].attempts = []; }, /transaction 0 makes no sense/);
    await change((o) => { o.transactions.push(o.transactions[0]); }, /makes no sense/);
    await change((o) => { o.transactions[0].step = 99; }, /transaction 0 makes no sense/);
    await change((o) => { o.format = 2; }, /not the state of a deployment/);
    writeFileSync(`${out}.state`, JSON.stringify(good));
    await refuses([...base, '--out', out, '--treasury', validator], /other settings/);
    assert.equal((await zkroll([...base, '--out', out])).code, 0, 'the good one goes on');
});

test('two at a time: one is refused', async () => {
    await rpc(chain.url, 'evm_setAutomine', [false]);
    const out = fresh();
    let ended = null;
    const one = zkroll([...base, '--out', out]).then((got) => (ended = got));
    while (!existsSync(`${out}.state`) && !ended) await new Promise((r) => setTimeout(r, 20));
    assert.equal(ended, null, ended?.stderr);
    await refuses([...base, '--out', out], /another zkroll/);
    await rpc(chain.url, 'evm_setAutomine', [true]);
    await rpc(chain.url, 'anvil_mine', ['0x1']);
    const got = await one;
    assert.equal(got.code, 0, got.stderr);
});

test('refuses what cannot work, in one line', async () => {
    const out = fresh();
    const good = [...base, '--out', out];
    const without = (option) => good.filter((a, i) => a !== option && good[i - 1] !== option);
    await refuses([...good, '--chain-id', '5'], /chain 9, and --chain-id wants 5/);
    await refuses(good, /ZKROLL_KEY|64 hexadecimal|key/, { env: { ZKROLL_KEY: '0x1234' } });
    await refuses([...good, '--key', join(dir, 'none')], /none/);
    await refuses([...good, '--verifiers', dir], /two ways/, { code: 2 });
    await refuses([...without('--verifier'), '--verifiers', dir], /no BlockVerifier0\.json in/);
    await refuses([...without('--verifier'), '--verifier', governor], /no contract at the verifier/);
    await refuses([...good, '--notice-period', '1d'], /notice period is below/);
    await refuses([...good, '--priority-expiration', '0'], /expiration is 0/);
    await refuses([...good, '--council', governor], /council of 1/);
    await refuses([...good, '--council', governor, '--council', governor, '--council-threshold', '1'], /named twice/);
    await refuses([...good, '--listing-cap', '1024'], /listing cap/);
    const poor = ethers.utils.id('a key without ETH');
    await refuses(good, /has 0\.000000 ETH.*send ETH/, { env: { ZKROLL_KEY: poor } });
    const port = await freePort();
    const dead = [...without('--l1'), '--l1', `http://127.0.0.1:${port}`];
    await refuses(dead, new RegExp(`127\\.0\\.0\\.1:${port}`));
    assert.ok(!existsSync(out) && !existsSync(`${out}.state`) && !existsSync(`${out}.lock`));
});

test('misuse is told apart from failure', async () => {
    for (const args of [[], ['dance'], ['version', 'x'], ['help', 'dance'], ['deploy'], [...base, '--frob'], [...base, 'x'], [...base, '--governor', '0x12'],
        [...base, '--chain-id', '-1'], [...base, '--notice-period', '14w'], [...base, '--max-fee', '0']]) {
        const got = await zkroll(args);
        assert.equal(got.code, 2, `${args.join(' ')}: ${got.stderr}`);
        assert.equal(got.stdout, '');
        assert.notEqual(got.stderr, '');
    }
    assert.match((await zkroll(['version'])).stdout, /^zkroll \d+\.\d+\.\d+\n$/);
    assert.match((await zkroll(['help'])).stdout, /deploy/);
    const help = await zkroll(['help', 'deploy']);
    assert.equal(help.code, 0);
    assert.match(help.stdout, /--priority-expiration/);
});

test('a chain of worth: floors, names and --yes', async () => {
    const real = await startAnvil();
    try {
        await rpc(real.url, 'anvil_setChainId', [7777]);
        const there = await deployCode(real.url, HONEST);
        const careless = await deployCode(real.url, ALWAYS_TRUE); // also to the question whether its setup is insecure
        const foreign = await deployCode(real.url, HONEST.replace(circuitHash, '11'.repeat(32)));
        const out = fresh();
        const start = ['deploy', '--l1', real.url, '--out', out, '--verifier', there, '--confirmations', '0'];
        const named = [...start, '--governor', governor, '--validator', validator, '--fee-account', feeAccount];
        await refuses([...start, '--yes'], /needs --governor/, { url: real.url });
        for (const [verifierThere, pattern] of [[careless, /of an insecure setup/], [foreign, /of another circuit/]]) {
            await refuses([...named.map((a) => (a === there ? verifierThere : a)), '--yes'], pattern, { url: real.url });
        }
        const ownVerifiers = named.filter((a, i) => a !== '--verifier' && named[i - 1] !== '--verifier');
        await refuses([...ownVerifiers, '--yes'], /BlockVerifier0 is of an insecure setup/, { url: real.url });
        await refuses([...ownVerifiers, '--yes', '--verifiers', join(build, 'contracts/artifacts')], /BlockVerifier0 is of an insecure setup/, { url: real.url });
        await refuses(named, /say --yes/, { url: real.url });
        await refuses([...named, '--yes', '--priority-expiration', '13d'], /at least 14 days/, { url: real.url });
        await refuses([...named, '--yes', '--notice-floor', '20d'], /notice floor must be/, { url: real.url });
        const dry = await zkroll([...named, '--dry-run']);
        assert.equal(dry.code, 0, dry.stderr);
        assert.match(dry.stderr, /about \d+ gas/);
        assert.equal(await nonce(real.url), 0);
        const got = await zkroll([...named, '--yes']);
        assert.equal(got.code, 0, got.stderr);
    } finally {
        await real.stop();
    }
});
