// Several runs in one command, some of them side by side: a line for each as it ends, and how often each ended in which way.

import { randomInt } from 'node:crypto';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { loadCatalog, findScenario } from '../scenarios/catalog.ts';
import { formatScenario } from '../scenarios/scenario.ts';
import { makePlan } from '../scenarios/plan.ts';
import { timeText } from '../scenarios/run-folder.ts';
import { messageOf } from '../compose/errors.ts';
import { blockedWords } from './describe.ts';
import { demandWritable, writeJunit } from './junit.ts';
import { openLab } from './lab.ts';
import { paintFor } from './paint.ts';
import { exitCodeOf, labOptions } from './run.ts';
import { demand, Usage } from './usage.ts';
import type { Scenario } from '../scenarios/scenario.ts';
import type { Verdict } from '../scenarios/findings.ts';
import type { Plan } from '../scenarios/plan-types.ts';
import type { World } from './commands.ts';
import type { LabResult } from './lab.ts';
import type { Paint } from './paint.ts';
import type { RunFlags } from './run.ts';

export interface Batch {
  readonly scenarios: readonly Scenario[];
  readonly repeat: number;
  /** How many runs are under way at a time. */
  readonly jobs: number;
}

interface Done {
  readonly plan: Plan;
  readonly result: LabResult;
}

/** Every scenario of the catalog; `overrides` such as another protocol fit some of them only, so they are refused. */
export function wholeCatalog(flags: RunFlags): readonly Scenario[] {
  const given = Object.keys(flags.overrides).filter((name) => name !== 'timeLimit');
  if (given.length > 0) throw new Usage(`--all runs the scenarios as they are: without --${given.join(', --')}.`);
  return loadCatalog().map(({ name }) => demand(findScenario(name, flags.overrides)));
}

/** As many as keep the processors busy while runs wait for their own faults to last. */
export function defaultJobs(): number {
  return JOBS_PER_CORE * availableParallelism();
}

/** Gives the exit code of the worst verdict. A failure of the environment ends the batch once the runs under way have ended. */
export async function runMany({ scenarios, repeat, jobs }: Batch, flags: RunFlags, world: World): Promise<number> {
  if (flags.keep) throw new Usage('--keep is for a single run.');
  if (flags.junit !== undefined) demandWritable(flags.junit);
  const stream = flags.json ? world.stderr : world.stdout;
  const paint = paintFor(stream);
  const opened = performance.now();
  const say = (text: string) => {
    const seconds = ((performance.now() - opened) / 1000).toFixed(1).padStart(6);
    stream.write(`${paint('dim', `${seconds} s`)}  ${text}\n`);
  };
  const base = flags.seed ?? randomInt(1, 1_000_000);
  const queue = Array.from({ length: repeat }, (_, round) =>
    scenarios.map((scenario) => ({ plan: makePlan(scenario, base + round), text: formatScenario(scenario) })),
  ).flat();
  const total = queue.length;
  const out = join(flags.out, `${timeText(new Date())}-${total}-runs`);
  say(`${paint('bold', `${total} runs`)}, ${Math.min(jobs, total)} at a time, seeds from ${base}`);
  const done: Done[] = [];
  {
    await using lab = await openLab(labOptions({ ...flags, out }, world), say);
    const nodes = Math.max(...queue.map(({ plan }) => plan.nodes.length));
    await lab.standPool(nodes * Math.min(jobs, total));
    let failure: unknown = null;
    const work = async () => {
      for (let next = queue.shift(); next && !failure && !world.interrupted.aborted; next = queue.shift()) {
        try {
          const result = await lab.run(next.plan, next.text, () => {});
          done.push({ plan: next.plan, result });
          for (const line of lineOf(next.plan, result, `${done.length}/${total}`, paint)) say(line);
        } catch (error) {
          failure ??= error;
          say(paint('red', messageOf(error)));
        }
      }
    };
    await Promise.all(Array.from({ length: jobs }, work));
    if (failure) throw failure;
  }
  stream.write(`\n${tableOf(done).join('\n')}\n\nruns     ${out}\n`);
  if (flags.junit !== undefined)
    writeJunit(
      flags.junit,
      done.map(({ plan, result: { verdict } }) => ({ plan, verdict })),
    );
  if (flags.json) world.stdout.write(`${JSON.stringify(documentOf(done), null, 2)}\n`);
  return worst(done.map(({ result }) => (result.left.length > 0 ? 5 : exitCodeOf(result.verdict))));
}

const SIGN = { 'as expected': '✓', 'not as expected': '✗', inconclusive: '?' } as const;
const STYLE = { 'as expected': 'green', 'not as expected': 'red', inconclusive: 'yellow' } as const;

function lineOf(plan: Plan, { verdict, folder, left }: LabResult, count: string, paint: Paint): readonly string[] {
  const head = `${count.padStart(9)}  ${paint(STYLE[verdict.word], `${SIGN[verdict.word]} ${verdict.word.padEnd(15)}`)} ${plan.scenario}, seed ${plan.seed}: ${outcomeOf(verdict)}`;
  const more = verdict.word === 'as expected' ? [] : [...verdict.reasons, folder].map((line) => `             ${line}`);
  return [head, ...more, ...(left.length > 0 ? [`             left behind: ${left.join(', ')}`] : [])];
}

/** The end of the target, short enough to be counted. */
function outcomeOf({ target, findings }: Verdict): string {
  const broken = findings.filter(({ judgement }) => judgement === 'violated').map(({ property }) => property);
  const end = target === null ? 'no target' : `${target.decision ?? 'no single decision'}, ${blockedWords(target)}`;
  const beside = broken.filter((property) => property !== 'non-blocking');
  return beside.length === 0 ? end : `${end}; ${beside.join(', ')} violated`;
}

/** One row a scenario and outcome, with its rate. */
function tableOf(done: readonly Done[]): readonly string[] {
  const byScenario = Map.groupBy(done, ({ plan }) => `${plan.scenario} (${plan.protocol})`);
  const width = Math.max(8, ...[...byScenario.keys()].map((name) => name.length));
  const rows = [...byScenario].toSorted(([a], [b]) => a.localeCompare(b));
  return rows.flatMap(([name, runs]) => {
    const outcomes = Map.groupBy(runs, ({ result }) => `${result.verdict.word}: ${outcomeOf(result.verdict)}`);
    return [...outcomes].map(
      ([outcome, some], index) =>
        `${(index === 0 ? name : '').padEnd(width)}  ${`${some.length}/${runs.length}`.padStart(7)}  ${outcome}`,
    );
  });
}

function documentOf(done: readonly Done[]): unknown {
  return {
    asExpected: done.filter(({ result }) => result.verdict.word === 'as expected').length,
    runs: done.map(({ plan, result: { verdict, folder, left } }) => ({
      scenario: plan.scenario,
      protocol: plan.protocol,
      seed: plan.seed,
      folder,
      verdict: { word: verdict.word, reasons: verdict.reasons },
      outcome: outcomeOf(verdict),
      left,
    })),
  };
}

/** Something left behind, then a broken claim, then what shows nothing. */
function worst(codes: readonly number[]): number {
  return [5, 1, 3].find((code) => codes.includes(code)) ?? 0;
}

const JOBS_PER_CORE = 4;
