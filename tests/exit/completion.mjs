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

test('the manual page is sound, names every command, and every option of those that it describes', async () => {
    const man = await zkroll(['man']);
    assert.equal(man.code, 0);
    const plain = man.stdout.replaceAll('\\-', '-').replaceAll(/\\f[BIR]/g, '');
    const names = (text) => [...text.matchAll(/^ {2}([a-z]+) /gm)].map(([, name]) => name);
    const { stdout: list } = await zkroll(['help']);
    const commands = [];
    for (const name of names(list)) {
        assert.ok(plain.includes(`zkroll ${name}`), name);
        const { stdout: help } = await zkroll([name, '--help']);
        // Some are groups: their help lists commands, which have help of their own.
        const inside = /^Usage: zkroll \w+ COMMAND/.test(help) ? names(help) : [];
        commands.push(...(inside.length > 0 ? inside.map((sub) => [name, sub]) : [[name]]));
    }
    assert.ok(commands.length > 20, commands.join('; '));
    let options = 0;
    for (const args of commands) {
        const { stdout: help } = await zkroll([...args, '--help']);
        // The node's own commands have settings by the hundred: of those the page says where they are listed.
        if (!/^ {2}-h, --help +this text$/m.test(help)) continue;
        for (const [, option] of help.matchAll(/^ {2,}(?:-\w, )?(--[a-z0-9][a-z0-9-]*)/gm)) {
            assert.ok(plain.includes(option), `${args.join(' ')} ${option}`);
            options++;
        }
    }
    assert.ok(options > 150, `${options} options`);
    const groff = spawnSync('groff', ['-man', '-Tutf8', '-ww'], { input: man.stdout, encoding: 'utf8' });
    assert.ifError(groff.error);
    assert.equal(groff.stderr, '');
    assert.match(groff.stdout.replaceAll(/.\x08/g, ''), /wallet transfer AMOUNT TOKEN ADDRESS/);
});

test('every command answers --help', async () => {
    const { stdout: list } = await zkroll(['help']);
    for (const [, name] of list.matchAll(/^ {2}([a-z]+) /gm)) {
        const got = await zkroll([name, '--help']);
        assert.equal(got.code, 0, `${name}: ${got.stderr}`);
        assert.match(got.stdout, /Usage: zkroll/, name);
    }
    assert.equal((await zkroll(['keys', 'list', '-t', 'abc'])).code, 2);
});
