// How a node asks the stores beside it: unmodified servers, each by the client of its service. What comes back is an answer, or `refused`
// where the store certainly did nothing, or `lost` where it may have done it.

import { invariant } from '../contract/invariant.ts';
import { roleOf, type NodeId, type OpId } from '../contract/ids.ts';
import type { NodeConfig, StorePlace } from '../contract/control.ts';
import type { Answer, Request } from '../contract/messages.ts';
import type { StoreMark } from '../contract/events.ts';
import type { OpenClient, StoreClient, StoreEvents, StoreOpening } from './store-client.ts';

interface ClientOfService {
  /** A `server` is asked by its own name; of an `ensemble` its role is asked, and any of its servers answers. */
  readonly of: 'server' | 'ensemble';
  /** Its library takes longer to load than a node to start: nodes without such stores do without. */
  readonly load: () => Promise<OpenClient>;
}

const REDIS: ClientOfService = {
  of: 'server',
  load: () => import('./redis-client.ts').then(({ openRedis }) => openRedis),
};
const ZOOKEEPER: ClientOfService = {
  of: 'ensemble',
  load: () => import('./zookeeper-client.ts').then(({ openZooKeeper }) => openZooKeeper),
};

/** Published clients, which have their own connections: a node asks them for a lock, and they ask the servers as they do everywhere. */
const EXHIBITS: readonly (readonly [string, ClientOfService])[] = [
  ['redlock-npm', { of: 'ensemble', load: () => import('./redlock-npm.ts').then(({ openRedlock }) => openRedlock) }],
  [
    'redis-semaphore',
    { of: 'ensemble', load: () => import('./redis-semaphore.ts').then(({ openSemaphore }) => openSemaphore) },
  ],
  [
    'zookeeper-raw',
    { of: 'ensemble', load: () => import('./zookeeper-raw.ts').then(({ openRawZooKeeper }) => openRawZooKeeper) },
  ],
];

/** The clients of each service by its name, and others by their own: a file beside this one and a line here. */
export const STORE_CLIENTS = new Map([
  ['redis', REDIS],
  ['redis-durable', REDIS],
  ['redis-replicated', REDIS],
  ['redis-evicting', REDIS],
  ['redis-evicting-volatile', REDIS],
  ['redis-full', REDIS],
  ['zookeeper', ZOOKEEPER],
  ...EXHIBITS,
]);

export interface Stores {
  ask(store: NodeId, op: OpId, request: Request): void;
  flush(): void;
  readonly unaccepted: number;
}

type Places = NonNullable<NodeConfig['stores']>;
export type OpenStores = (places: Places, events: StoreEvents) => Stores;

/** Loads what a node needs that has stores of these services. */
export async function loadStores(places: Places, setup: StoreOpening['setup']): Promise<OpenStores> {
  const clients = new Map<string, OpenClient>();
  for (const [store, place] of Object.entries(places)) {
    const name = clientName(place);
    const client = STORE_CLIENTS.get(name);
    invariant(client, `This node program has no client for the service ${name} of ${store}.`);
    if (!clients.has(name)) clients.set(name, await client.load());
  }
  return (wanted, events) => openStores(wanted, clients, { setup, events });
}

/** The names by which these stores are asked. */
export function askedNames(places: Places): ReadonlySet<NodeId> {
  return new Set(Object.entries(places).map(([store, place]) => askedName(store as NodeId, place)));
}

function askedName(store: NodeId, place: StorePlace): NodeId {
  return STORE_CLIENTS.get(clientName(place))?.of === 'ensemble' ? (roleOf(store) as NodeId) : store;
}

function clientName({ service, client = service }: StorePlace): string {
  return client;
}

interface Opened {
  readonly setup: StoreOpening['setup'];
  readonly events: StoreEvents;
}

function openStores(places: Places, loaded: ReadonlyMap<string, OpenClient>, { setup, events }: Opened): Stores {
  const addresses = new Map<NodeId, string[]>();
  const opens = new Map<NodeId, (opening: Pick<StoreOpening, 'addresses'>) => StoreClient>();
  for (const [store, place] of Object.entries(places)) {
    const open = loaded.get(clientName(place));
    invariant(open, `The client of ${clientName(place)} is not loaded.`);
    const name = askedName(store as NodeId, place);
    opens.set(name, (at) => open({ ...at, setup, root: place.root }, events));
    addresses.set(name, [...(addresses.get(name) ?? []), place.at]);
  }
  const clients = new Map([...opens].map(([name, open]) => [name, open({ addresses: addresses.get(name) ?? [] })]));
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
