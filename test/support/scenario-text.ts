// The text of a scenario file, any line of which can be another, and what becomes of it.

import { formatProblem, type Problem } from '../../scenarios/language/problem.ts';
import { parseScenario, type Overrides, type Scenario } from '../../scenarios/language/scenario.ts';

/** Line 1 is `version`; every test replaces or adds lines by their key. */
export const BASE = {
  version: 'version: 1',
  name: 'name: my-scenario',
  title: 'title: Something happens',
  protocol: 'protocol: 2pc',
  topology: 'topology: { participants: 2 }',
  timeouts: 'timeouts: { vote: 400ms, blocked: 1s }',
  workload: 'workload: { accounts: 16, clients: 4, transactions: 200 }',
  faults: 'faults: [kill coordinator before force commit then restart after 3s]',
  expect: 'expect: { target: { decision: abort, blocked: [participant-1] }, non-blocking: violated }',
};

export function yaml(changes: Partial<Record<keyof typeof BASE | 'more', string>> = {}): string {
  return Object.values({ ...BASE, ...changes })
    .filter((line) => line !== '')
    .join('\n');
}

export function problemsIn(text: string, overrides: Overrides = {}): readonly Problem[] {
  const result = parseScenario(text, { source: 'my.yaml', overrides });
  return result.ok ? [] : result.problems;
}

export function scenarioOf(text: string, overrides: Overrides = {}): Scenario {
  const result = parseScenario(text, { source: 'my.yaml', overrides });
  if (!result.ok) throw new Error(result.problems.map(formatProblem).join('\n'));
  return result.value;
}
