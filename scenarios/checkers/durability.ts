// What was made durable stays: each transfer that ended ok is in the journals after every restart, and each record that a node had
// forced before a kill is in its log on disk after it, or stands behind a checkpoint. A promise keeps its locks, too.

import type { NodeId } from '../../nodes/contract/ids.ts';
import type { LogRecord } from '../../nodes/contract/records.ts';
import type { Finding, History } from '../findings.ts';
import { type Complaint, conclude, count, notApplicable } from './conclude.ts';
import { type EventOf, type Facts, outcomeOf, type Operation, txOf } from './facts.ts';
import { factsOf } from './gather.ts';
import { lockOverlaps } from './lock-overlaps.ts';
import { knowsContent, readerOf } from './contents.ts';
import { usesOf } from './keys.ts';
import { sitesAtRest, type Rest } from './rest.ts';
import { unreadLogs } from './windows.ts';

export function durability(history: History): Finding {
  const facts = factsOf(history);
  const kept = [...facts.ops.values()].filter((operation) => outcomeOf(operation) === 'ok');
  if (kept.length === 0 && facts.logs.length === 0) {
    return notApplicable('durability', 'No operation ended ok and no log was read.');
  }
  const rest = sitesAtRest(history);
  const lost = rest.gaps.length > 0 ? [] : kept.flatMap((operation) => lostOperation(facts, rest, operation));
  const open = rest.stands ? [] : kept.filter((operation) => isOpen(rest, operation));
  return conclude('durability', {
    broken: [...lostRecords(history, facts), ...lost, ...lockOverlaps(facts)],
    gaps: [
      ...(kept.length > 0 ? rest.gaps : []),
      ...open.map(({ op }) => `${op} ended ok, but its transaction was still open at the end.`),
      ...facts.holes.values(),
      ...unreadLogs(history),
    ],
    holds: `${count(kept.length, readerOf(history.run.workload).operation)} that ended ok and every record seen durable outlived all restarts; every prepared transaction kept its locks.`,
  });
}

function isOpen(rest: Rest, operation: Operation): boolean {
  const tx = txOf(operation);
  return tx !== null && rest.open.has(tx);
}

/** Whoever changed a key has left a trace in it; where nobody can read the content, nothing is concluded. */
function lostOperation(facts: Facts, rest: Rest, operation: Operation): readonly Complaint[] {
  const tx = txOf(operation);
  if (tx === null || rest.open.has(tx) || operation.completed === null) return [];
  if (!knowsContent(facts.history.run.workload)) return [];
  const applied = facts.txs.get(tx)?.applied ?? [];
  const written = usesOf(operation).filter(({ mode, site }) => mode === 'write' && !rest.gone.includes(site));
  const gone = written.filter((use) => !applied.some(({ site, key }) => site === use.site && key === use.key));
  if (gone.length === 0) return [];
  const where = gone.map(({ site, key }) => `${key} of ${site}`).join(' and ');
  const reason = `${operation.op} ended ok, but its ${tx} is gone from the journal of ${where}.`;
  return [{ reason, events: [operation.completed, ...gone.flatMap(({ site }) => rest.dumps.get(site) ?? [])] }];
}

type Durable = EventOf<'durable'>;

/** Walks each node's records in order; a durable checkpoint stands for all before it. */
function lostRecords(history: History, facts: Facts): readonly Complaint[] {
  const required = new Map<NodeId, Durable[]>();
  const broken: Complaint[] = [];
  const settledAt = facts.phases.findLast(({ phase }) => phase === 'settled')?.at ?? Number.POSITIVE_INFINITY;
  for (const event of history.events) {
    if (event.kind === 'logged') broken.push(...missingIn(event, required.get(event.node) ?? []));
    // The last logs are read while nodes live on: what they write meanwhile is not asked for.
    if (event.kind === 'durable' && event.at <= settledAt) demand(required, event);
  }
  return broken;
}

function demand(required: Map<NodeId, Durable[]>, event: Durable): void {
  const before = required.get(event.node);
  if (before === undefined || event.record.mark === 'checkpoint') required.set(event.node, [event]);
  else before.push(event);
}

function missingIn(logged: EventOf<'logged'>, durables: readonly Durable[]): readonly Complaint[] {
  const required = durables.filter(({ incarnation }) => incarnation <= logged.incarnation);
  if (standsInOrder(logged.records, required) || hasNewerCheckpoint(logged, required)) return [];
  const left = new Map<string, number>();
  for (const record of logged.records) left.set(keyOf(record), (left.get(keyOf(record)) ?? 0) + 1);
  const gone = required.filter(({ record }) => {
    const copies = left.get(keyOf(record)) ?? 0;
    left.set(keyOf(record), copies - 1);
    return copies <= 0;
  });
  return gone.map((durable) => ({
    reason: `The log of ${logged.node} has lost ${nameOf(durable.record)}, which was durable before.`,
    events: [durable, { ...logged, records: [] }],
  }));
}

/** Nearly always true, and cheap to see. */
function standsInOrder(records: readonly LogRecord[], required: readonly Durable[]): boolean {
  let next = 0;
  for (const record of records) {
    const wanted = required[next]?.record;
    if (wanted !== undefined && isSame(wanted, record)) next++;
  }
  return next === required.length;
}

function isSame(left: LogRecord, right: LogRecord): boolean {
  return left.about === right.about && left.word === right.word && keyOf(left) === keyOf(right);
}

/** A kill may fall between a checkpoint and its trace line; then the log begins with one that the trace does not know. */
function hasNewerCheckpoint(logged: EventOf<'logged'>, required: readonly Durable[]): boolean {
  const inLog = logged.records.findLast(({ mark }) => mark === 'checkpoint');
  const traced = required.find(({ record }) => record.mark === 'checkpoint')?.record;
  if (inLog === undefined) return false;
  return traced === undefined || JSON.stringify(traced.body) !== JSON.stringify(inLog.body);
}

function keyOf(record: LogRecord): string {
  return `${record.mark} ${record.word} ${record.about} ${record.mark === 'decision' ? record.decision : ''}`;
}

function nameOf({ word, about: tx }: LogRecord): string {
  return tx === null ? `its record '${word}'` : `the record '${word}' of ${tx}`;
}
