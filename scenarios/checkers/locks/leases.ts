// Who held a lock when: as the client that held it believed, and as the service has granted it. On one machine all clients have one clock.

import type { NodeId, TxId } from '../../../nodes/contract/ids.ts';
import type { LockTold, Facts } from '../facts.ts';

export interface Lease {
  readonly about: TxId;
  readonly node: NodeId;
  readonly key: string;
  readonly token: number | undefined;
  /** It heard that the lock is its own. */
  readonly from: number;
  /**
   * It said itself that it is not any longer, its own time was over, or it died. Whoever does something for it after its time believes so
   * until then.
   */
  readonly to: number;
  /** Until when the service may give it to nobody else: the last that was granted, or until it began to give it back. */
  readonly until: number;
  /** Until when it was granted, whenever it was given back. */
  readonly expires: number;
  readonly events: readonly LockTold[];
}

const known = new WeakMap<Facts, readonly Lease[]>();

/** Gathered once for all who ask. */
export function leasesIn(facts: Facts): readonly Lease[] {
  const leases = known.get(facts) ?? gather(facts);
  known.set(facts, leases);
  return leases;
}

function gather(facts: Facts): readonly Lease[] {
  const acted = lastActs(facts);
  const told = Map.groupBy(facts.grants, ({ note }) => note.about);
  return [...told.values()].flatMap((events) => {
    const granted = events.find(({ note }) => note.word === 'granted');
    if (granted?.note.word !== 'granted') return [];
    const { note, node, at: from } = granted;
    const yielded = events.find((event) => event.note.word === 'yielded')?.at ?? Number.POSITIVE_INFINITY;
    const untils = events.flatMap((event) =>
      event.note.word === 'granted' || event.note.word === 'extended' ? [event.note.until] : [],
    );
    const expires = Math.max(...untils);
    const until = Math.min(yielded, expires);
    const believed = Math.min(yielded, Math.max(...events.map(beliefIn)));
    const to = Math.min(deathOf(facts, granted), facts.end + 1, Math.max(believed, acted.get(note.about) ?? 0));
    return [{ about: note.about, node, key: note.key, token: note.token, from, to, until, expires, events }];
  });
}

/** Until when its client takes it for its own by this: by the service's rules, unless it tells others. */
function beliefIn({ note }: LockTold): number {
  if (note.word !== 'granted' && note.word !== 'extended') return Number.NEGATIVE_INFINITY;
  const { until, believed = until } = note;
  return believed ?? Number.POSITIVE_INFINITY;
}

/** When each holder has last said something for it; what others answer is no act of its own. */
function lastActs({ history, grants }: Facts): ReadonlyMap<TxId | null, number> {
  const ownerOf = new Map<TxId | null, NodeId>(grants.map(({ node, note }) => [note.about, node]));
  return new Map(
    history.events.flatMap((event) =>
      (event.kind === 'sent' || event.kind === 'lost') && event.node === ownerOf.get(event.message.about)
        ? [[event.message.about, event.at]]
        : [],
    ),
  );
}

/** A process that has died believes nothing; its lease stands. */
function deathOf({ faults, exits, boots, holds }: Facts, { node, incarnation, at }: LockTold): number {
  const kill = faults.find((fault) => fault.fault === 'kill' && fault.node === node && fault.at >= at);
  // One that is held for its kill does nothing any more; one that is not may have died any time since.
  const held = holds.find((event) => event.kind === 'held' && event.hold === kill?.hold && event.node === node);
  const killed = held ?? (kill && { at: Math.max(kill.since, at) });
  const exited = exits.find((exit) => exit.node === node && exit.at >= at);
  const next = boots.find((boot) => boot.node === node && boot.incarnation > incarnation);
  return Math.min(...[killed, exited, next].map((event) => event?.at ?? Number.POSITIVE_INFINITY));
}

export interface Overlap {
  readonly first: Lease;
  readonly second: Lease;
  readonly from: number;
  readonly to: number;
}

/** Pairs on one key of which the second begins while the first lasts, the longest first. What is within the grain of timers is none. */
export function overlapsIn(leases: readonly Lease[], endOf: (lease: Lease) => number): readonly Overlap[] {
  const sorted = leases.toSorted((left, right) => left.from - right.from);
  const pairs = sorted.flatMap((first, index): Overlap[] => {
    const end = endOf(first);
    const after = sorted.findIndex((second, at) => at > index && end - second.from <= GRAIN_US);
    const inside = sorted.slice(index + 1, after < 0 ? sorted.length : after);
    return inside
      .filter(({ key }) => key === first.key)
      .map((second) => ({ first, second, from: second.from, to: Math.min(end, endOf(second)) }));
  });
  return pairs.toSorted((left, right) => right.to - right.from - (left.to - left.from));
}

const GRAIN_US = 1000;
