// `run` and the sentences: from words to a scenario, a plan, a run and its verdict.

import { randomInt } from 'node:crypto';
import { findScenario } from '../scenarios/catalog.ts';
import { formatScenario, scenarioFromSentence } from '../scenarios/scenario.ts';
import { makePlan } from '../scenarios/plan.ts';
import { unreachable } from '../nodes/contract/invariant.ts';
import { verdictLines } from './describe.ts';
import { runInLab } from './lab.ts';
import { paintFor } from './paint.ts';
import { plainView } from './plain.ts';
import { provideEngine } from './provide.ts';
import { demand } from './usage.ts';
import type { Overrides, Scenario } from '../scenarios/scenario.ts';
import type { Verdict } from '../scenarios/findings.ts';
import type { Plan } from '../scenarios/plan-types.ts';
import type { World } from './commands.ts';
import type { LabResult } from './lab.ts';

export interface RunFlags {
  readonly out: string;
  readonly json: boolean;
  readonly print: boolean;
  readonly keep: boolean;
  readonly yes: boolean;
  readonly seed: number | undefined;
  readonly images: Readonly<Record<string, string>>;
  readonly overrides: Overrides;
}

export async function runScenario(name: string, flags: RunFlags, world: World): Promise<number> {
  return execute(demand(findScenario(name, flags.overrides)), `run ${name}`, flags, world);
}

export async function runSentence(words: readonly string[], flags: RunFlags, world: World): Promise<number> {
  return execute(demand(scenarioFromSentence(words, flags.overrides)), words.join(' '), flags, world);
}

async function execute(scenario: Scenario, words: string, flags: RunFlags, world: World): Promise<number> {
  const text = formatScenario(scenario);
  if (flags.print) {
    world.stdout.write(text);
    return 0;
  }
  const seed = flags.seed ?? randomInt(1, 1_000_000);
  const plan = makePlan(scenario, seed);
  // People's words go where the machine's document does not.
  const stream = flags.json ? world.stderr : world.stdout;
  const paint = paintFor(stream);
  const write = (line: string) => void stream.write(`${line}\n`);
  write(`${paint('bold', plan.title)}   ${plan.protocol}, ${plan.nodes.length} nodes, seed ${seed}`);
  const view = plainView(plan, { write, paint });
  try {
    const result = await runInLab(plan, text, {
      out: flags.out,
      keep: flags.keep,
      provide: (say) => provideEngine(flags.yes, world, say),
      images: flags.images,
      interrupted: world.interrupted,
      onRunning: world.onRunning,
      onFeed: (feed) => view.show(feed),
    });
    for (const line of verdictLines(result.verdict, plan, paint)) write(line);
    for (const line of closingLines(result, `txlab ${words} --seed ${seed}${flagText(flags)}`, flags.keep)) write(line);
    if (flags.json) world.stdout.write(`${JSON.stringify(documentOf(result, plan), null, 2)}\n`);
    return result.left.length > 0 ? 5 : exitCodeOf(result.verdict);
  } finally {
    view.close();
  }
}

function closingLines({ folder, left }: LabResult, replay: string, kept: boolean): string[] {
  const rest = kept
    ? 'kept standing as you asked; txlab clean removes it'
    : left.length === 0
      ? 'nothing of this run is left in the engine'
      : `left behind: ${left.join(', ')}`;
  return ['', `run      ${folder}`, `replay   ${replay}`, `cleanup  ${rest}`];
}

function flagText({ overrides }: RunFlags): string {
  return Object.entries(overrides)
    .map(([name, value]) => ` --${name === 'timeLimit' ? 'time-limit' : name} ${String(value)}`)
    .join('');
}

function documentOf({ verdict, folder, left }: LabResult, plan: Plan): unknown {
  return { scenario: plan.scenario, protocol: plan.protocol, seed: plan.seed, folder, verdict, left };
}

export function exitCodeOf({ word }: Verdict): number {
  switch (word) {
    case 'as expected':
      return 0;
    case 'not as expected':
      return 1;
    case 'inconclusive':
      return 3;
    default:
      return unreachable(word);
  }
}
