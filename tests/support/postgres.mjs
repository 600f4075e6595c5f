// A PostgreSQL server for a test: on a socket in a folder of its own, ended and removed by stop(). A server does not run as root;
// then it runs as the user `postgres` of its package.
import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { spawnChild } from './anvil.mjs';

const BIN = '/usr/lib/postgresql/15/bin';
const root = process.getuid() === 0;
const asUser = (argv) => (root ? ['runuser', '-u', 'postgres', '--', ...argv] : argv);

const alive = (pid) => {
    try {
        return process.kill(pid, 0);
    } catch {
        return false;
    }
};
const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

// home: a new folder for its data (one is made); settings: ["name=value"…].
export async function startPostgres({ home, settings = [] } = {}) {
    const dir = mkdtempSync(join(tmpdir(), 'zkroll-pg-'));
    chmodSync(dir, 0o755);
    home ??= join(dir, 'pg');
    mkdirSync(home);
    if (root) execFileSync('chown', ['postgres:postgres', home]);
    const data = join(home, 'data');
    const [initdb, ...args] = asUser([`${BIN}/initdb`, '-D', data, '-U', 'zk', '-A', 'trust', '-E', 'UTF8', '--locale=C', '--no-sync', '--wal-segsize=1']);
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
        const [program, ...argv] = asUser([`${BIN}/postgres`, '-D', data, '-k', home, '-c', 'listen_addresses=',
            ...settings.flatMap((setting) => ['-c', setting])]);
        self.child = spawnChild(program, argv, { stdio: ['ignore', log, log], cwd: '/' });
        self.exited = new Promise((resolve) => self.child.once('exit', resolve));
        self.running = true;
        self.exited.then(() => { self.running = false; });
        for (let i = 0; !self.answers(); i++) {
            if (i === 600 || !self.running) throw new Error('PostgreSQL does not start');
            await sleep(50);
        }
    };
    // kill -9 of one process: the postmaster (what is left of its children notices, and ends), or one that serves a client (the
    // postmaster then ends the others and recovers, as after a crash).
    const postmaster = () => Number(readFileSync(join(data, 'postmaster.pid'), 'utf8').split('\n')[0]);
    const children = (pid) => execFileSync('ps', ['-o', 'pid=,args=', '--ppid', String(pid)]).toString().trim().split('\n')
        .map((line) => ({ pid: Number(line.trim().split(' ')[0]), words: line }));
    self.kill = async () => {
        const pid = postmaster();
        const left = children(pid).map((child) => child.pid);
        process.kill(pid, 'SIGKILL');
        await self.exited;
        for (let i = 0; left.some(alive); i++) {
            if (i === 600) throw new Error('processes of PostgreSQL outlive it');
            await sleep(50);
        }
    };
    self.killBackend = (dice) => {
        const backends = children(postmaster()).filter(({ words }) => / zk postgres /.test(words));
        if (backends.length === 0) return false;
        process.kill(backends[dice(backends.length)].pid, 'SIGKILL');
        return true;
    };
    // How a server ends: 'immediate' is a crash that its next start recovers from.
    self.end = async (how = 'fast') => {
        if (!self.running) return;
        const [program, ...argv] = asUser([`${BIN}/pg_ctl`, '-D', data, '-m', how, '-w', 'stop']);
        execFileSync(program, argv, { stdio: 'ignore', cwd: '/' });
        await self.exited;
    };
    self.stop = async () => {
        await self.end('immediate');
        for (const path of [dir, home]) rmSync(path, { recursive: true, force: true });
    };
    process.once('exit', () => { if (self.running) self.child.kill('SIGQUIT'); });
    await self.start();
    return self;
}
