// `compare`: the same faults for each of several protocols, and what each makes of them, side by side.

import { randomInt } from 'node:crypto';
import { comparisonOf, type Row } from '../../scenarios/plan/comparison.ts';
import { COMMIT_PROTOCOLS, isCommitProtocol } from '../../nodes/protocols/catalog.ts';
import { priceOf } from '../../scenarios/judging/measured-cost.ts';
import { demandProtocol } from '../known.ts';
import { tableOf } from '../reports/comparison-table.ts';
import { comparisonMarkdown, comparisonText } from '../reports/comparison-text.ts';
import { demand, Usage } from '../usage.ts';
import { refuseTooMany, runBatch } from './batch.ts';
import { listOf } from './options.ts';
import { printed } from './printed.ts';
import { flagsOf, RUN_OPTIONS } from './run-flags.ts';
import type { CommitProtocol } from '../../nodes/contract/protocol.ts';
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
  },
  hidden: ['protocol', 'junit', 'keep'],
  examples: [
    ['compare 2pc 3pc 3pc-quorum', ''],
    ['compare 2pc vs 2pc-cooperative --repeat 5', 'how often each outcome comes'],
  ],
  act: (given, terminal) =>
    compare(listOf(given['protocols']), { ...flagsOf(given), markdown: given['markdown'] === true }, terminal),
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
  const { participants = 2, ...overrides } = flags.overrides;
  const rows = demand(
    comparisonOf(protocols, {
      participants,
      lastMs: LASTS_MS,
      overrides: { ...overrides, timeouts: { blocked: BOUND, ...overrides.timeouts } },
    }),
  );
  const base = flags.seed ?? randomInt(1, 1_000_000);
  refuseTooMany(flags.repeat ?? 1, rows.length * protocols.length);
  const planned = runsOf(rows, base, flags.repeat ?? 1);
  if (flags.print) {
    terminal.stdout.write(
      printed(
        planned.map(({ scenario }) => scenario),
        flags.json,
      ),
    );
    return 0;
  }
  const batch = await runCells(planned, flags, terminal);
  show(tableOf(protocols, rows, participants, batch.done.map(comparedOf)), base, flags, terminal);
  if (batch.failure) throw batch.failure;
  return exitCodeOf(batch.done, planned.length);
}

/** Every fault with every protocol that has its moment, in each round with the next seed. */
function runsOf(rows: readonly Row[], base: number, repeat: number): readonly CellRun[] {
  return Array.from({ length: repeat }, (_, round) =>
    rows.flatMap(({ scenarios }, row) =>
      [...scenarios].flatMap(([protocol, scenario]): CellRun[] =>
        scenario === null ? [] : [{ row, protocol, scenario, seed: base + round }],
      ),
    ),
  ).flat();
}

function runCells(
  planned: readonly CellRun[],
  flags: CompareFlags,
  terminal: Terminal,
): Promise<Batch<CellRun, Price | null>> {
  // Words about the runs go to stderr where stdout carries a document.
  const quiet = { ...flags, json: flags.json || flags.markdown };
  const read = (history: History, { row }: CellRun) => (row === 0 ? priceOf(history) : null);
  // Latencies beside other runs would be theirs.
  const isMeasured = ({ row }: CellRun) => row === 0;
  return runBatch(planned, { jobs: flags.jobs ?? DEFAULT_JOBS, read, isMeasured }, quiet, terminal);
}

function comparedOf({ planned, result, read }: DoneRun<CellRun, Price | null>): ComparedRun {
  return { row: planned.row, protocol: planned.protocol, price: read, verdict: result.verdict };
}

function show(table: Table, seed: number, { json, markdown, out }: CompareFlags, { stdout }: Terminal): void {
  if (json) stdout.write(`${JSON.stringify({ ...table, seed, runs: out }, null, 2)}\n`);
  else if (markdown) stdout.write(comparisonMarkdown(table));
  else stdout.write(`\n${comparisonText(table)}\nruns     ${out}\n`);
}

function exitCodeOf(done: readonly DoneRun[], planned: number): number {
  if (done.some(({ result }) => result.left.length > 0)) return 5;
  const isConclusive = done.length === planned && done.every(({ result }) => result.verdict.word !== 'inconclusive');
  return isConclusive ? 0 : 3;
}

function protocolsOf(words: readonly string[]): readonly CommitProtocol[] {
  const different = [...new Set(words.filter((word) => word !== 'vs').map(demandProtocol))];
  if (different.length < 2)
    throw new Usage(
      `A comparison takes two protocols or more${different[0] ? `; found only ${different[0].name}` : ''}.\nTry: txlab compare 2pc 3pc 3pc-quorum`,
    );
  return different.map((protocol) => {
    if (isCommitProtocol(protocol)) return protocol;
    throw new Usage(
      `${protocol.name} is a ${protocol.family}, and only commit protocols are compared: ${COMMIT_PROTOCOLS.map(({ name }) => name).join(', ')}.\nTry: txlab run --all --protocol ${protocol.name}`,
    );
  });
}

function refuseWhatDoesNotApply({ junit, json, markdown, repeat = 1, jobs = 1, overrides }: CompareFlags): void {
  if (repeat < 1 || jobs < 1) throw new Usage('--repeat and --jobs are at least 1.');
  if (json && markdown) throw new Usage('--json and --markdown are two ways to say the same: choose one.');
  if (junit !== undefined) throw new Usage('--junit is for runs that can fail; a comparison shows, and does not fail.');
  if (overrides.protocol !== undefined) throw new Usage('Name the protocols without --protocol: txlab compare 2pc 3pc');
}

/** One bound for all, or "blocked" would mean something else for each; faults last longer than it. */
const BOUND = '1.5s';
const LASTS_MS = 2500;
const DEFAULT_JOBS = 6;
