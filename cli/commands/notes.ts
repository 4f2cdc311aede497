// What is to be known of a run before it starts: faults at steps that may never come.

import { formatGap } from '../../nodes/contract/step.ts';
import { needsFault, needsOf } from '../../scenarios/language/rare-steps.ts';
import type { Scenario } from '../../scenarios/language/scenario.ts';
import type { PlannedFault } from '../../scenarios/plan/plan-types.ts';

/** One line a fault whose step lacks what it needs. */
export function notesOf(
  { checkpoint }: Pick<Scenario, 'checkpoint'>,
  faults: readonly PlannedFault[],
): readonly string[] {
  return faults.flatMap(({ when }, index) => {
    if (when.at !== 'step') return [];
    const needs = needsOf(when.step.gap);
    const isGiven = needsFault(when.step.gap) ? index > 0 : checkpoint !== undefined;
    return needs === null || isGiven ? [] : [`${formatGap(when.step.gap)} comes only ${needs}`];
  });
}
