// What `--print` shows: scenarios as YAML, or with `--json` as one JSON document.

import { formatScenario } from '../../scenarios/language/scenario.ts';
import type { Scenario } from '../../scenarios/language/scenario.ts';

/** One scenario is a document by itself; of several, YAML has documents and JSON a list. */
export function printed(scenarios: readonly Scenario[], json: boolean): string {
  if (!json) return scenarios.map(formatScenario).join('---\n');
  return `${JSON.stringify(scenarios.length === 1 ? scenarios[0] : scenarios, null, 2)}\n`;
}
