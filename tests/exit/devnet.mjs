// A user's whole way, by the command line alone: in, around, out; and out again when the operator is gone for good. A
// rollup with real proofs (`zkroll devnet`), whose L1 outlives it.
import assert from 'node:assert/strict';
import { cpSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { rpc, startAnvil } from '../support/anvil.mjs';
import { startDevnet } from '../support/devnet.mjs';
import { ethers, folder, key, makeWallet, zkroll } from './cli.mjs';
import { artifact } from './rollup.mjs';

const { BigNumber } = ethers;
const dir = folder();
const SEND = ['--yes', '--json', '--quiet'];
const units = (text, decimals = 18) => ethers.utils.parseUnits(text, decimals);
let net;
let l1; // the chain that outlives the operator
let provider;
let alice, bob, carol, payer;
let onL1; // what commands that go to L1 need
let blocks = 0;

const ok = (got) => {
    assert.equal(got.code, 0, got.stderr);
    return got.stdout.trim().startsWith('{') || got.stdout.trim().startsWith('[') ? JSON.parse(got.stdout.trim().split('\n').at(-1)) : got.stdout.trim();
};

async function refuses(got, pattern, code = 1) {
    const { code: was, stderr, stdout } = await got;
    assert.equal(was, code, stderr);
    const errors = stderr.trim().split('\n').filter((line) => line.startsWith('zkroll'));
    assert.equal(errors.length, 1, stderr);
    assert.match(errors[0], pattern);
    assert.ok(!stdout.includes('sync-tx'), stdout);
}

const balance = async (wallet) => ok(await wallet.run(['balance', '--json']));

before(async () => {
    net = await startDevnet({ dataDir: join(dir, 'net'), args: ['--block-time', '1s', '--l1-block-time', '0s'] });
    const env = { ZKROLL_L1: net.l1, ZKROLL_NODE: net.rpc, ZKROLL_REST: net.rest };
    provider = new ethers.providers.StaticJsonRpcProvider(net.l1);
    [alice, bob, carol, payer] = await Promise.all([1, 2, 3, 9].map((i) => makeWallet(dir, i, env)));
}, { timeout: 400_000 });

after(async () => {
    await net?.stop();
    await l1?.stop();
});

test('in: deposits of ETH and of a token, and a signing key', { timeout: 200_000 }, async () => {
    const tokens = ok(await alice.run(['tokens', '--json']));
    assert.deepEqual(tokens.map((t) => t.symbol), ['ETH', 'DAI', 'wBTC']);
    const before = await provider.getBalance(net.contract);
    const deposited = ok(await alice.run(['deposit', '2.5', 'ETH', '--wait', 'committed', ...SEND]));
    assert.equal(deposited.status, 'committed');
    assert.ok((await provider.getBalance(net.contract)).sub(before).eq(units('2.5')));
    ok(await alice.run(['deposit', '300', 'DAI', '--wait', 'committed', ...SEND]));
    ok(await alice.run(['deposit', '1', 'ETH', '--to', bob.address, '--wait', 'committed', ...SEND]));
    const account = await balance(alice);
    assert.equal(account.committed.ETH, units('2.5').toString());
    assert.equal(account.committed.DAI, units('300').toString());
    assert.equal(account.activated, false);
    await refuses(alice.run(['transfer', '1', 'ETH', bob.address, ...SEND]), /no signing key yet.*activate/);
    ok(await alice.run(['activate', ...SEND]));
    ok(await bob.run(['activate', ...SEND]));
    assert.equal((await balance(alice)).activated, true);
    await refuses(alice.run(['activate', ...SEND]), /signing key already/);
});

test('around: transfers, a table of them, and what the node says of them', { timeout: 200_000 }, async () => {
    const [start, other] = [await balance(alice), await balance(bob)];
    const sent = ok(await alice.run(['transfer', '0.25', 'eth', bob.address, ...SEND]));
    assert.match(sent.hash, /^sync-tx:[0-9a-f]{64}$/);
    assert.equal(sent.status, 'committed');
    const end = await balance(alice);
    assert.equal(BigNumber.from(start.committed.ETH).sub(end.committed.ETH).toString(), units('0.25').add(sent.fee).toString());
    assert.equal(BigNumber.from((await balance(bob)).committed.ETH).sub(other.committed.ETH).toString(), units('0.25').toString());

    // Paid for in another token: a batch of two.
    const paid = ok(await alice.run(['transfer', '5', 'DAI', carol.address, '--fee-token', 'ETH', ...SEND]));
    assert.equal(paid.feeToken, 'ETH');
    assert.equal((await balance(carol)).committed.DAI, units('5').toString());

    const stranger = '0x1000000000000000000000000000000000000001';
    writeFileSync(join(dir, 'table.csv'), `address,token,amount\n${bob.address},ETH,0.01\n${carol.address},DAI,2.5\n\n# new\n${stranger}, dai , 0.5\n`);
    const table = ok(await alice.run(['batch', join(dir, 'table.csv'), ...SEND]));
    assert.equal(table.hashes.length, 3);
    assert.equal(ok(await alice.run(['balance', stranger, '--json'])).committed.DAI, units('0.5').toString());

    const looked = ok(await alice.run(['tx', sent.hash, '--json']));
    assert.match(looked.status, /committed|verified/);
    const history = ok(await alice.run(['history', '--limit', 2, '--json']));
    assert.equal(history.length, 2);
    assert.match((await alice.run(['history'])).stdout, /Transfer 0\.25 ETH to 0x/);
});

test('wrong inputs get one line and send nothing', { timeout: 200_000 }, async () => {
    const nonce = (await balance(alice)).nonce;
    await refuses(alice.run(['transfer', '1', 'ETH', '0x12', ...SEND]), /'0x12' is not an address/);
    await refuses(alice.run(['transfer', '1', 'ETH', bob.address.replace(/[a-f]/, (c) => c.toUpperCase()), ...SEND]), /checksum/);
    await refuses(alice.run(['transfer', '1', 'DOGE', bob.address, ...SEND]), /no token 'DOGE'; it has ETH, DAI, wBTC/);
    await refuses(alice.run(['transfer', '1.2.3', 'ETH', bob.address, ...SEND]), /'1\.2\.3' is not an amount/);
    await refuses(alice.run(['transfer', '0.1234567890123', 'ETH', bob.address, ...SEND]), /nearest: 0\.12345678901 or 0\.12345678902 ETH/);
    await refuses(alice.run(['transfer', '0.0000000000000000001', 'ETH', bob.address, ...SEND]), /18 decimals/);
    await refuses(alice.run(['transfer', '1000', 'ETH', bob.address, ...SEND]), /not enough: this takes 1000\.0\d* ETH with the fee, and the account has/);
    await refuses(alice.run(['transfer', '1', 'ETH', bob.address, ...SEND], { env: { ZKROLL_PASSWORD: 'wrong' } }), /password/);
    await refuses(alice.run(['transfer', '1', 'ETH', bob.address, '--json']), /no terminal to ask at: --yes/);
    await refuses(alice.run(['transfer', '0.1', 'ETH', bob.address, '--fee', '0.00000000001', ...SEND]), /the node refuses: .*fee/i);
    await refuses(alice.run(['transfer', '0.1', 'ETH', bob.address, '--fee', '0.0000123456789', ...SEND]), /fee is too exact/);
    await refuses(alice.run(['transfer', '0.1', 'ETH', bob.address, '--wait', 'long', ...SEND]), /--wait takes/);
    await refuses(alice.run(['balance'], { env: { ZKROLL_NODE: 'http://127.0.0.1:1' } }), /no answer from the node/);
    await refuses(alice.run(['deposit', '1', 'ETH', ...SEND], { env: { ZKROLL_L1: 'http://127.0.0.1:1' } }), /no answer from L1/);
    await refuses(alice.run(['deposit', '1000000', 'ETH', ...SEND]), /not enough on L1/);
    await refuses(alice.run(['forced-exit', 'ETH', bob.address, ...SEND]), /has a signing key: only its owner/);
    await refuses(alice.run(['forced-exit', 'ETH', '0x2000000000000000000000000000000000000002', ...SEND]), /has no account/);
    await refuses(alice.run(['tx', 'xyz']), /'xyz' is not a transaction's hash/);
    writeFileSync(join(dir, 'bad.csv'), `${bob.address},ETH,0.01\n${bob.address},ETH\n`);
    await refuses(alice.run(['batch', join(dir, 'bad.csv'), ...SEND]), /line 2: want ADDRESS,TOKEN,AMOUNT/);
    await refuses(alice.run(['claim', 'DAI', ...SEND]), /nothing of this token waits/);
    assert.equal((await balance(alice)).nonce, nonce, 'nothing was sent');
});

test('keys are in no output and in no list of processes', async () => {
    const secret = alice.privateKey.slice(2);
    const pending = alice.run(['transfer', '0.001', 'ETH', bob.address, ...SEND]);
    const { execFileSync } = await import('node:child_process');
    for (let i = 0; i < 5; i++) {
        const list = execFileSync('ps', ['axww', '-o', 'args'], { encoding: 'utf8' });
        assert.ok(!list.includes(secret) && !list.includes('password of 1'));
    }
    const got = await pending;
    assert.equal(got.code, 0, got.stderr);
    assert.ok(!`${got.stdout}${got.stderr}`.includes(secret));
    assert.ok(!net.log().includes(secret));
});

test('out: withdrawals, fast ones, forced exits, and what L1 then pays', { timeout: 400_000 }, async () => {
    const withdrawn = ok(await alice.run(['withdraw', '0.3', 'ETH', ...SEND]));
    ok(await alice.run(['withdraw', '20', 'DAI', '--to', carol.address, '--fee-token', 'ETH', ...SEND]));
    ok(await alice.run(['forced-exit', 'DAI', carol.address, ...SEND]));
    const last = ok(await alice.run(['withdraw', '0.05', 'ETH', '--fast', '--wait', 'verified', ...SEND]));
    assert.equal(last.status, 'verified');
    blocks = last.block;
    const paid = ok(await alice.run(['tx', withdrawn.hash, '--wait', 'verified', '--json']));
    assert.match(paid.l1Hash, /^0x[0-9a-f]{64}$/);

    const before = await provider.getBalance(net.contract);
    const claimed = ok(await alice.run(['claim', ...SEND]));
    assert.equal(claimed.claimed.length, 1);
    assert.equal(claimed.claimed[0].amount, units('0.35').toString());
    assert.ok(before.sub(await provider.getBalance(net.contract)).eq(units('0.35')));
    const dai = new ethers.Contract(net.tokens.DAI, artifact('DevToken').abi, provider);
    const [start] = [await dai.balanceOf(carol.address)];
    ok(await payer.run(['claim', 'DAI', '--owner', carol.address, ...SEND])); // anyone may, for anyone
    assert.ok((await dai.balanceOf(carol.address)).sub(start).eq(units('27.5')));
    assert.equal((await balance(carol)).committed.DAI, undefined);
});

test('NFTs: minted, given away, taken to L1', { timeout: 400_000 }, async () => {
    const minted = ok(await alice.run(['mint-nft', `0x${'ab'.repeat(32)}`, ...SEND]));
    assert.equal(minted.status, 'committed');
    const [nft] = (await balance(alice)).nfts;
    ok(await alice.run(['mint-nft', `0x${'cd'.repeat(32)}`, '--to', bob.address, '--wait', 'verified', ...SEND]));
    const [other] = (await balance(bob)).nfts;
    await refuses(alice.run(['transfer', other, bob.address, ...SEND]), /the account has no NFT/);
    ok(await alice.run(['transfer', nft, bob.address, '--wait', 'verified', ...SEND]));
    assert.deepEqual((await balance(bob)).nfts.sort(), [nft, other].sort());
    assert.deepEqual((await balance(alice)).nfts, []);
    ok(await bob.run(['withdraw', nft, '--wait', 'verified', ...SEND]));
    ok(await bob.run(['claim', nft, ...SEND]));
    const factory = new ethers.Contract(net.nftFactory, ['function ownerOf(uint256) view returns (address)'], provider);
    assert.equal(await factory.ownerOf(nft), bob.address);
});

test('verify: a block and a balance, on this machine', { timeout: 200_000 }, async () => {
    const chain = ['--l1', net.l1, '--contract', net.contract];
    for (const number of [1, blocks]) {
        const got = ok(await zkroll(['verify', 'block', number, ...chain, '--json']));
        assert.equal(got.proof, 'valid');
        assert.equal(got.executed, true);
    }
    await refuses(zkroll(['verify', 'block', 100000, ...chain]), /has not committed block 100000/);
    await refuses(zkroll(['verify', 'block', 'x', ...chain]), /'x' is not a block's number/);
    const shown = ok(await zkroll(['verify', 'balance', 'ETH', alice.address, ...chain, '--json'], { env: alice.vars }));
    assert.equal(shown.amount, (await balance(alice)).verified.ETH);
    assert.match((await zkroll(['verify', 'balance', 'ETH', ...chain], { env: alice.vars })).stdout, /ETH in account \d+, as of block \d+, which L1 has executed/);
});

test('a full exit, asked of L1 without the operator', { timeout: 300_000 }, async () => {
    const { verified } = await balance(bob);
    const got = ok(await bob.run(['full-exit', 'ETH', '--wait', 'verified', '--account', (await balance(bob)).account, ...SEND]));
    assert.equal(got.status, 'verified');
    const main = new ethers.Contract(net.contract, artifact('IZkRoll').abi, provider);
    assert.ok((await main.getPendingBalance(bob.address, ethers.constants.AddressZero)).gte(BigNumber.from(verified.ETH).sub(units('0.1'))));
    assert.equal((await balance(bob)).committed.ETH, undefined);
    ok(await bob.run(['claim', 'ETH', ...SEND]));
});

test('the operator is gone for good: everybody gets out what he had, to the unit', { timeout: 400_000 }, async () => {
    // The last transaction is verified, then the operator ends; L1 goes on from where it was.
    ok(await alice.run(['transfer', '0.002', 'ETH', carol.address, '--wait', 'verified', ...SEND]));
    const accounts = [];
    for (const w of [alice, bob, carol]) accounts.push({ address: w.address, ...(await balance(w)) });
    const stranger = '0x1000000000000000000000000000000000000001';
    accounts.push({ address: stranger, ...ok(await alice.run(['balance', stranger, '--json'])) });
    for (const a of accounts) assert.deepEqual(a.committed, a.verified, 'all is verified');
    const feeAccount = key(102).address; // the development network's
    accounts.push({ address: feeAccount, ...ok(await alice.run(['balance', feeAccount, '--json'])) });
    const kept = join(dir, 'l1-state.json');
    await net.stop('SIGTERM');
    cpSync(join(net.dataDir, 'l1/state.json'), kept);
    l1 = await startAnvil(['--load-state', kept]);
    provider = new ethers.providers.StaticJsonRpcProvider(l1.url);
    onL1 = ['--l1', l1.url, '--contract', net.contract];
    const dai = new ethers.Contract(net.tokens.DAI, artifact('DevToken').abi, provider);

    // Deposits and requests that nobody will ever execute; no node is asked.
    ok(await alice.run(['deposit', '0.5', 'ETH', '--to', carol.address, ...onL1, '--chain-id', 9, ...SEND]));
    ok(await bob.run(['deposit', '7', net.tokens.DAI, ...onL1, ...SEND]));
    ok(await alice.run(['full-exit', 'ETH', '--account', accounts[0].account, ...onL1, ...SEND]));
    const state = join(dir, 'state');
    const restore = () => zkroll(['restore', ...onL1, '--dir', state, '--json', '--quiet']);
    const leave = (owner) => zkroll(['exit', ...onL1, '--dir', state, '--all', '--owner', owner, ...SEND], { env: payer.vars });
    const restored = ok(await restore());
    assert.equal(restored.waitingRequests, 3);
    await refuses(leave(alice.address), /due in \d+ days/);
    await rpc(l1.url, 'evm_increaseTime', [15 * 86400]);
    await rpc(l1.url, 'evm_mine');

    // A balance shown from one's own state, with no node at all.
    const own = ok(await zkroll(['verify', 'balance', 'ETH', alice.address, ...onL1, '--dir', state, '--json']));
    assert.equal(own.amount, accounts[0].verified.ETH);

    const main = new ethers.Contract(net.contract, artifact('IZkRoll').abi, provider);
    const extra = { [carol.address.toLowerCase()]: { ETH: units('0.5') }, [bob.address.toLowerCase()]: { DAI: units('7') } };
    for (const a of accounts) {
        const [eth, tokens] = [await provider.getBalance(a.address), await dai.balanceOf(a.address)];
        const waits = await Promise.all([ethers.constants.AddressZero, net.tokens.DAI].map((t) => main.getPendingBalance(a.address, t)));
        const got = await leave(a.address);
        assert.equal(got.code, 0, got.stderr);
        const due = (symbol) => BigNumber.from(a.verified[symbol] ?? 0).add(extra[a.address.toLowerCase()]?.[symbol] ?? 0);
        const paidEth = (await provider.getBalance(a.address)).sub(eth);
        const paidDai = (await dai.balanceOf(a.address)).sub(tokens);
        // A deposit that somebody before cancelled waits already: it is part of what is due, once.
        assert.ok(paidEth.eq(due('ETH')), `ETH of ${a.address}: ${paidEth} of ${due('ETH')} (${waits[0]} waited)`);
        assert.ok(paidDai.eq(due('DAI')), `DAI of ${a.address}: ${paidDai} of ${due('DAI')} (${waits[1]} waited)`);
        const again = await leave(a.address);
        assert.deepEqual(JSON.parse(again.stdout), [], 'the second time there is nothing to do');
    }
    assert.equal(await main.exodusMode(), true);
    assert.ok((await provider.getBalance(net.contract)).isZero(), 'all ETH went to its owners');
    assert.ok((await dai.balanceOf(net.contract)).isZero(), 'and all tokens');
    const [nft] = accounts[1].nfts;
    const factory = new ethers.Contract(net.nftFactory, ['function ownerOf(uint256) view returns (address)'], provider);
    assert.equal(await factory.ownerOf(nft), bob.address, 'the NFT that was left in the state');
});
