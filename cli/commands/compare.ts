// `compare`: the same faults for each of several protocols, and what each makes of them, side by side.

import { randomInt } from 'node:crypto';
import { comparisonOf, type Row } from '../../scenarios/comparison.ts';
import { formatDuration } from '../../scenarios/duration.ts';
import { makePlan } from '../../scenarios/plan.ts';
import { priceOf } from '../../scenarios/price.ts';
import { formatScenario } from '../../scenarios/scenario.ts';
import { runBatch } from './batch.ts';
import { demandProtocol } from '../protocols.ts';
import { demand, Usage } from '../usage.ts';
import type { Protocol } from '../../nodes/contract/catalog.ts';
import type { Price } from '../../scenarios/price.ts';
import type { History, TargetFacts } from '../../scenarios/findings.ts';
import type { DoneRun, PlannedRun } from './batch.ts';
import type { World } from '../command-line.ts';
import type { LabResult } from '../lab.ts';
import type { RunFlags } from './run-once.ts';

export interface CompareFlags extends RunFlags {
  readonly markdown: boolean;
}

interface CellRun extends PlannedRun {
  readonly row: number;
  readonly protocol: string;
}

/** What became of one fault in one protocol. */
interface Ending {
  /** One decision, or who decided what. */
  readonly decision: string;
  readonly diverged: boolean;
  readonly blocked: readonly { readonly node: string; readonly ms: number }[];
  /** The longest that a living participant stood in doubt while the fault lasted. */
  readonly doubtMs: number;
  readonly client: string;
  /** Properties beside non-blocking that did not hold. */
  readonly broken: readonly string[];
  readonly verdict: LabResult['verdict']['word'];
  readonly reason: string;
}

/** Inconclusive cells give 3; that a protocol breaks its promises is what a comparison is there to show, and gives 0. */
export async function compare(words: readonly string[], flags: CompareFlags, world: World): Promise<number> {
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
  const planned = Array.from({ length: flags.repeat ?? 1 }, (_, round) =>
    rows.flatMap(({ scenarios }, row) =>
      [...scenarios].flatMap(([protocol, scenario]): CellRun[] =>
        scenario === null
          ? []
          : [{ row, protocol, plan: makePlan(scenario, base + round), text: formatScenario(scenario) }],
      ),
    ),
  ).flat();
  if (flags.print) {
    world.stdout.write(planned.map(({ text }) => text).join('---\n'));
    return 0;
  }
  // Words about the runs go to stderr where stdout carries a document.
  const quiet = { ...flags, json: flags.json || flags.markdown };
  const { done, failure } = await runBatch(
    planned,
    {
      jobs: flags.jobs ?? DEFAULT_JOBS,
      read: (history: History, { row }: CellRun) => (row === 0 ? priceOf(history) : null),
    },
    quiet,
    world,
  );
  const table = tableOf(protocols, rows, participants, done);
  if (flags.json) world.stdout.write(`${JSON.stringify({ ...table, seed: base, runs: flags.out }, null, 2)}\n`);
  else if (flags.markdown) world.stdout.write(markdownOf(table));
  else world.stdout.write(`\n${textOf(table)}\nruns     ${flags.out}\n`);
  if (failure) throw failure;
  const isConclusive =
    done.length === planned.length && done.every(({ result }) => result.verdict.word !== 'inconclusive');
  return done.some(({ result }) => result.left.length > 0) ? 5 : isConclusive ? 0 : 3;
}

function protocolsOf(words: readonly string[]): readonly Protocol[] {
  const different = [...new Set(words.filter((word) => word !== 'vs').map(demandProtocol))];
  if (different.length < 2)
    throw new Usage(
      `A comparison takes two protocols or more${different[0] ? `; found only ${different[0].name}` : ''}.\nTry: txlab compare 2pc 3pc 3pc-quorum`,
    );
  return different;
}

function refuseWhatDoesNotApply({ junit, json, markdown, repeat = 1, jobs = 1, overrides }: CompareFlags): void {
  if (repeat < 1 || jobs < 1) throw new Usage('--repeat and --jobs are at least 1.');
  if (json && markdown) throw new Usage('--json and --markdown are two ways to say the same: choose one.');
  if (junit !== undefined) throw new Usage('--junit is for runs that can fail; a comparison shows, and does not fail.');
  if (overrides.protocol !== undefined) throw new Usage('Name the protocols without --protocol: txlab compare 2pc 3pc');
}

interface Table {
  readonly protocols: readonly string[];
  readonly costs: readonly Cost[];
  readonly faults: readonly {
    readonly title: string;
    /** By protocol; null where the protocol has no such moment. */
    readonly outcomes: Readonly<Record<string, readonly Ending[] | null>>;
  }[];
}

/** Of one commit without faults, one at a time; the published number beside what was counted. */
interface Cost {
  readonly protocol: string;
  readonly forcedWrites: Counted;
  readonly messages: Counted;
  readonly delays: Counted;
  readonly latencyMs: number | null;
}

interface Counted {
  readonly counted: number | null;
  readonly published: number;
}

function tableOf(
  protocols: readonly Protocol[],
  rows: readonly Row[],
  participants: number,
  done: readonly DoneRun<CellRun, Price | null>[],
): Table {
  const cell = (row: number, protocol: string) =>
    done.filter(({ planned }) => planned.row === row && planned.protocol === protocol);
  return {
    protocols: protocols.map(({ name }) => name),
    costs: protocols.map(({ name, cost, delays }) => {
      const price = cell(0, name)[0]?.read ?? null;
      const published = cost(participants).commit;
      return {
        protocol: name,
        forcedWrites: { counted: price?.forcedWrites ?? null, published: published.forcedWrites },
        messages: { counted: price?.messages ?? null, published: published.messages },
        delays: { counted: price?.delays ?? null, published: delays },
        latencyMs: price?.latencyMs ?? null,
      };
    }),
    faults: rows.map(({ title, scenarios }, row) => {
      const outcomes = Object.fromEntries(
        protocols.map(({ name }) => {
          const hasMoment = scenarios.get(name) !== null;
          return [name, hasMoment ? cell(row, name).map(({ result }) => endingOf(result)) : null];
        }),
      );
      return { title, outcomes };
    }),
  };
}

function endingOf({ verdict }: Pick<LabResult, 'verdict'>): Ending {
  const { target, findings, word, reasons } = verdict;
  return {
    decision: decisionOf(target),
    diverged: new Set(Object.values(target?.decisions ?? {}).flat()).size > 1,
    blocked: blockedOf(target),
    doubtMs: Math.round(Math.max(0, ...(target?.doubts ?? []).map(({ blockedMs }) => blockedMs))),
    client: target === null || target.client === 'none' ? 'nothing' : target.client,
    broken: findings
      .filter(({ property, judgement }) => judgement === 'violated' && property !== 'non-blocking')
      .map(({ property }) => property),
    verdict: word,
    reason: reasons[0] ?? '',
  };
}

function decisionOf(target: TargetFacts | null): string {
  if (target === null) return 'no target';
  if (target.decision !== null) return target.decision;
  const said = Object.entries(target.decisions).map(([node, decisions]) => `${node} ${decisions.join(' then ')}`);
  return said.length === 0 ? 'none' : said.toSorted().join(', ');
}

function blockedOf(target: TargetFacts | null): Ending['blocked'] {
  const longest = new Map<string, number>();
  for (const { node, blocked, blockedMs } of target?.doubts ?? [])
    if (blocked) longest.set(node, Math.max(longest.get(node) ?? 0, Math.round(blockedMs)));
  return [...longest].map(([node, ms]) => ({ node, ms })).toSorted((a, b) => a.node.localeCompare(b.node));
}

// ── words ──

function textOf({ protocols, costs, faults }: Table): string {
  const width = Math.max(...protocols.map((name) => name.length));
  const cost = (label: string, texts: readonly string[]) =>
    `  ${label.padEnd(16)}${texts.map((text) => text.padEnd(Math.max(width, 12) + 2)).join('')}`.trimEnd();
  const lines = [
    'one commit without faults: counted (published)',
    cost('', protocols),
    cost(
      'forced writes',
      costs.map(({ forcedWrites }) => countedText(forcedWrites)),
    ),
    cost(
      'messages',
      costs.map(({ messages }) => countedText(messages)),
    ),
    cost(
      'message delays',
      costs.map(({ delays }) => countedText(delays)),
    ),
    cost(
      'latency, median',
      costs.map(({ latencyMs }) => latencyText(latencyMs)),
    ),
    '',
  ];
  for (const { title, outcomes } of faults) {
    lines.push(title);
    for (const name of protocols)
      for (const text of countedEndings(outcomes[name] ?? null)) lines.push(`  ${name.padEnd(width)}  ${text}`);
    lines.push('');
  }
  return lines.join('\n');
}

function markdownOf({ protocols, costs, faults }: Table): string {
  const row = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  return [
    row(['One commit without faults: counted (published)', ...protocols]),
    row(['---', ...protocols.map(() => '---')]),
    row(['forced writes', ...costs.map(({ forcedWrites }) => countedText(forcedWrites))]),
    row(['messages', ...costs.map(({ messages }) => countedText(messages))]),
    row(['message delays', ...costs.map(({ delays }) => countedText(delays))]),
    row(['latency, median', ...costs.map(({ latencyMs }) => latencyText(latencyMs))]),
    '',
    row(['Fault', ...protocols]),
    row(['---', ...protocols.map(() => '---')]),
    ...faults.map(({ title, outcomes }) =>
      row([title, ...protocols.map((name) => countedEndings(outcomes[name] ?? null).join('<br>'))]),
    ),
    '',
  ].join('\n');
}

/** Outcomes that read alike are counted; how long somebody was blocked is the longest of them. */
function countedEndings(outcomes: readonly Ending[] | null): readonly string[] {
  if (outcomes === null) return ['– (has no such moment)'];
  if (outcomes.length === 0) return ['not run'];
  const alike = Map.groupBy(outcomes, kindOf);
  return [...alike].map(([kind, some]) => {
    const times = outcomes.length === 1 ? '' : `${some.length}/${outcomes.length}  `;
    const ms = Math.max(...some.map(({ doubtMs }) => doubtMs));
    return `${times}${kind}; in doubt ${formatDuration(ms)} at most`;
  });
}

function kindOf({ decision, diverged, blocked, client, broken, verdict, reason }: Ending): string {
  if (verdict === 'inconclusive') return `inconclusive: ${reason}`;
  const who = blocked.length === 0 ? 'nobody blocked' : `${blocked.map(({ node }) => node).join(' and ')} blocked`;
  const also = broken.filter((property) => property !== 'atomicity' || !diverged);
  return [
    diverged ? `DIVERGED: ${decision}` : decision,
    who,
    `client told ${client}`,
    ...(also.length > 0 ? [`${also.join(', ')} broken`] : []),
  ].join('; ');
}

function countedText({ counted, published }: Counted): string {
  if (counted === null) return `not counted (${published})`;
  return `${counted} (${published})${counted === published ? '' : ' !'}`;
}

function latencyText(ms: number | null): string {
  return ms === null ? 'not measured' : `${ms.toFixed(1)} ms`;
}

/** One bound for all, or "blocked" would mean something else for each; faults last longer than it. */
const BOUND = '1.5s';
const LASTS_MS = 2500;
const DEFAULT_JOBS = 6;
