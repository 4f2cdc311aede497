// Scenario files about orders, with whatever fields of the inventory.

import { parseScenario } from '../../scenarios/language/scenario.ts';
import { makePlan } from '../../scenarios/plan/plan.ts';
import type { Plan } from '../../scenarios/plan/plan-types.ts';

/** The workload is line 6. */
const fileOf = (participants: number, fields: Readonly<Record<string, unknown>>) =>
  `version: 1\nname: mine\ntitle: Mine\nprotocol: 2pc\ntopology: { participants: ${participants} }\nworkload: ${JSON.stringify({ kind: 'inventory', ...fields })}\n`;

export const parsed = (participants: number, fields: Readonly<Record<string, unknown>>) =>
  parseScenario(fileOf(participants, fields), { source: 'mine.yaml' });

export function planOf(participants: number, fields: Readonly<Record<string, unknown>>): Plan {
  const scenario = parsed(participants, fields);
  if (!scenario.ok) throw new Error(scenario.problems.map(({ message }) => message).join('\n'));
  return makePlan(scenario.value, 1);
}
