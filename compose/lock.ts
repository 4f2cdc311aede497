/** A lock between processes of one machine, held by whoever made the file; a dead holder's lock is taken over. */
import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { LabError } from './errors.ts';
import { currentOwner, currentPlace, formatOwner, isProvablyDead, parseOwner } from './engine/owner.ts';

/** Runs the work while holding the lock. Fails with `setup-failed` when another process holds it for too long. */
export async function withLock<T>(path: string, waitMs: number, work: () => Promise<T>): Promise<T> {
  mkdirSync(dirname(path), { recursive: true });
  const deadline = Date.now() + waitMs;
  while (!tryTake(path)) {
    if (Date.now() > deadline) {
      throw new LabError('setup-failed', `Another txlab has held ${path} for ${waitMs} ms.`, { hint: `rm ${path}` });
    }
    await delay(POLL_MS);
  }
  try {
    return await work();
  } finally {
    rmSync(path, { force: true });
  }
}

const POLL_MS = 50;

function tryTake(path: string): boolean {
  try {
    writeFileSync(path, formatOwner(currentOwner()), { flag: 'wx' });
    return true;
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
    breakIfDead(path);
    return false;
  }
}

/** Renaming first makes sure that of several waiters one removes the dead lock, and none a new one. */
function breakIfDead(path: string): void {
  try {
    const owner = parseOwner(readFileSync(path, 'utf8'));
    if (owner === undefined || !isProvablyDead(owner, { here: currentPlace(), engineIsLocal: true })) return;
    const aside = `${path}.${process.pid}`;
    renameSync(path, aside);
    rmSync(aside, { force: true });
  } catch {
    // The holder was quicker in letting go.
  }
}
