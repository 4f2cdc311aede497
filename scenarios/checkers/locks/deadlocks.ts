// Circles of clients that each keep a lock and wait for one of the next (Coffman, Elphick, Shoshani 1971), from what clients have told of
// their locks alone. Nobody in such a circle goes on until one of them gives up, loses its lock or dies.

import type { NodeId } from '../../../nodes/contract/ids.ts';
import type { HistoryEvent } from '../../../nodes/contract/events.ts';
import type { Finding, History } from '../../findings.ts';
import { type Complaint, conclude, count, formatMs, notApplicable } from '../conclude.ts';
import type { Facts, LockTold, Operation } from '../facts.ts';
import { factsOf } from '../gather.ts';
import { usesOf } from '../keys.ts';
import type { Span } from '../spans.ts';
import { leasesIn, type Lease } from './leases.ts';

export function deadlockFreedom(history: History): Finding {
  const facts = factsOf(history);
  const property = 'deadlock-freedom';
  const pairs = [...facts.ops.values()].filter((operation) => usesOf(operation).length > 1);
  if (pairs.length === 0) return notApplicable(property, 'Nobody asked for two locks at once.');
  const boundMs = history.run.timeouts['deadlock'] ?? 0;
  const circles = circlesIn(halvesIn(facts, pairs));
  const standing = circles.filter(({ from, to }) => to - from > boundMs * 1000);
  const short = circles.length === 0 ? '' : ` (${count(circles.length, 'circle')} stood for less.)`;
  return conclude(property, {
    broken: standing.map(complaint),
    gaps: [...facts.holes.values()],
    holds: `${count(pairs.length, 'operation')} asked for two locks, and no clients waited for each other for longer than ${boundMs} ms.${short}`,
  });
}

/** An operation that keeps one lock while it waits for another. */
interface Half extends Span {
  readonly node: NodeId;
  readonly kept: Lease;
  /** The lock that it waits for. */
  readonly wanted: string;
  readonly waits: LockTold;
  readonly end: Ending;
}

/** What ends it, and how that is said. */
interface Ending {
  readonly at: number;
  readonly text: string;
  readonly event?: HistoryEvent | undefined;
}

function halvesIn(facts: Facts, pairs: readonly Operation[]): readonly Half[] {
  const leases = new Map(leasesIn(facts).map((lease) => [lease.about, lease]));
  const told = Map.groupBy(facts.grants, ({ note }) => note.about);
  return pairs.flatMap(({ began, completed }) => {
    const own = began.map(({ note }) => note.about);
    const kept = own.flatMap((about) => leases.get(about) ?? []);
    const waiting = own.flatMap((about) => told.get(about)?.find(({ note }) => note.word === 'waits') ?? []);
    return waiting.flatMap((waits) =>
      kept.flatMap((lease) => halfOf(facts, { waits, kept: lease, got: leases.get(waits.note.about), completed })),
    );
  });
}

interface Parts {
  readonly waits: LockTold;
  readonly kept: Lease;
  /** What it waited for, where it got that. */
  readonly got: Lease | undefined;
  readonly completed: Operation['completed'];
}

function halfOf(facts: Facts, { waits, kept, got, completed }: Parts): readonly Half[] {
  const { note, node } = waits;
  if (note.word !== 'waits' || kept.about === note.about) return [];
  const { key } = note;
  const ends: readonly Ending[] = [
    lossOf(kept),
    ...(got ? [{ at: got.from, text: `${node} was granted ${key} all the same`, event: got.events[0] }] : []),
    ...(completed ? [{ at: completed.at, text: `${node} gave up`, event: completed }] : []),
    { at: facts.end, text: 'the run ended' },
  ];
  const end = ends.reduce((least, next) => (next.at < least.at ? next : least));
  const from = Math.max(waits.at, kept.from);
  return end.at > from ? [{ from, to: end.at, node, kept, wanted: key, waits, end }] : [];
}

/** When it kept its lock no longer, or was dead itself and waited for nothing any more. */
function lossOf({ node, key, until, to, expires, events }: Lease): Ending {
  if (to < until) return { at: to, text: `${node} died` };
  const event = events.find(({ note }) => note.word === 'yielded');
  const why = event?.note.word === 'yielded' ? event.note.why : 'deadline';
  if (until === expires || why === 'deadline')
    return { at: until, text: `the lease of ${node} on ${key} was over`, event };
  return { at: until, text: why === 'lost' ? `${node} had lost ${key}` : `${node} gave up`, event };
}

interface Circle extends Span {
  readonly halves: readonly Half[];
}

/** Each begins with the one of its halves that waited first. */
function circlesIn(halves: readonly Half[]): readonly Circle[] {
  const sorted = halves.toSorted((left, right) => left.from - right.from);
  const keepers = Map.groupBy(sorted.keys(), (index) => sorted[index]?.kept.key ?? '');
  const walk = (path: readonly number[], { from, to, halves: walked }: Circle): readonly Circle[] => {
    const [start = 0] = path;
    return (keepers.get(walked.at(-1)?.wanted ?? '') ?? []).flatMap((index) => {
      const next = sorted[index];
      const span = next && { from: Math.max(from, next.from), to: Math.min(to, next.to) };
      if (!span || span.to <= span.from || index < start) return [];
      if (index === start) return path.length > 1 ? [{ from, to, halves: walked }] : [];
      return path.includes(index) ? [] : walk([...path, index], { ...span, halves: [...walked, next] });
    });
  };
  const circles = sorted.flatMap((half, index) => walk([index], { from: half.from, to: half.to, halves: [half] }));
  return circles.toSorted((left, right) => right.to - right.from - (left.to - left.from));
}

function complaint({ halves, from, to }: Circle): Complaint {
  const [first, ...others] = halves;
  const text = others.map(({ node, wanted }) => `, which ${node} holds, who waits for ${wanted}`).join('');
  const ended = halves.map(({ end }) => end).toSorted((left, right) => left.at - right.at)[0];
  const events = halves.flatMap(({ kept, waits }) => [...kept.events.slice(0, 1), waits]);
  return {
    reason: `${first?.node} holds ${first?.kept.key} and waits for ${first?.wanted}${text}: that stood for ${formatMs(to - from)}, until ${ended?.text}.`,
    events: [...events, ...(ended?.event ? [ended.event] : [])].toSorted((left, right) => left.at - right.at),
  };
}
