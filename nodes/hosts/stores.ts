// How a node asks the stores beside it: unmodified servers, each by the client of its service. What comes back is an answer, or `refused`
// where the store certainly did nothing, or `lost` where it may have done it.

import { invariant } from '../contract/invariant.ts';
import type { NodeConfig } from '../contract/control.ts';
import type { NodeId, OpId } from '../contract/ids.ts';
import type { Reply } from '../contract/machine.ts';
import type { Answer, Request } from '../contract/messages.ts';
import type { StoreMark } from '../contract/events.ts';

export interface StoreEvents {
  /** Once for each ask, and never while it is being asked. */
  readonly onReply: (op: OpId, reply: Reply) => void;
  /** The kernel has accepted all that was asked. */
  readonly onIdle: () => void;
}

/** The connection to one store. */
export interface StoreClient {
  /** Gathered until the next flush. */
  ask(op: OpId, request: Request): void;
  flush(): void;
  /** How many flushed asks the kernel has not accepted yet. */
  readonly unaccepted: number;
}

/** `at` is `address:port`. */
export type OpenClient = (at: string, events: StoreEvents) => StoreClient;

/** The clients of each service by its name: a file beside this one and a line here. */
export const STORE_CLIENTS = new Map<string, OpenClient>();

export interface Stores {
  ask(store: NodeId, op: OpId, request: Request): void;
  flush(): void;
  readonly unaccepted: number;
}

export function openStores(places: NonNullable<NodeConfig['stores']>, events: StoreEvents): Stores {
  const clients = new Map<string, StoreClient>();
  for (const [store, { service, at }] of Object.entries(places)) {
    const open = STORE_CLIENTS.get(service);
    invariant(open, `This node program has no client for the service ${service} of ${store}.`);
    clients.set(store, open(at, events));
  }
  const all = [...clients.values()];
  return {
    ask: (store, op, request) => {
      const client = clients.get(store);
      invariant(client, `There is no store ${store}.`);
      client.ask(op, request);
    },
    flush: () => {
      for (const client of all) client.flush();
    },
    get unaccepted() {
      return all.reduce((sum, client) => sum + client.unaccepted, 0);
    },
  };
}

/** The promise or decision that this answer is to a site, where the request says that it is one. */
export function storeMarkOf({ about, marks }: Request, { word }: Answer): StoreMark | null {
  if (about === undefined || !marks || !Object.hasOwn(marks.as, word)) return null;
  const mark = marks.as[word];
  return mark === undefined ? null : { site: marks.site, about: about as StoreMark['about'], mark };
}
