/** Starts the watcher: a process of its own that cleans up after a lab which died without doing so. */
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { LabError } from './errors.ts';
import { WATCH_VARIABLE } from './watch-order.ts';
import type { WatchOrder } from './watch-order.ts';

export interface Watcher {
  /** Tells the watcher that the lab has cleaned up itself; resolves when it has gone. */
  done(): Promise<void>;
}

/**
 * The watcher sits on the other end of a pipe, which the kernel closes whatever way the lab dies. It has its own
 * session, so that Ctrl-C and a closing terminal pass it by. Fails with `setup-failed` when it cannot be started.
 */
export async function startWatcher(order: WatchOrder): Promise<Watcher> {
  const watcher = spawn(process.execPath, [watcherProgram()], {
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
    env: { ...process.env, [WATCH_VARIABLE]: JSON.stringify(order) },
    cwd: '/',
  });
  await started(watcher);
  watcher.stdin?.on('error', () => {}); // A watcher that is gone has nothing left to be told.
  watcher.unref();
  (watcher.stdin as { unref?: () => void } | null)?.unref?.();
  return { done: () => dismiss(watcher) };
}

/** Beside this file: as source when run from source, else as the bundle. */
function watcherProgram(): string {
  const name = import.meta.url.endsWith('.ts') ? './watcher-main.ts' : './watcher.mjs';
  return fileURLToPath(new URL(name, import.meta.url));
}

async function started(watcher: ChildProcess): Promise<void> {
  try {
    await once(watcher, 'spawn');
  } catch (cause) {
    throw new LabError('setup-failed', 'The process that cleans up after a killed run could not be started.', {
      cause,
    });
  }
}

async function dismiss(watcher: ChildProcess): Promise<void> {
  if (watcher.exitCode !== null || watcher.signalCode !== null) return;
  watcher.ref();
  const gone = once(watcher, 'exit');
  watcher.stdin?.end('done\n');
  const timer = setTimeout(() => watcher.kill('SIGKILL'), DISMISS_MS);
  await gone;
  clearTimeout(timer);
}

const DISMISS_MS = 3_000;
