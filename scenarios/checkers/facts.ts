// What a history says, by operation, by transaction and by node: gathered in one pass and shared by the checkers. Judges nothing.

import type { HistoryEvent, Note, Outcome, Transfer } from '../../nodes/contract/events.ts';
import type { Decision, NodeId, OpId, TxId } from '../../nodes/contract/ids.ts';
import type { LogRecord } from '../../nodes/contract/machine.ts';
import { unreachable } from '../../nodes/contract/invariant.ts';
import type { History } from '../findings.ts';
import { holesIn } from './trace.ts';

export type EventOf<Kind extends HistoryEvent['kind']> = Extract<HistoryEvent, { kind: Kind }>;
export type Told<About extends Note['about']> = EventOf<'told'> & { readonly note: Extract<Note, { about: About }> };

export interface Operation {
  readonly op: OpId;
  invoked: Told<'invoked'> | null;
  completed: Told<'completed'> | null;
  readonly began: Told<'began'>[];
}

/** A vote or decision at one node. From a log on disk alone its time is only known to be no later than `at`. */
export interface Recorded {
  readonly node: NodeId;
  readonly at: number;
  readonly decision: Decision | null;
  readonly source: HistoryEvent;
}

export interface Applied {
  readonly bank: NodeId;
  readonly account: string;
  readonly delta: number;
}

export interface Transaction {
  readonly tx: TxId;
  began: Told<'began'> | null;
  readonly prepared: Recorded[];
  /** Durable, from every incarnation's trace and every log that was read. */
  readonly decisions: Recorded[];
  /** In the memory of a node only; each may become durable later or be lost. */
  readonly appended: Recorded[];
  /** Why it had a right to abort. */
  readonly excuses: Told<'refused' | 'gave-up'>[];
  /** Entries of the journals in the last dump of every bank. */
  readonly applied: Applied[];
}

export interface Facts {
  readonly history: History;
  readonly ops: ReadonlyMap<OpId, Operation>;
  readonly txs: ReadonlyMap<TxId, Transaction>;
  readonly faults: readonly EventOf<'fault'>[];
  readonly exits: readonly EventOf<'exited'>[];
  /** The last one of each node. */
  readonly dumps: ReadonlyMap<NodeId, EventOf<'dumped'>>;
  readonly logs: readonly EventOf<'logged'>[];
  readonly boots: readonly EventOf<'booted'>[];
  readonly holds: readonly (EventOf<'held'> | EventOf<'released'>)[];
  readonly phases: readonly EventOf<'phase'>[];
  /** One sentence for each node whose trace is not whole: nothing may be concluded from an absence there. */
  readonly holes: ReadonlyMap<NodeId, string>;
  /** The time of the history's last event. */
  readonly end: number;
}

const known = new WeakMap<History, Facts>();

/** Gathered once for each history object. */
export function factsOf(history: History): Facts {
  const facts = known.get(history) ?? gather(history);
  known.set(history, facts);
  return facts;
}

export function requestOf(operation: Operation | undefined): Transfer | null {
  return operation?.invoked?.note.request ?? null;
}

/** An operation that never completed may have had its effect, like one that ended unknown. */
export function outcomeOf(operation: Operation): Outcome {
  return operation.completed?.note.outcome ?? 'unknown';
}

/** The transaction that the client's word is about, when that is certain. */
export function txOf(operation: Operation): TxId | null {
  const said = operation.completed?.note.tx;
  if (said !== undefined) return said;
  return operation.began.length === 1 ? (operation.began[0]?.note.tx ?? null) : null;
}

export function operationOf(facts: Facts, transaction: Transaction): Operation | undefined {
  return transaction.began === null ? undefined : facts.ops.get(transaction.began.note.op);
}

/** The earliest durable commit anywhere. */
export function firstCommit(transaction: Transaction): Recorded | null {
  const commits = transaction.decisions.filter(({ decision }) => decision === 'commit');
  return commits.reduce<Recorded | null>((first, next) => (first === null || next.at < first.at ? next : first), null);
}

/** Facts while they are gathered. */
interface Draft {
  readonly ops: Map<OpId, Operation>;
  readonly txs: Map<TxId, Transaction>;
  readonly faults: EventOf<'fault'>[];
  readonly exits: EventOf<'exited'>[];
  readonly dumps: Map<NodeId, EventOf<'dumped'>>;
  readonly logs: EventOf<'logged'>[];
  readonly boots: EventOf<'booted'>[];
  readonly holds: (EventOf<'held'> | EventOf<'released'>)[];
  readonly phases: EventOf<'phase'>[];
}

function gather(history: History): Facts {
  const draft: Draft = {
    ops: new Map(),
    txs: new Map(),
    faults: [],
    exits: [],
    dumps: new Map(),
    logs: [],
    boots: [],
    holds: [],
    phases: [],
  };
  for (const event of history.events) take(draft, event);
  for (const logged of draft.logs) takeLog(draft, logged);
  for (const dumped of draft.dumps.values()) takeJournals(draft, dumped);
  return { history, ...draft, holes: holesIn(history), end: history.events.at(-1)?.at ?? history.run.at };
}

function take(draft: Draft, event: HistoryEvent): void {
  switch (event.kind) {
    case 'told':
      return takeNote(draft, event);
    case 'durable':
      return takeRecord(draft, event, event.record);
    case 'appended':
      return takeAppended(draft, event);
    case 'fault':
      draft.faults.push(event);
      return;
    case 'exited':
      draft.exits.push(event);
      return;
    case 'dumped':
      draft.dumps.set(event.node, event);
      return;
    case 'logged':
      draft.logs.push(event);
      return;
    case 'booted':
      draft.boots.push(event);
      return;
    case 'held':
    case 'released':
      draft.holds.push(event);
      return;
    case 'phase':
      draft.phases.push(event);
      return;
    default:
      return;
  }
}

function takeNote(draft: Draft, event: EventOf<'told'>): void {
  const { note } = event;
  switch (note.about) {
    case 'invoked':
      operation(draft, note.op).invoked ??= event as Told<'invoked'>;
      return;
    case 'completed':
      operation(draft, note.op).completed ??= event as Told<'completed'>;
      return;
    case 'began': {
      const began = event as Told<'began'>;
      operation(draft, note.op).began.push(began);
      transaction(draft, note.tx).began ??= began;
      return;
    }
    case 'refused':
    case 'gave-up':
      transaction(draft, note.tx).excuses.push(event as Told<'refused' | 'gave-up'>);
      return;
    default:
      return unreachable(note);
  }
}

type Witness = EventOf<'durable'> | EventOf<'appended'> | EventOf<'logged'>;

function takeRecord(draft: Draft, source: Witness, record: LogRecord): void {
  if (record.mark === 'prepared') transaction(draft, record.tx).prepared.push(recorded(source, null));
  if (record.mark === 'decision') transaction(draft, record.tx).decisions.push(recorded(source, record.decision));
}

function takeAppended(draft: Draft, event: EventOf<'appended'>): void {
  const { record } = event;
  if (record.mark === 'decision') transaction(draft, record.tx).appended.push(recorded(event, record.decision));
}

function recorded(source: Witness, decision: Decision | null): Recorded {
  return { node: source.node, at: source.at, decision, source };
}

/** Only what the trace does not say already: a kill may fall between a force and its trace line. */
function takeLog(draft: Draft, logged: EventOf<'logged'>): void {
  for (const record of logged.records) {
    if (record.mark !== 'prepared' && record.mark !== 'decision') continue;
    const { prepared, decisions } = transaction(draft, record.tx);
    const decision = record.mark === 'decision' ? record.decision : null;
    const same = record.mark === 'prepared' ? prepared : decisions;
    if (same.some((one) => one.node === logged.node && one.decision === decision)) continue;
    takeRecord(draft, { ...logged, records: [record] }, record);
  }
}

function takeJournals(draft: Draft, { node, state }: EventOf<'dumped'>): void {
  for (const [account, { journal }] of Object.entries(state.accounts)) {
    for (const { tx, delta } of journal) transaction(draft, tx).applied.push({ bank: node, account, delta });
  }
}

function operation(draft: Draft, op: OpId): Operation {
  let found = draft.ops.get(op);
  if (found === undefined) draft.ops.set(op, (found = { op, invoked: null, completed: null, began: [] }));
  return found;
}

function transaction(draft: Draft, tx: TxId): Transaction {
  let found = draft.txs.get(tx);
  if (found === undefined) {
    found = { tx, began: null, prepared: [], decisions: [], appended: [], excuses: [], applied: [] };
    draft.txs.set(tx, found);
  }
  return found;
}
