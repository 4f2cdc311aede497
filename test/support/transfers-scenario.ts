// A scenario with one fault, and whatever workload a test wants.

import { scenarioFromSentence, type Scenario } from '../../scenarios/language/scenario.ts';
import type { Workload } from '../../scenarios/language/scenario-types.ts';

export function scenarioWith(workload: Partial<Workload> = {}, participants = 2): Scenario {
  const result = scenarioFromSentence('kill coordinator before force commit', { participants });
  if (!result.ok) throw new Error('the sentence is a good one');
  return { ...result.value, workload: { ...result.value.workload, ...workload } };
}
