// How a node asks a ZooKeeper ensemble: by node-zookeeper-client, with what it lacks: it waits for silent servers for ever, and is of no more
// use when its session has expired. The types of the library do not leave this file.

import { createClient, type Client } from 'node-zookeeper-client';
import type { Socket } from 'node:net';
import { dropWhereSilent, storeAsks } from './store-asks.ts';
import { answerIn, perform } from './zookeeper-operations.ts';
import type { NodeId } from '../contract/ids.ts';
import type { Reply } from '../contract/machine.ts';
import type { ZooKeeperRequest } from '../stores/zookeeper.ts';
import type { OpenClient } from './store-client.ts';
import type { StoreWire } from './store-asks.ts';

export const openZooKeeper: OpenClient = ({ addresses, setup: { self, timeouts }, root }, events) => {
  const sessionMs = timeouts['session'] ?? SESSION_MS;
  const servers = turned(addresses, self);
  let state: StoreWire<ZooKeeperRequest>['state'] = 'new';
  let session = open();
  /** The session that has expired, until somebody is told. */
  let over: Session | null = null;

  const asks = storeAsks<ZooKeeperRequest>(
    {
      get state() {
        return over ? 'open' : state;
      },
      get socket() {
        return state === 'open' ? session.manager.socket : undefined;
      },
      // What is watched may stand for as long as it likes.
      withinMs: ({ word, withinMs }) => (word === 'watch' ? undefined : withinMs),
      send: (request, end) => {
        if (!over) {
          const asked = session;
          return perform(asked.client, request, { end, expired: () => expired(asked), root });
        }
        const answer = expired(over);
        over = null;
        // Nobody is told while he asks.
        setImmediate(() => end(answer));
      },
    },
    events,
  );

  function open(): Session {
    const client = createClient(servers.join(), { sessionTimeout: sessionMs, spinDelay: SPIN_MS, retries: 0 });
    const { connectionManager: manager } = client as unknown as Inside;
    // The library has shuffled them.
    manager.servers = servers.map((server) => {
      const [host = '', port = ''] = server.split(':');
      return { host, port };
    });
    const opened: Session = { client, manager, isTold: false };
    client.on('connected', () => opened === session && become('open'));
    client.on('disconnected', () => {
      forget(manager);
      if (opened === session) become('closed');
    });
    // Its client would go on with the dead session for ever.
    client.on('expired', () => {
      if (!opened.isTold) over = opened;
      session = open();
    });
    client.connect();
    return opened;
  }
  function become(now: 'open' | 'closed'): void {
    state = now;
    asks.changed();
  }
  dropWhereSilent(sessionMs / ROUNDS, () => ({
    socket: session.manager.socket,
    rounds: ROUNDS * (session.client.getSessionTimeout() / sessionMs) * (state === 'open' ? 2 / 3 : 1 / 4),
  }));
  return asks;
};

interface Session {
  readonly client: Client;
  readonly manager: Manager;
  /** Its end has been answered. */
  isTold: boolean;
}

interface Inside {
  readonly connectionManager: Manager;
}

/** What is used of the inside of the library. */
interface Manager {
  servers: readonly { readonly host: string; readonly port: string }[];
  readonly socket?: Socket;
  pendingBuffer: Buffer | null;
  readonly watcherManager: { dataWatchers: object; existenceWatchers: object };
}

/** Half a message of a broken connection would be read as the start of the next one; and what was watched is lost, and watched again. */
function forget(manager: Manager): void {
  manager.pendingBuffer = null;
  manager.watcherManager.dataWatchers = {};
  manager.watcherManager.existenceWatchers = {};
}

/** Each begins at another server, the same one in each run: `client-2` at the second. */
function turned(addresses: readonly string[], self: NodeId): readonly string[] {
  const number = Number(/\d+$/.exec(self)?.[0] ?? 1);
  const first = Math.max(0, number - 1) % addresses.length;
  return [...addresses.slice(first), ...addresses.slice(0, first)];
}

/** A server pings back after a third of the session that it has granted; within a quarter it must have taken a new connection. */
const ROUNDS = 24;
/** How long at most the library waits after it has tried all servers in vain. */
const SPIN_MS = 50;
const SESSION_MS = 2000;

function expired(session: Session): Reply {
  session.isTold = true;
  return answerIn(session.client, { word: 'expired' });
}
