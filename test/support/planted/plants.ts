// Every plant by its name, and plans that have one.

import { ANY_PLANTS } from './any.ts';
import { DOOMED_PLANTS } from './doomed.ts';
import { LOCK_PLANTS } from './locks.ts';
import { HARMLESS_PLANTS } from './harmless.ts';
import { THREE_PHASE_PLANTS } from './three-phase.ts';
import { TWO_PHASE_PLANTS } from './two-phase.ts';
import { PLANTED } from './twist.ts';
import type { Plan } from '../../../scenarios/plan/plan-types.ts';

export const PLANTS = {
  ...TWO_PHASE_PLANTS,
  ...THREE_PHASE_PLANTS,
  ...LOCK_PLANTS,
  ...ANY_PLANTS,
  ...DOOMED_PLANTS,
  ...HARMLESS_PLANTS,
};
export type PlantName = keyof typeof PLANTS;

/** The plan for the program of `planted-node.ts`. */
export function planted(plan: Plan, name: PlantName): Plan {
  return { ...plan, options: { ...plan.options, [PLANTED]: name } };
}
