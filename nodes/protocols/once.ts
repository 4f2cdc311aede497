// For clients that repeat a request whose answer they have not got: what a coordinator must know to do each operation once. A commit stands in
// its log with the operation that it was for, so that a crash does not forget it; an operation without one was aborted by the crash.
// Only for coordinators without whom nobody commits. The client says with each request which of its operations it will not ask for again.

import { parseTxId } from '../contract/ids.ts';
import { answerOperation, type Enlisted, type OperationAnswer } from './commit-messages.ts';
import type { NodeId, OpId } from '../contract/ids.ts';
import type { Effect, Setup } from '../contract/machine.ts';
import type { LogRecord } from '../contract/records.ts';
import type { Operation } from '../contract/workload.ts';

/** The answers by operation, null while there is none; a null table where clients repeat nothing, and nothing is to be remembered. */
export interface Once {
  answers: Map<OpId, OperationAnswer | null> | null;
}

/** A request that may come again. */
export interface Repeatable extends Operation {
  /** Of the operations of this client's life: all before it have ended. */
  readonly floor: number;
}

export function openOnce({ options }: Pick<Setup, 'options'>): Once {
  const client = options['client'] as { readonly retry?: unknown } | undefined;
  return { answers: client?.retry === 'commit' ? new Map() : null };
}

/** What is to be done about a request that came before: nothing while it is under way, the same answer after that. Null for a new one. */
export function askedAgain({ answers }: Once, by: NodeId, op: OpId, request: Operation): Effect[] | null {
  if (!answers) return null;
  forget(answers, by, op, (request as Repeatable).floor);
  const answer = answers.get(op);
  if (answer === undefined) return null;
  return answer === null ? [] : [answerOperation(by, op, answer)];
}

export function beginOnce({ answers }: Once, op: OpId): void {
  answers?.set(op, null);
}

export function answerOnce({ answers }: Once, to: NodeId, op: OpId, answer: OperationAnswer): Effect {
  answers?.set(op, answer);
  return answerOperation(to, op, answer);
}

function forget(answers: Map<OpId, OperationAnswer | null>, by: NodeId, op: OpId, floor: number): void {
  const incarnation = parseTxId(op)?.incarnation ?? 0;
  for (const old of answers.keys()) {
    const parts = parseTxId(old);
    if (parts?.coordinator !== by) continue;
    if (parts.incarnation < incarnation || parts.counter < floor) answers.delete(old);
  }
}

// ── in the log ──

/** The body of a commit's record, with the operation where it may be asked for again. */
export function enlistedFor({ answers }: Once, op: OpId, participants: readonly NodeId[]): Enlisted {
  return answers ? { participants, op } : { participants };
}

export type RememberedAnswers = { readonly answers?: Readonly<Record<OpId, OperationAnswer>> };

/** For checkpoints. */
export function rememberedAnswers({ answers }: Once): RememberedAnswers {
  if (!answers) return {};
  return { answers: Object.fromEntries([...answers].filter(([, answer]) => answer !== null)) as never };
}

export function recallAnswer({ answers }: Once, record: LogRecord): void {
  if (!answers) return;
  if (record.mark === 'checkpoint') {
    answers.clear();
    const { answers: kept = {} } = record.body as RememberedAnswers;
    for (const [op, answer] of Object.entries(kept)) answers.set(op as OpId, answer as OperationAnswer);
  } else if (record.mark === 'decision' && record.decision === 'commit') {
    const { op } = record.body as Enlisted;
    if (op !== undefined) answers.set(op, { word: 'ok', about: record.about });
  }
}
