/** Starts the keeper of a standing pool: the process that owns it, and ends it when nobody has used it for a while. */
import { spawn } from 'node:child_process';
import type { EndpointOptions } from '../engine/endpoint.ts';
import { programBeside, started } from '../cleanup/watcher.ts';

export interface KeeperOrder {
  readonly uid: string;
  readonly idleMs: number;
  readonly endpoint?: Pick<EndpointOptions, 'host' | 'context'>;
}

export interface Keeper {
  /** The pool's owner: when it is dead, the next txlab removes the pool. */
  readonly pid: number;
  /** The pool stands: from now on the keeper looks after it alone. Until then the end of this process is the end of the pool. */
  entrust(): void;
}

export const ENTRUSTED = 'entrusted';

/** Fails with `setup-failed` when it cannot be started. */
export async function startKeeper(order: KeeperOrder): Promise<Keeper> {
  const keeper = spawn(process.execPath, [programBeside(import.meta.url, 'pool-keeper')], {
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
    cwd: '/',
  });
  await started(keeper, 'The process that looks after the pool could not be started.');
  keeper.stdin.on('error', () => {}); // A keeper that is gone has lost its pool; the next start removes it.
  keeper.unref();
  (keeper.stdin as { unref?: () => void }).unref?.();
  keeper.stdin.write(`${JSON.stringify(order)}\n`);
  return { pid: keeper.pid ?? 0, entrust: () => void keeper.stdin.end(`${ENTRUSTED}\n`) };
}
