// A rollup for tests that break it: a chain with the contracts, node processes that may die at any moment, and users who
// remember every transaction that was accepted, and try each again until it is.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { appendFileSync, copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort, rpc, startAnvil } from '../support/anvil.mjs';
import { startDevnet } from '../support/devnet.mjs';

const require = createRequire(import.meta.url);
const zksync = require('zksync');
const { BigNumber, Contract, Wallet, providers, utils } = require('ethers');

export const program = join(process.env.ZK_BUILD ?? 'build/release', 'zkroll');
export const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

// A generator with a seed: xorshift on 32 bits.
export function random(seed) {
    let x = seed >>> 0 || 1;
    return (n) => {
        x ^= x << 13; x >>>= 0;
        x ^= x >>> 17;
        x ^= x << 5; x >>>= 0;
        return x % n;
    };
}

export async function eventually(what, probe, patience = 60_000) {
    const end = Date.now() + patience;
    for (;;) {
        const value = await probe();
        if (value) return value;
        if (Date.now() > end) throw new Error(`never: ${what}`);
        await sleep(50);
    }
}

// The chain: a development network is set up once and stopped; anvil goes on with its state. With `blockTime` (seconds) it mines by
// itself and writes its state every second, so that it can be killed, and started again with what it had kept.
export async function startChain({ blockTime } = {}) {
    const dir = mkdtempSync(join(tmpdir(), 'zkroll-faults-'));
    const devnet = await startDevnet({ dataDir: dir, args: ['--no-prover'] });
    const { code } = await devnet.stop();
    assert.equal(code, 0, devnet.log());
    const l1 = new L1(dir, blockTime);
    await l1.start().catch((error) => {
        rmSync(dir, { recursive: true, force: true });
        throw error;
    });
    const provider = new providers.StaticJsonRpcProvider(l1.url);
    provider.pollingInterval = 50;
    return {
        ...devnet, dir, l1, url: l1.url, provider,
        rich: (i) => new Wallet(devnet.accounts[i].privateKey, provider),
        mine: (n) => (blockTime ? undefined : rpc(l1.url, 'anvil_mine', [`0x${n.toString(16)}`])),
        stop: async () => { await l1.stop(); rmSync(dir, { recursive: true, force: true }); },
    };
}

// The L1 node. A killed one starts again with one of the states that it wrote: what it had mined since is gone, as by a
// reorganization of that depth.
const STATES_KEPT = 8;
class L1 {
    constructor(dir, blockTime) {
        const file = join(dir, 'l1/state.json');
        Object.assign(this, { dir, file, states: [], kills: 0 });
        this.args = blockTime === undefined ? ['--load-state', file]
            : ['--state', file, '--state-interval', '1', '--block-time', String(blockTime), '--mixed-mining'];
    }

    async start() {
        this.anvil = await startAnvil(this.args, this.port);
        Object.assign(this, { port: this.anvil.port, url: this.anvil.url, runs: true });
    }

    signal(name) { this.anvil.signal(name); }

    // Copies the newest state, if it is whole: anvil may be writing it.
    keep() {
        let state, number;
        try {
            state = readFileSync(this.file);
            number = Number(JSON.parse(state).best_block_number);
        } catch {
            return;
        }
        if (this.states.at(-1)?.number === number) return;
        const file = join(this.dir, `l1/kept-${number}.json`);
        writeFileSync(file, state);
        this.states.push({ number, file });
        if (this.states.length > STATES_KEPT) rmSync(this.states.shift().file);
    }

    async kill() {
        const head = Number(await rpc(this.url, 'eth_blockNumber'));
        this.anvil.signal('SIGKILL');
        await this.anvil.exited;
        this.runs = false;
        this.kills++;
        this.keep();
        return head;
    }

    // With the newest state kept but `back`, or with that of block `at`; returns its block number.
    async restart(back = 0, at = undefined) {
        const i = at === undefined ? Math.max(0, this.states.length - 1 - back) : this.states.findIndex(({ number }) => number === at);
        copyFileSync(this.states[i].file, this.file);
        for (const { file } of this.states.splice(i + 1)) rmSync(file);
        await this.start();
        return this.states[i].number;
    }

    async stop() {
        this.anvil.signal('SIGCONT');
        await this.anvil.stop();
    }
}

// One node: its data directory, its ports, and the process that there is at the moment.
export class Node {
    constructor(chain, name, args = []) {
        this.dir = join(chain.dir, name);
        mkdirSync(this.dir, { recursive: true });
        Object.assign(this, { chain, name, extra: args, child: null, starts: 0 });
    }

    async choosePorts() {
        [this.rpcPort, this.restPort, this.wsPort] = [await freePort(), await freePort(), await freePort()];
        this.url = `http://127.0.0.1:${this.rpcPort}`;
        this.rest = `http://127.0.0.1:${this.restPort}`;
    }

    start() {
        const { chain } = this;
        const settings = {
            'data-dir': this.dir, roles: 'api,sequencer,l1', 'log-level': 'info', 'l1.addresses': join(chain.dir, 'l1/addresses.json'),
            'l1.urls': chain.url, 'l1.key-file': join(chain.dir, 'l1/operator.key'), 'l1.confirmations': 1, 'l1.poll': '100ms',
            'api.rpc-port': this.rpcPort, 'api.rest-port': this.restPort, 'api.ws-port': this.wsPort, 'sequencer.block-slots': 160,
            'sequencer.block-time': '1s', 'sequencer.snapshot-blocks': 3, 'sequencer.accounts': 4096, 'sequencer.nfts': 4096,
            'sequencer.balance-bytes': '64MiB', 'sequencer.lease': '2s', 'mempool.hold': '60s', threads: 1,
        };
        const args = ['node', ...Object.entries(settings).map(([k, v]) => `--${k}=${v}`), ...this.extra];
        this.starts++;
        this.words = '';
        const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'] });
        for (const stream of [child.stdout, child.stderr]) stream.on('data', (data) => this.hear(data));
        this.ended = null;
        this.exited = new Promise((resolve) => child.once('exit', (code, signal) => {
            this.ended = { code, signal };
            this.child = null;
            resolve(this.ended);
        }));
        this.child = child;
        nodes.add(this);
        process.once('exit', () => child.kill('SIGKILL'));
        process.setMaxListeners(10_000);
    }

    hear(data) {
        this.words = (this.words + data).slice(-20_000);
        appendFileSync(join(this.chain.dir, `${this.name}.log`), data);
    }

    async kill(signal = 'SIGKILL') {
        if (this.child) this.child.kill(signal);
        return this.exited;
    }

    async answers() {
        try {
            return (await fetch(`${this.rest}/ready`)).status === 200;
        } catch {
            return false;
        }
    }

    // Until it serves; a node that refuses to start fails the test.
    async up(patience = 60_000) {
        await eventually(`${this.name} serves\n${this.words}`, async () => {
            if (this.ended) throw new Error(`${this.name} ended (${JSON.stringify(this.ended)}):\n${this.words.slice(-3000)}`);
            return this.answers();
        }, patience);
    }

    async call(method, params) {
        const response = await fetch(this.url, {
            method: 'POST', headers: { 'content-type': 'application/json' }, signal: AbortSignal.timeout(15_000),
            body: JSON.stringify({ jsonrpc: '2.0', id: 1, method, params }),
        });
        return response.json();
    }

    async result(method, params) {
        const answer = await this.call(method, params);
        assert.ok(!answer.error, `${method}: ${JSON.stringify(answer.error)}`);
        return answer.result;
    }
}

// What a failed test leaves running would keep the whole program alive.
const nodes = new Set(), works = new Set();
export async function endAll() {
    for (const work of works) work.stopped = true;
    for (const node of nodes) if (node.child) await node.kill();
}

// Users with keys and without a second factor, so that a transaction needs one signature.
export class Users {
    static async create(node, n, seed) {
        const users = new Users();
        Object.assign(users, { node, list: [], sent: new Map(), accepted: new Set(), deposits: [], random: random(seed), refusals: new Map() });
        const { chain } = node;
        const provider = await zksync.Provider.newHttpProvider(node.url, 50);
        const payer = chain.rich(0);
        users.contract = new Contract(chain.contract, ['function depositETH(address) payable'], payer);
        const amount = utils.parseEther('1');
        const eth = Array.from({ length: n }, () => Wallet.createRandom().connect(chain.provider));
        for (const wallet of eth) await (await users.contract.depositETH(wallet.address, { value: amount })).wait();
        await chain.mine(2);
        users.fee = zksync.utils.closestPackableTransactionFee(BigNumber.from((await node.result('get_tx_fee', ['Transfer', eth[0].address, 'ETH'])).totalFee).mul(2));
        for (const wallet of eth) {
            const l2 = await zksync.Wallet.fromEthSigner(wallet, provider);
            await eventually('a deposit arrives', async () => (await l2.getAccountId()) > 0);
            const key = await l2.setSigningKey({ feeToken: 'ETH', ethAuthType: 'ECDSA' });
            await key.awaitReceipt().catch((error) => { throw new Error(`${error.message}\n${node.words}`); });
            await l2.toggle2FA(false);
            const state = await l2.getAccountState();
            users.list.push({
                address: wallet.address, id: state.id, l2, nonce: state.committed.nonce,
                balance: BigNumber.from(state.committed.balances.ETH), waiting: [],
            });
        }
        return users;
    }

    // The next transfer of this user, signed, remembered, not sent.
    async make(user) {
        const to = this.list[(this.list.indexOf(user) + 1 + this.random(this.list.length - 1)) % this.list.length];
        const amount = BigNumber.from(1 + this.random(1000)).mul(1_000_000);
        const tx = await user.l2.signer.signSyncTransfer({
            accountId: user.id, from: user.address, to: to.address, tokenId: 0, amount, fee: this.fee, nonce: user.nonce++,
            validFrom: 0, validUntil: 4294967295,
        });
        user.balance = user.balance.sub(amount).sub(this.fee);
        to.balance = to.balance.add(amount);
        user.waiting.push({ tx, tries: 0 });
    }

    // A withdrawal, sent with what waits already.
    async withdraw(user, to, amount, fee) {
        const tx = await user.l2.signer.signSyncWithdraw({
            accountId: user.id, from: user.address, ethAddress: to, tokenId: 0, amount: BigNumber.from(amount), fee, nonce: user.nonce++,
            validFrom: 0, validUntil: 4294967295,
        });
        user.balance = user.balance.sub(amount).sub(fee);
        user.waiting.push({ tx, tries: 0 });
        await eventually('a withdrawal is accepted', async () => { await this.send(user); return user.waiting.length === 0; });
    }

    // Sends what a user has to send, in order, until something is not answered. An answer "known already" to a second try
    // means that the first had been taken.
    async send(user, node = this.node) {
        while (user.waiting.length > 0) {
            const item = user.waiting[0];
            item.tries++;
            let answer;
            try {
                answer = await node.call('tx_submit', [item.tx, null, false]);
            } catch {
                return;
            }
            if (answer.error) {
                const { code, message } = answer.error;
                const taken = item.tries > 1 && (code === 101 || (code === 300 && /Database unavailable/.test(message)));
                if (!taken || (code === 300 && !(await this.known(node, item.tx)))) {
                    this.refusals.set(`${code} ${message}`, (this.refusals.get(`${code} ${message}`) ?? 0) + 1);
                    if (item.tries > 1000) throw new Error(`refused for ever: ${code} ${message}`);
                    await sleep(20);
                    return;
                }
            } else {
                this.accepted.add(answer.result);
            }
            user.waiting.shift();
        }
    }

    // Has the node a transaction of this sender and nonce? Its hash is SHA-256 of its bytes, as the SDK computes it.
    async known(node, tx) {
        const hash = (await zksync.utils.getTxHash(tx)).replace('sync-tx:', '0x');
        try {
            const answer = await (await fetch(`${node.rest}/api/v0.2/transactions/${hash}`)).json();
            return answer.status === 'success' && answer.result !== null;
        } catch {
            return false;
        }
    }

    // Everybody makes transfers and sends them, until `stop` is set; a user rests for less than `pace` ms between.
    run(node = this.node, pace = 10) {
        const work = { stopped: false };
        works.add(work);
        work.done = Promise.all(this.list.map(async (user) => {
            while (!work.stopped) {
                if (user.waiting.length < 4) await this.make(user);
                await this.send(user, node);
                await sleep(this.random(pace));
            }
        }));
        work.stop = async () => { work.stopped = true; await work.done; };
        return work;
    }

    async deposit() {
        const user = this.list[this.random(this.list.length)];
        const amount = BigNumber.from(1 + this.random(1000)).mul(1_000_000_000);
        user.balance = user.balance.add(amount);
        await (await this.contract.depositETH(user.address, { value: amount })).wait();
        await this.node.chain.mine(2);
    }

    // A deposit on an L1 that may forget it.
    async depositAtRisk(user = this.list[this.random(this.list.length)]) {
        const value = BigNumber.from(1 + this.random(1000)).mul(1_000_000_000);
        const { hash } = await this.contract.depositETH(user.address, { value, gasLimit: 200_000 });
        this.deposits.push({ user, value, hash });
    }

    // Counts those that L1 has kept; returns how many it has not.
    async countDeposits() {
        let lost = 0;
        for (const { user, value, hash } of this.deposits.splice(0)) {
            const receipt = await this.node.chain.provider.getTransactionReceipt(hash);
            if (receipt?.status === 1) user.balance = user.balance.add(value);
            else lost++;
        }
        return lost;
    }

    // Sends the rest, waits until all is executed, and compares: every transfer and deposit has happened exactly once.
    async settle(node = this.node) {
        await eventually('all is accepted', async () => {
            for (const user of this.list) await this.send(user, node);
            return this.list.every((user) => user.waiting.length === 0);
        }, 120_000);
        for (const user of this.list) {
            const state = await eventually(`${user.address} has sent ${user.nonce}`, async () => {
                const now = await node.result('account_info', [user.address]);
                return now.committed.nonce >= user.nonce && now.committed.balances.ETH === user.balance.toString() && now;
            }, 60_000).catch(async (error) => {
                const now = await node.result('account_info', [user.address]);
                throw new Error(`${error.message}: nonce ${now.committed.nonce}, balance ${now.committed.balances.ETH}, want ${user.balance}\n${node.words.slice(-2000)}`);
            });
            assert.equal(state.committed.nonce, user.nonce);
            assert.equal(state.committed.balances.ETH, user.balance.toString());
        }
        for (const hash of this.accepted) {
            const info = await node.result('tx_info', [hash]);
            assert.ok(info.executed && info.success, `${hash} was accepted: ${JSON.stringify(info)}`);
        }
    }
}
