// `make install`: what is needed to run `zkroll` by its name, and nothing outside of the place that was named.
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { readFileSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { build, folder } from '../exit/cli.mjs';

test('program, manual page and completion are where they are looked for', () => {
    const dest = folder();
    const make = (...args) => spawnSync('make', ['--no-print-directory', 'install', `DESTDIR=${dest}`, 'PREFIX=/opt/z', ...args], { encoding: 'utf8' });
    const nothing = make(`BUILD=${dest}/none`);
    assert.notEqual(nothing.status, 0);
    assert.match(nothing.stderr, /nothing is built yet: make build/);
    assert.deepEqual(readdirSync(dest), []);
    const got = make(`BUILD=${build}`);
    assert.equal(got.status, 0, got.stderr);
    const files = readdirSync(dest, { recursive: true }).filter((f) => statSync(join(dest, f)).isFile()).sort();
    assert.deepEqual(files, ['opt/z/bin/zkroll', 'opt/z/share/bash-completion/completions/zkroll', 'opt/z/share/man/man1/zkroll.1']);
    assert.match(execFileSync(join(dest, 'opt/z/bin/zkroll'), ['version'], { encoding: 'utf8' }), /^zkroll \d/);
    assert.match(readFileSync(join(dest, files[2]), 'utf8'), /^\.TH|^\.\\"/);
    assert.match(readFileSync(join(dest, files[1]), 'utf8'), /complete .*zkroll/);
});
