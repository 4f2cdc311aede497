// The real command line as a process of its own, and what it leaves: in the engine, by its owner label; on disk, in its runs folder.

import { execFileSync, spawn } from 'node:child_process';
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { get } from 'node:http';
import { join } from 'node:path';
import { json } from 'node:stream/consumers';
import { expect } from 'vitest';
import { OWNER_LABEL, TXLAB } from '../../compose/engine/labels.ts';
import { parseOwner } from '../../compose/engine/owner.ts';
import { tempFolder } from './temp-folder.ts';
import type { Engine } from '../../compose/engine/port.ts';

const ROOT = join(import.meta.dirname, '..', '..');

export function buildCommandLine(): void {
  execFileSync(process.execPath, ['build.ts'], { cwd: ROOT });
}

export interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
  /** Both streams, for failures. */
  readonly words: string;
  readonly tookMs: number;
}

export interface TxlabProcess {
  readonly pid: number;
  /** The folder of runs. */
  readonly out: string;
  /** The folder of its run; there once the run has one. */
  readonly run: string;
  /** Resolves when stdout matches; fails when the process ends before. */
  says(text: RegExp): Promise<void>;
  signal(name: NodeJS.Signals): void;
  /** Nobody reads what it says on stdout any more. */
  closeStdout(): void;
  readonly ended: Promise<Ended>;
  /** A file of its run; empty when there is none. */
  read(file: string): string;
}

const folders: string[] = [];

/** `before` is a program, with its arguments up to the folder of runs, that becomes the command line in the end. */
export function txlab(
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
  before: readonly string[] = [],
): TxlabProcess {
  const out = tempFolder();
  folders.push(out);
  const startedAt = performance.now();
  const command = [process.execPath, join(ROOT, 'dist/cli.mjs'), ...args, '--out', out];
  const [program = '', ...words] = before.length === 0 ? command : [...before, out, ...command];
  const child = spawn(program, words, {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const said = { stdout: '', stderr: '' };
  child.stdout.on('data', (chunk) => (said.stdout += String(chunk)));
  child.stderr.on('data', (chunk) => (said.stderr += String(chunk)));
  const ended = new Promise<Ended>((resolve) => {
    child.on('close', (code, signal) => {
      const tookMs = Math.round(performance.now() - startedAt);
      resolve({ code, signal, ...said, words: said.stdout + said.stderr, tookMs });
    });
  });
  const run = join(out, 'latest');
  return {
    pid: child.pid ?? 0,
    out,
    run,
    says: (text) =>
      new Promise((resolve, reject) => {
        const look = () => void (text.test(said.stdout) && resolve());
        child.stdout.on('data', look);
        look();
        void ended.then(({ words }) => reject(new Error(`never said ${text}: ${words}`)));
      }),
    signal: (name) => void child.kill(name),
    closeStdout: () => void child.stdout.destroy(),
    ended,
    read: (file) => (existsSync(join(run, file)) ? readFileSync(join(run, file), 'utf8') : ''),
  };
}

export function removeRunFolders(): void {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
}

/** What the process with this pid owns in the engine. */
export async function ownedBy(engine: Engine, pid: number): Promise<readonly string[]> {
  const all = await engine.listByLabel(TXLAB);
  return all
    .filter(({ labels }) => parseOwner(labels[OWNER_LABEL] ?? '')?.pid === pid)
    .map(({ kind, name }) => `${kind} ${name}`);
}

export async function expectNothingLeft(engine: Engine, { pid, ended }: TxlabProcess): Promise<void> {
  await ended;
  expect(await ownedBy(engine, pid)).toEqual([]);
}

/** After a lab that could not clean up itself: gone within the bound, and still gone once its watcher has had its last look. */
export async function expectSweptByWatcher(engine: Engine, lab: TxlabProcess, withinMs = 15_000): Promise<void> {
  await lab.ended;
  const bound = { timeout: withinMs, interval: 200 };
  await expect.poll(() => ownedBy(engine, lab.pid), bound).toEqual([]);
  if (lab.read('plan.json') !== '') await expect.poll(() => lab.read('watcher.log'), bound).toContain('nothing left');
  await expectNothingLeft(engine, lab);
}

/** The nodes' disks are volumes without labels: whoever forgets one leaves it without a container. */
export async function orphanVolumes(): Promise<readonly string[]> {
  const path = `/volumes?filters=${encodeURIComponent(JSON.stringify({ dangling: ['true'] }))}`;
  const answer = await new Promise<unknown>((resolve, reject) => {
    const request = get({ socketPath: '/var/run/docker.sock', path }, (got) => json(got).then(resolve, reject));
    request.on('error', reject);
  });
  return ((answer as { Volumes: { Name: string }[] | null }).Volumes ?? []).map(({ Name }) => Name);
}
