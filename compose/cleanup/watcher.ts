/** Starts the watcher: a process of its own that cleans up after a lab which died without doing so. */
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { LabError } from '../errors.ts';
import type { WatchLine, WatchOrder } from './watch-order.ts';

export interface Watcher {
  /** From now on the watcher cleans up after this run, should the lab die. Before the run's first object is made. */
  watch(order: WatchOrder): void;
  /** The lab has cleaned up after this run itself. */
  done(run: string): void;
  /** Lets the watcher go; what was not said to be done it cleans up now. Resolves when the pipe holds all that was said. */
  close(): Promise<void>;
  /** Resolves when its process has ended. */
  readonly gone: Promise<unknown>;
}

/**
 * The watcher sits on the other end of a pipe, which the kernel closes whatever way the lab dies. It has its own
 * session, so that Ctrl-C and a closing terminal pass it by. Fails with `setup-failed` when it cannot be started.
 */
export async function startWatcher(): Promise<Watcher> {
  const watcher = spawn(process.execPath, [programBeside(import.meta.url, 'watcher')], {
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
    cwd: '/',
  });
  await started(watcher, 'The process that cleans up after a killed run could not be started.');
  const gone = new Promise((resolve) => watcher.once('exit', resolve));
  watcher.stdin.on('error', () => {}); // A watcher that is gone has nothing left to be told.
  watcher.unref();
  (watcher.stdin as { unref?: () => void }).unref?.();
  const say = (line: WatchLine) => void watcher.stdin.write(`${JSON.stringify(line)}\n`);
  return {
    watch: (order) => say({ say: 'watch', order }),
    done: (run) => say({ say: 'done', run }),
    close: () => dismiss(watcher),
    gone,
  };
}

/** A program beside the file that asks: as source when run from source, else as the bundle. */
export function programBeside(url: string, name: string): string {
  return fileURLToPath(new URL(url.endsWith('.ts') ? `./${name}-main.ts` : `./${name}.mjs`, url));
}

export async function started(child: ChildProcess, complaint: string): Promise<void> {
  try {
    await once(child, 'spawn');
  } catch (cause) {
    throw new LabError('setup-failed', complaint, { cause });
  }
}

/** The kernel keeps what the pipe holds, also when the lab has gone: nobody has to wait for the watcher's own end. */
async function dismiss({ stdin }: ChildProcess): Promise<void> {
  await new Promise<void>((resolve) => (stdin ? stdin.end(() => resolve()) : resolve()));
}
