// Counters that whoever holds their lock reads, and writes again one greater. The counter does not look after itself: it takes every write,
// as a file or a foreign service does. With fencing it takes none that bears a smaller token than it has seen (Kleppmann 2016).

import { randomBelow } from '../contract/random.ts';
import type { NodeId, TxId } from '../contract/ids.ts';
import type { Drawer, Refusal, Resource, Workload } from '../contract/workload.ts';

export interface Increment {
  readonly word: 'increment';
  readonly site: NodeId;
  readonly key: string;
}

export interface CounterParams {
  readonly site: NodeId;
  readonly counters: number;
  /** How long the holder of a lock works between reading and writing, in milliseconds. */
  readonly workMs: number;
  /** Whoever works for longer than a third of its lease extends it. */
  readonly extends: boolean;
}

/** One access of a holder. Whoever has a token shows it at every access, also when it only reads: from then on no older one is taken. */
export interface Access {
  readonly does: 'read' | 'write';
  readonly key: string;
  /** Of a write: what the counter says afterwards. */
  readonly value?: number;
  readonly token?: number;
}

interface Counter {
  value: number;
  /** The greatest that was shown; null before the first. */
  token: number | null;
  /** Every access that was taken, in the one order in which they were. */
  readonly accesses: (Access & { readonly about: TxId })[];
}

export type Counters = Map<string, Counter>;

export function counterKey(nth: number): string {
  return `counter-${nth + 1}`;
}

function counterAt(counters: Counters, key: string): Counter {
  const counter = counters.get(key) ?? { value: 0, token: null, accesses: [] };
  counters.set(key, counter);
  return counter;
}

/** What the counter says. */
export function valueOf(counters: Counters, key: string): number {
  return counters.get(key)?.value ?? 0;
}

const resource: Resource<Access, Counters> = {
  open: () => new Map(),
  refusal: (counters, { key, token }): Refusal | null => {
    const seen = counters.get(key)?.token ?? null;
    return token !== undefined && seen !== null && token < seen ? { reason: 'stale', key } : null;
  },
  locksOf: ({ key, does }) => [{ key, mode: does }],
  isReadOnly: ({ does }) => does === 'read',
  apply: (counters, about, access) => {
    const counter = counterAt(counters, access.key);
    if (access.value !== undefined) counter.value = access.value;
    if (access.token !== undefined) counter.token = Math.max(access.token, counter.token ?? access.token);
    counter.accesses.push({ about, ...access });
  },
  toJson: (counters) => Object.fromEntries([...counters].map(([key, counter]) => [key, structured(counter)])),
  restore: (json) => new Map(Object.entries(json as unknown as Record<string, Counter>)),
};

function structured({ value, token, accesses }: Counter) {
  return { value, token, accesses: accesses.map((access) => ({ ...access })) };
}

export const counter: Workload<CounterParams, Increment, Access, Counters> = {
  name: 'counter',
  words: ['increment'],
  draw: ({ site, counters }, { random }: Drawer) => increment(site, randomBelow(random, counters)),
  usesOf: ({ site, key }) => [{ site, key, mode: 'write' }],
  partsOf: ({ site, key }) => ({ [site]: { does: 'write', key } }),
  resource,
};

export function increment(site: NodeId, nth: number): Increment {
  return { word: 'increment', site, key: counterKey(nth) };
}
