// Which arrows and marks are kept of a history that has more events than a page can hold: what is about the target or a finding, what the
// lab did, and then what is nearest to these in time.

import type { Item, MarkKind } from './story-types.ts';

export interface Wanted {
  readonly subjects: readonly string[];
  /** Places of the findings' events. */
  readonly found: readonly number[];
  /** Events of the history. */
  readonly total: number;
  readonly most: number;
}

export function sampled(items: readonly Item[], { subjects, found, total, most }: Wanted): readonly Item[] {
  if (total <= most) return items;
  const chosen = new Set<string | null>(subjects);
  const proofs = new Set(found);
  const isWanted = ({ kind, about, events }: Item) =>
    chosen.has(about) || OF_THE_LAB.has(kind) || events.some((index) => proofs.has(index));
  const times = items.filter((item) => item.kind !== 'phase' && isWanted(item)).map(({ at }) => at);
  const ranked = items
    .map((item) => ({ item, far: isWanted(item) ? -1 : distance(times, item.at) }))
    .sort((a, b) => a.far - b.far);
  let room = most - found.length;
  const kept = ranked.filter(({ item }) => (room -= item.events.length) >= 0);
  return kept.map(({ item }) => item).sort((a, b) => a.at - b.at);
}

const OF_THE_LAB: ReadonlySet<string> = new Set<MarkKind>(['phase', 'fault', 'crash', 'hold']);

/** To the nearest of times in order. */
function distance(times: readonly number[], at: number): number {
  let [low, high] = [0, times.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((times[middle] ?? 0) < at) low = middle + 1;
    else high = middle;
  }
  const [before, after] = [times[low - 1] ?? Number.NEGATIVE_INFINITY, times[low] ?? Number.POSITIVE_INFINITY];
  return Math.min(at - before, after - at);
}
