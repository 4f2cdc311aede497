// Two PostgreSQL servers and a transaction manager that commits over both by PREPARE TRANSACTION and COMMIT PREPARED, its own
// decision forced in between: what two-phase commit is in practice. Servers run on Unix sockets in a temporary folder.

import { spawnSync } from 'node:child_process';
import { chmodSync, chownSync, existsSync, mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { median } from '../../scenarios/judging/statistics.ts';
import { installFromDebian, loadPeer } from './packages.ts';
import { openGroupLog } from './group-log.ts';
import type { Lab } from '../lab.ts';

/** What is used of the package `pg`. */
interface Client {
  connect(): Promise<void>;
  query(text: string): Promise<unknown>;
  end(): Promise<void>;
  on(event: 'error', listener: (error: Error) => void): void;
}
interface Pg {
  readonly default: { readonly Client: new (options: { host: string; user: string; database: string }) => Client };
}

export interface Postgres extends AsyncDisposable {
  commitFor(clients: number, ms: number): Promise<{ readonly perSecond: number; readonly medianMs: number }>;
}

/** Fails with the reason why PostgreSQL cannot be had here. */
export async function startPostgres(lab: Lab): Promise<Postgres> {
  const bin = await programs(lab.say);
  const pg = await loadPeer<Pg>('pg', lab.say);
  const root = join(lab.folder, 'postgres');
  mkdirSync(root);
  const user = await account(root);
  // The folder above is the bench's own and closed to others.
  chmodSync(lab.folder, 0o755);
  const servers = ['one', 'two'].map((name) => join(root, name));
  const stop = () => {
    for (const server of servers)
      user.run(join(bin, 'pg_ctl'), ['-D', join(server, 'data'), '-m', 'immediate', 'stop']);
  };
  lab.atEnd(stop);
  for (const server of servers) startServer(server, bin, user);
  const connect = async (host: string) => {
    const client = new pg.default.Client({ host, user: 'bench', database: 'postgres' });
    client.on('error', () => {});
    await client.connect();
    return client;
  };
  for (const host of servers) await openAccounts(await connect(host));
  const decisions = openGroupLog(join(root, 'decisions'));
  let counter = 0;

  async function transfer([from, to]: readonly [Client, Client], id: number): Promise<void> {
    const tx = `tx-${++counter}`;
    const part = (sign: string) =>
      `BEGIN; UPDATE account SET balance = balance ${sign} 1 WHERE id = ${id}; PREPARE TRANSACTION '${tx}'`;
    await Promise.all([from.query(part('-')), to.query(part('+'))]);
    await new Promise<void>((resolve) => decisions.force({ tx, decision: 'commit' }, resolve));
    await Promise.all([from.query(`COMMIT PREPARED '${tx}'`), to.query(`COMMIT PREPARED '${tx}'`)]);
  }

  return {
    commitFor: async (clients, ms) => {
      const pairs = await Promise.all(
        Array.from({ length: clients }, () => Promise.all([connect(servers[0] ?? ''), connect(servers[1] ?? '')])),
      );
      const opened = performance.now();
      const taken: number[] = [];
      await Promise.all(
        pairs.map(async (pair, id) => {
          for (let at = opened; at < opened + ms;) {
            await transfer(pair, id);
            const now = performance.now();
            taken.push(now - at);
            at = now;
          }
        }),
      );
      const seconds = (performance.now() - opened) / 1000;
      await Promise.all(pairs.flat().map((client) => client.end()));
      return { perSecond: taken.length / seconds, medianMs: median(taken) };
    },
    [Symbol.asyncDispose]: async () => stop(),
  };
}

function startServer(server: string, bin: string, user: Account): void {
  user.mustRun('mkdir', ['-p', server]);
  user.mustRun(join(bin, 'initdb'), ['-D', join(server, 'data'), '-U', 'bench', '-A', 'trust', '--no-instructions']);
  const settings = Object.entries({ ...SETTINGS, unix_socket_directories: server }).map(
    ([key, value]) => `-c ${key}=${value}`,
  );
  const where = ['-D', join(server, 'data'), '-l', join(server, 'log')];
  user.mustRun(join(bin, 'pg_ctl'), [...where, '-w', '-o', settings.join(' '), 'start']);
}

async function openAccounts(client: Client): Promise<void> {
  await client.query('CREATE TABLE account (id int PRIMARY KEY, balance bigint NOT NULL)');
  await client.query('INSERT INTO account SELECT id, 1000000000 FROM generate_series(0, 255) AS id');
  await client.end();
}

/** Durable as it comes; a lock that is not had in time must end the bench, not hang it. */
const SETTINGS = {
  listen_addresses: "''",
  max_prepared_transactions: 100,
  max_connections: 100,
  lock_timeout: '2s',
  fsync: 'on',
  synchronous_commit: 'on',
};

async function programs(say: (text: string) => void): Promise<string> {
  const found = findPrograms();
  if (found) return found;
  await installFromDebian('postgresql', say);
  const installed = findPrograms();
  if (!installed) throw new Error('apt-get installed PostgreSQL, but its programs are not where Debian puts them');
  return installed;
}

/** Debian keeps them out of the PATH, by version. */
function findPrograms(): string | undefined {
  const root = '/usr/lib/postgresql';
  const versions = existsSync(root) ? readdirSync(root).toSorted((a, b) => Number(b) - Number(a)) : [];
  return versions.map((version) => join(root, version, 'bin')).find((bin) => existsSync(join(bin, 'initdb')));
}

interface Account {
  readonly run: (program: string, args: readonly string[]) => { readonly ok: boolean; readonly words: string };
  readonly mustRun: (program: string, args: readonly string[]) => void;
}

/** PostgreSQL refuses to run as root: there it runs as the package's own user, who gets the folder. */
async function account(folder: string): Promise<Account> {
  const isRoot = process.getuid?.() === 0;
  if (isRoot) {
    const ids = ['-u', '-g'].map((flag) => Number(spawnSync('id', [flag, 'postgres'], { encoding: 'utf8' }).stdout));
    chownSync(folder, ids[0] ?? 0, ids[1] ?? 0);
  }
  const run: Account['run'] = (program, args) => {
    const [command, words] = isRoot ? ['runuser', ['-u', 'postgres', '--', program, ...args]] : [program, args];
    // What the server inherits stays open as long as it runs, so nothing of it is a pipe.
    const log = join(folder, 'log');
    const quoted = [command, ...words].map((word) => `'${word.replaceAll("'", `'\\''`)}'`).join(' ');
    const { status } = spawnSync('sh', ['-c', `${quoted} >>'${log}' 2>&1`], { cwd: folder, stdio: 'ignore' });
    return { ok: status === 0, words: `${program} ended with ${status}; see ${log}` };
  };
  return {
    run,
    mustRun: (program, args) => {
      const { ok, words } = run(program, args);
      if (!ok) throw new Error(words);
    },
  };
}
