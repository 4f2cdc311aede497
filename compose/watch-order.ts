/** What a lab tells its watcher, in the watcher's environment: it must be complete before the lab can die. */
import type { EndpointOptions } from './endpoint.ts';

export interface WatchOrder {
  readonly run: string;
  /** Where the watcher writes its log, `watcher.log`, if it has to act. */
  readonly runFolder: string;
  /** Folders to remove with the run; only those whose name starts with `txlab` are. */
  readonly tempFolders: readonly string[];
  /** As given to connectEngine, when the lab does not use the environment's engine. */
  readonly endpoint?: Pick<EndpointOptions, 'host' | 'context'>;
}

export const WATCH_VARIABLE = 'TXLAB_WATCH';

export function parseWatchOrder(text: string | undefined): WatchOrder {
  return JSON.parse(text ?? '') as WatchOrder;
}
