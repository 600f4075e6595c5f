// Keys of `zkroll wallet`: made, imported, refused; and never shown.
import assert from 'node:assert/strict';
import { chmodSync, existsSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { MNEMONIC, ethers, folder, key, secretFile, zkroll } from './cli.mjs';

const dir = folder();
const CHEAP = ['--scrypt-cost', '10'];
let n = 0;
const fresh = () => join(dir, `wallet-${n++}.json`);
const env = (file, password = 'correct horse') => ({ ZKROLL_WALLET: file, ZKROLL_PASSWORD: password });
const wallet = (args, file, options = {}) => zkroll(['wallet', ...args], { ...options, env: { ...env(file), ...options.env } });

async function refuses(got, pattern, code = 1) {
    const { code: was, stdout, stderr } = await got;
    assert.equal(was, code, stderr);
    assert.equal(stdout, '');
    const lines = stderr.trim().split('\n');
    assert.equal(lines.length, 1, stderr);
    assert.match(lines[0], pattern);
}

test('a new wallet is a keystore that only its owner can read, and ethers opens it', async () => {
    const file = fresh();
    const made = await wallet(['new', ...CHEAP], file);
    assert.equal(made.code, 0, made.stderr);
    assert.equal(statSync(file).mode & 0o777, 0o600);
    const opened = await ethers.Wallet.fromEncryptedJson(readFileSync(file, 'utf8'), 'correct horse');
    assert.equal(opened.address, made.stdout.trim());
    const secret = opened.privateKey.slice(2);
    assert.ok(!`${made.stdout}${made.stderr}`.includes(secret));
    const shown = await wallet(['address', '--json'], file);
    assert.deepEqual(JSON.parse(shown.stdout), { address: opened.address });
    const other = await wallet(['new', ...CHEAP], fresh());
    assert.notEqual(other.stdout, made.stdout);
});

test('imports keystores, mnemonics and raw keys', async () => {
    const file = fresh();
    const words = secretFile(join(dir, 'words'), `${MNEMONIC}\n`);
    assert.equal((await wallet(['import', '--mnemonic', words, '--index', 3, ...CHEAP], file)).stdout.trim(), key(3).address);
    const raw = secretFile(join(dir, 'raw'), key(4).privateKey);
    assert.equal((await wallet(['import', '--raw', raw, ...CHEAP], fresh())).stdout.trim(), key(4).address);
    const store = secretFile(join(dir, 'store'), await new ethers.Wallet(key(5).privateKey).encrypt('correct horse', { scrypt: { N: 1024 } }));
    assert.equal((await wallet(['import', '--keystore', store, ...CHEAP], fresh())).stdout.trim(), key(5).address);
    assert.equal((await wallet(['import', '--keystore', file, ...CHEAP], fresh())).stdout.trim(), key(3).address);
});

test('a password file serves as well, and others may not read it', async () => {
    const file = fresh();
    const password = secretFile(join(dir, 'password'), 'from a file\nsecond line\n');
    const made = await zkroll(['wallet', 'new', '--wallet', file, '--password-file', password, ...CHEAP]);
    assert.equal(made.code, 0, made.stderr);
    assert.equal((await ethers.Wallet.fromEncryptedJson(readFileSync(file, 'utf8'), 'from a file')).address, made.stdout.trim());
    const open = join(dir, 'open');
    secretFile(open, 'x');
    chmodSync(open, 0o644);
    await refuses(zkroll(['wallet', 'new', '--wallet', fresh(), '--password-file', open]), /others may read .*chmod 600/);
    await refuses(zkroll(['wallet', 'import', '--raw', open, '--wallet', fresh()], { env: { ZKROLL_PASSWORD: 'x' } }), /others may read/);
});

test('wrong words, keys, passwords and files are refused, each with one line that gives nothing away', async () => {
    const raw = secretFile(join(dir, 'bad-raw'), 'ab'.repeat(31));
    await refuses(wallet(['import', '--raw', raw], fresh()), /64 hexadecimal digits/);
    const words = secretFile(join(dir, 'bad-words'), `${MNEMONIC.replace('junk', 'test')}\n`);
    await refuses(wallet(['import', '--mnemonic', words], fresh()), /checksum/);
    const typo = secretFile(join(dir, 'typo'), MNEMONIC.replace('junk', 'secretword'));
    const got = await wallet(['import', '--mnemonic', typo], fresh());
    assert.equal(got.code, 1);
    assert.match(got.stderr, /word 12 .*not in the English list/);
    assert.ok(!got.stderr.includes('secretword'));
    const store = secretFile(join(dir, 'store2'), await new ethers.Wallet(key(5).privateKey).encrypt('other', { scrypt: { N: 1024 } }));
    await refuses(wallet(['import', '--keystore', store], fresh()), /password/);
    await refuses(wallet(['import'], fresh()), /say what to import/, 2);
    await refuses(wallet(['import', '--raw', join(dir, 'absent')], fresh()), /cannot read/);
    await refuses(wallet(['address'], join(dir, 'nowhere.json')), /there is no wallet at .*zkroll wallet new/);
    await refuses(wallet(['new', ...CHEAP], join(dir, 'no', 'such', 'folder.json')), /there is no folder/);
    await refuses(wallet(['new', ...CHEAP], fresh(), { env: { ZKROLL_PASSWORD: '' } }), /empty password/);
    await refuses(zkroll(['wallet', 'new', '--wallet', fresh()]), /no terminal to ask at/);
    await refuses(wallet(['new', '--scrypt-cost', 40], fresh()), /--scrypt-cost takes a number from 10 to 20/);
    await refuses(wallet(['new', '--password', 'x'], fresh()), /there is no option --password/, 2);
    await refuses(wallet(['dance'], fresh()), /there is no command 'dance'/, 2);
    await refuses(wallet(['transfer', '1'], fresh()), /something is missing/, 2);
});

test('a wallet is never overwritten: --force puts it aside, once', async () => {
    const file = fresh();
    const first = (await wallet(['new', ...CHEAP], file)).stdout.trim();
    await refuses(wallet(['new', ...CHEAP], file), /there already; --force/);
    const second = await wallet(['new', ...CHEAP, '--force'], file);
    assert.equal(second.code, 0, second.stderr);
    assert.ok(existsSync(`${file}.old`));
    assert.equal((await wallet(['address'], `${file}.old`)).stdout.trim(), first);
    await refuses(wallet(['new', ...CHEAP, '--force'], file), /move it away first/);
    assert.equal((await wallet(['address'], file)).stdout, second.stdout);
});
