// A refusal for a lock names its holder, and the holder must have a right to that lock: it is under way at that node, or in doubt there.
// Whose end the node had known already, or whom it had never heard of, holds nothing: such a refusal excuses no abort, fault or not.
// A lock is taken with the request, before the promise is on disk; it goes with the decision, also with one that is in memory only. A kill
// loses what is in memory: then a promise that is on disk opens the doubt anew, and takes its lock again. Of a site that lives on several nodes
// only what none of them ever met is held against it: who of them knew what when it led is not for the trace to tell.

import type { HistoryEvent, TraceEvent } from '../../nodes/contract/events.ts';
import type { Decision, TxId } from '../../nodes/contract/ids.ts';
import type { LogRecord } from '../../nodes/contract/records.ts';
import type { Message } from '../../nodes/contract/messages.ts';
import { ballotIn } from '../../nodes/contract/votes.ts';
import type { SiteId } from '../../nodes/contract/workload.ts';
import type { Complaint } from './conclude.ts';
import type { Facts, Told } from './facts.ts';
import { holeOf, isPlainSite } from './sites.ts';

export interface Groundless {
  readonly broken: readonly Complaint[];
  /** Refusals that look so, where something of the node was not seen. */
  readonly gaps: readonly string[];
}

export function groundlessRefusals(facts: Facts): Groundless {
  const sites = new Map<SiteId, Knowledge>();
  const broken: Complaint[] = [];
  const gaps: string[] = [];
  for (const event of facts.history.events) {
    if (!('seq' in event)) continue;
    const known = knowledgeAt(facts, sites, event);
    learn(known, event);
    const holder = isForLock(event) ? event.note.holder : undefined;
    if (!isForLock(event) || holder === undefined) continue;
    const end = isPlainSite(facts, facts.siteOf(event.node)) ? known.ended.get(holder) : undefined;
    if (end === undefined && known.met.has(holder)) continue;
    const gap = holeOf(facts, facts.siteOf(event.node)) ?? (end === undefined ? unseenBefore(facts, event) : null);
    if (gap === null) broken.push(complaint(event, holder, end));
    else gaps.push(gap);
  }
  return { broken, gaps };
}

type Refused = Told<'refused'> & TraceEvent;

function isForLock(event: TraceEvent): event is Refused {
  return event.kind === 'told' && event.note.word === 'refused' && event.note.reason === 'locked';
}

interface End {
  readonly words: string;
  readonly event: HistoryEvent;
}

/** What one life of a plain site, or a site of several nodes in all its lives, knows of transactions so far. */
interface Knowledge {
  readonly incarnation: number;
  /** It has heard or said something of these, or found their promise in its log. */
  readonly met: Set<TxId>;
  /** They hold nothing any more. */
  readonly ended: Map<TxId, End>;
  /** What outlives a crash, of this life and those before. */
  readonly promises: Set<TxId>;
  readonly decisions: Map<TxId, End>;
}

/** With a new incarnation only what was durable is left; a log that was read may know more than the trace. */
function knowledgeAt(facts: Facts, sites: Map<SiteId, Knowledge>, { node, incarnation }: TraceEvent): Knowledge {
  const site = facts.siteOf(node);
  const before = sites.get(site);
  const isOneLife = isPlainSite(facts, site);
  if (before !== undefined && (before.incarnation === incarnation || !isOneLife)) return before;
  const promises = new Set(before?.promises);
  const decisions = new Map(before?.decisions);
  const logs = facts.logs.filter(
    (logged) => facts.siteOf(logged.node) === site && (logged.incarnation < incarnation || !isOneLife),
  );
  for (const logged of logs)
    for (const record of logged.records) keep({ promises, decisions }, record, { ...logged, records: [record] });
  const known = { incarnation, met: new Set(promises), ended: new Map(decisions), promises, decisions };
  sites.set(site, known);
  return known;
}

function keep(
  { promises, decisions }: Pick<Knowledge, 'promises' | 'decisions'>,
  record: LogRecord,
  event: HistoryEvent,
) {
  if (record.mark === 'prepared') promises.add(record.about);
  if (record.mark === 'decision') decisions.set(record.about, { words: END_WORDS[record.decision], event });
}

const END_WORDS: Readonly<Record<Decision, string>> = {
  commit: 'which it had committed',
  abort: 'which it had aborted',
};

function learn(known: Knowledge, event: TraceEvent): void {
  switch (event.kind) {
    case 'received':
      if (event.message.about !== null) known.met.add(event.message.about);
      return;
    case 'sent':
    case 'lost':
      return learnSaid(known, event.message, event);
    case 'appended':
      return learnRecord(known, event.record, event);
    case 'durable':
      keep(known, event.record, event);
      return learnRecord(known, event.record, event);
    case 'told':
      if ('about' in event.note && event.note.about !== undefined && event.note.word !== 'refused')
        known.met.add(event.note.about);
      return;
    default:
      return;
  }
}

/** Whoever votes no has aborted by itself. */
function learnSaid({ met, ended }: Knowledge, message: Message, event: HistoryEvent): void {
  const { about } = message;
  if (about === null) return;
  met.add(about);
  if (ballotIn(message) === 'no' && !ended.has(about)) ended.set(about, { words: 'which it had voted against', event });
}

function learnRecord({ met, ended }: Knowledge, record: LogRecord, event: HistoryEvent): void {
  if (record.about !== null) met.add(record.about);
  if (record.mark === 'decision') ended.set(record.about, { words: END_WORDS[record.decision], event });
}

/** Why a promise of a life before may have been on disk all the same: only that log tells, and a checkpoint stands for what it had. */
function unseenBefore(facts: Facts, { node, incarnation }: Refused): string | null {
  if (incarnation === 1 || !isPlainSite(facts, facts.siteOf(node))) return null;
  const log = facts.logs.find((logged) => logged.node === node && logged.incarnation === incarnation - 1);
  if (log === undefined) return `The log that ${node} came back with was not read.`;
  const isWhole = log.records.every(({ mark }) => mark !== 'checkpoint');
  return isWhole ? null : `What ${node} had promised before its checkpoint was not read.`;
}

function complaint(event: Refused, holder: TxId, end: End | undefined): Complaint {
  const what = end?.words ?? 'of which it had never heard';
  const reason = `${event.node} refused ${event.note.about} for a lock of ${holder}, ${what}.`;
  return { reason, events: end === undefined ? [event] : [end.event, event] };
}
