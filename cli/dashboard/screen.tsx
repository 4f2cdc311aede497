// The dashboard's screen: a pure function of the model and the size of the terminal. Every row is one line, cut at the right.

import { Box, Text } from 'ink';
import { boundMs, isOfLocks, latencies, perSecond, plannedOperations } from '../feed/model.ts';
import { sparkline } from '../feed/series.ts';
import { fits, MIN_SIZE } from './size.ts';
import {
  doingOf,
  evidenceOf,
  findingsOf,
  headlineOf,
  heldText,
  locksOf,
  longestHeldText,
  oldestMs,
  shortStageOf,
  stageOf,
  stateOf,
  operationsOf,
  verdictHeadline,
} from '../feed/phrases.ts';
import { seconds } from '../feed/seconds.ts';
import { NOTHING_ASKED } from './asked.ts';
import { keyRows, nodeDetailRows, subjectRows } from './details.ts';
import { cut, happenedRows, messageRows, ROOMY_COLUMNS, rule } from './rows.ts';
import type { ReactNode } from 'react';
import type { NodeId } from '../../nodes/contract/ids.ts';
import type { Model, NodeModel, Style } from '../feed/model.ts';
import type { Row } from './rows.ts';
import type { Asked } from './asked.ts';
import type { Size } from './size.ts';
import type { Verdict } from '../../scenarios/findings.ts';

export function Screen({ model, asked = NOTHING_ASKED, columns, rows }: ScreenProps): ReactNode {
  if (!fits({ columns, rows }))
    return (
      <Text wrap="truncate">
        terminal too small: {MIN_SIZE.columns}×{MIN_SIZE.rows} needed
      </Text>
    );
  const panel = panelOf(model, asked);
  const top = [
    ...titleRows(model, columns),
    ...faultRows(model, { columns, rows }),
    ...nodeRows(model, { columns, rows }, asked.chosen?.kind === 'node' ? asked.chosen.id : null),
    // A panel needs the room.
    ...(panel === null ? operationRows(model, { columns, rows }) : []),
  ];
  const left = rows - top.length - 1;
  return (
    <Box flexDirection="column" width={columns} height={rows}>
      <Rows rows={top} columns={columns} />
      {panel !== null ? (
        <Rows rows={panel({ columns, rows: left })} columns={columns} height={left} />
      ) : columns >= WIDE ? (
        <SideBySide model={model} columns={columns} rows={left} />
      ) : (
        <Rows rows={stackedRows(model, { columns, rows: left })} columns={columns} height={left} />
      )}
      <Rows rows={[[{ text: FOOTER, style: 'dim' }]]} columns={columns} />
    </Box>
  );
}

interface ScreenProps extends Size {
  readonly model: Model;
  readonly asked?: Asked;
}

const FOOTER = ' q or Ctrl-C stops the run and cleans up · ? lists the keys';

/** In place of what happened and was said, where somebody asked for something. */
function panelOf(model: Model, { keys, chosen }: Asked): ((size: Size) => readonly Row[]) | null {
  if (keys) return ({ columns }) => keyRows(columns);
  if (chosen?.kind === 'subject') return (size) => subjectRows(model, chosen.about, size);
  const node = model.nodes.find(({ id }) => id === chosen?.id);
  return node === undefined ? null : (size) => nodeDetailRows(model, node, size);
}

/** What the dashboard leaves behind: how all of it ended, above the verdict. */
export function LastScreen({ model, columns, verdict }: LastScreenProps): ReactNode {
  const size = { columns, rows: Number.POSITIVE_INFINITY };
  const [title = []] = titleRows(model, columns);
  const rows = [
    title,
    [{ text: ' ' }, verdictHeadline(verdict)],
    ...faultRows(model, size),
    ...nodeRows(model, size),
    ...operationRows(model, size),
    ...lockRows(verdict, columns),
    [],
  ];
  return <Rows rows={rows} columns={columns} />;
}

interface LastScreenProps {
  readonly model: Model;
  readonly columns: number;
  readonly verdict: Pick<Verdict, 'word' | 'locks'>;
}

interface RowsProps {
  readonly rows: readonly Row[];
  readonly columns: number;
  readonly height?: number;
}

function Rows({ rows, columns, height = rows.length }: RowsProps): ReactNode {
  return (
    <Box flexDirection="column" width={columns} height={height} overflow="hidden" flexShrink={0}>
      {rows.slice(0, height).map((row, index) => (
        <Text key={index} wrap="truncate">
          {row.map(({ text, style }, place) => (
            <Text key={place} {...LOOKS[style ?? 'none']}>
              {text}
            </Text>
          ))}
          {/* An empty row keeps its line. */}
          {row.length === 0 ? ' ' : ''}
        </Text>
      ))}
    </Box>
  );
}

/** Where there is room for it, what is known so far and the messages stand side by side, below what happened. */
function SideBySide({ model, columns, rows }: Size & { readonly model: Model }): ReactNode {
  const leftColumns = Math.floor((columns - 1) / 2);
  const rightColumns = columns - leftColumns - 1;
  const findings = findingsOf(model);
  const height = Math.min(Math.max(findings.length + 1, Math.ceil(rows / 3)), rows);
  return (
    <>
      <Rows rows={happenedRows(model, { columns, rows: rows - height })} columns={columns} height={rows - height} />
      <Box width={columns} height={height} columnGap={1}>
        <Rows
          rows={[rule('so far', leftColumns), ...findings.map((finding) => [{ text: ' ' }, finding])]}
          columns={leftColumns}
          height={height}
        />
        <Rows
          rows={messageRows(model, { columns: rightColumns, rows: height })}
          columns={rightColumns}
          height={height}
        />
      </Box>
    </>
  );
}

function stackedRows(model: Model, { columns, rows }: Size): readonly Row[] {
  const findings = rows >= ROOMY_ROWS ? findingsOf(model).slice(0, 5) : [];
  const known =
    findings.length === 0 ? [] : [rule('so far', columns), ...findings.map((finding) => [{ text: ' ' }, finding])];
  const messages = rows < LEAST_ROWS ? 0 : Math.min(Math.ceil((rows - known.length) / 3), 7);
  return [
    ...known,
    ...happenedRows(model, { columns, rows: rows - known.length - messages }),
    ...(messages > 0 ? messageRows(model, { columns, rows: messages }) : []),
  ];
}

function titleRows(model: Model, columns: number): readonly Row[] {
  const { plan, nowMs, openedMs } = model;
  const right = `${plan.protocol} · seed ${plan.seed} · ${seconds(nowMs - openedMs)} `;
  const title = ` txlab  ${plan.title}`;
  const headline = headlineOf(model);
  return [
    [
      { text: cut(title, columns - right.length - 1).padEnd(columns - right.length), style: 'bold' },
      { text: right, style: 'dim' },
    ],
    [{ text: ' ' }, headline],
  ];
}

/** The sentence, where it is at, and what was seen; of several faults on a small screen without the last. */
function faultRows(model: Model, { columns, rows }: Size): readonly Row[] {
  const shown = model.faults.flatMap((fault): Row[] => [
    [{ text: ` ${fault.planned.text}` }],
    [{ text: '   ' }, columns < ROOMY_COLUMNS ? shortStageOf(model, fault) : stageOf(model, fault)],
    ...(isLow(model, rows) ? [] : [[{ text: '   ' }, evidenceOf(fault)]]),
  ]);
  const kept = shown.slice(0, FAULT_ROWS_MAX);
  return [
    rule('fault', columns),
    ...(kept.length > 0 ? kept : [[{ text: ' none is planned', style: 'dim' as const }]]),
  ];
}

/** There is no room for what is only nice to have. */
function isLow({ nodes, faults }: Model, rows: number): boolean {
  return nodes.length + faults.length > TIGHT && rows < ROOMY_SCREEN_ROWS;
}

function nodeRows(model: Model, { columns, rows }: Size, asked: NodeId | null = null): readonly Row[] {
  const nameWidth = Math.max(...model.nodes.map(({ id }) => id.length)) + 1;
  const most = Math.max(rows - (isLow(model, rows) ? LOW_LEAVE_ROWS : NODES_LEAVE_ROWS), 4);
  const shown = model.nodes.length <= most ? model.nodes : notable(model, most - 1, asked);
  const hidden = model.nodes.length - shown.length;
  const counts = columns < ROOMY_COLUMNS || isOfLocks(model) ? [] : COUNTS;
  const heading = `── nodes ${'─'.repeat(Math.max(nameWidth + STATE_WIDTH - 9, 1))} `;
  const names = counts.map((name) => name.padStart(COUNT_WIDTH)).join('');
  const rest = `  ${'─'.repeat(Math.max(columns - heading.length - names.length - 2, 0))}`;
  return [
    counts.length === 0 ? rule('nodes', columns) : [{ text: heading + names + rest, style: 'dim' }],
    ...shown.map((node) => nodeRow(model, node, { nameWidth, counts: counts.length, isAsked: node.id === asked })),
    ...(hidden > 0 ? [[{ text: ` and ${hidden} more`, style: 'dim' as const }]] : []),
  ];
}

/** Where not all fit, the one that is asked for and those that something has happened to come first; the order stays. */
function notable(model: Model, count: number, asked: NodeId | null): readonly NodeModel[] {
  const { nodes } = model;
  const calm = (node: NodeModel) =>
    node.id !== asked && node.state === 'up' && oldestMs(model, node) < boundMs(model) / 2;
  const chosen = new Set([...nodes.filter((node) => !calm(node)), ...nodes.filter(calm)].slice(0, count));
  return nodes.filter((node) => chosen.has(node));
}

interface Columns {
  readonly nameWidth: number;
  /** Of the counts, so many have a column. */
  readonly counts: number;
  readonly isAsked: boolean;
}

function nodeRow(model: Model, node: NodeModel, { nameWidth, counts: shown, isAsked }: Columns): Row {
  const state = stateOf(node);
  const { committed, aborted } = node.counts;
  const counts = [committed, aborted, node.doubts.size, locksOf(node).length].slice(0, shown);
  const doing = doingOf(model, node);
  return [
    { text: `${isAsked ? '▸' : ' '}${node.id.padEnd(nameWidth)}`, style: isAsked ? 'bold' : undefined },
    { text: state.text.padEnd(STATE_WIDTH), style: state.style },
    ...counts.map((count, index) => ({
      text: (node.last === null ? '–' : count === 0 ? '·' : short(count)).padStart(COUNT_WIDTH),
      style: count === 0 ? ('dim' as const) : index < 2 ? undefined : ('magenta' as const),
    })),
    { text: shown > 0 ? '  ' : '' },
    doing,
  ];
}

function operationRows(model: Model, { columns, rows }: Size): readonly Row[] {
  const total = { asked: 0, ok: 0, failed: 0, unknown: 0 };
  for (const { operations } of model.nodes)
    for (const name of ['asked', 'ok', 'failed', 'unknown'] as const) total[name] += operations[name];
  const underWay = total.asked - total.ok - total.failed - total.unknown;
  const cell = columns >= TWO_GRAPHS ? Math.floor((columns - 1) / 2) : columns - 1;
  const width = cell - GRAPH_LABEL - GRAPH_NUMBERS;
  const rate = (name: string, unit: string, values: readonly (number | null)[]): Row => graph(name, unit, values, cell);
  const ok = rate('ok', '/s', perSecond(model, model.rates.ok, width));
  const latency = rate('latency', ' ms', latencies(model, width));
  const sent = rate('messages', '/s', perSecond(model, model.rates.sent, width));
  const forced = rate('forced', '/s', perSecond(model, model.rates.forced, width));
  return [
    rule(operationsOf(model), columns),
    [
      { text: ` ${doneText(total.ok + total.failed + total.unknown, plannedOperations(model))}: ${total.ok} ok` },
      { text: ` · ${total.failed} failed`, style: total.failed > 0 ? 'yellow' : undefined },
      { text: ` · ${total.unknown} unknown`, style: total.unknown > 0 ? 'yellow' : undefined },
      { text: ` · ${underWay} under way` },
    ],
    ...(columns >= TWO_GRAPHS
      ? [
          [...ok, ...latency],
          [...sent, ...forced],
        ]
      : isLow(model, rows)
        ? []
        : [ok, latency]),
  ];
}

/** Nothing where nothing was promised. */
function lockRows({ locks }: LastScreenProps['verdict'], columns: number): readonly Row[] {
  if (!locks) return [];
  const style = locks.longest.open ? ('magenta' as const) : undefined;
  return [
    rule('locks', columns),
    [{ text: ` ${heldText(locks)} (${locks.count} promises)` }],
    [{ text: ` ${longestHeldText(locks)}`, style }],
  ];
}

/** While a fault lasts clients go on, also when they have done all that was planned. */
function doneText(done: number, planned: number | null): string {
  if (planned === null) return `${done} done`;
  return done <= planned ? `${done} of ${planned} done` : `${done} done, ${planned} planned`;
}

/** `name ▁▂▇█▁▁  12 ms, max 40` in exactly `cell` columns. */
function graph(name: string, unit: string, values: readonly (number | null)[], cell: number): Row {
  const known = values.filter((value) => value !== null);
  const now = values.at(-1) ?? null;
  const numbers = `${now === null ? '–' : number(now)}${now === null ? '' : unit}, max ${number(Math.max(0, ...known))}`;
  return [
    { text: ` ${name}`.padEnd(GRAPH_LABEL) },
    { text: sparkline(values), style: 'cyan' },
    { text: `  ${numbers}`.padEnd(cell - GRAPH_LABEL - values.length), style: 'dim' },
  ];
}

/** In five places at most. */
function short(count: number): string {
  return count < 100_000
    ? String(count)
    : count < 10_000_000
      ? `${Math.floor(count / 1000)}k`
      : `${Math.floor(count / 1e6)}M`;
}

function number(value: number): string {
  return value >= 10 || value === 0 ? String(Math.round(value)) : value.toFixed(1);
}

const LOOKS: Readonly<Record<Style | 'none', { readonly [look: string]: string | boolean }>> = {
  none: {},
  dim: { dimColor: true },
  bold: { bold: true },
  cyan: { color: 'cyan' },
  green: { color: 'green' },
  magenta: { color: 'magenta' },
  red: { color: 'red', bold: true },
  yellow: { color: 'yellow' },
};
/** From so many columns on, what is known and what was said stand side by side. */
const WIDE = 150;
const TWO_GRAPHS = 110;
/** More nodes and faults than this are many for a low screen. */
const TIGHT = 5;
/** With fewer, what happened has them all. */
const LEAST_ROWS = 5;
const ROOMY_SCREEN_ROWS = 30;
const ROOMY_ROWS = 14;
const FAULT_ROWS_MAX = 6;
/** What the rest of the screen needs. */
const NODES_LEAVE_ROWS = 18;
const LOW_LEAVE_ROWS = 14;
const STATE_WIDTH = 13;
const COUNTS = ['commit', ' abort', ' doubt', ' locks'] as const;
const COUNT_WIDTH = 6;
const GRAPH_LABEL = 10;
const GRAPH_NUMBERS = 18;
