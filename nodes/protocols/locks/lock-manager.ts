// A lock manager: one node that grants each lock to whoever asked first, for a time that the holder renews. Every grant has a number that is
// on disk before it is told, greater than all before it. After a restart holders are known from the log, and each has its whole time again.

import { machineOf } from '../machine-of.ts';
import type { NodeId, OpId, TxId } from '../../contract/ids.ts';
import type { DumpAnswer, Effect, Machine, Setup, TimerName } from '../../contract/machine.ts';
import type { Json } from '../../contract/messages.ts';
import type { LogRecord } from '../../contract/records.ts';
import type { ManagerAnswer, ManagerRequest } from './manager-messages.ts';

interface Waiter {
  readonly about: TxId;
  readonly by: NodeId;
  /** Of the last that asked for it: who asks again is told once. */
  op: OpId;
}

interface Granted {
  readonly about: TxId;
  readonly grant: number;
}

interface Lock {
  /** The greatest that was given out. */
  grants: number;
  holder: Granted | null;
  readonly queue: Waiter[];
}

export interface ManagerState {
  readonly self: NodeId;
  readonly ttlMs: number;
  readonly locks: Map<string, Lock>;
  /** Which lock's each acquisition is: timers know it by no more. */
  readonly keys: Map<TxId, string>;
}

export const lockManager: Machine<ManagerState> = machineOf<ManagerState>(
  ({ self, timeouts: { ttl = 1000 } }: Setup) => ({ self, ttlMs: ttl, locks: new Map(), keys: new Map() }),
  {
    started: (state, { log }) => {
      for (const record of log) redo(state, record);
      return [...state.locks.values()].flatMap(({ holder }) => (holder ? [lease(state, holder.about)] : []));
    },
    asked: (state, { by, op, request }) => {
      if (request.word === 'dump') return [dump(state, by, op)];
      const wanted = request as ManagerRequest;
      const lock = lockAt(state, wanted.key);
      switch (wanted.word) {
        case 'acquire':
          return acquire(state, lock, wanted, { about: wanted.about, by, op });
        case 'renew':
          if (!isHeldBy(lock, wanted)) return [answer(by, op, { word: 'not-held' })];
          return [lease(state, wanted.about), answer(by, op, { word: 'renewed' })];
        case 'release':
          if (!isHeldBy(lock, wanted))
            return [...forget(state, lock, wanted.about), answer(by, op, { word: 'not-held' })];
          return [...free(state, lock, wanted), answer(by, op, { word: 'released' }), ...next(state, lock, wanted.key)];
      }
    },
    expired: (state, { timer }) => {
      const about = timer.about as TxId;
      const key = state.keys.get(about);
      const lock = key === undefined ? undefined : state.locks.get(key);
      if (key === undefined || lock?.holder?.about !== about) return [];
      // Whoever has not heard of its grant asks again, behind all others.
      return [unqueued(about), ...free(state, lock, { about, key }), ...next(state, lock, key)];
    },
  },
);

function lockAt({ locks }: ManagerState, key: string): Lock {
  const lock = locks.get(key) ?? { grants: 0, holder: null, queue: [] };
  locks.set(key, lock);
  return lock;
}

/** Not by an earlier grant: what was released late is another's by now. */
function isHeldBy({ holder }: Lock, { about, grant }: { readonly about: TxId; readonly grant: number }): boolean {
  return holder?.about === about && holder.grant === grant;
}

function acquire(state: ManagerState, lock: Lock, { key }: ManagerRequest, waiter: Waiter): Effect[] {
  const { about, by, op } = waiter;
  // Its answer was lost: it is told again what it has, and reckons its time from when it asked again.
  if (lock.holder?.about === about)
    return [lease(state, about), answer(by, op, { word: 'granted', grant: lock.holder.grant })];
  const known = lock.queue.find((one) => one.about === about);
  if (known) {
    known.op = op;
    return [];
  }
  state.keys.set(about, key);
  lock.queue.push(waiter);
  const queued: Effect = { do: 'tell', note: { word: 'queued', about, site: state.self, key } };
  return lock.holder ? [queued] : next(state, lock, key);
}

/** The lock to whoever is first, where it is free. */
function next(state: ManagerState, lock: Lock, key: string): Effect[] {
  const [first] = lock.queue;
  if (lock.holder || !first) return [];
  lock.queue.shift();
  const { about, by, op } = first;
  const grant = ++lock.grants;
  lock.holder = { about, grant };
  const record: LogRecord = { mark: 'other', word: 'grant', about, body: { key, grant } };
  return [{ do: 'force', record }, lease(state, about), answer(by, op, { word: 'granted', grant })];
}

function free(
  state: ManagerState,
  lock: Lock,
  { about, key }: { readonly about: TxId; readonly key: string },
): Effect[] {
  lock.holder = null;
  state.keys.delete(about);
  return [
    { do: 'disarm', timer: leaseTimer(about) },
    { do: 'append', record: { mark: 'other', word: 'end', about, body: { key } } },
  ];
}

/** Who gives up while it waits is granted nothing. */
function forget(state: ManagerState, lock: Lock, about: TxId): Effect[] {
  const at = lock.queue.findIndex((waiter) => waiter.about === about);
  if (at < 0) return [];
  lock.queue.splice(at, 1);
  state.keys.delete(about);
  return [unqueued(about)];
}

const unqueued = (about: TxId): Effect => ({ do: 'tell', note: { word: 'unqueued', about } });

function redo(state: ManagerState, { word, about, body }: LogRecord): void {
  if (about === null || (word !== 'grant' && word !== 'end')) return;
  const { key, grant = 0 } = body as { readonly key: string; readonly grant?: number };
  const lock = lockAt(state, key);
  if (word === 'grant') {
    lock.grants = grant;
    lock.holder = { about, grant };
    state.keys.set(about, key);
  } else if (lock.holder?.about === about) {
    lock.holder = null;
    state.keys.delete(about);
  }
}

function lease({ ttlMs }: ManagerState, about: TxId): Effect {
  return { do: 'arm', timer: leaseTimer(about), afterMs: ttlMs };
}

const leaseTimer = (about: TxId): TimerName => ({ word: 'lease', about });

function answer(to: NodeId, op: OpId, said: ManagerAnswer): Effect {
  return { do: 'answer', to, op, answer: said };
}

function dump({ locks }: ManagerState, to: NodeId, op: OpId): Effect {
  const holds = [...locks].flatMap(([key, { holder }]) => (holder ? [{ key, by: holder.about }] : []));
  const unfinished = [...locks.values()].flatMap(({ queue }) => queue.map(({ about }) => about));
  const content: Json = Object.fromEntries([...locks].map(([key, { grants }]) => [key, { grants }]));
  const state: DumpAnswer = { word: 'dump', state: { inDoubt: [], unfinished, holds, content } };
  return { do: 'answer', to, op, answer: state };
}
