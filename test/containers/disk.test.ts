// A disk that fills up in the middle of a run: the run says so with the place, and leaves nothing in the engine.

import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { connectEngine } from '../../compose/engine/engine.ts';
import { buildCommandLine, expectNothingLeft, txlab } from '../support/txlab-process.ts';
import type { Engine } from '../../compose/engine/port.ts';

/** A mount that only the run and its watcher see: for root, where the kernel allows it. */
const canMount = spawnSync('unshare', ['-m', 'mount', '-t', 'tmpfs', 'tmpfs', '/mnt']).status === 0;

/** Becomes the command line, with a small disk of its own where its runs go. */
const ON_SMALL_DISK = ['unshare', '-m', 'sh', '-c', 'mount -t tmpfs -o size=4m tmpfs "$0" && exec "$@"'] as const;

let engine: Engine;
beforeAll(async () => {
  buildCommandLine();
  engine = await connectEngine();
});

/** Seen through the process, whose mounts are its own. */
async function fillDisk(pid: number, out: string): Promise<void> {
  const ballast = createWriteStream(join('/proc', String(pid), 'root', out, 'ballast'));
  const full = once(ballast, 'error');
  ballast.on('drain', () => ballast.write(BLOCK));
  ballast.write(BLOCK);
  const [error] = (await full) as [NodeJS.ErrnoException];
  expect(error.code).toBe('ENOSPC');
}

const BLOCK = Buffer.alloc(65_536);

test.skipIf(!canMount).each([
  ['before the fault', 'serving'],
  ['while the fault lasts', 'in doubt'],
])('a disk that fills up %s ends the run with its place and what to do', async (_, line) => {
  const run = txlab(['kill', 'coordinator', 'during', 'prepare'], {}, ON_SMALL_DISK);
  await run.says(new RegExp(line));
  await fillDisk(run.pid, run.out);
  const { code, stderr, words } = await run.ended;
  expect(code, words).toBe(4);
  expect(stderr).toContain(run.out);
  expect(stderr).toContain('cannot be written: the disk is full');
  expect(stderr).toMatch(/try: +Free some space, or name another folder with --out/);
  await expectNothingLeft(engine, run);
});
