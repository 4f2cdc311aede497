// A sentence with --each: its fault at every step of its node, one run a step, and a table of what became of them.

import { randomInt } from 'node:crypto';
import { defaultJobs, refuseTooMany, runBatch, type Batch, type DoneRun, type PlannedRun } from './batch.ts';
import { eachEndOf, eachTable, type EachRow } from '../reports/each-table.ts';
import { demandWritable, writeFiles } from '../reports/run-files.ts';
import { formatGap, type Step } from '../../nodes/contract/step.ts';
import { isHeld, timesReached } from '../../scenarios/judging/reached.ts';
import { readEach, type Each } from '../../scenarios/language/each.ts';
import { filedOf, worstExit } from './repeat.ts';
import { demand, Usage } from '../usage.ts';
import type { History, Verdict } from '../../scenarios/findings.ts';
import type { Option } from './command.ts';
import type { RunFlags } from './run-flags.ts';
import type { Terminal } from '../terminal.ts';

export const EACH_OPTION = {
  each: { type: 'boolean', default: false, describe: 'At every step of the node, one run a step, and one table' },
} as const satisfies Readonly<Record<string, Option>>;

interface Came {
  readonly step: Step;
  /** How many transactions came there in the run without a fault. */
  readonly came: number;
}

interface StepRun extends PlannedRun {
  readonly step: Step;
}

/** Gives the exit code of the worst verdict; a step that was not reached counts as none. */
export async function runEach(words: readonly string[], flags: RunFlags, terminal: Terminal): Promise<number> {
  const each = demand(readEach(words, flags.overrides));
  const { jobs = defaultJobs() } = flags;
  refuseWhatDoesNotApply({ ...flags, jobs });
  refuseTooMany(1, each.steps.length);
  if (flags.print) return print(each, flags, terminal);
  demandWritable(flags.files);
  const seed = flags.seed ?? randomInt(1, 1_000_000);
  const read = (history: History) => each.steps.map((step): Came => ({ step, came: timesReached(history, step) }));
  const stream = flags.json ? terminal.stderr : terminal.stdout;
  stream.write(`First without a fault: which of ${each.steps.length} steps come, and how often.\n`);
  const first = await runBatch([{ scenario: each.baseline, seed }], { jobs, read }, flags, terminal);
  const steps = first.done[0]?.read ?? [];
  const runs = first.failure ? [] : runsOf(each, steps, seed);
  stream.write('\n');
  const batch: Batch<StepRun, boolean> =
    runs.length === 0
      ? { done: [], failure: null }
      : await runBatch(runs, { jobs, read: isHeld, isUnreached }, flags, terminal);
  const done: readonly DoneRun[] = [...first.done, ...batch.done];
  const rows = rowsOf(steps, batch.done);
  stream.write(`\n${eachTable(each.steps[0]?.node ?? '', rows, stream.columns).join('\n')}\n\nruns     ${flags.out}\n`);
  writeFiles(flags.files, done.map(filedOf));
  if (flags.json)
    terminal.stdout.write(`${JSON.stringify({ seed, node: each.steps[0]?.node, steps: rows }, null, 2)}\n`);
  const failure = first.failure ?? batch.failure;
  if (failure) throw failure;
  return worstExit([...first.done, ...batch.done.filter(counts)]);
}

/** What was never held for a fault shows nothing of it, unless something is broken or stands around all the same. */
function counts({ read: wasHeld, result: { verdict, left } }: DoneRun<StepRun, boolean>): boolean {
  return left.length > 0 || !isUnreached(wasHeld, verdict);
}

function isUnreached(wasHeld: boolean, { word }: Verdict): boolean {
  return !wasHeld && word !== 'not as expected';
}

/** Some steps come by the luck of timing: a quarter of those that came without a fault come again; the usual one where there are enough. */
function runsOf(each: Each, steps: readonly Came[], seed: number): readonly StepRun[] {
  return steps
    .filter(({ came }) => came > 0)
    .map(({ step, came }) => ({
      step,
      scenario: demand(each.scenarioAt(step, Math.min(WARM, Math.ceil(came / 4)))),
      seed,
    }));
}

const WARM = 20;

function rowsOf(steps: readonly Came[], done: readonly DoneRun<StepRun, boolean>[]): readonly EachRow[] {
  return steps.flatMap(({ step, came }): readonly EachRow[] => {
    const found = done.find(({ planned }) => planned.step === step);
    // What Ctrl-C kept from being run is not said to be unreached.
    if (came > 0 && found === undefined) return [];
    const end = found && counts(found) ? eachEndOf(found.result.verdict, found.result.folder) : null;
    return [{ step: formatGap(step.gap), came, end }];
  });
}

function print({ steps, sentenceAt }: Each, { json }: RunFlags, { stdout }: Terminal): number {
  const sentences = steps.map((step) => sentenceAt(step));
  stdout.write(json ? `${JSON.stringify(sentences, null, 2)}\n` : `${sentences.join('\n')}\n`);
  return 0;
}

function refuseWhatDoesNotApply({ repeat, jobs, keep }: RunFlags & { readonly jobs: number }): void {
  if (jobs < 1) throw new Usage('--jobs is at least 1.');
  if (keep) throw new Usage('--keep is for a single run.');
  if (repeat !== undefined)
    throw new Usage('--each runs every step once: without --repeat. For one step often: leave out --each and name it.');
}
