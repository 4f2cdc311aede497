// What the diagram begins with: the target of the fault, else those whom violated findings name, and the time in which they were at work.

import { isOfLocks } from '../../nodes/contract/properties.ts';
import { factsOf } from '../../scenarios/checkers/gather.ts';
import { txAt } from '../../scenarios/judging/target.ts';
import { aboutOf } from '../reports/event-text.ts';
import type { History, Verdict } from '../../scenarios/findings.ts';
import type { Focus, Item, Stretch } from './story-types.ts';
import { isArrow } from './story-types.ts';

export function subjectsOf(history: History, { target, findings }: Verdict): readonly string[] {
  if (target) return [target.tx];
  const violated = findings.filter(({ judgement }) => judgement === 'violated');
  const named = new Set(violated.flatMap(({ events }) => events.flatMap((event) => aboutOf(event) ?? [])));
  if (named.size > 0) return [...named].slice(0, MOST);
  if (!isOfLocks(history.run.family)) return [];
  return [...new Set(factsOf(history).faults.flatMap((fault) => txAt(factsOf(history), fault) ?? []))].slice(0, MOST);
}

const MOST = 8;

/** All of it where nobody is looked at. */
export function focusOf(
  subjects: readonly string[],
  items: readonly Item[],
  stretches: readonly Stretch[],
  whole: { readonly from: number; readonly to: number },
): Focus {
  const chosen = new Set<string | null>(subjects);
  const times = [
    ...items.flatMap((item) => (chosen.has(item.about) ? [item.at, isArrow(item) ? item.end : item.at] : [])),
    ...stretches.flatMap(({ about, from, to }) => (chosen.has(about) ? [from, Math.min(to, whole.to)] : [])),
  ];
  if (times.length === 0) return { subjects: [], ...whole };
  const from = times.reduce((least, time) => Math.min(least, time), Number.POSITIVE_INFINITY);
  const to = times.reduce((most, time) => Math.max(most, time), Number.NEGATIVE_INFINITY);
  const margin = Math.max((to - from) * 0.04, 500);
  return { subjects, from: from - margin, to: to + margin };
}
