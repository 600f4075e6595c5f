// RLP, ABI, transactions, addresses and keystores against ethers, in both directions.
import { test } from 'node:test';
import assert from 'node:assert/strict';
import { ethers } from 'ethers';
import { ask, hex32, randomBelow } from './peer.mjs';

const CASES = 500;
const { utils } = ethers;
const strip = (hex) => hex.slice(2) || '-';
const dash = (hex) => (hex === '-' ? '0x' : '0x' + hex);

// Random byte strings and integers of random lengths.
function source(seed) {
    const below = randomBelow(seed);
    const int = (n) => Number(below(BigInt(n)));
    const bytes = (len) => (len === 0 ? '' : below(1n << BigInt(8 * len)).toString(16).padStart(2 * len, '0'));
    const uint = (bits) => below(1n << BigInt(int(bits + 1)));
    return { int, bytes, uint };
}

test('rlp: nested lists, written and read', () => {
    const { int, bytes } = source('rlp');
    const tree = (depth) => (depth === 0 || int(3) > 0 ? '0x' + bytes([0, 1, 1, 2, 20, 32, 55, 56, 300][int(9)])
        : Array.from({ length: int(5) }, () => tree(depth - 1)));
    const text = (t) => (Array.isArray(t) ? `[${t.map(text).join(',')}]` : strip(t));
    const trees = Array.from({ length: CASES }, () => [tree(4), tree(3), tree(0)]);
    const encoded = trees.map((t) => strip(utils.RLP.encode(t)));
    const written = ask('ethereum', trees.map((t) => `rlp ${text(t)}`));
    const read = ask('ethereum', encoded.map((e) => `rlp_read ${e}`));
    trees.forEach((t, i) => {
        assert.equal(written[i], encoded[i]);
        assert.equal(read[i], text(t));
    });
});

test('abi: static and dynamic members, arrays of tuples, written and read', () => {
    const { int, bytes, uint } = source('abi');
    const types = ['uint64', 'uint128', 'address', 'bool', 'bytes', 'tuple(uint64 x, bytes y)[]'];
    const cases = Array.from({ length: CASES }, () => ({
        a: uint(64), b: uint(128), c: bytes(20), d: int(2), e: bytes(int(100)),
        f: Array.from({ length: int(6) }, () => ({ x: uint(64), y: bytes(int(70)) })),
    }));
    const words = (c) => [c.a, c.b.toString(16).padStart(32, '0'), c.c, c.d, c.e || '-', ...c.f.flatMap((m) => [m.x, m.y || '-'])].join(' ');
    const encoded = cases.map((c) => strip(utils.defaultAbiCoder.encode(types,
        [c.a, c.b, '0x' + c.c, c.d === 1, '0x' + c.e, c.f.map((m) => [m.x, '0x' + m.y])])));
    const written = ask('ethereum', cases.map((c) => `abi ${words(c)}`));
    const read = ask('ethereum', encoded.map((e) => `abi_read ${e}`));
    cases.forEach((c, i) => {
        assert.equal(written[i], encoded[i]);
        assert.equal(read[i], words(c));
    });
});

test('transactions: legacy and EIP-1559, signed and read', async () => {
    const { int, bytes, uint } = source('tx');
    const cases = Array.from({ length: CASES }, () => ({
        type: int(2) * 2, chainId: 1 + int(1 << 30), nonce: Number(uint(53)), gas: uint(63), maxFee: uint(256), priority: uint(256),
        to: int(4) === 0 ? '-' : bytes(20), value: uint(256), data: bytes(int(300)) || '-', key: bytes(31).padStart(64, '0'),
    }));
    const words = (c) => [c.type, c.chainId, c.nonce, c.gas, hex32(c.maxFee), hex32(c.type === 2 ? c.priority : 0n), c.to,
        hex32(c.value), c.data].join(' ');
    const answers = ask('ethereum', cases.map((c) => `tx ${words(c)} ${c.key}`));
    const theirs = [];
    for (const c of cases) {
        const fees = c.type === 2 ? { type: 2, maxFeePerGas: c.maxFee, maxPriorityFeePerGas: c.priority } : { gasPrice: c.maxFee };
        const wallet = new ethers.Wallet(c.key);
        const tx = { chainId: c.chainId, nonce: c.nonce, gasLimit: c.gas, value: c.value, data: dash(c.data), ...fees };
        if (c.to !== '-') tx.to = '0x' + c.to;
        theirs.push({ raw: await wallet.signTransaction(tx), address: wallet.address.toLowerCase() });
    }
    const read = ask('ethereum', theirs.map((t) => `tx_read ${strip(t.raw)}`));
    cases.forEach((c, i) => {
        assert.equal(answers[i], `${strip(theirs[i].raw)} ${strip(utils.keccak256(theirs[i].raw))}`);
        assert.equal(read[i], `${words(c)} ${strip(theirs[i].address)}`);
    });
});

test('addresses: of keys, of created contracts', () => {
    const { bytes, uint } = source('address');
    const keys = Array.from({ length: CASES }, () => bytes(31).padStart(64, '0'));
    assert.deepEqual(ask('ethereum', keys.map((k) => `address ${k}`)), keys.map((k) => utils.computeAddress('0x' + k)));
    const created = Array.from({ length: CASES }, () => ({ from: bytes(20), nonce: Number(uint(53)) }));
    assert.deepEqual(ask('ethereum', created.map((c) => `create ${c.from} ${c.nonce}`)),
        created.map((c) => utils.getContractAddress({ from: '0x' + c.from, nonce: c.nonce }).slice(2).toLowerCase()));
    const created2 = Array.from({ length: CASES }, () => [bytes(20), bytes(32), bytes(32)]);
    assert.deepEqual(ask('ethereum', created2.map((c) => `create2 ${c.join(' ')}`)),
        created2.map(([d, s, h]) => utils.getCreate2Address('0x' + d, '0x' + s, '0x' + h).slice(2).toLowerCase()));
});

test('keystores: theirs opened by us, ours by them', async () => {
    const { bytes } = source('keystore');
    const scrypt = { N: 1024, r: 8, p: 1 };
    for (let i = 0; i < 5; i++) {
        const wallet = new ethers.Wallet('0x' + bytes(31).padStart(64, '0'));
        const theirs = (await wallet.encrypt(`pass-${i}`, { scrypt })).replace(/\s/g, '');
        const [opened] = ask('ethereum', [`keystore_decrypt ${theirs} pass-${i}`]);
        assert.equal('0x' + opened, wallet.privateKey);
        const [ours] = ask('ethereum', [`keystore_encrypt ${strip(wallet.privateKey)} word-${i} 10 8 1`]);
        assert.equal((await ethers.Wallet.fromEncryptedJson(ours, `word-${i}`)).privateKey, wallet.privateKey);
    }
});

test('mnemonics: keys of random sentences, with and without passphrase', () => {
    const { int, bytes } = source('mnemonic');
    const cases = Array.from({ length: 20 }, (_, i) => ({
        words: utils.entropyToMnemonic('0x' + bytes([16, 20, 24, 28, 32][i % 5])), passphrase: i % 2 ? `pass${int(1000)}` : '-', index: int(1 << 30),
    }));
    const got = ask('ethereum', cases.map((c) => `mnemonic ${c.words.replaceAll(' ', '_')} ${c.passphrase} ${c.index}`));
    cases.forEach((c, i) => {
        const node = utils.HDNode.fromMnemonic(c.words, c.passphrase === '-' ? '' : c.passphrase);
        assert.equal('0x' + got[i], node.derivePath(`m/44'/60'/0'/0/${c.index}`).privateKey);
    });
});
