// `zkroll exit`: a rollup whose operator is gone, and everybody gets out exactly what they had: balances, NFTs, and
// deposits that were never executed. Nothing is left over, and nothing can be taken twice.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { rpc } from '../support/anvil.mjs';
import { ethers, folder, makeWallet, zkroll } from './cli.mjs';
import { artifact, increaseTime, makeHistory, startRollup } from './rollup.mjs';

const { BigNumber } = ethers;
const dir = folder();
const state = join(dir, 'state');
let rollup;
let made;
let payer; // pays the gas for everybody, so that owners' balances move by what is paid out alone
let exitArgs;
let owners; // everybody who has something, in the state or in a deposit that waits
const initially = new Map();

const restore = () => zkroll(['restore', '--l1', rollup.url, '--contract', rollup.main.address, '--dir', state, '--json', '--quiet']);
const leave = (owner, more = [], env = {}) => zkroll([...exitArgs, '--owner', owner, ...more], { env: { ...payer.vars, ...env } });
const sum = (list) => list.reduce((a, b) => a.add(b), BigNumber.from(0));

async function refuses(got, pattern, code = 1) {
    const { code: was, stderr } = await got;
    assert.equal(was, code, stderr);
    const errors = stderr.trim().split('\n').filter((line) => line.startsWith('zkroll'));
    assert.equal(errors.length, 1, stderr);
    assert.match(errors[0], pattern);
}

// What the state and the waiting deposits say an address has of a token.
function owned(address, token) {
    const same = (a) => a?.toLowerCase() === address.toLowerCase();
    return sum([...made.accounts.filter((a) => same(a.address)).map((a) => BigNumber.from(a.balances[token] ?? 0)),
        ...made.waiting.filter((w) => same(w.to) && w.token === token).map((w) => BigNumber.from(w.amount))]);
}

async function has(address) {
    const pending = (token) => rollup.main.getPendingBalance(address, token);
    const [eth, tst, ethWaits, tstWaits] = await Promise.all([rollup.provider.getBalance(address), rollup.token.balanceOf(address),
        pending(ethers.constants.AddressZero), pending(rollup.token.address)]);
    return { eth, tst, ethWaits, tstWaits };
}

// The same of ETH alone: for when the token does not answer.
async function has0(address) {
    const [eth, ethWaits] = await Promise.all([rollup.provider.getBalance(address), rollup.main.getPendingBalance(address, ethers.constants.AddressZero)]);
    return { eth, ethWaits };
}

before(async () => {
    rollup = await startRollup({ expiration: '1h' });
    made = await makeHistory(rollup, { seed: 7, ops: 700 });
    const nobody = ethers.constants.AddressZero;
    owners = new Set([...made.accounts.map((a) => a.address), ...made.waiting.map((w) => w.to)].filter((a) => a && a !== nobody));
    for (const owner of owners) initially.set(owner, await has(owner));
    payer = await makeWallet(dir, 9);
    exitArgs = ['exit', '--l1', rollup.url, '--dir', state, '--all', '--yes', '--json'];
}, { timeout: 300_000 });

after(() => rollup?.stop());

test('not before it is due, and not from a state that is not the last', async () => {
    await refuses(leave(payer.address), /no restored state in .*zkroll restore/);
    assert.equal((await restore()).code, 0);
    await refuses(leave(payer.address), /oldest request, \d+, is due in \d+ (minutes|hours)/);
    assert.equal(await rollup.main.exodusMode(), false);
});

test('wrong words get one line', async () => {
    await refuses(leave('0x12'), /is not an address/);
    await refuses(zkroll(['exit', '--l1', rollup.url, '--dir', state, '--yes'], { env: payer.vars }), /--all, or one --token/);
    await refuses(zkroll(['exit', '--l1', rollup.url, '--dir', state, '--token', 'XYZ'], { env: payer.vars }), /'XYZ' is no token/);
    await refuses(zkroll(['exit', '--dir', state, '--all'], { env: payer.vars }), /--l1 URL/);
    await refuses(zkroll([...exitArgs, '--batch', 1000], { env: payer.vars }), /--batch takes a number from 1 to 25/);
    await refuses(zkroll([...exitArgs, '--contract', rollup.token.address], { env: payer.vars }), /--contract is not the one/);
});

test('a user starts exodus mode when the request is overdue, and gets out what is his', { timeout: 300_000 }, async () => {
    await increaseTime(rollup, 3700);
    const [me] = made.accounts.filter((a) => a.balances[0] && a.balances[1] && a.id > 0);
    await refuses(leave(me.address, [], { ZKROLL_PASSWORD: 'wrong' }), /password/);
    assert.equal(await rollup.main.exodusMode(), false);
    const start = await has(me.address);
    const got = await leave(me.address);
    assert.equal(got.code, 0, got.stderr);
    assert.equal(await rollup.main.exodusMode(), true);
    for (const words of ['step 1 of 5', 'step 2 of 5', 'is overdue', 'starting exodus mode', 'step 3 of 5', 'step 4 of 5', 'step 5 of 5', 'claiming'])
        assert.ok(got.stderr.includes(words), `${words} in ${got.stderr}`);
    const end = await has(me.address);
    assert.ok(end.eth.sub(start.eth).eq(owned(me.address, 0).add(start.ethWaits)), 'ETH');
    assert.ok(end.tst.sub(start.tst).eq(owned(me.address, 1).add(start.tstWaits)), 'tokens');
    const steps = JSON.parse(got.stdout);
    assert.equal(steps[0].step, 'activate');
    assert.ok(steps.filter((s) => s.step === 'exit').every((s) => s.gas > 400_000));

    const again = await leave(me.address);
    assert.equal(again.code, 0, again.stderr);
    assert.match(again.stderr, /exited already/);
    assert.deepEqual(JSON.parse(again.stdout), []);
});

test('a second exit, a wrong amount and the account of another are refused by the contract', async () => {
    const file = join(dir, 'paths.json');
    const victim = made.accounts.filter((a) => a.balances[0] && a.id > 0)[1];
    assert.equal((await zkroll(['exit', '--dir', state, '--all', '--owner', victim.address, '--out', file])).code, 0);
    const { storedBlockInfo: block, exits } = JSON.parse(readFileSync(file, 'utf8'));
    const [claim] = exits;
    const call = (e, b = block) => rollup.exodus.callStatic.performExodus(
        [b.blockNumber, b.priorityOperations, b.pendingOnchainOperationsHash, b.timestamp, b.stateHash, b.commitment],
        e.owner, e.accountId, e.tokenId, e.amount, e.nftCreatorAccountId, e.nftCreatorAddress, e.nftSerialId, e.nftContentHash, e.proof);
    const errors = new ethers.utils.Interface(artifact('IZkRollExodus').abi);
    const refused = async (promise, name) => {
        const err = await promise.then(() => assert.fail(`${name} did not happen`), (e) => e);
        const data = err.data ?? err.error?.data ?? err.error?.error?.data;
        assert.equal(typeof data === 'string' ? data.slice(0, 10) : err.errorName, typeof data === 'string' ? errors.getSighash(name) : name);
    };
    await call(claim); // as it is, it would be accepted
    await refused(call({ ...claim, amount: BigNumber.from(claim.amount).add(1).toString() }), 'WrongRoot');
    await refused(call({ ...claim, owner: payer.address }), 'WrongRoot');
    await refused(call({ ...claim, accountId: claim.accountId + 1 }), 'WrongRoot');
    await refused(call({ ...claim, tokenId: claim.tokenId + 1 }), 'WrongRoot');
    await refused(call(claim, { ...block, stateHash: `0x${'01'.repeat(32)}` }), 'UnknownBlock');
    assert.equal((await leave(victim.address, ['--batch', 1])).code, 0);
    await refused(call(claim), 'AlreadyExited');
});

test('a token that cannot be paid out holds back nothing else', { timeout: 300_000 }, async () => {
    const nft = made.nfts.find((n) => n.owner !== 2 ** 24 - 1 && made.accounts.find((a) => a.id === n.owner)?.balances[1]);
    const { address } = made.accounts.find((a) => a.id === nft.owner);
    const code = await rpc(rollup.url, 'eth_getCode', [rollup.token.address, 'latest']);
    await rpc(rollup.url, 'anvil_setCode', [rollup.token.address, '0x5f5ffd']); // every call reverts
    const start = await has0(address);
    await refuses(leave(address), /1 of what waits cannot be paid out, and still waits/);
    const factory = new ethers.Contract(await rollup.governance.defaultFactory(),
        ['function ownerOf(uint256) view returns (address)'], rollup.provider);
    assert.equal((await factory.ownerOf(nft.id)).toLowerCase(), address.toLowerCase(), 'the NFT, whose turn comes later');
    assert.ok((await rollup.provider.getBalance(address)).eq(start.eth.add(start.ethWaits).add(owned(address, 0))), 'and the ETH');
    await rpc(rollup.url, 'anvil_setCode', [rollup.token.address, code]);
    const again = await leave(address);
    assert.equal(again.code, 0, again.stderr);
    assert.equal((await has(address)).tstWaits.isZero(), true);
});

test('everybody else leaves too, and nothing remains but what nobody fetched', { timeout: 600_000 }, async () => {
    for (const owner of owners) {
        const got = await leave(owner);
        assert.equal(got.code, 0, `${owner}: ${got.stderr}`);
        const [start, end] = [initially.get(owner), await has(owner)];
        assert.ok(end.ethWaits.isZero() && end.tstWaits.isZero(), `nothing waits for ${owner}`);
        assert.ok(end.eth.eq(start.eth.add(start.ethWaits).add(owned(owner, 0))), `ETH of ${owner}`);
        assert.ok(end.tst.eq(start.tst.add(start.tstWaits).add(owned(owner, 1))), `tokens of ${owner}`);
    }
    // What is left in the contract is what withdrawals of the past credited to addresses that never came.
    const logs = (name) => rollup.main.queryFilter(rollup.main.filters[name](), 0);
    const [pending, paid, deposits] = await Promise.all(['WithdrawalPending', 'Withdrawal', 'Deposit'].map(logs));
    for (const [token, address] of [[0, ethers.constants.AddressZero], [1, rollup.token.address]]) {
        const of = (list) => sum(list.filter((e) => e.args.tokenId === token).map((e) => e.args.amount));
        const left = token === 0 ? await rollup.provider.getBalance(rollup.main.address) : await rollup.token.balanceOf(rollup.main.address);
        assert.ok(of(pending).eq(of(deposits)), `everything that came in of token ${token} was credited to somebody`);
        assert.ok(left.eq(of(pending).sub(of(paid))), `what is left of token ${token} waits for somebody`);
        const recipients = new Set(pending.filter((e) => e.args.tokenId === token).map((e) => e.args.recipient));
        const waiting = sum(await Promise.all([...recipients].map((r) => rollup.main.getPendingBalance(r, address))));
        assert.ok(left.eq(waiting), `and the contract knows for whom (token ${token})`);
    }
    const factory = new ethers.Contract(await rollup.governance.defaultFactory(),
        ['function ownerOf(uint256) view returns (address)'], rollup.provider);
    let nfts = 0;
    for (const nft of made.nfts) {
        if (nft.owner === 2 ** 24 - 1) continue;
        assert.equal((await factory.ownerOf(nft.id)).toLowerCase(), made.accounts[nft.owner].address);
        nfts++;
    }
    assert.ok(nfts > 3, `${nfts} NFTs left`);
    assert.ok((await rollup.main.totalOpenPriorityRequests()).isZero() || made.waiting.at(-1).to === undefined, 'no deposit waits any more');
});
