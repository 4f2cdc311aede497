// A short run in this process, on hosts without containers, from plan to verdict.

import { scenarioFromSentence, scenarioWithoutFaults, type Scenario } from '../../scenarios/language/scenario.ts';
import { makePlan } from '../../scenarios/plan/plan.ts';
import { makeRunFolder } from '../../scenarios/run/run-folder.ts';
import { executeRun } from '../../scenarios/run/run.ts';
import { fakeCluster } from './fake-cluster.ts';
import { tempFolder } from './temp-folder.ts';

export const QUICK = { clients: 2, transactions: 20 };

export function scenarioOf(sentence: string | null): Scenario {
  const parsed = sentence === null ? scenarioWithoutFaults(QUICK) : scenarioFromSentence(sentence, QUICK);
  if (!parsed.ok) throw new Error(parsed.problems.map(({ message }) => message).join('\n'));
  return parsed.value;
}

export async function run(scenario: Scenario) {
  const folder = makeRunFolder(tempFolder(), { scenario: 'quick', seed: 1, now: new Date(0) });
  const interrupted = new AbortController().signal;
  const plan = makePlan(scenario, 1);
  return executeRun({
    plan,
    cluster: fakeCluster(),
    folder,
    version: 'test',
    onFeed: () => {},
    interrupted,
    keep: false,
  });
}
