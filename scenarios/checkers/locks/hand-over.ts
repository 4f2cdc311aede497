// Whether a lock goes on from hand to hand: once it is free and somebody waits, somebody has it soon. Who that is, and how often it is the same
// one, is another question.

import type { NodeId } from '../../../nodes/contract/ids.ts';
import type { Finding, History } from '../../findings.ts';
import { type Complaint, conclude, count, formatMs, listed, notApplicable, unknown } from '../conclude.ts';
import type { Facts, LockTold } from '../facts.ts';
import { factsOf } from '../gather.ts';
import { type Span, union } from '../spans.ts';
import { faultWindows, nodeAbsences } from '../windows.ts';
import { leasesIn, type Lease } from './leases.ts';

export function handOver(history: History): Finding {
  const facts = factsOf(history);
  const property = 'hand-over';
  const leases = leasesIn(facts);
  const waits = waitsIn(facts, leases);
  if (waits.length === 0) return notApplicable(property, 'Nobody waited for a lock.');
  const boundMs = boundOf(history);
  if (boundMs === null) return unknown(property, 'The run names no time for which a lock is granted.');
  const idle = idleIn(history, waits, leases).toSorted((left, right) => lengthOf(right) - lengthOf(left));
  const long = idle.filter((one) => lengthOf(one) > boundMs * 1000);
  const longest = idle[0] ? `, ${formatMs(lengthOf(idle[0]))} at the longest` : '';
  return conclude(property, {
    broken: long.map((one) => complaint(one, waits, boundMs)),
    gaps: [...facts.holes.values()],
    holds: `No lock was free for longer than ${boundMs} ms while somebody waited for it${longest}, in ${count(waits.length, 'wait')}.`,
  });
}

/**
 * The time for which a lock is granted, twice, for a service that restarts, or a waiter that died when it was first, gives one more; and the time
 * after which who waits looks again.
 */
function boundOf({ run: { timeouts } }: History): number | null {
  const leaseMs = timeouts['ttl'] ?? timeouts['session'];
  return leaseMs === undefined ? null : 2 * leaseMs + (timeouts['retry'] ?? timeouts['tick'] ?? 0);
}

interface Wait extends Span {
  readonly node: NodeId;
  readonly key: string;
  readonly told: LockTold;
}

/** From when it heard that others have the lock until it has it, its operation has ended, or its next life has begun. */
function waitsIn({ grants, ops, boots, end }: Facts, leases: readonly Lease[]): readonly Wait[] {
  const had = new Map(leases.map(({ about, from }) => [about, from]));
  const ended = new Map(
    [...ops.values()].flatMap(({ began, completed }) => began.map(({ note }) => [note.about, completed?.at])),
  );
  return grants.flatMap((told) => {
    const { note, node, at: from, incarnation } = told;
    if (note.word !== 'waits') return [];
    const next = boots.find((boot) => boot.node === node && boot.incarnation > incarnation);
    const to = had.get(note.about) ?? ended.get(note.about) ?? next?.at ?? end;
    return [{ node, key: note.key, told, from, to }];
  });
}

interface Idle extends Span {
  readonly key: string;
}

/** Stretches in which a lock was nobody's and somebody who lives waited for it; while a fault lasts, and after it, counted anew. */
function idleIn(history: History, waits: readonly Wait[], leases: readonly Lease[]): readonly Idle[] {
  const faults = union(faultWindows(history));
  const absences = new Map(history.run.nodes.map((node) => [node, nodeAbsences(history, node)]));
  return [...Map.groupBy(waits, ({ key }) => key)].flatMap(([key, own]) => {
    const held = union(leases.flatMap((lease) => (lease.key === key ? [{ from: lease.from, to: lease.until }] : [])));
    const wanted = union(own.flatMap((wait) => without([wait], absences.get(wait.node) ?? [])));
    return without(without(wanted, held), faults).map((span) => ({ ...span, key }));
  });
}

function lengthOf({ from, to }: Span): number {
  return to - from;
}

function complaint({ key, ...idle }: Idle, waits: readonly Wait[], boundMs: number): Complaint {
  const met = waits.filter((wait) => wait.key === key && wait.from < idle.to && wait.to > idle.from);
  const names = listed([...new Set(met.map(({ node }) => node))]);
  return {
    reason: `${key} was free for ${formatMs(lengthOf(idle))} while ${names} waited for it (bound ${boundMs} ms).`,
    events: met.slice(0, 1).map(({ told }) => told),
  };
}

/** What of `left` lies outside `right`, both sorted and without overlap, in one pass: of grants there are thousands. */
function without(left: readonly Span[], right: readonly Span[]): readonly Span[] {
  const rest: Span[] = [];
  let next = 0;
  for (const { from, to } of left) {
    let at = from;
    while (next < right.length && (right[next]?.to ?? 0) <= from) next++;
    for (let index = next; index < right.length; index++) {
      const hole = right[index];
      if (!hole || hole.from >= to) break;
      if (hole.from > at) rest.push({ from: at, to: hole.from });
      at = Math.max(at, hole.to);
    }
    if (at < to) rest.push({ from: at, to });
  }
  return rest;
}
