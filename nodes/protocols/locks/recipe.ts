// How a lock is had from a service: the recipe that a critical section is written over. A recipe is part of its client's machine: it asks
// stores, hears their replies and its own timers, and says what has become of the lock.

import { roleOf } from '../../contract/ids.ts';
import type { NodeId, OpId, TxId } from '../../contract/ids.ts';
import type { Effect, Reply, Setup, TimerName } from '../../contract/machine.ts';
import type { Guard } from '../../workloads/counter.ts';

/** What an acquisition is told of its lock. Times are those of inputs, in microseconds. */
export type LockNews =
  /** It is its own from when it asked (`asked`) until `until`, and longer where that is extended. */
  | ({ readonly is: 'granted' } & Guard & Term)
  | ({ readonly is: 'extended' } & Term)
  /** Others hold it: said once. */
  | { readonly is: 'waiting' }
  /** It has tried often enough, and has not got it. */
  | { readonly is: 'gave-up'; readonly reason: string }
  /** The service has said that it is not, or not any longer, its own. */
  | { readonly is: 'lost' }
  /** Given back; whether it still was its own by then, null where the service could not be heard. */
  | { readonly is: 'released'; readonly owned: boolean | null };

export interface Term {
  readonly asked: number;
  readonly until: number;
  /** Until when the client takes it for its own, where that is another time; null: until it is told otherwise. Of careless clients. */
  readonly believed?: number | null;
}

export interface Step {
  readonly effects: readonly Effect[];
  readonly news?: LockNews;
}

/**
 * `Own` is what the recipe keeps of its client: numbers, names of servers, and what outlasts one acquisition. `Held` is what it keeps of one,
 * from its beginning until it is released. Both are plain data, as all of a machine's state.
 */
export interface Recipe<Own, Held> {
  /** The lock service, as people name it. */
  readonly service: string;
  readonly open: (setup: Setup) => Own;
  readonly acquire: (own: Own, wanted: Wanted, at: number) => { readonly held: Held } & Step;
  /** Asks that it should stay its own. Null where a lock is not extended by asking. */
  readonly extend: ((own: Own, held: Held, at: number) => Step) | null;
  /** Gives it back, wherever it may have been had. */
  readonly release: (own: Own, held: Held, at: number) => Step;
  /** A reply to an ask of this acquisition. */
  readonly answered: (own: Own, held: Held, heard: Heard) => Step;
  readonly expired: (own: Own, held: Held, timer: TimerName, at: number) => Step;
}

export interface Heard {
  readonly op: OpId;
  readonly reply: Reply;
  readonly at: number;
}

export interface Wanted {
  readonly about: TxId;
  readonly key: string;
}

export const NOTHING: Step = { effects: [] };

/** All stores that the protocol has of a role, as `redis-1`, `redis-2`. */
export function storesOf({ stores = [] }: Setup, role: string): readonly NodeId[] {
  return stores.filter((store) => roleOf(store) === role);
}

/**
 * Until when a lease of so long is its client's that asked for it then: less what the clocks of two machines may differ by in this time, a hundredth
 * and 2 ms, as the clients that Redis's documentation names reckon it.
 */
export function leaseEnd(asked: number, ttlMs: number): number {
  return asked + ttlMs * US - (ttlMs * 10 + 2 * US);
}

const US = 1000;
