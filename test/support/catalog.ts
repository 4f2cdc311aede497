// The scenarios of the catalog, each read once for all tests that look at it.

import { formatProblem } from '../../scenarios/language/problem.ts';
import { findScenario } from '../../scenarios/language/scenario-catalog.ts';
import type { Scenario } from '../../scenarios/language/scenario.ts';

const known = new Map<string, Scenario>();

export function ofCatalog(name: string): Scenario {
  const scenario = known.get(name) ?? readScenario(name);
  known.set(name, scenario);
  return scenario;
}

export function readScenario(name: string): Scenario {
  const result = findScenario(name);
  if (!result.ok) throw new Error(result.problems.map(formatProblem).join('\n'));
  return result.value;
}
