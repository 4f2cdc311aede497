/** Starts the watcher: a process of its own that cleans up after a lab which died without doing so. */
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { LabError } from './errors.ts';
import type { WatchLine, WatchOrder } from './watch-order.ts';

export interface Watcher {
  /** From now on the watcher cleans up after this run, should the lab die. Before the run's first object is made. */
  watch(order: WatchOrder): void;
  /** The lab has cleaned up after this run itself. */
  done(run: string): void;
  /** Lets the watcher go; what was not said to be done it cleans up now. Resolves when it has gone, or has work to do. */
  close(): Promise<void>;
}

/**
 * The watcher sits on the other end of a pipe, which the kernel closes whatever way the lab dies. It has its own
 * session, so that Ctrl-C and a closing terminal pass it by. Fails with `setup-failed` when it cannot be started.
 */
export async function startWatcher(): Promise<Watcher> {
  const watcher = spawn(process.execPath, [programBeside('watcher')], {
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
    cwd: '/',
  });
  await started(watcher, 'The process that cleans up after a killed run could not be started.');
  watcher.stdin.on('error', () => {}); // A watcher that is gone has nothing left to be told.
  watcher.unref();
  (watcher.stdin as { unref?: () => void }).unref?.();
  const open = new Set<string>();
  const say = (line: WatchLine) => void watcher.stdin.write(`${JSON.stringify(line)}\n`);
  return {
    watch: (order) => {
      open.add(order.run);
      say({ say: 'watch', order });
    },
    done: (run) => {
      open.delete(run);
      say({ say: 'done', run });
    },
    close: () => dismiss(watcher, open.size > 0),
  };
}

/** A program beside this file: as source when run from source, else as the bundle. */
export function programBeside(name: string): string {
  const file = import.meta.url.endsWith('.ts') ? `./${name}-main.ts` : `./${name}.mjs`;
  return fileURLToPath(new URL(file, import.meta.url));
}

export async function started(child: ChildProcess, complaint: string): Promise<void> {
  try {
    await once(child, 'spawn');
  } catch (cause) {
    throw new LabError('setup-failed', complaint, { cause });
  }
}

async function dismiss(watcher: ChildProcess, hasWork: boolean): Promise<void> {
  if (watcher.exitCode !== null || watcher.signalCode !== null) return;
  if (hasWork) return void watcher.stdin?.end();
  watcher.ref();
  const gone = once(watcher, 'exit');
  watcher.stdin?.end();
  const timer = setTimeout(() => watcher.kill('SIGKILL'), DISMISS_MS);
  await gone;
  clearTimeout(timer);
}

const DISMISS_MS = 3_000;
