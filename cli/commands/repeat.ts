// Scenarios run again and again: how often each ended in which way.

import { randomInt } from 'node:crypto';
import { lastsInAll } from '../../scenarios/language/lasting.ts';
import { loadCatalog, findScenario } from '../../scenarios/language/scenario-catalog.ts';
import { makePlan } from '../../scenarios/plan/plan.ts';
import { filtered, type CatalogFilter } from './catalog-filter.ts';
import { endingText, runBatch } from './batch.ts';
import { demandWritable, writeFiles } from '../reports/run-files.ts';
import { exitCodeOf } from '../exit-codes.ts';
import { hang } from '../feed/wrap.ts';
import { intervalText, rateOf } from '../reports/rate.ts';
import { cellOf, saidOfScenario, writeTablePage } from '../page/run-tables.ts';
import { VERSION } from '../package.ts';
import { demand, Usage } from '../usage.ts';
import type { Scenario } from '../../scenarios/language/scenario.ts';
import type { Terminal } from '../terminal.ts';
import type { FiledRun } from '../reports/summary.ts';
import type { BatchDocument } from '../documents.ts';
import type { DoneRun } from './batch.ts';
import type { RunFlags } from './run-flags.ts';

interface Many {
  readonly scenarios: readonly Scenario[];
  readonly repeat: number;
  /** How many runs are under way at a time. */
  readonly jobs: number;
}

/** The scenarios of the catalog that are meant, as they are: `--protocol` chooses, other overrides fit some of them only. */
export function ofCatalog(flags: RunFlags, filter: Omit<CatalogFilter, 'protocol'>): readonly Scenario[] {
  const { protocol, ...overrides } = flags.overrides;
  const given = Object.keys(overrides).filter((name) => name !== 'timeLimit');
  if (given.length > 0) throw new Usage(`--all runs the scenarios as they are: without --${given.join(', --')}.`);
  const catalog = loadCatalog().map(({ name }) => demand(findScenario(name, overrides)));
  return filtered(catalog, { protocol, ...filter });
}

/** Gives the exit code of the worst verdict. */
export async function runMany({ scenarios, repeat, jobs }: Many, flags: RunFlags, terminal: Terminal): Promise<number> {
  demandWritable(flags.files);
  const base = flags.seed ?? randomInt(1, 1_000_000);
  // The long ones first, lest the last of them run alone.
  const longestFirst = scenarios.toSorted((left, right) => lastsInAll(right) - lastsInAll(left));
  const planned = Array.from({ length: repeat }, (_, round) =>
    longestFirst.map((scenario) => ({ scenario, seed: base + round })),
  ).flat();
  const { done, failure } = await runBatch(planned, { jobs, read: () => null }, flags, terminal);
  const stream = flags.json ? terminal.stderr : terminal.stdout;
  stream.write(`\n${tableOf(done, stream.columns).join('\n')}\n\nruns     ${flags.out}\n`);
  writeFiles(flags.files, done.map(filedOf));
  if (flags.report) stream.write(`report   ${writePage(done, base, flags.out)}\n`);
  if (flags.json) terminal.stdout.write(`${JSON.stringify(documentOf(done), null, 2)}\n`);
  if (failure) throw failure;
  return worstExit(done);
}

function writePage(done: readonly DoneRun[], base: number, out: string): string {
  const byScenario = Map.groupBy(done, ({ planned: { scenario } }) => `${scenario.name} (${scenario.protocol})`);
  const rows = [...byScenario].toSorted(([a], [b]) => a.localeCompare(b));
  const good = done.filter(({ result }) => result.verdict.word === 'as expected').length;
  return writeTablePage(out, `runs-${base}`, {
    title: `${good} of ${done.length} runs as expected`,
    about: `Seeds from ${base}; txlab ${VERSION}. Each leads to the page of its run.`,
    columns: ['came out'],
    rows: rows.map(([title, runs]) => ({
      title,
      cells: [
        runs.map(({ planned: { seed }, result: { verdict, folder } }) => cellOf(saidOfScenario(verdict, seed), folder)),
      ],
    })),
    words: tableOf(done).join('\n'),
  });
}

/** What files say of it. */
export function filedOf({ planned: { scenario, seed }, result: { verdict, folder } }: DoneRun): FiledRun {
  return { plan: makePlan(scenario, seed), verdict, folder };
}

/** One row a scenario and outcome, with its rate. */
export function tableOf(done: readonly DoneRun[], columns?: number): readonly string[] {
  const byScenario = Map.groupBy(done, ({ planned: { scenario } }) => `${scenario.name} (${scenario.protocol})`);
  const width = Math.max(8, ...[...byScenario.keys()].map((name) => name.length));
  // Of how many runs in general so many come: nothing can be said of that after one.
  const isRepeated = [...byScenario.values()].some((runs) => runs.length > 1);
  const rows = [...byScenario].toSorted(([a], [b]) => a.localeCompare(b));
  return rows.flatMap(([name, runs]) => {
    const outcomes = outcomesOf(runs);
    return outcomes.flatMap(({ verdict, outcome, rate }, index) => {
      const interval = isRepeated ? ` ${intervalText(rate).padStart(9)}` : '';
      const head = `${(index === 0 ? name : '').padEnd(width)}  ${`${rate.count}/${rate.of}`.padStart(7)}${interval}  `;
      return hang(head, `${verdict}: ${outcome}`, head.length, columns);
    });
  });
}

/** Each way in which some of these runs of one scenario ended, and how often. */
function outcomesOf(runs: readonly DoneRun[]) {
  const alike = Map.groupBy(runs, ({ result }) => `${result.verdict.word}: ${endingText(result.verdict)}`);
  return [...alike.values()].flatMap((some) =>
    some.slice(0, 1).map(({ result: { verdict } }) => ({
      verdict: verdict.word,
      outcome: endingText(verdict),
      rate: rateOf(some.length, runs.length),
    })),
  );
}

/** What `--json` prints of several runs. */
export function documentOf(done: readonly DoneRun[]): BatchDocument {
  const byScenario = Map.groupBy(done, ({ planned: { scenario } }) => `${scenario.name} ${scenario.protocol}`);
  return {
    asExpected: done.filter(({ result }) => result.verdict.word === 'as expected').length,
    rates: [...byScenario.values()].flatMap((runs) =>
      outcomesOf(runs).map((one) => {
        const { name = '', protocol = '' } = runs[0]?.planned.scenario ?? {};
        return { scenario: name, protocol, ...one };
      }),
    ),
    runs: done.map(({ planned: { scenario, seed }, result: { verdict, folder, left } }) => ({
      scenario: scenario.name,
      protocol: scenario.protocol,
      seed,
      folder,
      verdict: { word: verdict.word, reasons: verdict.reasons },
      outcome: endingText(verdict),
      left,
    })),
  };
}

/** Something left behind, then a broken claim, then what shows nothing. */
export function worstExit(done: readonly DoneRun[]): number {
  const codes = done.map(({ result }) => (result.left.length > 0 ? 5 : exitCodeOf(result.verdict)));
  return [5, 1, 3].find((code) => codes.includes(code)) ?? 0;
}
