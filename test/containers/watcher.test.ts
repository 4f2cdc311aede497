import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync, watch } from 'node:fs';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { beforeAll, expect, test } from 'vitest';
import { audit, sweepDead, sweepUntilClean } from '../../compose/cleanup/cleanup.ts';
import type { Engine } from '../../compose/engine/port.ts';
import { connectEngine } from '../../compose/engine/engine.ts';
import { ensureImage } from '../../compose/setup/images.ts';
import { runLabels } from '../../compose/engine/labels.ts';
import { currentOwner } from '../../compose/engine/owner.ts';
import { startWatcher } from '../../compose/cleanup/watcher.ts';
import { tempFolder } from '../support/temp-folder.ts';

const DOOMED_STORE_LAB = join(import.meta.dirname, 'programs', 'doomed-store-lab.ts');
const DOOMED_LAB = join(import.meta.dirname, 'programs', 'doomed-lab.ts');

let engine: Engine;

beforeAll(async () => {
  engine = await connectEngine();
  await ensureImage(engine, 'sandbox');
});

const folder = (): string => tempFolder();

async function die(args: readonly string[]): Promise<void> {
  const lab = spawn(process.execPath, [DOOMED_LAB, ...args], { stdio: 'inherit' });
  const [, signal] = (await once(lab, 'exit')) as [number | null, string | null];
  expect(signal).toBe('SIGKILL');
}

/** Resolves with the log when the watcher says that it is done; fails after the given time. */
async function logOfCleaning(runFolder: string, deadlineMs: number): Promise<string> {
  const path = join(runFolder, 'watcher.log');
  const read = (): string => (existsSync(path) ? readFileSync(path, 'utf8') : '');
  const changes = watch(runFolder);
  const timer = setTimeout(
    () => changes.emit('error', new Error(`not done after ${deadlineMs} ms: ${read()}`)),
    deadlineMs,
  );
  while (!/ (done|gave up): /.test(read())) await once(changes, 'change');
  clearTimeout(timer);
  changes.close();
  return read();
}

test('a lab that is killed leaves nothing behind within 15 seconds, paused containers and temporary folders included', async () => {
  const run = `doomed-${process.pid}`;
  const [runFolder, tempFolder] = [folder(), folder()];
  await die([run, runFolder, tempFolder, 'watched']);
  const log = await logOfCleaning(runFolder, 15_000);
  expect(log).toContain('nothing left');
  expect(log).toContain('left alone: /tmp/not-ours');
  expect(await audit(engine, run)).toEqual([]);
  expect(existsSync(tempFolder)).toBe(false);
});

test('a lab that is killed while one of its stores is paused leaves none of them behind', async () => {
  const runFolder = folder();
  const lab = spawn(process.execPath, [DOOMED_STORE_LAB, runFolder], { stdio: ['ignore', 'pipe', 'inherit'] });
  const run = text(lab.stdout);
  const [, signal] = (await once(lab, 'exit')) as [number | null, string | null];
  expect(signal).toBe('SIGKILL');
  expect(await logOfCleaning(runFolder, 30_000)).toContain('nothing left');
  expect(await audit(engine, await run)).toEqual([]);
});

test('what a dead lab left is removed at the next start, what a living one or a kept run has is not', async () => {
  const run = `forgotten-${process.pid}`;
  const owner = currentOwner();
  const living = runLabels(`living-${process.pid}`, owner);
  const kept = runLabels(`kept-${process.pid}`, { ...owner, started: '1' }, true);
  try {
    await engine.createNetwork({ name: `txlab-living-${process.pid}`, labels: living });
    await engine.createNetwork({ name: `txlab-kept-${process.pid}`, labels: kept });
    await die([run, folder(), folder(), 'not watched']);
    const names = (await sweepDead(engine)).map(({ name }) => name);
    expect(names).toEqual(
      expect.arrayContaining([`txlab-${run}-a`, `txlab-${run}-b`, `txlab-${run}-c`, `txlab-${run}`]),
    );
    expect(await audit(engine, `living-${process.pid}`)).toHaveLength(1);
    expect(await audit(engine, `kept-${process.pid}`)).toHaveLength(1);
  } finally {
    await sweepUntilClean(engine, living, { quietMs: 0 });
    await sweepUntilClean(engine, kept, { quietMs: 0 });
    // The engine may have made the last container after the sweep.
    await sweepUntilClean(engine, { 'txlab.run': run }, { quietMs: 1_000 });
  }
});

test('a watcher whose lab says that it is done goes without a trace', async () => {
  const runFolder = folder();
  const run = `clean-${process.pid}`;
  const watcher = await startWatcher();
  watcher.watch({ run, runFolder, tempFolders: [] });
  watcher.done(run);
  await watcher.close();
  await watcher.close();
  await watcher.gone;
  expect(existsSync(join(runFolder, 'watcher.log'))).toBe(false);
});
