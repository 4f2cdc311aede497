// How a checker turns what it saw into one finding, and how it words times and lists. Knows no property.

import type { Property } from '../../nodes/contract/properties.ts';
import type { HistoryEvent } from '../../nodes/contract/events.ts';
import type { Finding } from '../findings.ts';

/** One broken rule: the sentence, and the shortest run of events that explains it. */
export interface Complaint {
  readonly reason: string;
  readonly events: readonly HistoryEvent[];
}

export interface Weighed {
  readonly broken: readonly Complaint[];
  /** What could not be seen, and would have been needed. */
  readonly gaps: readonly string[];
  readonly holds: string;
}

/** A violation is proof whatever else was not seen; without one, anything unseen leaves the property unknown. */
export function conclude(property: Property, { broken, gaps, holds }: Weighed): Finding {
  const [worst] = broken;
  if (worst !== undefined) {
    const reason = worst.reason + more(broken.length - 1, 'violation');
    return { property, judgement: 'violated', reason, events: worst.events };
  }
  const [gap] = gaps;
  if (gap !== undefined) return unknown(property, gap + more(gaps.length - 1, 'gap'));
  return { property, judgement: 'holds', reason: holds, events: [] };
}

export function unknown(property: Property, reason: string): Finding {
  return { property, judgement: 'unknown', reason, events: [] };
}

export function notApplicable(property: Property, reason: string): Finding {
  return { property, judgement: 'not applicable', reason, events: [] };
}

/** Microseconds in words. */
export function formatMs(micros: number): string {
  return `${micros < 10_000 ? Math.round(micros / 100) / 10 : Math.round(micros / 1000)} ms`;
}

export function count(n: number, noun: string): string {
  return `${n} ${noun}${n === 1 ? '' : 's'}`;
}

export function listed(names: readonly string[]): string {
  const shown =
    names.length > LISTED_MAX ? [...names.slice(0, LISTED_MAX), `${names.length - LISTED_MAX} more`] : names;
  return shown.length < 2 ? shown.join('') : `${shown.slice(0, -1).join(', ')} and ${shown.at(-1)}`;
}

const LISTED_MAX = 4;

function more(n: number, noun: string): string {
  return n > 0 ? ` (And ${count(n, `more ${noun}`)}.)` : '';
}
