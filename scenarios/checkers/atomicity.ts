// AC1–AC3 of atomic commitment (Bernstein, Hadzilacos, Goodman 1987, ch. 7): all processes that decide decide alike, none goes
// back on its word, and nobody commits unless everybody had voted yes. Judged on every record ever durable, not on the last state.

import { formatStep } from '../../nodes/contract/step.ts';
import type { HistoryEvent } from '../../nodes/contract/events.ts';
import type { Decision } from '../../nodes/contract/ids.ts';
import type { SiteId } from '../../nodes/contract/workload.ts';
import type { Finding, History } from '../findings.ts';
import { type Complaint, conclude, count, formatMs, notApplicable } from './conclude.ts';
import { type EventOf, type Facts, firstCommit, operationOf, outcomeOf, type Transaction, txOf } from './facts.ts';
import { readerOf } from './contents.ts';
import { factsOf } from './gather.ts';
import { usesAt } from './keys.ts';
import { holeOf } from './sites.ts';
import { unreadLogs } from './windows.ts';

export function atomicity(history: History): Finding {
  const facts = factsOf(history);
  if (facts.txs.size === 0) return notApplicable('atomicity', 'No transaction began.');
  const gaps = [...facts.holes.values(), ...unreadLogs(history)];
  const broken: Complaint[] = [];
  for (const transaction of facts.txs.values()) {
    broken.push(...disagreements(facts, transaction));
    const votes = votesOf(facts, transaction);
    broken.push(...votes.broken);
    gaps.push(...votes.gaps);
  }
  const commits = [...facts.txs.values()].filter((transaction) => firstCommit(transaction) !== null).length;
  const holds = `Every node that decided decided alike: ${count(facts.txs.size, 'transaction')}, ${commits} committed.`;
  return conclude('atomicity', { broken, gaps, holds });
}

/** Somebody's word on a decision: a record on disk, what a client was told, an entry in a journal. */
interface Word {
  readonly decision: Decision;
  readonly who: string;
  readonly event: HistoryEvent;
}

function disagreements(facts: Facts, transaction: Transaction): readonly Complaint[] {
  const words = [
    ...recordedWords(transaction),
    ...clientWords(facts, transaction),
    ...appliedWords(facts, transaction),
  ];
  const commits = words.filter(({ decision }) => decision === 'commit');
  const aborts = words.filter(({ decision }) => decision === 'abort');
  if (commits.length === 0 || aborts.length === 0) return [];
  const reversed = commits.flatMap((commit) =>
    aborts.filter((abort) => abort.who === commit.who).map((abort) => [commit, abort]),
  );
  const pair = reversed[0] ?? [commits[0], aborts[0]];
  const [commit, abort] = pair;
  if (commit === undefined || abort === undefined) return [];
  const held = stepBetween(facts, transaction);
  const between = held === undefined ? '' : `; the step between them is ${formatStep(held)}`;
  const told = transaction.endings.toSorted((a, b) => a.at - b.at).slice(0, ENDINGS_SHOWN);
  const events = [...(held ? [held] : []), ...told, commit.event, abort.event].sort((a, b) => a.at - b.at);
  const reason =
    commit.who === abort.who
      ? `${commit.who} went back on its word about ${transaction.tx}: it says both commit and abort${between}.`
      : `${transaction.tx} was not atomic: ${commit.who} says commit, ${abort.who} says abort${between}.`;
  return [{ reason, events }];
}

const ENDINGS_SHOWN = 3;

/** Where the transaction stood when a fault came: what one of the two had heard by then, and the other not. */
function stepBetween({ holds }: Facts, { tx }: Transaction): EventOf<'held'> | undefined {
  return holds.find((event): event is EventOf<'held'> => event.kind === 'held' && event.about === tx);
}

function recordedWords(transaction: Transaction): readonly Word[] {
  return transaction.decisions.flatMap(({ site, decision, source }) =>
    decision === null ? [] : [{ decision, who: `the log of ${site}`, event: source }],
  );
}

function clientWords(facts: Facts, transaction: Transaction): readonly Word[] {
  const operation = operationOf(facts, transaction);
  if (!operation?.completed || txOf(operation) !== transaction.tx) return [];
  const outcome = outcomeOf(operation);
  if (outcome === 'unknown') return [];
  const decision = outcome === 'ok' ? 'commit' : 'abort';
  return [{ decision, who: `the answer to ${operation.op}`, event: operation.completed }];
}

function appliedWords(facts: Facts, transaction: Transaction): readonly Word[] {
  const { key: word } = readerOf(facts.history.run.workload);
  return transaction.applied.flatMap(({ site, key }) => {
    const event = facts.states.get(site);
    return event === undefined ? [] : [{ decision: 'commit' as const, who: `${word} ${key} of ${site}`, event }];
  });
}

/** AC3. Who had nothing to change has agreed without a record. A vote known from a log on disk alone was durable before that node died, and so before anyone could count on it. */
function votesOf(facts: Facts, transaction: Transaction) {
  const commit = firstCommit(transaction);
  if (commit === null) return { broken: [], gaps: [] };
  if (transaction.began === null) return { broken: [], gaps: [`Nobody told who took part in ${transaction.tx}.`] };
  const broken: Complaint[] = [];
  const gaps: string[] = [];
  for (const participant of transaction.began.note.participants) {
    if (transaction.readers.has(participant) && !isChanged(facts, transaction, participant)) continue;
    const votes = transaction.prepared.filter(({ site }) => site === participant);
    if (votes.some(({ at, source }) => at <= commit.at || source.kind === 'logged')) continue;
    const [late] = votes;
    const what =
      late === undefined
        ? `without a durable yes vote of ${participant}`
        : `${formatMs(late.at - commit.at)} before the yes vote of ${participant} was durable`;
    const reason = `${commit.site} committed ${transaction.tx} ${what}.`;
    if (late === undefined && holeOf(facts, participant) !== undefined) gaps.push(reason);
    else broken.push({ reason, events: [transaction.began, commit.source, ...(late ? [late.source] : [])] });
  }
  return { broken, gaps };
}

/** Whoever has something to change cannot agree by looking. */
function isChanged(facts: Facts, transaction: Transaction, site: SiteId): boolean {
  return usesAt(facts, transaction, site).some(({ mode }) => mode === 'write');
}
