// Who stood in doubt: between a durable prepared and knowing the decision a participant may neither commit nor abort on its own
// (Bernstein, Hadzilacos, Goodman 1987, ch. 7). Measures; judges only whether the bound was passed.

import type { NodeId } from '../../nodes/contract/ids.ts';
import type { Doubt, History } from '../findings.ts';
import type { Facts, Recorded, Transaction } from './facts.ts';
import { factsOf } from './gather.ts';
import { usesAt } from './keys.ts';
import { intersect, lengthOf, type Span, subtract, union } from './spans.ts';
import { absencesOf, faultWindows, heldByLab } from './windows.ts';

/** A doubt with what the judgement rests on. */
export interface MeasuredDoubt extends Doubt {
  /** All its time in doubt while alive and no node was held by the lab, inside and outside of fault windows. */
  readonly aliveMs: number;
  readonly inWindow: boolean;
  readonly opened: Recorded;
}

/** Doubts of live participants that met a fault window or outlasted the bound, in the order in which they began. */
export function doubtsOf(history: History, boundMs: number): readonly MeasuredDoubt[] {
  const facts = factsOf(history);
  const measure = measureOf(history, facts, boundMs);
  const all = [...facts.txs.values()].flatMap((transaction) =>
    inDoubt(facts, transaction).map((stretch) => measure(transaction, stretch)),
  );
  return all
    .filter(({ inWindow, blocked, blockedMs }) => blocked || (inWindow && blockedMs > 0))
    .sort((a, b) => a.from - b.from);
}

/** One stretch of doubt at one node; `to` is null when the history ends in it. */
export interface Stretch {
  readonly from: number;
  readonly to: number | null;
  readonly opened: Recorded;
}

export function inDoubt(facts: Facts, transaction: Transaction): readonly Stretch[] {
  const { prepared } = transaction;
  return prepared.flatMap((opened, at) => {
    const again = prepared.findIndex(({ node }) => node === opened.node) < at;
    return again ? [] : stretchesAt(facts, transaction, opened);
  });
}

/** A decision that was only appended ends a doubt until a crash loses it: then the doubt begins anew at the next boot. */
function stretchesAt(facts: Facts, transaction: Transaction, opened: Recorded): readonly Stretch[] {
  const durableAt = earliest(transaction.decisions, opened.node, Number.NEGATIVE_INFINITY);
  const stretches: Stretch[] = [];
  let from = opened.at;
  while (from < durableAt) {
    const to = Math.min(durableAt, earliest(transaction.appended, opened.node, from));
    stretches.push({ from, to: Number.isFinite(to) ? to : null, opened });
    const boot = facts.boots.find(({ node, at }) => node === opened.node && at > to);
    if (boot === undefined) break;
    from = boot.at;
  }
  return stretches;
}

function earliest(records: readonly Recorded[], node: NodeId, from: number): number {
  return records.reduce(
    (least, record) => (record.node === node && record.at >= from ? Math.min(least, record.at) : least),
    Number.POSITIVE_INFINITY,
  );
}

function measureOf(history: History, facts: Facts, boundMs: number) {
  const windows = union(faultWindows(history));
  const certain = union(faultWindows(history).map((window) => window.certain));
  const held = union(history.run.nodes.flatMap((node) => heldByLab(facts, node)));
  const absences = new Map(history.run.nodes.map((node) => [node, absencesOf(history, node)]));
  return (transaction: Transaction, { from, to, opened }: Stretch): MeasuredDoubt => {
    const whole = [{ from, to: to ?? facts.end }];
    const alive = subtract(whole, absences.get(opened.node) ?? []);
    const faulty = intersect(alive, certain);
    // While the lab holds some node for a fault, whoever waits for it waits for the lab.
    const unhindered = subtract(alive, held);
    const inWindow = intersect(whole, windows).length > 0;
    const blockedMs = lengthOf(inWindow ? faulty : unhindered) / 1000;
    return {
      tx: transaction.tx,
      node: opened.node,
      from,
      to,
      blockedMs,
      blocked: blockedMs > boundMs,
      keys: usesAt(facts, transaction, opened.node).map(({ key }) => key),
      couldHaveTold: tellers(transaction, opened.node, until(inWindow ? faulty : alive, from)),
      aliveMs: lengthOf(unhindered) / 1000,
      inWindow,
      opened,
    };
  };
}

function until(spans: readonly Span[], otherwise: number): number {
  return spans.at(-1)?.to ?? otherwise;
}

/** The decision counts only when it was there while the participant was blocked, not when the heal brought it. */
function tellers(transaction: Transaction, asker: NodeId, before: number): readonly NodeId[] {
  const others = transaction.decisions.filter(({ node, at }) => node !== asker && at < before);
  return [...new Set(others.map(({ node }) => node))].sort();
}
