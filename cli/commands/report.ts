// `report` and `replay`: what a stored run found, as it was found, and the same run once more.

import { existsSync } from 'node:fs';
import { basename, join } from 'node:path';
import { findRun, readPlan, readRun, readVerdict } from '../../scenarios/run/run-folder.ts';
import { verdictLines } from '../reports/describe.ts';
import { servedAt } from '../reports/event-text.ts';
import { writeReport } from '../page/report-file.ts';
import { mermaidText } from '../page/mermaid.ts';
import { openInBrowser } from '../page/open.ts';
import { storyOf } from '../page/story.ts';
import { programOf } from './replay-line.ts';
import { unreachable } from '../../nodes/contract/invariant.ts';
import { markdownText } from '../reports/verdict-markdown.ts';
import { paintFor } from '../paint.ts';
import { runScenarios } from './run-command.ts';
import { Usage, demandReadable } from '../usage.ts';
import { JSON_OPTION } from './options.ts';
import { flagsOf, RUN_OPTIONS } from './run-flags.ts';
import type { History, Verdict } from '../../scenarios/findings.ts';
import type { Plan } from '../../scenarios/plan/plan-types.ts';
import type { Command, Given, Positional } from './command.ts';
import type { RunFlags } from './run-flags.ts';
import type { Terminal } from '../terminal.ts';

const STORED_RUN: Positional = { type: 'string', demandOption: true, describe: 'A run of txlab runs, or latest' };

export const REPORT: Command = {
  words: 'report <run>',
  describe: 'The verdict of a stored run as it was; check judges anew',
  positionals: { run: STORED_RUN },
  options: {
    ...JSON_OPTION,
    markdown: { type: 'boolean', default: false, describe: 'As a table for a pull request' },
    html: {
      type: 'boolean',
      default: false,
      describe: "Write report.html, with diagram and charts, to the run's folder",
    },
    open: { type: 'boolean', default: false, describe: 'Write report.html, and show it in the browser' },
    mermaid: { type: 'boolean', default: false, describe: 'As a sequence diagram for a document' },
  },
  examples: [
    ['report latest', ''],
    ['report latest --markdown', ''],
    ['report latest --html --open', 'the page of the run, in the browser'],
    ['report latest --mermaid', 'its target as a diagram in Mermaid'],
  ],
  act: (given, terminal) => reportStored(String(given['run']), String(given['out']), formatOf(given), terminal),
};

export const REPLAY: Command = {
  words: 'replay <run>',
  describe: 'Run the scenario of a stored run once more, with its seed',
  positionals: { run: STORED_RUN },
  options: RUN_OPTIONS,
  examples: [['replay latest', '']],
  act: (given, terminal) => replayStored(String(given['run']), flagsOf(given), terminal),
};

type ReportFormat = 'text' | 'json' | 'markdown' | 'html' | 'open' | 'mermaid';

function formatOf(given: Given): ReportFormat {
  const said = (['json', 'markdown', 'mermaid', 'html'] as const).filter((name) => given[name] === true);
  const [format, other] = given['open'] === true && !said.includes('html') ? [...said, 'html' as const] : said;
  if (format !== undefined && other !== undefined) throw new Usage(`Say --${format} or --${other}, not both.`);
  return format === 'html' && given['open'] === true ? 'open' : (format ?? 'text');
}

/** The verdict as it was stored; `check` judges anew. */
async function reportStored(name: string, out: string, format: ReportFormat, terminal: Terminal): Promise<number> {
  const folder = findRun(out, name);
  const plan = await demandReadable(name, () => readPlan(folder));
  const verdict = await demandReadable(name, () => readVerdict(folder));
  if (verdict === null) throw noVerdict(folder);
  const stored = { name, folder, plan, verdict };
  switch (format) {
    case 'json':
      terminal.stdout.write(`${JSON.stringify({ run: basename(folder), ...headOf(plan), verdict }, null, 2)}\n`);
      return 0;
    case 'markdown':
      terminal.stdout.write(markdownText(basename(folder), plan, verdict));
      return 0;
    case 'text':
      return sayVerdict(stored, terminal);
    case 'mermaid':
      terminal.stdout.write(mermaidText(storyOf(await historyOf(stored), verdict).story));
      return 0;
    case 'html':
    case 'open':
      return writePage(stored, format === 'open', terminal);
    default:
      return unreachable(format);
  }
}

interface Stored {
  /** As it was typed. */
  readonly name: string;
  readonly folder: string;
  readonly plan: Plan;
  readonly verdict: Verdict;
}

async function sayVerdict({ name, folder, plan, verdict }: Stored, terminal: Terminal): Promise<number> {
  const paint = paintFor(terminal.stdout);
  const served = await servedIn(name, folder, verdict);
  const lines = [
    `${paint('bold', plan.title)}   ${plan.protocol}, ${plan.nodes.length} nodes, seed ${plan.seed}`,
    ...verdictLines(verdict, plan, { paint, served, columns: terminal.stdout.columns }),
  ];
  terminal.stdout.write(`${lines.join('\n')}\n\nrun      ${folder}\n`);
  return 0;
}

async function writePage(stored: Stored, isOpened: boolean, terminal: Terminal): Promise<number> {
  const path = writeReport({ ...stored, history: await historyOf(stored), program: programOf(terminal) });
  terminal.stdout.write(`report   ${path}\n`);
  if (isOpened && !(await openInBrowser(path, terminal.env)))
    terminal.stderr.write('There is no browser here that could show it: open that file in yours.\n');
  return 0;
}

function historyOf({ name, folder }: Stored): Promise<History> {
  return demandReadable(name, () => readRun(folder));
}

/** Only where an event is to be shown, and by the clock of the history where that is gone: a verdict can be read without it. */
async function servedIn(name: string, folder: string, { findings }: Verdict): Promise<number> {
  const isGone = !['history.jsonl', 'lab.jsonl'].some((file) => existsSync(join(folder, file)));
  if (isGone || findings.every(({ events }) => events.length === 0)) return 0;
  return servedAt((await demandReadable(name, () => readRun(folder))).events);
}

/** The scenario and the seed are the folder's, whatever has become of the catalog. */
async function replayStored(name: string, flags: RunFlags, terminal: Terminal): Promise<number> {
  const folder = findRun(flags.out, name);
  const { seed } = await demandReadable(name, () => readPlan(folder));
  return runScenarios([join(folder, 'scenario.yaml')], { ...flags, seed: flags.seed ?? seed }, terminal);
}

function noVerdict(folder: string): Usage {
  return new Usage(`${basename(folder)} has no verdict: the run did not finish.\nTry: txlab check ${basename(folder)}`);
}

function headOf({ scenario, protocol, seed }: Plan): Pick<Plan, 'scenario' | 'protocol' | 'seed'> {
  return { scenario, protocol, seed };
}
