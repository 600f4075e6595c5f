// The guides of docs/, run as they stand: every block marked `sh`, in order, in one session. A comment `test: NAME` in a guide is a
// point at which something happens that no command of its reader makes happen.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { cpSync, existsSync, readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { after, test } from 'node:test';
import { freePort, rpc, startAnvil } from '../support/anvil.mjs';
import { startDevnet } from '../support/devnet.mjs';
import { ethers, folder, key, makeWallet, program, secretFile } from './cli.mjs';

const docs = resolve(import.meta.dirname, '../../docs');
const ends = [];
after(async () => { for (const end of ends.reverse()) await end(); });

// [{kind: 'sh' | 'test', text, line}]
function parts(name) {
    const text = readFileSync(join(docs, name), 'utf8');
    const found = [...text.matchAll(/^```sh\n([\s\S]*?)^```$|^<!-- test: ([a-z-]+) -->$/gm)];
    return found.map((m) => ({ kind: m[2] ? 'test' : 'sh', text: m[2] ?? m[1], line: text.slice(0, m.index).split('\n').length }));
}

// A reader's session: a home and a folder of its own, and what was exported so far.
function session(env) {
    const home = folder();
    const all = { PATH: `${dirname(program)}:${process.env.PATH}`, HOME: home, TMPDIR: home, ...env };
    return {
        env: all,
        home,
        run: (script, { background = false } = {}) => new Promise((done) => {
            const marked = `set -euo pipefail\n${script}\nexport -p > "$HOME/.exports"\n`;
            const child = spawn('bash', ['--norc', '--noprofile', '-c', marked], { cwd: home, env: all, detached: true, stdio: ['ignore', 'pipe', 'pipe'] });
            let output = '';
            for (const stream of [child.stdout, child.stderr]) stream.on('data', (data) => { output += data; });
            child.once('close', (code) => {
                if (code === 0)
                    for (const [, name, value] of readFileSync(join(home, '.exports'), 'utf8').matchAll(/^declare -x ([A-Z0-9_]+)="(.*)"$/gm)) all[name] = value;
                done({ code, output });
            });
            if (background) done({ child });
        }),
    };
}

test('the user guide', { timeout: 900_000 }, async () => {
    const net = await startDevnet({ dataDir: join(folder(), 'net'), args: ['--block-time', '1s', '--l1-block-time', '0s'] });
    ends.push(() => net.stop());
    let l1 = net.l1;
    const reader = session({ ZKROLL_PASSWORD: 'a long sentence that nobody guesses' });
    const replace = (text) => text.replaceAll('http://127.0.0.1:3030', net.rpc).replaceAll('http://127.0.0.1:3001/api/v0.2', net.rest)
        .replaceAll('http://127.0.0.1:8545', net.l1).replaceAll('0xMAIN-CONTRACT', net.contract);
    const run = async (text) => {
        const got = await reader.run(text);
        assert.equal(got.code, 0, `${text}\n${got.output}`);
        return got.output;
    };
    const mine = async () => (await run('zkroll wallet address')).trim();
    const provider = () => new ethers.providers.StaticJsonRpcProvider(l1);
    const hooks = {
        fund: async () => {
            const rich = new ethers.Wallet(key(9).privateKey, provider());
            await (await rich.sendTransaction({ to: await mine(), value: ethers.utils.parseEther('5') })).wait();
        },
        'operator-gone': async () => {
            await run('zkroll wallet deposit 0.3 ETH --yes --wait verified');
            await net.stop();
            const kept = join(folder(), 'l1.json');
            cpSync(join(net.dataDir, 'l1/state.json'), kept);
            const chain = await startAnvil(['--load-state', kept]);
            ends.push(chain.stop);
            l1 = chain.url;
            await run(`export ZKROLL_L1=${l1}`);
            await run('zkroll wallet deposit 0.2 ETH --yes');
            await rpc(l1, 'evm_increaseTime', [15 * 86400]);
            await rpc(l1, 'evm_mine');
        },
    };
    let blocks = 0;
    for (const part of parts('user-guide.md')) {
        if (part.kind === 'test') {
            await hooks[part.text]();
            continue;
        }
        const got = await reader.run(replace(part.text));
        assert.equal(got.code, 0, `docs/user-guide.md:${part.line}\n${part.text}\n${got.output}`);
        blocks++;
    }
    assert.ok(blocks >= 11, `${blocks} blocks were run`);
    const left = await provider().getBalance(net.contract);
    const again = await run('zkroll exit --dir state --all --yes --json --quiet');
    assert.deepEqual(JSON.parse(again), []);
    assert.ok(left.lt(ethers.utils.parseEther('0.9')), 'what the reader had is out: 0.3 of the state and 0.2 that waited');
    assert.ok((await provider().getBalance(await mine())).gt(ethers.utils.parseEther('3.9')));
});

test('the operator\'s guide', { timeout: 900_000 }, async () => {
    const chain = await startAnvil();
    ends.push(chain.stop);
    const operator = session({});
    secretFile(join(operator.home, 'operator.key'), key(0).privateKey);
    secretFile(join(operator.home, 'funder.key'), key(3).privateKey);
    const ports = { 3001: await freePort(), 3030: await freePort(), 3031: await freePort() };
    Object.assign(operator.env, { ZKROLL_API_REST_PORT: String(ports[3001]), ZKROLL_API_RPC_PORT: String(ports[3030]), ZKROLL_API_WS_PORT: String(ports[3031]) });
    const stop = () => {
        for (const name of ['prover.pid', 'node.pid']) {
            try { process.kill(Number(readFileSync(join(operator.home, name), 'utf8'))); } catch { /* it has ended, or never began */ }
        }
    };
    ends.push(stop);
    let user;
    const ok = async (args) => {
        const got = await user.run([...args, '--json', '--quiet']);
        assert.equal(got.code, 0, `${got.stderr}\n${readFileSync(join(operator.home, 'node.log'), 'utf8').slice(-2000)}`);
        return JSON.parse(got.stdout);
    };
    const sent = async () => Number(await rpc(chain.url, 'eth_getTransactionCount', [key(0).address, 'latest']));
    let deployed;
    const hooks = {
        deployed: async () => { deployed = await sent(); assert.ok(deployed > 5); },
        'deployed-already': async () => assert.equal(await sent(), deployed, 'the second run sends nothing'),
        // It has asked the node a few times, whether there was work or not, and was not turned away.
        'prover-works': async () => {
            const log = () => readFileSync(join(operator.home, 'prover.log'), 'utf8');
            for (let i = 0; i < 600 && !log().includes('event=prover_started'); i++) await new Promise((r) => setTimeout(r, 100));
            await new Promise((r) => setTimeout(r, 3000));
            assert.match(log(), /event=prover_started/);
            assert.doesNotMatch(log(), / (WARN|ERROR) /);
            process.kill(Number(readFileSync(join(operator.home, 'prover.pid'), 'utf8')), 0);
        },
        // A user comes, and then the machine is lost.
        'node-lost': async () => {
            user = await makeWallet(operator.home, 1, { ZKROLL_L1: chain.url, ZKROLL_NODE: `http://127.0.0.1:${ports[3030]}`, ZKROLL_REST: `http://127.0.0.1:${ports[3001]}/api/v0.2` });
            await ok(['deposit', '1.5', 'ETH', '--wait', 'committed', '--yes']);
            await ok(['activate', '--yes']);
            await ok(['transfer', '0.25', 'ETH', key(2).address, '--yes', '--wait', 'verified']);
            before = await ok(['balance']);
            const pid = Number(readFileSync(join(operator.home, 'node.pid'), 'utf8'));
            stop();
            for (let i = 0; i < 300 && existsSync(`/proc/${pid}`); i++) await new Promise((r) => setTimeout(r, 100));
        },
        // Its money is there, and it can go on paying.
        'node-back': async () => {
            assert.deepEqual(await ok(['balance']), before);
            await ok(['deposit', '0.5', 'ETH', '--wait', 'committed', '--yes']);
            await ok(['transfer', '0.125', 'ETH', key(2).address, '--yes', '--wait', 'verified']);
            assert.equal((await ok(['balance', key(2).address])).verified.ETH, ethers.utils.parseEther('0.375').toString());
        },
    };
    let before;
    let blocks = 0;
    for (const part of parts('operator-guide.md')) {
        if (part.kind === 'test') {
            await hooks[part.text]();
            continue;
        }
        const text = part.text.replaceAll('http://127.0.0.1:8545', chain.url).replaceAll('127.0.0.1:3001', `127.0.0.1:${ports[3001]}`)
            .replaceAll('127.0.0.1:3030', `127.0.0.1:${ports[3030]}`).replace(/& echo \$! > (\w+)\.pid/, '> $1.log 2>&1 & echo $! > $1.pid');
        const got = await operator.run(text);
        assert.equal(got.code, 0, `docs/operator-guide.md:${part.line}\n${part.text}\n${got.output}\n${existsSync(join(operator.home, 'node.log')) ? readFileSync(join(operator.home, 'node.log'), 'utf8').slice(-2000) : ''}`);
        blocks++;
    }
    assert.ok(blocks >= 8, `${blocks} blocks were run`);
    assert.ok(existsSync(join(operator.home, 'restored')));
});
