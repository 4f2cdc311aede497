// One run: from a scenario to a plan, the run and its verdict.

import { randomInt } from 'node:crypto';
import { formatScenario } from '../../scenarios/scenario.ts';
import { makePlan } from '../../scenarios/plan.ts';
import { unreachable } from '../../nodes/contract/invariant.ts';
import { verdictLines } from '../reports/describe.ts';
import { demandWritable, writeJunit } from '../reports/junit.ts';
import { openLab } from '../lab.ts';
import { paintFor } from '../paint.ts';
import { provideEngine } from '../provide.ts';
import { replayLine } from './replay-line.ts';
import { openView } from '../view.ts';
import type { Overrides, Scenario } from '../../scenarios/scenario.ts';
import type { Verdict } from '../../scenarios/findings.ts';
import type { Plan } from '../../scenarios/plan-types.ts';
import type { World } from '../command-line.ts';
import type { LabOptions, LabResult } from '../lab.ts';

export interface RunFlags {
  readonly out: string;
  readonly json: boolean;
  readonly print: boolean;
  readonly keep: boolean;
  readonly plain: boolean;
  readonly yes: boolean;
  readonly seed: number | undefined;
  /** Absent: once. */
  readonly repeat: number | undefined;
  /** Absent: as many as this machine has use for. */
  readonly jobs: number | undefined;
  /** The file for the verdict as JUnit XML. */
  readonly junit: string | undefined;
  readonly images: Readonly<Record<string, string>>;
  readonly overrides: Overrides;
}

/** One run, watched: every thing that happens, the verdict, and where it is kept. */
export async function runOnce(
  scenario: Scenario,
  words: readonly string[],
  flags: RunFlags,
  world: World,
): Promise<number> {
  const text = formatScenario(scenario);
  if (flags.print) {
    world.stdout.write(text);
    return 0;
  }
  if (flags.junit !== undefined) demandWritable(flags.junit);
  const seed = flags.seed ?? randomInt(1, 1_000_000);
  const plan = makePlan(scenario, seed);
  // People's words go where the machine's document does not.
  const stream = flags.json ? world.stderr : world.stdout;
  const paint = paintFor(stream);
  const write = (line: string) => void stream.write(`${line}\n`);
  write(`${paint('bold', plan.title)}   ${plan.protocol}, ${plan.nodes.length} nodes, seed ${seed}`);
  const view = await openView(plan, stream, flags, world);
  const onInterrupt = () => view.stopping();
  world.interrupted.addEventListener('abort', onInterrupt);
  try {
    await using lab = await openLab(labOptions(flags, world), (progress) =>
      view.show({ kind: 'progress', text: progress }),
    );
    const result = await lab.run(plan, text, (feed) => view.show(feed));
    await view.close();
    for (const line of verdictLines(result.verdict, plan, paint)) write(line);
    for (const line of closingLines(result, replayLine(words, seed, flags), flags.keep)) write(line);
    if (flags.junit !== undefined) writeJunit(flags.junit, [{ verdict: result.verdict, plan }]);
    if (flags.json) world.stdout.write(`${JSON.stringify(documentOf(result, plan), null, 2)}\n`);
    return result.left.length > 0 ? 5 : exitCodeOf(result.verdict);
  } finally {
    world.interrupted.removeEventListener('abort', onInterrupt);
    await view.close();
  }
}

export function labOptions(flags: Pick<RunFlags, 'out' | 'keep' | 'yes' | 'images'>, world: World): LabOptions {
  return {
    out: flags.out,
    keep: flags.keep,
    images: flags.images,
    provide: (say) => provideEngine(flags.yes, world, say),
    interrupted: world.interrupted,
    onRunning: world.onRunning,
  };
}

function closingLines({ folder, left }: LabResult, replay: string, kept: boolean): string[] {
  const rest = kept
    ? 'kept standing as you asked; txlab clean removes it'
    : left.length === 0
      ? 'nothing of this run is left in the engine'
      : `left behind: ${left.join(', ')}`;
  return ['', `run      ${folder}`, `replay   ${replay}`, `cleanup  ${rest}`];
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
