// A lock between processes of one machine. The kernel holds it and ends it with its process, so that nobody ever has to break one:
// a socket that listens under a name without a file on Linux, an open file that is locked where opening can lock it (macOS).

import { createHash } from 'node:crypto';
import { closeSync, constants, mkdirSync, openSync } from 'node:fs';
import { createServer } from 'node:net';
import { dirname, resolve } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { LabError } from './errors.ts';

/** Runs the work while holding the lock. Fails with `setup-failed` when another process holds it for too long. */
export async function withLock<T>(path: string, waitMs: number, work: () => Promise<T>): Promise<T> {
  const deadline = Date.now() + waitMs;
  let letGo = await tryTake(path);
  while (!letGo) {
    if (Date.now() > deadline) {
      throw new LabError('setup-failed', `Another txlab has been at work under the lock ${path} for ${waitMs} ms.`, {
        hint: 'Wait until it is done, or end it: pgrep -af txlab',
      });
    }
    await delay(POLL_MS);
    letGo = await tryTake(path);
  }
  try {
    return await work();
  } finally {
    await letGo();
  }
}

const POLL_MS = 50;

type LetGo = () => Promise<void>;

/** Null while somebody else holds it. */
function tryTake(path: string): Promise<LetGo | null> {
  return process.platform === 'linux' ? listen(path) : Promise.resolve(lockFile(path));
}

/** A name that begins with a zero byte is not in the file system: nothing of it stays when its process has ended. */
async function listen(path: string): Promise<LetGo | null> {
  const name = createHash('sha256').update(resolve(path)).digest('hex');
  const server = createServer((visitor) => visitor.destroy());
  try {
    await new Promise<void>((done, fail) => {
      server.once('error', fail);
      server.listen(`\0txlab-lock-${name}`, done);
    });
  } catch (error) {
    if (isCode(error, 'EADDRINUSE')) return null;
    throw error;
  }
  return () => new Promise((done) => server.close(() => done()));
}

function lockFile(path: string): LetGo | null {
  mkdirSync(dirname(path), { recursive: true });
  try {
    const file = openSync(path, constants.O_RDWR | constants.O_CREAT | constants.O_NONBLOCK | O_EXLOCK);
    return async () => closeSync(file);
  } catch (error) {
    if (isCode(error, 'EAGAIN')) return null;
    throw error;
  }
}

/** Of the BSDs: not among Node's constants. */
const O_EXLOCK = 0x20;

function isCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code;
}
