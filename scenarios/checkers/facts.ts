// What a history says, by operation, by transaction and by node: the words in which checkers ask. Judges nothing.

import type { HistoryEvent } from '../../nodes/contract/events.ts';
import type { LockNote, Note, Outcome } from '../../nodes/contract/notes.ts';
import type { Decision, NodeId, OpId, TxId } from '../../nodes/contract/ids.ts';
import type { Message } from '../../nodes/contract/messages.ts';
import type { Ballot } from '../../nodes/contract/votes.ts';
import type { SiteId } from '../../nodes/contract/workload.ts';
import type { History } from '../findings.ts';

export type EventOf<Kind extends HistoryEvent['kind']> = Extract<HistoryEvent, { kind: Kind }>;
export type Told<About extends Note['word']> = EventOf<'told'> & { readonly note: Extract<Note, { word: About }> };

export type LockTold = EventOf<'told'> & { readonly note: LockNote };

export interface Operation {
  readonly op: OpId;
  invoked: Told<'invoked'> | null;
  completed: Told<'completed'> | null;
  readonly began: Told<'began'>[];
}

/**
 * A promise or decision of a site: its own from this record on, of a site of several nodes the one with which a quorum held it. From a log on
 * disk or a store's answer alone its time is only known to be no later than `at`.
 */
export interface Recorded {
  readonly site: SiteId;
  /** Where the record lies: a node of the site, or its store. */
  readonly node: NodeId;
  readonly at: number;
  readonly decision: Decision | null;
  readonly source: HistoryEvent;
}

/** A vote as a message said it, seen at whichever end. */
export interface Cast {
  readonly voter: SiteId;
  readonly ballot: Ballot;
  readonly source: Extract<HistoryEvent, { readonly message: Message }>;
}

/** What a transaction has changed, as a site's content shows it. */
export interface Applied {
  readonly site: SiteId;
  readonly key: string;
}

export interface Transaction {
  readonly tx: TxId;
  began: Told<'began'> | null;
  readonly prepared: Recorded[];
  /** Each voter's, the same word once. */
  readonly votes: Cast[];
  /** Durable, from every incarnation's trace and every log that was read. */
  readonly decisions: Recorded[];
  /** In the memory of one node only; each may become durable later or be lost. */
  readonly appended: Recorded[];
  /** Sites that had nothing to change: they agreed, and need no decision. */
  readonly readers: Set<SiteId>;
  /** Why it had a right to abort, as its nodes tell it. A vote of no is one too, told or not. */
  readonly excuses: Told<'refused' | 'gave-up'>[];
  /** Who ended it without the coordinator, and by which rule. */
  readonly endings: Told<'terminated'>[];
  /** In the last state of every site. */
  readonly applied: Applied[];
}

export interface Facts {
  readonly history: History;
  readonly ops: ReadonlyMap<OpId, Operation>;
  readonly txs: ReadonlyMap<TxId, Transaction>;
  readonly faults: readonly EventOf<'fault'>[];
  readonly exits: readonly EventOf<'exited'>[];
  /** The site of a node; one that belongs to none stands for itself. */
  readonly siteOf: (node: NodeId) => SiteId;
  /** The last one of each site. */
  readonly states: ReadonlyMap<SiteId, EventOf<'dumped'>>;
  readonly logs: readonly EventOf<'logged'>[];
  readonly boots: readonly EventOf<'booted'>[];
  readonly holds: readonly (EventOf<'held'> | EventOf<'released'>)[];
  /** What clients of locks have told of them, in order. */
  readonly grants: readonly LockTold[];
  readonly phases: readonly EventOf<'phase'>[];
  /** One sentence for each node whose trace is not whole: nothing may be concluded from an absence there. */
  readonly holes: ReadonlyMap<NodeId, string>;
  /** The time of the history's last event. */
  readonly end: number;
}

/** An operation that never completed may have had its effect, like one that ended unknown. */
export function outcomeOf(operation: Operation): Outcome {
  return operation.completed?.note.outcome ?? 'unknown';
}

/** The transaction that the client's word is about, when that is certain. */
export function txOf(operation: Operation): TxId | null {
  const said = operation.completed?.note.about;
  if (said !== undefined) return said;
  return operation.began.length === 1 ? (operation.began[0]?.note.about ?? null) : null;
}

export function operationOf(facts: Facts, transaction: Transaction): Operation | undefined {
  return transaction.began === null ? undefined : facts.ops.get(transaction.began.note.op);
}

/** Nobody had anything to change: then there is nothing to decide, and commit and abort are the same. */
export function isReadOnly({ began, readers }: Transaction): boolean {
  return began !== null && began.note.participants.every((node) => readers.has(node));
}

/** The earliest durable commit anywhere. */
export function firstCommit(transaction: Transaction): Recorded | null {
  const commits = transaction.decisions.filter(({ decision }) => decision === 'commit');
  return commits.reduce<Recorded | null>((first, next) => (first === null || next.at < first.at ? next : first), null);
}
