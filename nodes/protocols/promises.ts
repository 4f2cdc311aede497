// What a participant of any commit protocol remembers: its bank, what it has promised and not yet heard the end of, what it has
// committed, and what it will never promise again. Pure state; the protocols add who asks whom.

import { parseTxId } from '../contract/ids.ts';
import { NO_RECORDS, type Checkpointed } from './checkpoints.ts';
import { addTx, hasTx } from './tx-set.ts';
import { tableOf } from './copy.ts';
import { apply, dumpBank, lock, openBank, refusal, unlock } from './bank.ts';
import type { Note } from '../contract/events.ts';
import type { Decision, NodeId, OpId, TxId, TxParts } from '../contract/ids.ts';
import type { DumpAnswer, Effect, LogRecord, Request, Setup } from '../contract/machine.ts';
import type { Bank } from './bank.ts';
import type { Vote } from '../contract/votes.ts';
import type { Prepare, Promised } from './transfers.ts';
import type { Ranges, TxSet } from './tx-set.ts';

/** Below it, a prepare of this coordinator is a straggler: the transaction was decided without this participant's yes. */
interface Floor {
  incarnation: number;
  counter: number;
}

/** All that a participant must remember; a checkpoint holds it whole. */
export interface Promises<Doubt extends Promised> {
  bank: Bank;
  inDoubt: Map<TxId, Doubt>;
  committed: TxSet;
  /** Refused or aborted here, and at or above the floor: a late prepare of these must not be promised anew. `noted` may be lost in a crash. */
  tombstones: Map<TxId, 'noted' | 'forced'>;
  floors: Map<NodeId, Floor>;
}

export interface Keeper<Doubt extends Promised> extends Promises<Doubt>, Checkpointed {}

export function openPromises<Doubt extends Promised>(setup: Setup): Keeper<Doubt> {
  const { opening } = setup.options['participant'] as { opening: Record<NodeId, Record<string, number>> };
  return {
    ...NO_RECORDS,
    bank: openBank(opening[setup.self] ?? {}),
    inDoubt: new Map(),
    committed: new Map(),
    tombstones: new Map(),
    floors: new Map(),
  };
}

/** How a protocol's participant answers a prepare, beside what all do alike. */
export interface Voting<Doubt> {
  readonly doubtOf: (promised: Promised) => Doubt;
  /** How a refusal is written down: by force where a refusal that a crash forgets could do harm. */
  readonly refusing: 'append' | 'force';
  /** What a participant waits for that has just promised. */
  readonly thenWait: (tx: TxId, doubt: Doubt) => readonly Effect[];
}

/** Yes, with a promise on disk first; or no, and never yes after that; or nothing, when the decision is known already. */
export function vote<Doubt extends Promised>(
  state: Promises<Doubt>,
  from: NodeId,
  { tx, participants, changes, floor }: Prepare,
  { doubtOf, refusing, thenWait }: Voting<Doubt>,
): Effect[] {
  const refuse = (note: Extract<Note, { about: 'refused' }>): Effect[] => [
    { do: 'tell', note },
    ...bury(state, tx, refusing),
    ballot(from, tx, 'no'),
  ];
  // The same prepare twice: the same vote again, or nothing once the decision is known.
  if (state.inDoubt.has(tx)) return [ballot(from, tx, 'yes')];
  if (hasTx(state.committed, tx)) return [];
  const parts = parseTxId(tx);
  if (isStale(state, from, tx, parts)) return refuse({ about: 'refused', tx, reason: 'stale' });
  raiseFloor(state, from, parts, floor);
  const why = refusal(state.bank, tx, changes);
  if (why) return refuse({ about: 'refused', tx, ...why });
  const promised: Promised = { coordinator: from, participants, changes };
  const doubt = doubtOf(promised);
  promise(state, tx, doubt);
  return [
    { do: 'force', record: { mark: 'prepared', word: 'prepared', tx, body: promised } },
    ballot(from, tx, 'yes'),
    ...thenWait(tx, doubt),
  ];
}

function ballot(to: NodeId, tx: TxId, said: 'yes' | 'no'): Effect {
  const message: Vote = { word: 'vote', tx, vote: said };
  return { do: 'send', to, message };
}

function promise<Doubt extends Promised>(state: Promises<Doubt>, tx: TxId, doubt: Doubt): void {
  state.inDoubt.set(tx, doubt);
  lock(state.bank, tx, doubt.changes);
}

/** The end of the time in doubt: effects of a commit are applied exactly here, once, and the locks go. */
export function end<Doubt extends Promised>(state: Promises<Doubt>, tx: TxId, decision: Decision): void {
  const inDoubt = state.inDoubt.get(tx);
  if (!inDoubt) return;
  state.inDoubt.delete(tx);
  if (decision === 'commit') {
    apply(state.bank, tx, inDoubt.changes);
    addTx(state.committed, tx);
  } else {
    state.tombstones.set(tx, 'noted');
  }
  unlock(state.bank, tx, inDoubt.changes);
}

/** Aborted, as somebody says who knows; a crash may forget it. */
export function noteAborted<Doubt extends Promised>(state: Promises<Doubt>, tx: TxId): void {
  if (!state.tombstones.has(tx)) state.tombstones.set(tx, 'noted');
}

/** Aborted here without a promise. Written down once, and once more if it must now outlive a crash. */
export function bury<Doubt extends Promised>(state: Promises<Doubt>, tx: TxId, how: 'append' | 'force'): Effect[] {
  const known = state.tombstones.get(tx);
  if (known === 'forced' || (known && how === 'append')) return [];
  state.tombstones.set(tx, how === 'force' ? 'forced' : 'noted');
  return [{ do: how, record: { mark: 'decision', word: 'abort', tx, decision: 'abort' } }];
}

/** Refused, aborted, or below the floor. */
function isStale<Doubt extends Promised>(
  state: Promises<Doubt>,
  coordinator: NodeId,
  tx: TxId,
  parts: TxParts | null,
): boolean {
  if (state.tombstones.has(tx)) return true;
  const floor = state.floors.get(coordinator);
  if (!floor || !parts) return false;
  return (
    parts.incarnation < floor.incarnation || (parts.incarnation === floor.incarnation && parts.counter < floor.counter)
  );
}

/** A newer incarnation, or a higher floor, makes the tombstones below it needless. */
function raiseFloor<Doubt extends Promised>(
  state: Promises<Doubt>,
  coordinator: NodeId,
  of: TxParts | null,
  counter: number,
): void {
  const incarnation = of?.incarnation ?? 0;
  const floor = state.floors.get(coordinator);
  if (floor && floor.incarnation === incarnation && floor.counter >= counter) return;
  state.floors.set(coordinator, { incarnation, counter });
  for (const old of state.tombstones.keys()) {
    const parts = parseTxId(old);
    if (parts?.coordinator !== coordinator) continue;
    if (parts.incarnation < incarnation || parts.counter < counter) state.tombstones.delete(old);
  }
}

/** `doubtOf` adds what the protocol keeps beside the promise, at its beginning. */
export function replay<Doubt extends Promised>(
  state: Promises<Doubt>,
  record: LogRecord,
  doubtOf: (promised: Promised) => Doubt,
): void {
  if (record.mark === 'checkpoint') Object.assign(state, recalled(record.body as Remembered<Doubt>));
  else if (record.mark === 'prepared') promise(state, record.tx, doubtOf(record.body as Promised));
  else if (record.mark === 'decision') {
    if (state.inDoubt.has(record.tx)) end(state, record.tx, record.decision);
    else if (record.decision === 'abort') state.tombstones.set(record.tx, 'forced');
  }
}

/** A checkpoint's body: the same as JSON. */
type Remembered<Doubt extends Promised> = {
  readonly bank: Bank;
  readonly inDoubt: Readonly<Record<TxId, Doubt>>;
  readonly committed: Readonly<Record<string, Ranges>>;
  readonly tombstones: Readonly<Record<TxId, 'noted' | 'forced'>>;
  readonly floors: Readonly<Record<NodeId, Floor>>;
};

export function remembered<Doubt extends Promised>(state: Promises<Doubt>): Remembered<Doubt> {
  const { bank, inDoubt, committed, tombstones, floors } = state;
  return {
    bank,
    inDoubt: Object.fromEntries(inDoubt),
    committed: Object.fromEntries(committed),
    tombstones: Object.fromEntries(tombstones),
    floors: Object.fromEntries(floors),
  };
}

function recalled<Doubt extends Promised>(body: Remembered<Doubt>): Promises<Doubt> {
  return {
    bank: body.bank,
    inDoubt: tableOf(body.inDoubt),
    committed: tableOf(body.committed),
    tombstones: tableOf(body.tombstones),
    floors: tableOf(body.floors),
  };
}

export function dump<Doubt extends Promised>(
  state: Promises<Doubt>,
  { by, op, request }: { readonly by: NodeId; readonly op: OpId; readonly request: Request },
): Effect[] {
  if (request.word !== 'dump') return [];
  const answer: DumpAnswer = {
    word: 'dump',
    state: { ...dumpBank(state.bank), inDoubt: [...state.inDoubt.keys()], unfinished: [] },
  };
  return [{ do: 'answer', to: by, op, answer }];
}
