// `run` and the sentences: from words to scenarios, and then one run that is watched or several that are counted.

import { findScenario } from '../../scenarios/language/scenario-catalog.ts';
import { scenarioFromSentence } from '../../scenarios/language/scenario.ts';
import { defaultJobs, refuseTooMany } from './batch.ts';
import { runMany, wholeCatalog } from './repeat.ts';
import { printed } from './printed.ts';
import { runOnce } from './run-once.ts';
import { listOf } from './options.ts';
import { flagsOf, RUN_OPTIONS } from './run-flags.ts';
import { demand, Usage } from '../usage.ts';
import type { Scenario } from '../../scenarios/language/scenario.ts';
import type { Terminal } from '../terminal.ts';
import type { Command, Example } from './command.ts';
import type { RunFlags } from './run-flags.ts';

export const RUN: Command = {
  words: 'run [scenarios..]',
  describe: 'Run scenarios of the catalog, or YAML files',
  positionals: { scenarios: { type: 'string', array: true, describe: 'Names of txlab scenarios, or files' } },
  options: {
    ...RUN_OPTIONS,
    all: { type: 'boolean', default: false, describe: 'Every scenario of the catalog' },
  },
  examples: [
    ['run coordinator-crash-before-decision', ''],
    ['run ./my-scenario.yaml --seed 7', ''],
    ['run --all --repeat 10', 'how often each ends in which way'],
  ],
  act: (given, terminal) => runScenarios(listOf(given['scenarios']), given['all'] === true, flagsOf(given), terminal),
};

const SENTENCE_VERBS = {
  kill: {
    describe: 'Kill a node at a step: kill coordinator during prepare',
    examples: [
      'coordinator during prepare',
      'coordinator before force commit then restart after 3s',
      'participant-2 at coordinator after force commit',
    ],
  },
  restart: { describe: 'Kill a node and start it again at once', examples: ['participant-2 after send vote'] },
  pause: { describe: 'Freeze a node for a while', examples: ['coordinator during commit for 5s'] },
  cut: {
    describe: 'Cut nodes off from others for a while',
    examples: [
      'participant-2 from coordinator during commit for 3s',
      'participant-2 from coordinator one-way during commit for 3s',
    ],
  },
  // Not in the help: no protocol has a store yet.
  clock: { describe: false, examples: [] },
} as const;

/** A command for each verb that begins a sentence. */
export const SENTENCES: readonly Command[] = Object.entries(SENTENCE_VERBS).map(([verb, { describe, examples }]) => ({
  words: `${verb} [words..]`,
  describe,
  positionals: { words: { type: 'string', array: true, describe: 'The rest of the sentence' } },
  options: RUN_OPTIONS,
  examples: examples.map((example): Example => [`${verb} ${example}`, '']),
  act: (given, terminal) => runSentence([verb, ...listOf(given['words'])], flagsOf(given), terminal),
}));

export function isSentenceVerb(word: string): boolean {
  return Object.hasOwn(SENTENCE_VERBS, word);
}

/** Scenarios by name or file, each as often as the flags say. */
export async function runScenarios(
  names: readonly string[],
  all: boolean,
  flags: RunFlags,
  terminal: Terminal,
): Promise<number> {
  if (all === names.length > 0) throw new Usage('Name scenarios to run, or say --all. See: txlab scenarios');
  const scenarios = all ? wholeCatalog(flags) : names.map((name) => demand(findScenario(name, flags.overrides)));
  return runAsOftenAsSaid(scenarios, ['run', ...names], flags, terminal);
}

async function runSentence(words: readonly string[], flags: RunFlags, terminal: Terminal): Promise<number> {
  return runAsOftenAsSaid([demand(scenarioFromSentence(words, flags.overrides))], words, flags, terminal);
}

async function runAsOftenAsSaid(
  scenarios: readonly Scenario[],
  words: readonly string[],
  flags: RunFlags,
  terminal: Terminal,
): Promise<number> {
  const { repeat = 1, jobs = defaultJobs() } = flags;
  if (repeat < 1 || jobs < 1) throw new Usage('--repeat and --jobs are at least 1.');
  refuseTooMany(repeat, scenarios.length);
  const [scenario, ...more] = scenarios;
  if (scenario && more.length === 0 && repeat === 1) return runOnce(scenario, words, flags, terminal);
  if (!flags.print) return runMany({ scenarios, repeat, jobs }, flags, terminal);
  terminal.stdout.write(printed(scenarios, flags.json));
  return 0;
}
