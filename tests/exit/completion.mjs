// Completion and manual page, which are written from the tables that read the command lines.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { folder, program, secretFile, zkroll } from './cli.mjs';

const dir = folder();
const script = join(dir, 'completion.bash');

// What bash offers for the last of these words.
function complete(...words) {
    const run = `source ${script}; COMP_WORDS=(${words.map((w) => `'${w}'`).join(' ')}); COMP_CWORD=${words.length - 1}; _zkroll; printf '%s\\n' "\${COMPREPLY[@]}"`;
    const got = spawnSync('bash', ['--norc', '--noprofile', '-c', run], { encoding: 'utf8', cwd: dir, env: { PATH: `${dirname(program)}:${process.env.PATH}` } });
    assert.equal(got.stderr, '');
    return got.stdout.trim().split('\n');
}

test('bash completes commands, subcommands and options', async () => {
    const got = await zkroll(['completion', 'bash']);
    assert.equal(got.code, 0, got.stderr);
    secretFile(script, got.stdout);
    assert.deepEqual(complete('zkroll', 'wal'), ['wallet']);
    assert.deepEqual(complete('zkroll', 'wallet', 'tra'), ['transfer']);
    assert.deepEqual(complete('zkroll', 'wallet', 'transfer', '--fee'), ['--fee', '--fee-token']);
    assert.deepEqual(complete('zkroll', 'wallet', 'transfer', '--wait', 'v'), ['verified']);
    assert.deepEqual(complete('zkroll', 'exit', '--own'), ['--owner']);
    assert.deepEqual(complete('zkroll', 'verify', ''), ['--help', 'block', 'balance']);
    assert.ok(complete('zkroll', 'restore', '--').includes('--follow'));
    assert.ok(!complete('zkroll', 'restore', '--').includes('--yes'), 'only what the command takes');
    assert.ok(complete('zkroll', 'deploy', '--conf').includes('--confirmations'), 'other commands say it themselves');
    assert.deepEqual(complete('zkroll', 'wallet', 'transfer', '--password-file', 'compl'), ['completion.bash']);
    assert.equal((await zkroll(['completion', 'fish'])).code, 2);
});

test('the manual page is sound and names every option of every command', async () => {
    const man = await zkroll(['man']);
    assert.equal(man.code, 0);
    const plain = man.stdout.replaceAll('\\-', '-').replaceAll(/\\f[BIR]/g, '');
    for (const args of [['wallet', 'transfer'], ['wallet', 'claim'], ['restore'], ['exit'], ['verify', 'block']]) {
        const { stdout: help } = await zkroll([...args, '--help']);
        for (const [option] of help.matchAll(/--[a-z][a-z-]*/g)) assert.ok(plain.includes(option), `${args.join(' ')} ${option}`);
    }
    const { stdout: list } = await zkroll(['help']);
    for (const [, name] of list.matchAll(/^ {2}([a-z]+) /gm)) assert.ok(plain.includes(`zkroll ${name}`), name);
    const groff = spawnSync('groff', ['-man', '-Tutf8', '-ww'], { input: man.stdout, encoding: 'utf8' });
    if (groff.error) return; // no groff here: its warnings are looked at where there is one
    assert.equal(groff.stderr, '');
    assert.match(groff.stdout.replaceAll(/.\x08/g, ''), /wallet transfer AMOUNT TOKEN ADDRESS/);
});
