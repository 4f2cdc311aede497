// `compare`: the same faults for each of several protocols, and what each makes of them, side by side.

import { randomInt } from 'node:crypto';
import { comparisonOf, type Row } from '../../scenarios/plan/comparison.ts';
import { PROTOCOLS, isCommitProtocol } from '../../nodes/protocols/catalog.ts';
import { priceOf } from '../../scenarios/judging/measured-cost.ts';
import { demandProtocol } from '../known.ts';
import { tableOf } from '../reports/comparison-table.ts';
import { comparisonMarkdown, comparisonText } from '../reports/comparison-text.ts';
import { lockComparisonOf } from '../../scenarios/plan/lock-comparison.ts';
import { lockFactsOf } from '../../scenarios/judging/lock-facts.ts';
import { lockTableMarkdown, lockTableOf, lockTableText } from '../reports/lock-table.ts';
import { demandWritable, writeText } from '../reports/run-files.ts';
import { cellOf, saidOfCommit, saidOfLock, writeTablePage, type Said } from '../page/run-tables.ts';
import { VERSION } from '../package.ts';
import { demand, Usage } from '../usage.ts';
import { refuseTooMany, runBatch } from './batch.ts';
import { listOf } from './options.ts';
import { printed } from './printed.ts';
import { flagsOf, RUN_OPTIONS } from './run-flags.ts';
import type { LockFacts } from '../../scenarios/judging/lock-facts.ts';
import type { ComparedLock, LockTable } from '../reports/lock-table.ts';
import type { CommitProtocol, Protocol } from '../../nodes/contract/protocol.ts';
import type { History } from '../../scenarios/findings.ts';
import type { Price } from '../../scenarios/judging/measured-cost.ts';
import type { ComparedRun, Table } from '../reports/comparison-table.ts';
import type { Terminal } from '../terminal.ts';
import type { Batch, DoneRun, PlannedRun } from './batch.ts';
import type { Command } from './command.ts';
import type { RunFlags } from './run-flags.ts';

export const COMPARE: Command = {
  words: 'compare <protocols..>',
  describe: 'The same faults for each of several protocols: decisions, who was blocked, what a commit costs',
  positionals: { protocols: { type: 'string', array: true, demandOption: true, describe: 'Two or more' } },
  options: {
    ...RUN_OPTIONS,
    markdown: { type: 'boolean', default: false, describe: 'As Markdown tables on stdout' },
    html: { type: 'boolean', default: false, describe: 'Write a page whose cells lead to the page of each run' },
  },
  hidden: ['protocol', 'junit', 'keep', 'report'],
  examples: [
    ['compare 2pc 3pc 3pc-quorum', ''],
    ['compare 2pc vs 2pc-cooperative --repeat 5', 'how often each outcome comes'],
    ['compare redlock vs zookeeper', ''],
    ['compare redlock vs zookeeper --html', 'a page, which leads to the page of each run'],
  ],
  act: (given, terminal) => {
    const flags = flagsOf(given);
    const report = flags.report || given['html'] === true;
    return compare(listOf(given['protocols']), { ...flags, report, markdown: given['markdown'] === true }, terminal);
  },
};

interface CompareFlags extends RunFlags {
  readonly markdown: boolean;
}

interface CellRun extends PlannedRun {
  readonly row: number;
  readonly protocol: string;
}

/** Inconclusive cells give 3; that a protocol breaks its promises is what a comparison is there to show, and gives 0. */
async function compare(words: readonly string[], flags: CompareFlags, terminal: Terminal): Promise<number> {
  const protocols = protocolsOf(words);
  refuseWhatDoesNotApply(flags);
  const commits = protocols.filter(isCommitProtocol);
  return commits.length > 0 ? compareCommits(commits, flags, terminal) : compareLocks(protocols, flags, terminal);
}

async function compareCommits(
  protocols: readonly CommitProtocol[],
  flags: CompareFlags,
  terminal: Terminal,
): Promise<number> {
  const { participants = 2, ...overrides } = flags.overrides;
  const rows = demand(
    comparisonOf(protocols, {
      participants,
      lastMs: LASTS_MS,
      overrides: { ...overrides, timeouts: { blocked: BOUND, ...overrides.timeouts } },
    }),
  );
  const compared: Compared<Price | null> = {
    names: protocols.map(({ name }) => name),
    rows,
    read: priceOf,
    saidOf: ({ result }) => saidOfCommit(result.verdict),
    documentOf: (done) => commitDocument(tableOf(protocols, rows, participants, done.map(comparedOf))),
  };
  return runRows(compared, flags, terminal);
}

function compareLocks(protocols: readonly Protocol[], flags: CompareFlags, terminal: Terminal): Promise<number> {
  const rows = demand(lockComparisonOf(protocols, flags.overrides));
  const names = protocols.map(({ name }) => name);
  const compared: Compared<LockFacts | null> = {
    names,
    rows,
    read: lockFactsOf,
    saidOf: ({ result, read }) => saidOfLock(result.verdict, read),
    documentOf: (done) => lockDocument(lockTableOf(names, rows, done.map(comparedLockOf))),
  };
  return runRows(compared, flags, terminal);
}

/** What is compared, and how what comes of it is said. */
interface Compared<Read> {
  /** Of the protocols, in the order of the columns. */
  readonly names: readonly string[];
  readonly rows: readonly Row[];
  /** What is kept of a history. */
  readonly read: (history: History) => Read;
  readonly saidOf: (done: DoneRun<CellRun, Read>) => Said;
  readonly documentOf: (done: readonly DoneRun<CellRun, Read>[]) => Document;
}

/** What is shown at the end, in each of the forms that can be asked for. */
interface Document {
  readonly json: object;
  readonly text: () => string;
  readonly markdown: () => string;
}

const commitDocument = (table: Table): Document => ({
  json: table,
  text: () => comparisonText(table),
  markdown: () => comparisonMarkdown(table),
});

const lockDocument = (table: LockTable): Document => ({
  json: table,
  text: () => lockTableText(table),
  markdown: () => lockTableMarkdown(table),
});

/** Runs all rows, and shows what comes of them. */
async function runRows<Read>(compared: Compared<Read>, flags: CompareFlags, terminal: Terminal): Promise<number> {
  const { rows, read, documentOf } = compared;
  const base = flags.seed ?? randomInt(1, 1_000_000);
  refuseTooMany(flags.repeat ?? 1, rows.flatMap(({ scenarios }) => [...scenarios]).length);
  const planned = runsOf(rows, base, flags.repeat ?? 1);
  if (flags.print) {
    const scenarios = planned.map(({ scenario }) => scenario);
    terminal.stdout.write(printed(scenarios, flags.json));
    return 0;
  }
  const batch = await runCells(planned, read, flags, terminal);
  const document = documentOf(batch.done);
  show(document, base, flags, terminal);
  if (flags.report) {
    const path = writePage(compared, batch.done, { base, words: document.text(), out: flags.out });
    (flags.json || flags.markdown ? terminal.stderr : terminal.stdout).write(`report   ${path}\n`);
  }
  if (batch.failure) throw batch.failure;
  return exitCodeOf(batch.done, planned.length);
}

function writePage<Read>(
  { names, rows, saidOf }: Compared<Read>,
  done: readonly DoneRun<CellRun, Read>[],
  { base, words, out }: { readonly base: number; readonly words: string; readonly out: string },
): string {
  const cells = rows.map(({ title, scenarios }, row) => ({
    title,
    cells: names.map((name) =>
      scenarios.get(name) === null
        ? null
        : done
            .filter(({ planned }) => planned.row === row && planned.protocol === name)
            .map((one) => cellOf(saidOf(one), one.result.folder)),
    ),
  }));
  const about = `${done.length} runs with seeds from ${base}; txlab ${VERSION}. Each cell leads to the page of its run.`;
  const page = { title: names.join(' vs '), about, columns: names, rows: cells, words };
  return writeTablePage(out, `compare-${names.join('-')}-${base}`, page);
}

/** Every fault with every protocol that has its moment, in each round with the next seed. */
function runsOf(rows: readonly Row[], base: number, repeat: number): readonly CellRun[] {
  return Array.from({ length: repeat }, (_, round) =>
    rows.flatMap(({ title, scenarios }, row) =>
      [...scenarios].flatMap(([protocol, scenario]): CellRun[] =>
        scenario === null ? [] : [{ row, protocol, scenario, seed: base + round, label: `${protocol}, ${title}` }],
      ),
    ),
  ).flat();
}

function runCells<Read>(
  planned: readonly CellRun[],
  read: (history: History) => Read,
  flags: CompareFlags,
  terminal: Terminal,
): Promise<Batch<CellRun, Read>> {
  // Words about the runs go to stderr where stdout carries a document.
  const quiet = { ...flags, json: flags.json || flags.markdown };
  // Latencies beside other runs would be theirs.
  const isMeasured = ({ row }: CellRun) => row === 0;
  return runBatch(planned, { jobs: flags.jobs ?? DEFAULT_JOBS, read, isMeasured }, quiet, terminal);
}

/** Costs are counted in the first row, which is without a fault. */
function comparedOf({ planned, result, read }: DoneRun<CellRun, Price | null>): ComparedRun {
  const { row, protocol } = planned;
  return { row, protocol, price: row === 0 ? read : null, verdict: result.verdict };
}

function comparedLockOf({ planned, result, read }: DoneRun<CellRun, LockFacts | null>): ComparedLock {
  return { row: planned.row, protocol: planned.protocol, facts: read, verdict: result.verdict };
}

function show(
  document: Document,
  seed: number,
  { json, markdown, out, files }: CompareFlags,
  { stdout }: Terminal,
): void {
  if (files.summary !== undefined) writeText(files.summary, document.markdown());
  if (json) stdout.write(`${JSON.stringify({ ...document.json, seed, runs: out }, null, 2)}\n`);
  else if (markdown) stdout.write(document.markdown());
  else stdout.write(`\n${document.text()}\nruns     ${out}\n`);
}

function exitCodeOf(done: readonly DoneRun[], planned: number): number {
  if (done.some(({ result }) => result.left.length > 0)) return 5;
  const isConclusive = done.length === planned && done.every(({ result }) => result.verdict.word !== 'inconclusive');
  return isConclusive ? 0 : 3;
}

/** All of one family: what a lock does has no measure in what a commit does. */
function protocolsOf(words: readonly string[]): readonly Protocol[] {
  const different = [...new Set(words.filter((word) => word !== 'vs').map(demandProtocol))];
  const [first, ...others] = different;
  if (!first || others.length === 0)
    throw new Usage(
      `A comparison takes two protocols or more${first ? `; found only ${first.name}` : ''}.\nTry: txlab compare 2pc 3pc 3pc-quorum, or txlab compare redlock vs zookeeper`,
    );
  const stranger = others.find((other) => isCommitProtocol(other) !== isCommitProtocol(first));
  if (!stranger) return different;
  const alike = PROTOCOLS.filter((other) => isCommitProtocol(other) === isCommitProtocol(first) && other !== first);
  throw new Usage(
    `${first.name} is a ${first.family} protocol and ${stranger.name} a ${stranger.family} protocol: they cannot be compared.\n${first.name} can be compared with ${alike.map(({ name }) => name).join(', ')}.`,
  );
}

function refuseWhatDoesNotApply({ files, json, markdown, repeat = 1, jobs = 1, overrides }: CompareFlags): void {
  if (repeat < 1 || jobs < 1) throw new Usage('--repeat and --jobs are at least 1.');
  if (json && markdown) throw new Usage('--json and --markdown are two ways to say the same: choose one.');
  if (files.junit !== undefined)
    throw new Usage('--junit is for runs that can fail; a comparison shows, and does not fail.');
  demandWritable(files);
  if (overrides.protocol !== undefined) throw new Usage('Name the protocols without --protocol: txlab compare 2pc 3pc');
}

/** One bound for all, or "blocked" would mean something else for each; faults last longer than it. */
const BOUND = '1.5s';
const LASTS_MS = 2500;
const DEFAULT_JOBS = 6;
