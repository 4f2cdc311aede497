// Who stood in doubt: between a durable prepared and knowing the decision a participant may neither commit nor abort on its own
// (Bernstein, Hadzilacos, Goodman 1987, ch. 7). Measures; judges only whether the bound was passed.

import type { SiteId } from '../../nodes/contract/workload.ts';
import type { Doubt, History } from '../findings.ts';
import type { Facts, Recorded, Transaction } from './facts.ts';
import { factsOf } from './gather.ts';
import { usesAt } from './keys.ts';
import { isPlainSite } from './sites.ts';
import { type Span, union } from './spans.ts';
import { waited } from './waiting.ts';
import { absencesOf, faultWindows, heldByLab, nodeAbsences } from './windows.ts';

/** A doubt with what the judgement rests on. */
export interface MeasuredDoubt extends Doubt {
  /** All its time in doubt while alive and no node was held by the lab, inside and outside of fault windows. */
  readonly aliveMs: number;
  readonly inWindow: boolean;
  /** From beginning to end, whatever lasted meanwhile. */
  readonly wholeMs: number;
  readonly opened: Recorded;
}

/** Doubts of live participants that met a fault window or outlasted the bound, in the order in which they began. */
export function doubtsOf(history: History, boundMs: number, excused: Excused = () => []): readonly MeasuredDoubt[] {
  const facts = factsOf(history);
  const measure = measureOf(history, facts, { boundMs, excused });
  const all = [...facts.txs.values()].flatMap((transaction) =>
    inDoubt(facts, transaction).map((stretch) => measure(transaction, stretch)),
  );
  return all
    .filter(({ inWindow, blocked, blockedMs }) => blocked || (inWindow && blockedMs > 0))
    .sort((a, b) => a.from - b.from);
}

/** When nobody need know how this transaction was decided. */
export type Excused = (transaction: Transaction) => readonly Span[];

/** One stretch of doubt at one site; `to` is null when the history ends in it. */
export interface Stretch {
  readonly from: number;
  readonly to: number | null;
  readonly opened: Recorded;
}

export function inDoubt(facts: Facts, transaction: Transaction): readonly Stretch[] {
  const { prepared } = transaction;
  return prepared.flatMap((opened, at) => {
    const again = prepared.findIndex(({ site }) => site === opened.site) < at;
    return again ? [] : stretchesAt(facts, transaction, opened);
  });
}

/** A decision that was only appended ends a doubt until a crash loses it: then the doubt begins anew at the next boot. */
function stretchesAt(facts: Facts, transaction: Transaction, opened: Recorded): readonly Stretch[] {
  const durableAt =
    firstSince(transaction.decisions, opened.site, Number.NEGATIVE_INFINITY)?.at ?? Number.POSITIVE_INFINITY;
  const stretches: Stretch[] = [];
  let from = opened.at;
  while (from < durableAt) {
    const known = firstSince(transaction.appended, opened.site, from);
    const to = Math.min(durableAt, known?.at ?? Number.POSITIVE_INFINITY);
    stretches.push({ from, to: Number.isFinite(to) ? to : null, opened });
    const again = known === undefined ? undefined : forgottenAt(facts, known);
    if (again === undefined) break;
    from = again;
  }
  return stretches;
}

/** A plain site asks again when it runs again; of another the next to lead may do so as soon as that node is gone. */
function forgottenAt(facts: Facts, { site, node, at }: Recorded): number | undefined {
  if (isPlainSite(facts, site)) return facts.boots.find((boot) => boot.node === node && boot.at > at)?.at;
  const gone = nodeAbsences(facts.history, node).find(({ to }) => to > at);
  return gone === undefined ? undefined : Math.max(gone.from, at + 1);
}

function firstSince(records: readonly Recorded[], site: SiteId, from: number): Recorded | undefined {
  return records.filter((record) => record.site === site && record.at >= from).toSorted((a, b) => a.at - b.at)[0];
}

interface Measure {
  readonly boundMs: number;
  readonly excused: Excused;
}

function measureOf(history: History, facts: Facts, { boundMs, excused }: Measure) {
  const windows = union(faultWindows(history));
  const certain = union(faultWindows(history).map((window) => window.certain));
  const held = union(history.run.nodes.flatMap((node) => heldByLab(facts, node)));
  const absences = absencesBySite(history);
  return (transaction: Transaction, { from, to, opened }: Stretch): MeasuredDoubt => {
    const whole = { from, to: to ?? facts.end };
    const absent = union([...absences(opened.site), ...excused(transaction)]);
    const around = { absences: absent, windows, certain, held };
    const { inWindow, alive, counted, countedMs, unhinderedMs } = waited(whole, around, boundMs);
    return {
      tx: transaction.tx,
      node: opened.site,
      from,
      to,
      blockedMs: countedMs,
      blocked: countedMs > boundMs,
      keys: usesAt(facts, transaction, opened.site).map(({ key }) => key),
      couldHaveTold: tellers(transaction, opened.site, until(inWindow ? counted : alive, from)),
      aliveMs: unhinderedMs,
      inWindow,
      wholeMs: (whole.to - whole.from) / 1000,
      opened,
    };
  };
}

/** Each looked up once: there are many doubts at few sites. */
function absencesBySite(history: History): (site: SiteId) => readonly Span[] {
  const known = new Map<SiteId, readonly Span[]>();
  return (site) => {
    const absences = known.get(site) ?? absencesOf(history, site);
    known.set(site, absences);
    return absences;
  };
}

function until(spans: readonly Span[], otherwise: number): number {
  return spans.at(-1)?.to ?? otherwise;
}

/** The decision counts only when it was there while the participant was blocked, not when the heal brought it. */
function tellers(transaction: Transaction, asker: SiteId, before: number): readonly SiteId[] {
  const others = transaction.decisions.filter(({ site, at }) => site !== asker && at < before);
  return [...new Set(others.map(({ site }) => site))].sort();
}
