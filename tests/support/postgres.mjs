// A PostgreSQL server for a test: on a socket in a folder of its own, ended and removed by stop(). A server does not run as root;
// then it runs as the user `postgres` of its package.
import { execFileSync, spawn } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, openSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const BIN = '/usr/lib/postgresql/15/bin';
const root = process.getuid() === 0;
const asUser = (argv) => (root ? ['runuser', '-u', 'postgres', '--', ...argv] : argv);

const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

export async function startPostgres() {
    const dir = mkdtempSync(join(tmpdir(), 'zkroll-pg-'));
    chmodSync(dir, 0o755);
    const home = join(dir, 'pg');
    mkdirSync(home);
    if (root) execFileSync('chown', ['postgres:postgres', home]);
    const data = join(home, 'data');
    const [initdb, ...args] = asUser([`${BIN}/initdb`, '-D', data, '-U', 'zk', '-A', 'trust', '-E', 'UTF8', '--locale=C', '--no-sync']);
    execFileSync(initdb, args, { stdio: 'ignore', cwd: '/' });
    const log = openSync(join(dir, 'log'), 'a');
    const self = { url: `postgres://zk@/postgres?host=${home}`, running: false };

    self.answers = () => {
        try {
            execFileSync(`${BIN}/pg_isready`, ['-h', home, '-q']);
            return true;
        } catch {
            return false;
        }
    };
    self.start = async () => {
        const [program, ...argv] = asUser([`${BIN}/postgres`, '-D', data, '-k', home, '-c', 'listen_addresses=']);
        self.child = spawn(program, argv, { stdio: ['ignore', log, log], cwd: '/' });
        self.exited = new Promise((resolve) => self.child.once('exit', resolve));
        self.running = true;
        for (let i = 0; !self.answers(); i++) {
            if (i === 600) throw new Error('PostgreSQL does not start');
            await sleep(50);
        }
    };
    // How a server ends: 'immediate' is a crash that its next start recovers from.
    self.end = async (how = 'fast') => {
        if (!self.running) return;
        const [program, ...argv] = asUser([`${BIN}/pg_ctl`, '-D', data, '-m', how, '-w', 'stop']);
        execFileSync(program, argv, { stdio: 'ignore', cwd: '/' });
        await self.exited;
        self.running = false;
    };
    self.stop = async () => {
        await self.end('immediate');
        rmSync(dir, { recursive: true, force: true });
    };
    process.once('exit', () => { if (self.running) self.child.kill('SIGQUIT'); });
    await self.start();
    return self;
}
