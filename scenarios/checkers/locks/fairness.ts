// Whether a lock with a queue is granted in the order of it: whoever is known to have stood there before another asked has it before that other.
// Who stands there is told by the service, or by its client where that sees the queue itself; of locks without a queue nothing is told.

import type { HistoryEvent } from '../../../nodes/contract/events.ts';
import type { TxId } from '../../../nodes/contract/ids.ts';
import type { Finding, History } from '../../findings.ts';
import { type Complaint, conclude, count, formatMs, notApplicable } from '../conclude.ts';
import type { EventOf, Facts } from '../facts.ts';
import { factsOf } from '../gather.ts';
import { leasesIn, type Lease } from './leases.ts';

export function fairness(history: History): Finding {
  const facts = factsOf(history);
  const property = 'fairness';
  const places = placesIn(facts);
  if (places.length === 0) return notApplicable(property, 'Nobody is known to have stood in a queue.');
  const begun = begunIn(facts);
  const broken = places.flatMap((place) => {
    const overtook = begun.filter(
      ({ lease, at }) => lease.key === place.lease.key && at > place.queued.at && lease.from < place.lease.from,
    );
    return overtook.map((one) => complaint(place, one));
  });
  return conclude(property, {
    broken,
    gaps: [...facts.holes.values()],
    holds: `None of ${count(places.length, 'client')} that stood in a queue was overtaken by one that asked later.`,
  });
}

/** A place in a queue that was kept until the lock was had. */
interface Place {
  readonly queued: EventOf<'told'>;
  readonly lease: Lease;
}

/**
 * A place counts from when somebody who knows has told of it, which is after it was taken. Where it was lost, or whoever knew of it has begun a new
 * life, nobody can say when: then it does not count, nor does one whose owner never had the lock.
 */
function placesIn(facts: Facts): readonly Place[] {
  // Whoever says that it has the lock only when its time is over may have been granted it long before.
  const timely = leasesIn(facts).filter(({ from, expires }) => from < expires);
  const leases = new Map(timely.map((lease) => [lease.about, lease]));
  const told = Map.groupBy(facts.history.events.filter(isOfQueues), ({ note }) => note.about);
  return [...told].flatMap(([about, events]) => {
    const lease = leases.get(about);
    if (!lease) return [];
    const last = events.findLast(({ at }) => at <= lease.from);
    if (last?.note.word !== 'queued' || facts.holes.has(last.node)) return [];
    const isNewLife = facts.boots.some(({ node, at }) => node === last.node && at > last.at && at < lease.from);
    return isNewLife ? [] : [{ queued: last, lease }];
  });
}

type OfQueues = EventOf<'told'> & { readonly note: { readonly word: 'queued' | 'unqueued' } };

function isOfQueues(event: HistoryEvent): event is OfQueues {
  return event.kind === 'told' && (event.note.word === 'queued' || event.note.word === 'unqueued');
}

interface Begun {
  readonly lease: Lease;
  /** It had asked for nothing before. */
  readonly at: number;
  readonly event: HistoryEvent;
}

function begunIn(facts: Facts): readonly Begun[] {
  const began = new Map<TxId, EventOf<'told'>>(
    [...facts.ops.values()].flatMap((operation) => operation.began.map((event) => [event.note.about, event] as const)),
  );
  return leasesIn(facts).flatMap((lease) => {
    const event = began.get(lease.about);
    return event ? [{ lease, at: event.at, event }] : [];
  });
}

function complaint({ queued, lease }: Place, { lease: other, at, event }: Begun): Complaint {
  const reason =
    `${lease.about} stood in the queue of ${lease.key} ${formatMs(at - queued.at)} before ${other.about} began to ask, ` +
    `which had the lock ${formatMs(lease.from - other.from)} before it.`;
  const granted = (one: Lease) => one.events.filter(({ note }) => note.word === 'granted');
  return { reason, events: [queued, event, ...granted(other), ...granted(lease)] };
}
