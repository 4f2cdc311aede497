// Gathers a history's facts in one pass, shared by all checkers. Judges nothing.

import type { HistoryEvent } from '../../nodes/contract/events.ts';
import type { Decision, NodeId } from '../../nodes/contract/ids.ts';
import { unreachable } from '../../nodes/contract/invariant.ts';
import type { LogRecord } from '../../nodes/contract/records.ts';
import { ballotIn } from '../../nodes/contract/votes.ts';
import type { History } from '../findings.ts';
import { type Draft, operation, transaction } from './draft.ts';
import type { Cast, EventOf, Facts, LockTold, Recorded, Told } from './facts.ts';
import { readerOf } from './contents.ts';
import { entryOf, entryText, hasShared, keepOwn, siteIndex, statesOf } from './sites.ts';
import { holesIn } from './trace-gaps.ts';

const known = new WeakMap<History, Facts>();

/** Gathered once for each history object. */
export function factsOf(history: History): Facts {
  const facts = known.get(history) ?? gather(history);
  known.set(history, facts);
  return facts;
}

function gather(history: History): Facts {
  const { sites, workload } = history.run;
  const draft: Draft = {
    siteOf: siteIndex(sites),
    ops: new Map(),
    txs: new Map(),
    faults: [],
    exits: [],
    dumps: new Map(),
    logs: [],
    boots: [],
    holds: [],
    grants: [],
    phases: [],
  };
  for (const event of history.events) take(draft, event);
  for (const logged of draft.logs) takeLog(draft, logged);
  if (hasShared(sites)) for (const known of draft.txs.values()) keepOwn(sites, known);
  const { tracesIn } = readerOf(workload);
  const states = statesOf(draft.siteOf, draft.dumps.values());
  for (const [site, { state }] of states)
    for (const { tx, key } of tracesIn(state.content)) transaction(draft, tx).applied.push({ site, key });
  return { history, ...draft, states, holes: holesIn(history), end: history.events.at(-1)?.at ?? history.run.at };
}

function take(draft: Draft, event: HistoryEvent): void {
  switch (event.kind) {
    case 'told':
      return takeNote(draft, event);
    case 'sent':
      return takeVote(draft, event, event.node);
    case 'received':
      return takeVote(draft, event, event.from);
    case 'durable':
      return takeRecord(draft, event, event.record);
    case 'answered':
      return takeAnswer(draft, event);
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
  switch (note.word) {
    case 'invoked':
      operation(draft, note.op).invoked ??= event as Told<'invoked'>;
      return;
    case 'completed':
      operation(draft, note.op).completed ??= event as Told<'completed'>;
      return;
    case 'began': {
      const began = event as Told<'began'>;
      operation(draft, note.op).began.push(began);
      transaction(draft, note.about).began ??= began;
      return;
    }
    case 'read':
      transaction(draft, note.about).readers.add(draft.siteOf(event.node));
      return;
    case 'refused':
    case 'gave-up':
      transaction(draft, note.about).excuses.push(event as Told<'refused' | 'gave-up'>);
      return;
    case 'terminated':
      transaction(draft, note.about).endings.push(event as Told<'terminated'>);
      return;
    case 'elected':
    case 'queued':
    case 'unqueued':
      return;
    case 'waits':
    case 'granted':
    case 'extended':
    case 'yielded':
      draft.grants.push(event as LockTold);
      return;
    default:
      return unreachable(note);
  }
}

/** What was voted is in the messages; a node that tells no notes has voted all the same. */
function takeVote(draft: Draft, source: Cast['source'], node: NodeId): void {
  const voter = draft.siteOf(node);
  const ballot = ballotIn(source.message);
  const { about } = source.message;
  if (ballot === null || about === null) return;
  const { votes, readers } = transaction(draft, about);
  if (votes.some((cast) => cast.voter === voter && cast.ballot === ballot)) return;
  votes.push({ voter, ballot, source });
  if (ballot === 'read') readers.add(voter);
}

/** The promise lives in the store that gave it; `in` is an answer of the store's own trace. */
function takeAnswer(draft: Draft, source: EventOf<'answered'>): void {
  const { gives, at, way, peer } = source;
  if (gives === undefined) return;
  const { prepared, decisions } = transaction(draft, gives.about);
  const where = { site: gives.site, node: way === 'out' ? peer : source.node, at, source };
  if (gives.mark === 'prepared') prepared.push({ ...where, decision: null });
  else decisions.push({ ...where, decision: gives.mark });
}

type Witness = EventOf<'durable'> | EventOf<'appended'> | EventOf<'logged'>;

function takeRecord(draft: Draft, source: Witness, record: LogRecord): void {
  if (record.mark === 'prepared') transaction(draft, record.about).prepared.push(recorded(draft, source, null));
  if (record.mark === 'decision')
    transaction(draft, record.about).decisions.push(recorded(draft, source, record.decision));
}

function takeAppended(draft: Draft, event: EventOf<'appended'>): void {
  const { record } = event;
  if (record.mark === 'decision')
    transaction(draft, record.about).appended.push(recorded(draft, event, record.decision));
}

function recorded({ siteOf }: Draft, source: Witness, decision: Decision | null): Recorded {
  return { site: siteOf(source.node), node: source.node, at: source.at, decision, source };
}

/** Only what the trace does not say already: a kill may fall between a force and its trace line. */
function takeLog(draft: Draft, logged: EventOf<'logged'>): void {
  for (const record of logged.records) {
    if (record.mark !== 'prepared' && record.mark !== 'decision') continue;
    const { prepared, decisions } = transaction(draft, record.about);
    const decision = record.mark === 'decision' ? record.decision : null;
    const same = record.mark === 'prepared' ? prepared : decisions;
    const isKnown = (one: Recorded) =>
      one.node === logged.node && one.decision === decision && entryText(entryOf(one)) === entryText(record.entry);
    if (same.some(isKnown)) continue;
    takeRecord(draft, { ...logged, records: [record] }, record);
  }
}
