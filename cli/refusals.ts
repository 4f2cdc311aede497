// A fault that the chosen cluster cannot do is refused before anything starts.

import { LabError } from '../compose/errors.ts';
import type { Cluster } from '../compose/cluster.ts';
import type { Plan } from '../scenarios/plan/plan-types.ts';

export function explainRefusals(plan: Plan, cluster: Cluster): void {
  for (const { fault, text } of plan.faults) {
    const why = cluster.refuse(fault);
    if (why) throw new LabError('usage', `${why} (${text})`, { hint: 'txlab kill coordinator during prepare' });
  }
}
