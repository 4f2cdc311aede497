// `run` and the sentences: from words to scenarios, and then one run that is watched or several that are counted.

import { findScenario } from '../../scenarios/catalog.ts';
import { formatScenario, scenarioFromSentence } from '../../scenarios/scenario.ts';
import { defaultJobs } from './batch.ts';
import { runMany, wholeCatalog } from './repeat.ts';
import { runOnce } from './run-once.ts';
import { demand, Usage } from '../usage.ts';
import type { Scenario } from '../../scenarios/scenario.ts';
import type { World } from '../command-line.ts';
import type { RunFlags } from './run-once.ts';

/** Scenarios by name or file, each as often as the flags say. */
export async function runScenarios(
  names: readonly string[],
  all: boolean,
  flags: RunFlags,
  world: World,
): Promise<number> {
  if (all === names.length > 0) throw new Usage('Name scenarios to run, or say --all. See: txlab scenarios');
  const scenarios = all ? wholeCatalog(flags) : names.map((name) => demand(findScenario(name, flags.overrides)));
  return runAsOftenAsSaid(scenarios, ['run', ...names], flags, world);
}

export async function runSentence(words: readonly string[], flags: RunFlags, world: World): Promise<number> {
  return runAsOftenAsSaid([demand(scenarioFromSentence(words, flags.overrides))], words, flags, world);
}

async function runAsOftenAsSaid(
  scenarios: readonly Scenario[],
  words: readonly string[],
  flags: RunFlags,
  world: World,
): Promise<number> {
  const { repeat = 1, jobs = defaultJobs() } = flags;
  if (repeat < 1 || jobs < 1) throw new Usage('--repeat and --jobs are at least 1.');
  const [scenario, ...more] = scenarios;
  if (scenario && more.length === 0 && repeat === 1) return runOnce(scenario, words, flags, world);
  if (!flags.print) return runMany({ scenarios, repeat, jobs }, flags, world);
  world.stdout.write(scenarios.map(formatScenario).join('---\n'));
  return 0;
}
