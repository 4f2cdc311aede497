// txlab inside a program: a lab that is opened, runs scenarios and sentences, and takes with it everything that it made. What is exported here
// is what a program may rely on.

import { randomInt } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { resolve } from 'node:path';
import { findScenario } from '../scenarios/language/scenario-catalog.ts';
import { formatScenario, parseScenario, scenarioFromSentence } from '../scenarios/language/scenario.ts';
import { makePlan } from '../scenarios/plan/plan.ts';
import { runSetup } from '../compose/setup/setup.ts';
import { isSentenceVerb } from './commands/run-command.ts';
import { openLab } from './lab.ts';
import { demand } from './usage.ts';
import type { Overrides, Scenario } from '../scenarios/language/scenario.ts';
import type { Finding, History, Judgement, Verdict } from '../scenarios/findings.ts';

export { LabError } from '../compose/errors.ts';
export type { Finding, History, Judgement, Verdict };

export interface LabSettings {
  /** The folder that gets a folder for each run; `runs` where the program runs. */
  readonly folder?: string;
  /** Images of your own, by their role, as `{ node: 'my/node:24' }`. */
  readonly images?: Readonly<Record<string, string>>;
  /** Installs and starts an engine where none answers and this machine is one of those for which txlab can do it. */
  readonly setUp?: boolean;
  /** Ends the runs that are under way; they come back interrupted, and nothing of them is left. */
  readonly signal?: AbortSignal;
  /** What is being done, in words. */
  readonly onProgress?: (text: string) => void;
}

/** What is to be other than the scenario says; durations as `600ms` or `2s`. */
export interface RunSettings {
  /** The same seed gives the same operations. */
  readonly seed?: number;
  readonly protocol?: string;
  readonly workload?: string;
  readonly participants?: number;
  readonly transactions?: number;
  readonly clients?: number;
  readonly retry?: string;
  readonly timeouts?: Readonly<Record<string, string>>;
  readonly timeLimit?: string;
}

export interface LabRun {
  readonly verdict: Verdict;
  /** Every event of the run in one order: HISTORY.md describes them. */
  readonly history: History;
  /** Where the run is kept. */
  readonly folder: string;
  readonly seed: number;
  /** What could not be removed from the engine; empty as it should be. */
  readonly left: readonly string[];
}

export interface TransactionLab extends AsyncDisposable {
  /**
   * A sentence, as `kill coordinator during prepare`; the name of a scenario of the catalog; or the path of a YAML file. Runs of one lab may be
   * under way side by side.
   *
   * @throws Error where the words say nothing that can be run: before anything is started, with the place and what is allowed.
   * @throws LabError where the engine or the disk fails.
   */
  run(what: string, settings?: RunSettings): Promise<LabRun>;
  /** The same for the text of a scenario file. */
  runScenario(yaml: string, settings?: RunSettings): Promise<LabRun>;
}

/**
 * Opens a lab on the container engine that answers. Disposing it removes what is left of it; a program that dies without doing so has its
 * containers removed by a watcher.
 *
 * @throws LabError where there is no engine, or an image that is needed cannot be had.
 */
export async function lab(settings: LabSettings = {}): Promise<TransactionLab> {
  const { folder = 'runs', images = {}, setUp = false, signal = NEVER, onProgress = () => {} } = settings;
  const out = resolve(folder);
  mkdirSync(out, { recursive: true });
  const opened = await openLab(
    {
      out,
      images,
      keep: false,
      provide: (say) => runSetup({ yes: setUp, onStep: say }),
      interrupted: signal,
      onRunning: () => {},
    },
    onProgress,
  );
  const run = async (scenario: Scenario, seed = randomInt(1, 1_000_000)): Promise<LabRun> => {
    const {
      verdict,
      history,
      folder: path,
      left,
    } = await opened.run(
      makePlan(scenario, seed),
      formatScenario(scenario),
      (feed) => void (feed.kind === 'progress' && onProgress(feed.text)),
    );
    return { verdict, history, folder: path, seed, left };
  };
  return {
    run: async (what, { seed, ...overrides } = {}) => run(scenarioOf(what, overrides), seed),
    runScenario: async (yaml, { seed, ...overrides } = {}) =>
      run(demand(parseScenario(yaml, { source: 'the scenario', overrides })), seed),
    [Symbol.asyncDispose]: () => opened[Symbol.asyncDispose](),
  };
}

function scenarioOf(what: string, overrides: Overrides): Scenario {
  const [verb = ''] = what.trim().split(/\s+/);
  return demand(isSentenceVerb(verb) ? scenarioFromSentence(what.trim(), overrides) : findScenario(what, overrides));
}

const NEVER = new AbortController().signal;
