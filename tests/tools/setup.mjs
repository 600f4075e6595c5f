// tools/setup.sh on a machine that has nothing, as an ordinary user: sudo, dpkg and apt are stand-ins that write down what they are asked.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { folder } from '../exit/cli.mjs';

const home = folder();
const bin = join(home, 'bin'), log = join(home, 'log');
mkdirSync(bin);
const stub = (name, text) => {
    writeFileSync(join(bin, name), `#!/bin/bash\n${text}\n`);
    chmodSync(join(bin, name), 0o755);
};

test('packages are installed as root without a question, and no database server is left running', () => {
    stub('id', 'echo 1000');
    stub('dpkg-query', 'exit 1');
    stub('node', 'echo 0'); // the script ends here, after the system's packages
    // As the real one does, it gives what it runs an environment of its own.
    stub('sudo', `env -i PATH="$PATH" "$@"`);
    for (const name of ['mkdir', 'tee', 'rm']) stub(name, `echo "${name} $*" >> ${log}\n[ "${name}" != tee ] || cat >> ${log}`);
    stub('apt-get', `echo "apt-get $1 DEBIAN_FRONTEND=$DEBIAN_FRONTEND" >> ${log}\n[ "$1" != install ] || echo "$*" > ${join(home, 'packages')}`);
    const got = spawnSync('tools/setup.sh', { encoding: 'utf8', env: { PATH: `${bin}:${process.env.PATH}`, HOME: home } });
    assert.equal(got.status, 1);
    assert.match(got.stderr, /Node 20 or newer/);
    const file = '/etc/postgresql-common/createcluster.d/zkroll-setup.conf';
    assert.ok(existsSync(log), got.stderr);
    assert.deepEqual(readFileSync(log, 'utf8').trim().split('\n'), [
        'apt-get update DEBIAN_FRONTEND=',
        'mkdir -p /etc/postgresql-common/createcluster.d',
        `tee ${file}`, 'create_main_cluster = false',
        'apt-get install DEBIAN_FRONTEND=noninteractive',
        `rm -f ${file}`,
    ]);
    const installed = readFileSync(join(home, 'packages'), 'utf8').trim().split(' ');
    for (const name of ['curl', 'groff-base', 'postgresql-15', 'chromium', 'cmake']) assert.ok(installed.includes(name), name);
});
