// The unmodified npm package `zksync` against a whole rollup with real proofs: three users' stories side by side, one a kind of
// provider; then every error; then the recorded traffic of the SDK.
import { after, before, test } from 'node:test';
import { startDevnet } from '../support/devnet.mjs';
import * as errors from './errors.mjs';
import * as events from './events.mjs';
import { replay } from './replay.mjs';
import { Story } from './story.mjs';
import { makeWorld } from './world.mjs';

const chapters = ['deposits', 'activateByEcdsa', 'activateOnChain', 'activateByCreate2', 'fees', 'transfers', 'failingTransfer', 'withoutSecondFactor',
    'batches', 'failingBatch', 'withdrawals', 'forcedExit', 'swaps', 'nfts', 'verified', 'pendingBalances', 'nftOnL1', 'fullExit'];

let net, world;

before(async () => {
    net = await startDevnet({ args: ['--block-time', '1s', '--l1-block-time', '1s'] });
    world = makeWorld(net);
});

after(async () => {
    const log = net?.log() ?? '';
    process.stderr.write(process.env.ZK_DEVNET_LOG ? log : log.split('\n').filter((line) => / (WARN|ERROR) /.test(line)).slice(-20).join('\n'));
    await net?.stop();
});

async function tell(kind) {
    const story = new Story(world, kind);
    await story.begin();
    for (const chapter of chapters) {
        const start = Date.now();
        try {
            await story[chapter]();
        } catch (error) {
            error.message = `${kind}, ${chapter}: ${error.message}`;
            throw error;
        }
        if (process.env.ZK_VERBOSE) console.log(`${kind} ${chapter} ${Date.now() - start} ms`);
    }
    await story.end();
}

test('the SDK tells its story', { concurrency: 3 }, async (t) => {
    await Promise.all((process.env.ZK_KINDS?.split(',') ?? ['rpc', 'rest', 'ws']).map((kind) => t.test(`over ${kind}`, () => tell(kind))));
});

test('subscriptions, and contracts that sign', { concurrency: 2 }, async (t) => {
    await Promise.all(['subscriptions', 'contractsThatSign'].map((name) => t.test(name, () => events[name](world))));
});

test('each refusal has its code and text', { concurrency: 4 }, async (t) => {
    await Promise.all(['submission', 'batches', 'toggling', 'everythingElse'].map((name) => t.test(name, () => errors[name](world))));
});

test('the recorded traffic is understood', async (t) => {
    const { answered, refused } = await replay(world);
    t.diagnostic(`${answered} answered, ${refused} refused`);
});
