// Mutual exclusion, in three sentences that are not the same: the service grants a lock once at a time; no two clients believe that they
// hold it; no write of one holder falls between the accesses of another. The third needs no clock, and is the one that counts.

import type { Finding, History } from '../../findings.ts';
import { type Complaint, conclude, count, formatMs, notApplicable } from '../conclude.ts';
import { countersIn, type Access } from '../counter/content.ts';
import type { Facts } from '../facts.ts';
import { factsOf } from '../gather.ts';
import { sitesAtRest } from '../rest.ts';
import { leasesIn, overlapsIn, type Lease, type Overlap } from './leases.ts';

export function exclusionByService(history: History): Finding {
  const facts = factsOf(history);
  const leases = leasesIn(facts);
  const property = 'exclusion-service';
  if (leases.length === 0) return notApplicable(property, 'Nobody ever had a lock.');
  // Whoever says so only when its time is over may have been granted it long before.
  const timely = leases.filter(({ from, expires }) => from < expires);
  const overlaps = overlapsIn(timely, ({ until }) => until);
  const text = ({ first, second, from }: Overlap) =>
    `${first.key} was granted to ${second.about} although it had been granted to ${first.about} for ${formatMs(first.until - from)} more.`;
  return conclude(property, {
    broken: overlaps.map((overlap) => complaint(overlap, text)),
    gaps: [...facts.holes.values()],
    holds: `Of ${count(leases.length, 'grant')} none was given while another stood.`,
  });
}

export function exclusionInBelief(history: History): Finding {
  const facts = factsOf(history);
  const leases = leasesIn(facts);
  const property = 'exclusion-belief';
  if (leases.length === 0) return notApplicable(property, 'Nobody ever had a lock.');
  const overlaps = overlapsIn(leases, ({ to }) => to);
  const text = ({ first, second, from, to }: Overlap) =>
    `${first.node} (${first.about}) and ${second.node} (${second.about}) both believed for ${formatMs(to - from)} that they held ${first.key}.`;
  return conclude(property, {
    broken: overlaps.map((overlap) => complaint(overlap, text)),
    gaps: [...facts.holes.values()],
    holds: `No two of ${count(leases.length, 'holder')} believed at the same time that they held a lock.`,
  });
}

function complaint(overlap: Overlap, text: (overlap: Overlap) => string): Complaint {
  const events = [...overlap.first.events, ...overlap.second.events].toSorted((a, b) => a.at - b.at);
  return { reason: text(overlap), events };
}

export function exclusionInEffect(history: History): Finding {
  const facts = factsOf(history);
  const { dumps, gaps } = sitesAtRest(history);
  const property = 'exclusion-effect';
  const journals = [...dumps.values()].flatMap(({ state }) => [...countersIn(state.content)]);
  const writes = journals.flatMap(([, { accesses }]) => accesses.filter(({ does }) => does === 'write'));
  if (gaps.length === 0 && writes.length === 0) return notApplicable(property, 'Nobody wrote anything.');
  return conclude(property, {
    broken: journals.flatMap(([key, { accesses }]) => between(facts, key, accesses)),
    gaps,
    holds: `None of ${count(writes.length, 'write')} fell between the accesses of another holder.`,
  });
}

/** Writes of somebody else between two accesses of one holder, of whom the last wrote. */
function between(facts: Facts, key: string, accesses: readonly Access[]): readonly Complaint[] {
  const leases = new Map(leasesIn(facts).map((lease) => [lease.about, lease]));
  return accesses.flatMap((last, index): Complaint[] => {
    if (last.does !== 'write') return [];
    const first = accesses.findIndex(({ about }) => about === last.about);
    const inside = accesses.slice(first + 1, index).find(({ about, does }) => about !== last.about && does === 'write');
    if (first === index || inside === undefined) return [];
    const reason = `${last.about} read ${key}, ${inside.about} wrote ${String(inside.value)}, and ${last.about} wrote ${String(last.value)} over it: an increment is lost.`;
    const events = [leases.get(last.about), leases.get(inside.about)].flatMap((lease?: Lease) => lease?.events ?? []);
    return [{ reason, events: events.toSorted((a, b) => a.at - b.at) }];
  });
}
