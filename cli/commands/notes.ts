// What is to be known of a run before it starts: faults at steps that may never come.

import { formatGap } from '../../nodes/contract/step.ts';
import { needOf } from '../../nodes/contract/protocol.ts';
import { layoutOf } from '../../scenarios/language/layout.ts';
import type { Scenario } from '../../scenarios/language/scenario.ts';
import type { PlannedFault } from '../../scenarios/plan/plan-types.ts';

/** One line a fault whose step lacks what it needs. */
export function notesOf(scenario: Scenario, faults: readonly PlannedFault[]): readonly string[] {
  const { protocol } = layoutOf(scenario);
  return faults.flatMap(({ when }, index) => {
    if (when.at !== 'step') return [];
    const need = needOf(protocol, when.step.gap);
    const isGiven = need?.of === 'fault' ? index > 0 : scenario.checkpoint !== undefined;
    return need === undefined || isGiven ? [] : [`${formatGap(when.step.gap)} comes only ${need.means}`];
  });
}
