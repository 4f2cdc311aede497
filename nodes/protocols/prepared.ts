// What a participant of any commit protocol remembers: the resource that it guards, what it has promised and not yet heard the end of, what it has
// committed, and what it will never promise again. Pure state; the protocols add who asks whom.

import { parseTxId } from '../contract/ids.ts';
import { noRecords, type Checkpointed } from './checkpoints.ts';
import { addTx, hasTx } from './tx-set.ts';
import { tableOf } from './copy.ts';
import { heldLocks, holderAgainst, lock, unlock, type LockTable } from './lock-table.ts';
import type { Note } from '../contract/notes.ts';
import type { Decision, NodeId, OpId, TxId, TxParts } from '../contract/ids.ts';
import type { DumpAnswer, Effect, Setup } from '../contract/machine.ts';
import type { Json, Request } from '../contract/messages.ts';
import type { LogRecord } from '../contract/records.ts';
import type { Lock, Refusal, SealedContent, SealedPart, SealedWorkload } from '../contract/workload.ts';
import type { Vote } from '../contract/votes.ts';
import type { Prepare, Promised } from './commit-messages.ts';
import type { Ranges, TxSet } from './tx-set.ts';

/** Below it, a prepare of this coordinator is a straggler: the transaction was decided without this participant's yes. */
interface Floor {
  incarnation: number;
  counter: number;
}

/** All that a participant must remember; a checkpoint holds it whole. */
export interface Promises<Doubt extends Promised> {
  content: SealedContent;
  /** Exclusive or shared, taken at prepare and kept until the decision. */
  locks: LockTable;
  inDoubt: Map<TxId, Doubt>;
  committed: TxSet;
  /** Refused or aborted here, and at or above the floor: a late prepare of these must not be promised anew. `noted` may be lost in a crash. */
  tombstones: Map<TxId, 'noted' | 'forced'>;
  floors: Map<NodeId, Floor>;
}

/** What a site guards, whatever it is. */
export type Guarded = SealedWorkload['resource'];

export interface Keeper<Doubt extends Promised> extends Promises<Doubt>, Checkpointed {}

export function openPromises<Doubt extends Promised>(resource: Guarded, setup: Setup): Keeper<Doubt> {
  return {
    ...noRecords(setup),
    content: resource.open(setup.initial[setup.self] ?? {}),
    locks: new Map(),
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
  resource: Guarded,
  state: Promises<Doubt>,
  from: NodeId,
  { about: tx, participants, part, floor }: Prepare,
  { doubtOf, refusing, thenWait }: Voting<Doubt>,
): Effect[] {
  const refuse = (note: Extract<Note, { word: 'refused' }>): Effect[] => [
    { do: 'tell', note },
    ...bury(state, tx, refusing),
    voteMessage(from, tx, 'no'),
  ];
  // The same prepare twice: the same vote again, or nothing once the decision is known.
  if (state.inDoubt.has(tx)) return [voteMessage(from, tx, 'yes')];
  if (hasTx(state.committed, tx)) return [];
  const parts = parseTxId(tx);
  if (isStale(state, from, tx, parts)) return refuse({ word: 'refused', about: tx, reason: 'stale' });
  raiseFloor(state, from, parts, floor);
  const locks = resource.locksOf(part);
  const why = refusalOf(resource, state, tx, part, locks);
  if (why) return refuse({ word: 'refused', about: tx, ...why });
  const promised: Promised = { coordinator: from, participants, part };
  const doubt = doubtOf(promised);
  promise(state, tx, doubt, locks);
  return [
    { do: 'force', record: { mark: 'prepared', word: 'prepared', about: tx, body: promised } },
    voteMessage(from, tx, 'yes'),
    ...thenWait(tx, doubt),
  ];
}

function voteMessage(to: NodeId, tx: TxId, said: 'yes' | 'no'): Effect {
  const message: Vote = { word: 'vote', about: tx, vote: said };
  return { do: 'send', to, message };
}

/** Why this part cannot be promised now: a key that somebody else holds, or what the resource itself says. */
export function refusalOf(
  { locksOf, refusal }: Guarded,
  { content, locks }: Pick<Promises<Promised>, 'content' | 'locks'>,
  tx: TxId,
  part: SealedPart,
  wanted: readonly Lock[] = locksOf(part),
): (Refusal & { readonly holder?: TxId }) | null {
  const against = holderAgainst(locks, tx, wanted);
  if (against) return { reason: 'locked', ...against };
  return refusal(content, part);
}

function promise<Doubt extends Promised>(state: Promises<Doubt>, tx: TxId, doubt: Doubt, locks: readonly Lock[]): void {
  state.inDoubt.set(tx, doubt);
  lock(state.locks, tx, locks);
}

/** The end of the time in doubt: effects of a commit are applied exactly here, once, and the locks go. */
export function end<Doubt extends Promised>(
  { apply, locksOf }: Guarded,
  state: Promises<Doubt>,
  tx: TxId,
  decision: Decision,
): void {
  const inDoubt = state.inDoubt.get(tx);
  if (!inDoubt) return;
  state.inDoubt.delete(tx);
  if (decision === 'commit') {
    apply(state.content, tx, inDoubt.part);
    addTx(state.committed, tx);
  } else {
    state.tombstones.set(tx, 'noted');
  }
  unlock(state.locks, tx, locksOf(inDoubt.part));
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
  return [{ do: how, record: { mark: 'decision', word: 'abort', about: tx, decision: 'abort' } }];
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
  resource: Guarded,
  state: Promises<Doubt>,
  record: LogRecord,
  doubtOf: (promised: Promised) => Doubt,
): void {
  if (record.mark === 'checkpoint') Object.assign(state, recalled(resource, record.body as Remembered<Doubt>));
  else if (record.mark === 'prepared') {
    const doubt = doubtOf(record.body as Promised);
    promise(state, record.about, doubt, resource.locksOf(doubt.part));
  } else if (record.mark === 'decision') {
    if (state.inDoubt.has(record.about)) end(resource, state, record.about, record.decision);
    else if (record.decision === 'abort') state.tombstones.set(record.about, 'forced');
  }
}

/** A checkpoint's body: the same as JSON. */
type Remembered<Doubt extends Promised> = {
  readonly content: Json;
  readonly inDoubt: Readonly<Record<TxId, Doubt>>;
  readonly committed: Readonly<Record<string, Ranges>>;
  readonly tombstones: Readonly<Record<TxId, 'noted' | 'forced'>>;
  readonly floors: Readonly<Record<NodeId, Floor>>;
};

export function remembered<Doubt extends Promised>(resource: Guarded, state: Promises<Doubt>): Remembered<Doubt> {
  const { content, inDoubt, committed, tombstones, floors } = state;
  return {
    content: resource.toJson(content),
    inDoubt: Object.fromEntries(inDoubt),
    committed: Object.fromEntries(committed),
    tombstones: Object.fromEntries(tombstones),
    floors: Object.fromEntries(floors),
  };
}

/** Locks are taken again from what was promised. */
function recalled<Doubt extends Promised>(resource: Guarded, body: Remembered<Doubt>): Promises<Doubt> {
  const locks: LockTable = new Map();
  const inDoubt = tableOf(body.inDoubt);
  for (const [tx, { part }] of inDoubt) lock(locks, tx, resource.locksOf(part));
  return {
    content: resource.restore(body.content),
    locks,
    inDoubt,
    committed: tableOf(body.committed),
    tombstones: tableOf(body.tombstones),
    floors: tableOf(body.floors),
  };
}

export function dump<Doubt extends Promised>(
  { toJson }: Guarded,
  state: Promises<Doubt>,
  { by, op, request }: { readonly by: NodeId; readonly op: OpId; readonly request: Request },
): Effect[] {
  if (request.word !== 'dump') return [];
  const answer: DumpAnswer = {
    word: 'dump',
    state: {
      inDoubt: [...state.inDoubt.keys()],
      unfinished: [],
      holds: heldLocks(state.locks),
      content: toJson(state.content),
    },
  };
  return [{ do: 'answer', to: by, op, answer }];
}
