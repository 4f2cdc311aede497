/** What a lab tells its watcher, one JSON line each, over the pipe whose end is the lab's end. */
import type { EndpointOptions } from '../engine/endpoint.ts';

export interface WatchOrder {
  /** As in the run label: whatever bears it is removed. */
  readonly run: string;
  /** Where the watcher saves what nodes left, and writes its log, `watcher.log`, if it has to act. Null for a pool, which keeps nothing. */
  readonly runFolder: string | null;
  /** Folders to remove with the run; only those whose name starts with `txlab` are. */
  readonly tempFolders: readonly string[];
  /** As given to connectEngine, when the lab does not use the environment's engine. */
  readonly endpoint?: Pick<EndpointOptions, 'host' | 'context'>;
}

/** `done`: the lab has cleaned up this run itself. */
export type WatchLine =
  | { readonly say: 'watch'; readonly order: WatchOrder }
  | { readonly say: 'done'; readonly run: string };

/** The orders that were not said to be done when the pipe closed. A line that the lab's death cut short counts for nothing. */
export async function undoneOrders(chunks: AsyncIterable<unknown>): Promise<readonly WatchOrder[]> {
  const open = new Map<string, WatchOrder>();
  let text = '';
  for await (const chunk of chunks) {
    text += String(chunk);
    const lines = text.split('\n');
    text = lines.pop() ?? '';
    for (const line of lines) {
      const said = JSON.parse(line) as WatchLine;
      if (said.say === 'watch') open.set(said.order.run, said.order);
      else open.delete(said.run);
    }
  }
  return [...open.values()];
}
