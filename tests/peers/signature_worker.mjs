// A thread that asks zksync-crypto: workerData is a list of [function, ...hex arguments].
import { createRequire } from 'node:module';
import { parentPort, workerData } from 'node:worker_threads';

const zk = createRequire(import.meta.url)('zksync-crypto');
const toHex = (bytes) => Buffer.from(bytes).toString('hex');

function answer([name, ...args]) {
    const bytes = args.map((h) => new Uint8Array(Buffer.from(h, 'hex')));
    try {
        if (name === 'key') {
            const sk = zk.privateKeyFromSeed(bytes[0]);
            return [sk, zk.private_key_to_pubkey(sk), zk.private_key_to_pubkey_hash(sk)].map(toHex).join(' ');
        }
        const result = zk[name](...bytes);
        return typeof result === 'boolean' ? String(result) : toHex(result);
    } catch {
        return 'error';
    }
}

zk.zksync_crypto_init();
parentPort.postMessage(workerData.map(answer));
