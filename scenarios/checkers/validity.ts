// AC4 of atomic commitment (Bernstein, Hadzilacos, Goodman 1987, ch. 7): without failures and with every vote yes the decision is
// commit. An abort by a timeout is always legal, one by a refusal where the refusal has a ground; and whoever looks must refuse where
// there is one. And the client's side of it: told ok, it was committed; told failed, it never is.

import type { Finding, History } from '../findings.ts';
import { type Complaint, conclude, count, formatMs, notApplicable } from './conclude.ts';
import {
  type Cast,
  type Facts,
  firstCommit,
  isReadOnly,
  type Operation,
  operationOf,
  type Transaction,
  txOf,
} from './facts.ts';
import { factsOf } from './gather.ts';
import { groundlessRefusals } from './refusals.ts';
import { blindLooks } from './blind-looks.ts';
import { contradictions } from './contradictions.ts';
import { doubleExecutions } from './double-executions.ts';
import { intersect, type Span, union } from './spans.ts';
import { faultWindows, unreadLogs } from './windows.ts';

export function validity(history: History): Finding {
  const facts = factsOf(history);
  const unseen = [...facts.holes.values(), ...unreadLogs(history)];
  const windows = union(faultWindows(history));
  const clean = [...facts.txs.values()].filter((transaction) => isClean(facts, transaction, windows));
  const told = [...facts.ops.values()].filter(({ completed }) => completed && completed.note.outcome !== 'unknown');
  const groundless = groundlessRefusals(facts);
  const contradicting = [...contradictions(facts), ...blindLooks(facts)];
  if (clean.length + told.length + groundless.broken.length + contradicting.length === 0) {
    return notApplicable(
      'validity',
      'No transaction ran free of faults, refusals and timeouts, and no client was told an outcome.',
    );
  }
  const lies = told.flatMap((operation) => lieOf(facts, operation));
  const absent = [
    ...told.flatMap((operation) => emptyPromise(facts, operation)),
    ...clean.flatMap((transaction) => groundlessAbort(facts, transaction)),
  ];
  const broken = [
    ...lies,
    ...doubleExecutions(facts),
    ...groundless.broken,
    ...(unseen.length === 0 ? absent : []),
    ...contradicting,
  ];
  const holds = `${count(clean.length, 'transaction')} without fault, refusal or timeout committed; all client answers were correct (${told.length}).`;
  return conclude('validity', { broken, gaps: [...unseen, ...groundless.gaps], holds });
}

/** Told failed, yet committed. A record that exists proves it, whatever else of the trace is lost. */
function lieOf(facts: Facts, { op, completed, began }: Operation): readonly Complaint[] {
  if (completed?.note.outcome !== 'failed') return [];
  const { about } = completed.note;
  const named = new Set([...(about === undefined ? [] : [about]), ...began.map(({ note }) => note.about)]);
  return [...named].flatMap((tx) => {
    const transaction = facts.txs.get(tx);
    const commit = transaction === undefined ? null : firstCommit(transaction);
    if (commit === null) return [];
    return [
      { reason: `${op} ended failed, but ${commit.site} committed its ${tx}.`, events: [commit.source, completed] },
    ];
  });
}

/** Told ok, yet no log says commit. */
function emptyPromise(facts: Facts, operation: Operation): readonly Complaint[] {
  const { op, completed } = operation;
  if (completed?.note.outcome !== 'ok') return [];
  const tx = txOf(operation);
  if (tx === null) return [{ reason: `${op} ended ok, but no transaction is known for it.`, events: [completed] }];
  const transaction = facts.txs.get(tx);
  if (transaction !== undefined && (firstCommit(transaction) !== null || isReadOnly(transaction))) return [];
  return [{ reason: `${op} ended ok, but no log holds a commit of its ${tx}.`, events: [completed] }];
}

/** Began and answered outside of every fault window, and nobody refused or gave up waiting. */
function isClean(facts: Facts, transaction: Transaction, windows: readonly Span[]): boolean {
  const { began, excuses, votes } = transaction;
  const completed = operationOf(facts, transaction)?.completed;
  if (began === null || excuses.length > 0 || votes.some(isNo) || !completed) return false;
  const to = Math.max(completed.at, ...[...transaction.decisions, ...transaction.appended].map(({ at }) => at));
  return intersect([{ from: began.at, to: to + 1 }], windows).length === 0;
}

const isNo = ({ ballot }: Cast) => ballot === 'no';

function groundlessAbort(facts: Facts, transaction: Transaction): readonly Complaint[] {
  const { tx, began, decisions, appended } = transaction;
  const wasOk = operationOf(facts, transaction)?.completed?.note.outcome === 'ok';
  if (began === null || wasOk || firstCommit(transaction) !== null) return [];
  const abort = decisions[0] ?? appended[0];
  // A client that gave up knows nothing, and in a run that was cut off the end may still have been on its way.
  if (abort === undefined && !facts.phases.some(({ phase }) => phase === 'settled')) return [];
  const what =
    abort === undefined ? 'not committed' : `aborted by ${abort.site} ${formatMs(abort.at - began.at)} after it began`;
  const reason = `${tx} was ${what} although no fault was near, nobody refused it and nobody gave up waiting.`;
  return [{ reason, events: abort === undefined ? [began] : [began, abort.source] }];
}
