// The shape of a client: how one store, or one ensemble, is asked. What comes back is an answer, or `refused` where the store certainly did
// nothing, or `lost` where it may have done it.

import type { OpId } from '../contract/ids.ts';
import type { Reply, Setup } from '../contract/machine.ts';
import type { Request } from '../contract/messages.ts';

export interface StoreEvents {
  /** Once for each ask, and never while it is being asked. */
  readonly onReply: (op: OpId, reply: Reply) => void;
  /** The kernel has accepted all that was asked. */
  readonly onIdle: () => void;
}

/** The connection to one store, or to one ensemble. */
export interface StoreClient {
  /** Gathered until the next flush. */
  ask(op: OpId, request: Request): void;
  flush(): void;
  /** How many flushed asks the kernel has not accepted yet. */
  readonly unaccepted: number;
}

/** Where a client connects to. */
export interface StoreOpening {
  /** As `address:port`: of one server, or of all servers of an ensemble, in its order. */
  readonly addresses: readonly string[];
  readonly setup: Pick<Setup, 'self' | 'timeouts'>;
  /** The folder of the run, where the store has folders: all paths are within it. */
  readonly root?: string | undefined;
}

export type OpenClient = (opening: StoreOpening, events: StoreEvents) => StoreClient;
