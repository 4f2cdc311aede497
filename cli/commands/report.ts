// `report` and `replay`: what a stored run found, as it was found, and the same run once more.

import { existsSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { findRun, readPlan } from '../../scenarios/run-folder.ts';
import { expectedOf, targetText, verdictLines } from '../reports/describe.ts';
import { paintFor } from '../paint.ts';
import { runScenarios } from './run-command.ts';
import { Usage, demandReadable } from '../usage.ts';
import type { Verdict } from '../../scenarios/findings.ts';
import type { Plan } from '../../scenarios/plan-types.ts';
import type { RunFlags } from './run-once.ts';
import type { World } from '../command-line.ts';

export type ReportFormat = 'text' | 'json' | 'markdown';

/** The verdict as it was stored; `check` judges anew. */
export async function reportStored(name: string, out: string, format: ReportFormat, world: World): Promise<number> {
  const folder = findRun(out, name);
  const plan = await demandReadable(name, () => readPlan(folder));
  const verdict = await demandReadable(name, () => readVerdict(folder));
  const run = basename(folder);
  if (format === 'json') world.stdout.write(`${JSON.stringify({ run, ...headOf(plan), verdict }, null, 2)}\n`);
  else if (format === 'markdown') world.stdout.write(markdownText(run, plan, verdict));
  else {
    const paint = paintFor(world.stdout);
    const lines = [
      `${paint('bold', plan.title)}   ${plan.protocol}, ${plan.nodes.length} nodes, seed ${plan.seed}`,
      ...verdictLines(verdict, plan, paint),
    ];
    world.stdout.write(`${lines.join('\n')}\n\nrun      ${folder}\n`);
  }
  return 0;
}

/** The scenario and the seed are the folder's, whatever has become of the catalog. */
export async function replayStored(name: string, flags: RunFlags, world: World): Promise<number> {
  const folder = findRun(flags.out, name);
  const { seed } = await demandReadable(name, () => readPlan(folder));
  return runScenarios([join(folder, 'scenario.yaml')], false, { ...flags, seed: flags.seed ?? seed }, world);
}

function readVerdict(folder: string): Verdict {
  const file = join(folder, 'verdict.json');
  if (!existsSync(file))
    throw new Usage(
      `${basename(folder)} has no verdict: the run did not finish.\nTry: txlab check ${basename(folder)}`,
    );
  return JSON.parse(readFileSync(file, 'utf8')) as Verdict;
}

function headOf({ scenario, protocol, seed }: Plan): Pick<Plan, 'scenario' | 'protocol' | 'seed'> {
  return { scenario, protocol, seed };
}

function markdownText(run: string, plan: Plan, { word, reasons, findings, target }: Verdict): string {
  const cell = (text: string) => text.replaceAll('|', String.raw`\|`).replaceAll(/\s+/g, ' ');
  return [
    `## ${plan.title}: ${word}`,
    '',
    `Run \`${run}\`: ${plan.protocol}, ${plan.nodes.length} nodes, seed ${plan.seed}.`,
    ...(target === null ? [] : ['', `Target ${targetText(target)}.`]),
    '',
    '| Property | Expected | Found | Reason |',
    '| --- | --- | --- | --- |',
    ...findings.map(
      ({ property, judgement, reason }) =>
        `| ${property} | ${expectedOf(property, plan) ?? 'not promised'} | ${judgement} | ${cell(reason)} |`,
    ),
    '',
    ...reasons.map((reason) => `- ${cell(reason)}`),
    '',
  ].join('\n');
}
