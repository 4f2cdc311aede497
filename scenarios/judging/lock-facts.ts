// What a run shows of its lock, in numbers and in one word: how long clients waited for it, how evenly they got it, for how long nobody could
// have it, and whether anybody wrote who had lost it.

import { leasesIn, type Lease } from '../checkers/locks/leases.ts';
import { exclusionInBelief, exclusionInEffect } from '../checkers/locks/exclusion.ts';
import { factsOf } from '../checkers/gather.ts';
import { median, quantile } from './statistics.ts';
import { outcomeOf as endOf, type Facts } from '../checkers/facts.ts';
import { isOfLocks } from '../../nodes/contract/properties.ts';
import type { NodeId } from '../../nodes/contract/ids.ts';
import type { Span } from '../checkers/spans.ts';
import type { History } from '../findings.ts';

/**
 * `exclusive`: nobody believed to hold what another held. `overlap`: two did, and no write came of it. `refused`: a late write was refused for its
 * token. `stale`: a write reached the resource whose holder had been succeeded.
 */
export type LockOutcome = 'exclusive' | 'overlap' | 'refused' | 'stale';

export interface LockFacts {
  readonly outcome: LockOutcome;
  readonly grants: number;
  /** From wanting the lock to having it, of those who met nobody, and of all; null where there was none. */
  readonly freeMs: number | null;
  readonly p50Ms: number | null;
  readonly p99Ms: number | null;
  /** Of operations that ended ok: the median from asked for to done, and how many there were in a second of all clients together. */
  readonly doneMs: number | null;
  readonly perSecond: number;
  /** Jain's index of them by client: 1 where all had as many, 1/n where one of n had them all. */
  readonly fairness: number;
  /** The longest that somebody wanted a lock which nobody believed to hold; null where there is no lock. */
  readonly unheldMs: number | null;
}

/** Null for a history of something else. */
export function lockFactsOf(history: History): LockFacts | null {
  if (!isOfLocks(history.run.family)) return null;
  const facts = factsOf(history);
  const leases = leasesIn(facts);
  const waits = waitsIn(facts, leases);
  const granted = waits.filter(({ isGranted }) => isGranted);
  const ms = granted.map(({ from, to }) => (to - from) / 1000).toSorted((a, b) => a - b);
  const free = granted.filter(({ hasMet }) => !hasMet).map(({ from, to }) => (to - from) / 1000);
  const done = doneIn(facts);
  return {
    outcome: outcomeOf(history, facts),
    grants: leases.length,
    freeMs: orNull(median(free)),
    p50Ms: orNull(quantile(ms, 0.5)),
    p99Ms: orNull(quantile(ms, 0.99)),
    doneMs: orNull(median(done.map(({ from, to }) => (to - from) / 1000))),
    perSecond: rateOf(done),
    fairness: fairnessOf(done),
    unheldMs: history.run.family === 'guard' ? null : longest(unheld(waits, leases)),
  };
}

function orNull(value: number): number | null {
  return Number.isNaN(value) ? null : value;
}

function outcomeOf(history: History, { txs }: Facts): LockOutcome {
  if (exclusionInEffect(history).judgement === 'violated') return 'stale';
  const isRefused = [...txs.values()].some(({ excuses }) =>
    excuses.some(({ note }) => note.word === 'refused' && ['stale', 'replaced'].includes(note.reason)),
  );
  if (isRefused) return 'refused';
  return exclusionInBelief(history).judgement === 'violated' ? 'overlap' : 'exclusive';
}

interface Wait extends Span {
  readonly isGranted: boolean;
  readonly hasMet: boolean;
}

/** From the beginning of an acquisition to its grant, or to its end without one. */
function waitsIn(facts: Facts, leases: readonly Lease[]): readonly Wait[] {
  const granted = new Map(leases.map((lease) => [lease.about, lease.from]));
  const met = new Set(facts.grants.flatMap(({ note }) => (note.word === 'waits' ? [note.about] : [])));
  return [...facts.ops.values()].flatMap(({ began, completed }) =>
    began.map(({ at: from, note: { about } }): Wait => {
      const to = granted.get(about) ?? completed?.at ?? facts.end;
      return { from, to, isGranted: granted.has(about), hasMet: met.has(about) };
    }),
  );
}

interface Done extends Span {
  readonly by: NodeId;
}

function doneIn({ ops }: Facts): readonly Done[] {
  return [...ops.values()].flatMap((operation) => {
    const { invoked, completed } = operation;
    if (!invoked || !completed || endOf(operation) !== 'ok') return [];
    return [{ by: invoked.node, from: invoked.at, to: completed.at }];
  });
}

function rateOf(done: readonly Done[]): number {
  if (done.length === 0) return 0;
  const from = Math.min(...done.map((one) => one.from));
  return (done.length * 1e6) / Math.max(1, Math.max(...done.map((one) => one.to)) - from);
}

function fairnessOf(done: readonly Done[]): number {
  return jainOf([...Map.groupBy(done, ({ by }) => by).values()].map(({ length }) => length));
}

/** Jain's index (Jain, Chiu, Hawe 1984): 1 where all have as much, 1/n where one of n has all; 1 where nobody has anything. */
export function jainOf(counts: readonly number[]): number {
  const sum = counts.reduce((all, count) => all + count, 0);
  const squares = counts.reduce((all, count) => all + count * count, 0);
  return squares === 0 ? 1 : (sum * sum) / (counts.length * squares);
}

function longest(spans: readonly Span[]): number {
  return Math.max(0, ...spans.map(({ from, to }) => (to - from) / 1000));
}

/** What is left of each wait when the stretches are taken away in which somebody held it. */
function unheld(waits: readonly Wait[], leases: readonly Lease[]): readonly Span[] {
  const held = leases.map(({ from, to }) => ({ from, to })).toSorted((a, b) => a.from - b.from);
  return waits.flatMap(({ from, to }) => {
    const gaps: Span[] = [];
    let at = from;
    for (const lease of held) {
      if (lease.from >= to) break;
      if (lease.to <= at) continue;
      if (lease.from > at) gaps.push({ from: at, to: lease.from });
      at = Math.max(at, lease.to);
    }
    return at < to ? [...gaps, { from: at, to }] : gaps;
  });
}
