// Counters that whoever holds their lock reads, and writes again one greater. The counter does not look after itself: it takes every write,
// as a file or a foreign service does. With fencing it takes none that bears a smaller token than it has seen (Kleppmann 2016); where holders register
// their locks, none of another lock than registered last (Antirez 2016); where a write names the version that it was made from, none of another.

import { numberOf } from '../contract/ids.ts';
import { randomBelow } from '../contract/random.ts';
import type { NodeId, TxId } from '../contract/ids.ts';
import type { Drawer, Refusal, Resource, Workload } from '../contract/workload.ts';

export interface Increment {
  readonly word: 'increment';
  readonly site: NodeId;
  readonly key: string;
  /** One more, whose lock is asked for when that of the first is its own. */
  readonly second?: string;
}

/** In which order clients ask for two locks: all in the same one, or every other client the other way round. */
export type Order = 'sorted' | 'opposite';

export interface CounterParams {
  readonly site: NodeId;
  readonly counters: number;
  /** How long the holder of a lock works between reading and writing, in milliseconds. */
  readonly workMs: number;
  /** Whoever works for longer than a third of its lease extends it. */
  readonly extends: boolean;
  /** Each client has a counter of its own. */
  readonly ownKeys?: boolean;
  /** The lock is had and given back, and nothing is done with it: what the lock alone costs. */
  readonly bare?: boolean;
  /** Each increment is of two counters, asked for in this order; of one where it is left out. */
  readonly order?: Order;
  /** How long a client with its first lock works before it asks for the second, in milliseconds. */
  readonly betweenMs?: number;
}

/**
 * By what the counter tells holders apart, which they show at every access. `token`, by its order: from the first read on no older one is taken.
 * `lock`, by being equal: a read registers it, whoever was registered before, and only who is registered may write.
 */
export type Guard =
  | { readonly token?: number | undefined; readonly lock?: undefined }
  | { readonly lock: string; readonly token?: undefined };

/** One access of a holder. */
export type Access = Guard & {
  readonly does: 'read' | 'write';
  readonly key: string;
  /** Of a write: what the counter says afterwards. */
  readonly value?: number;
  readonly ifVersion?: number;
};

interface Counter {
  value: number;
  version: number;
  /** The greatest that was shown; null before the first. */
  token: number | null;
  /** The one that registered last; absent before the first. */
  lock?: string;
  /** Every access that was taken, in the one order in which they were. */
  readonly accesses: (Access & { readonly about: TxId })[];
}

export type Counters = Map<string, Counter>;

export function counterKey(nth: number): string {
  return `counter-${nth + 1}`;
}

function counterAt(counters: Counters, key: string): Counter {
  const counter = counters.get(key) ?? { value: 0, version: 0, token: null, accesses: [] };
  counters.set(key, counter);
  return counter;
}

/** What the counter says, and how often it was written. */
export function stateOf(counters: Counters, key: string): Pick<Counter, 'value' | 'version'> {
  const { value = 0, version = 0 } = counters.get(key) ?? {};
  return { value, version };
}

/** A write that comes again has been done. */
export function hasWritten(counters: Counters, key: string, about: TxId): boolean {
  return counters.get(key)?.accesses.some((access) => access.does === 'write' && access.about === about) ?? false;
}

const resource: Resource<Access, Counters> = {
  open: () => new Map(),
  refusal: (counters, { does, key, token, lock, ifVersion }): Refusal | null => {
    if (ifVersion !== undefined && ifVersion !== stateOf(counters, key).version) return { reason: 'changed', key };
    if (lock !== undefined && does === 'write' && lock !== counters.get(key)?.lock) return { reason: 'replaced', key };
    const seen = counters.get(key)?.token ?? null;
    return token !== undefined && seen !== null && token < seen ? { reason: 'stale', key } : null;
  },
  locksOf: ({ key, does }) => [{ key, mode: does }],
  isReadOnly: ({ does }) => does === 'read',
  apply: (counters, about, access) => {
    const counter = counterAt(counters, access.key);
    if (access.does === 'write') {
      counter.value = access.value ?? counter.value;
      counter.version++;
    }
    if (access.token !== undefined) counter.token = Math.max(access.token, counter.token ?? access.token);
    if (access.lock !== undefined && access.does === 'read') counter.lock = access.lock;
    counter.accesses.push({ about, ...access });
  },
  toJson: (counters) => Object.fromEntries([...counters].map(([key, counter]) => [key, structured(counter)])),
  restore: (json) => new Map(Object.entries(json as unknown as Record<string, Counter>)),
};

function structured({ value, version, token, lock, accesses }: Counter) {
  return {
    value,
    version,
    token,
    ...(lock !== undefined && { lock }),
    accesses: accesses.map((access) => ({ ...access })),
  };
}

export const counter: Workload<CounterParams, Increment, Access, Counters> = {
  name: 'counter',
  words: ['increment'],
  draw: ({ site, counters, ownKeys, order }, { client, random, node }: Drawer) => {
    const first = ownKeys ? client : randomBelow(random, counters);
    if (order === undefined) return increment(site, first);
    const other = (first + 1 + randomBelow(random, counters - 1)) % counters;
    const isTurned = order === 'opposite' && numberOf(node) % 2 === 0;
    const [less, more] = [Math.min(first, other), Math.max(first, other)];
    return isTurned ? increment(site, more, less) : increment(site, less, more);
  },
  usesOf: (operation) => keysOf(operation).map((key) => ({ site: operation.site, key, mode: 'write' })),
  partsOf: ({ site, key }) => ({ [site]: { does: 'write', key } }),
  resource,
};

export function increment(site: NodeId, nth: number, second?: number): Increment {
  const key = counterKey(nth);
  return { word: 'increment', site, key, ...(second !== undefined && { second: counterKey(second) }) };
}

/** What it needs, in the order in which it asks for it. */
export function keysOf({ key, second }: Increment): readonly string[] {
  return second === undefined ? [key] : [key, second];
}
