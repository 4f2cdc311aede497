// `run` and the sentences: from words to scenarios, and then one run that is watched or several that are counted.

import { MEDDLINGS } from '../../nodes/contract/meddling.ts';
import { findScenario } from '../../scenarios/language/scenario-catalog.ts';
import { scenarioFromSentence } from '../../scenarios/language/scenario.ts';
import { defaultJobs, refuseTooMany } from './batch.ts';
import { FAULT_OPTION, faultOf, type CatalogFilter } from './catalog-filter.ts';
import { EACH_OPTION, runEach } from './each.ts';
import { ofCatalog, runMany } from './repeat.ts';
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
    all: {
      type: 'boolean',
      default: false,
      describe: 'Every scenario of the catalog, or those with --protocol, --fault and words',
    },
    ...FAULT_OPTION,
  },
  examples: [
    ['run coordinator-crash-before-decision', ''],
    ['run ./my-scenario.yaml --seed 7', ''],
    ['run redlock-pause-past-ttl --report', 'with a page of what happened'],
    ['run --all --repeat 10', 'how often each ends in which way'],
    ['run --all --protocol 3pc --fault pause', 'those of the catalog'],
    ['run --all crash decision', 'those with these words'],
  ],
  act: (given, terminal) => {
    const [words, flags] = [listOf(given['scenarios']), flagsOf(given)];
    if (given['all'] !== true && faultOf(given) !== undefined)
      throw new Usage('--fault chooses from the catalog: say --all, too.');
    return given['all'] === true
      ? runCatalog({ words, fault: faultOf(given) }, flags, terminal)
      : runScenarios(words, flags, terminal);
  },
};

const SENTENCE_VERBS = {
  kill: {
    describe: 'Kill a node at a step: kill coordinator during prepare',
    examples: [
      'coordinator during prepare',
      'coordinator before force commit then restart after 3s',
      'participant-2 at coordinator after force commit',
      'all participants during voted then restart after 2s',
      'coordinator --each',
    ],
  },
  restart: { describe: 'Kill a node and start it again at once', examples: ['participant-2 after send vote'] },
  pause: { describe: 'Freeze a node for a while', examples: ['coordinator during commit for 5s'] },
  cut: {
    describe: 'Cut nodes off from others for a while',
    examples: [
      'participant-2 from coordinator during commit for 3s',
      'participant-2 from coordinator one-way during commit for 3s',
      'coordinator from all participants at 1s for 2s',
    ],
  },
  slow: {
    describe: 'Have every packet between nodes leave later: slow participant-2 from coordinator by 200ms',
    examples: ['participant-2 from coordinator by 200ms', 'coordinator by 1s during commit for 3s'],
  },
  fill: {
    describe: "Fill the disk of a node's log for a while: fill participant-2 disk",
    examples: ['participant-2 disk at 500ms for 2s', 'coordinator disk before force commit for 3s'],
  },
  promote: {
    describe: 'Make a replica a primary, as a failover does: promote redis-2',
    examples: [
      'redis-2 at 1s --protocol redis:failover',
      'redis-2 at lock-client-1 after send read --protocol redis:failover',
    ],
  },
  drop: {
    describe: 'Have messages of one word never leave: drop ack from participant-1 2 times',
    examples: ['ack from participant-1 2 times', 'commit to participant-2 of transaction 20', 'outcome for 2s'],
  },
  duplicate: {
    describe: 'Have messages of one word leave twice: duplicate vote',
    examples: ['vote', 'prepare to participant-2 for 2s'],
  },
  delay: {
    describe: 'Have messages of one word leave later, while others pass: delay commit to participant-2 by 3s',
    examples: [
      'commit to participant-2 by 3s',
      'prepare to participant-2 by 500ms 1 times',
      'prepare to participant-2 by 1s of transaction 20',
    ],
  },
  clock: {
    describe: "Have the clock of a store's server jump for a while: clock redis-3 forward 60s --protocol redlock",
    examples: [
      'redis-3 forward 60s at 1s --protocol redlock',
      'redis-1 back 5s during granted then heal after 2s --protocol redis',
    ],
  },
} as const;

/** What holds where nothing is said. */
const ON_MESSAGES =
  'The rest of the sentence. Where it says no moment, the fault begins with the workload, and lasts for 3 s; --print shows it in full';
const ON_NODES =
  'The rest of the sentence. Where it says no moment, the fault comes during the first phase (2pc: during prepare), of transaction 20, and lasts for 3 s; --print shows it in full';

const ON_REPLICAS =
  'The rest of the sentence. Where it says no moment, the fault comes during the first phase (redis:failover: during acquire), of transaction 20; nothing ends it';

/** A command for each verb that begins a sentence. */
export const SENTENCES: readonly Command[] = Object.entries(SENTENCE_VERBS).map(([verb, { describe, examples }]) => ({
  words: `${verb} [words..]`,
  describe,
  positionals: { words: { type: 'string', array: true, describe: restOf(verb) } },
  options: hitsNodes(verb) ? { ...EACH_OPTION, ...RUN_OPTIONS } : RUN_OPTIONS,
  examples: examples.map((example): Example => [`${verb} ${example}`, '']),
  act: (given, terminal) => {
    const words = [verb, ...listOf(given['words'])];
    return (given['each'] === true ? runEach : runSentence)(words, flagsOf(given), terminal);
  },
}));

function restOf(verb: string): string {
  if (verb === 'promote') return ON_REPLICAS;
  return isMeddling(verb) ? ON_MESSAGES : ON_NODES;
}

function isMeddling(verb: string): boolean {
  return MEDDLINGS.some((one) => one === verb);
}

/** A node has steps of its own, at each of which it can be hit. */
function hitsNodes(verb: string): boolean {
  return ['kill', 'restart', 'pause', 'cut'].includes(verb);
}

export function isSentenceVerb(word: string): boolean {
  return Object.hasOwn(SENTENCE_VERBS, word);
}

/** Scenarios by name or file, each as often as the flags say. */
export async function runScenarios(names: readonly string[], flags: RunFlags, terminal: Terminal): Promise<number> {
  if (names.length === 0) throw new Usage('Name scenarios to run, or say --all. See: txlab scenarios');
  const scenarios = names.map((name) => demand(findScenario(name, flags.overrides)));
  return runAsOftenAsSaid(scenarios, ['run', ...names], flags, terminal);
}

/** One that is left of the catalog is run like one that was named. */
function runCatalog(filter: Omit<CatalogFilter, 'protocol'>, flags: RunFlags, terminal: Terminal): Promise<number> {
  const scenarios = ofCatalog(flags, filter);
  return runAsOftenAsSaid(scenarios, ['run', ...scenarios.map(({ name }) => name)], flags, terminal);
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
