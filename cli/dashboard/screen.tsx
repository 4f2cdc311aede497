// The dashboard's screen: a pure function of the model and the size of the terminal. Every row is one line, cut at the right.

import { Box, Text } from 'ink';
import { boundMs, latencies, perSecond } from '../feed/model.ts';
import { sparkline } from '../feed/series.ts';
import { fits, MIN_SIZE } from './size.ts';
import {
  doingOf,
  evidenceOf,
  findingsOf,
  headlineOf,
  locksOf,
  oldestMs,
  seconds,
  stageOf,
  stateOf,
  operationsOf,
  timeText,
} from '../feed/phrases.ts';
import type { ReactNode } from 'react';
import type { Line, Model, NodeModel, Style } from '../feed/model.ts';
import type { Size } from './size.ts';
import type { Part } from '../feed/phrases.ts';

type Row = readonly Part[];

export function Screen({ model, columns, rows }: Size & { readonly model: Model }): ReactNode {
  if (!fits({ columns, rows }))
    return (
      <Text wrap="truncate">
        terminal too small: {MIN_SIZE.columns}×{MIN_SIZE.rows} needed
      </Text>
    );
  const top = [
    ...titleRows(model, columns),
    ...faultRows(model, { columns, rows }),
    ...nodeRows(model, { columns, rows }),
    ...operationRows(model, columns),
  ];
  const left = rows - top.length - 1;
  return (
    <Box flexDirection="column" width={columns} height={rows}>
      <Rows rows={top} columns={columns} />
      {columns >= WIDE ? (
        <SideBySide model={model} columns={columns} rows={left} />
      ) : (
        <Rows rows={stackedRows(model, { columns, rows: left })} columns={columns} height={left} />
      )}
      <Rows rows={[[{ text: ' q or Ctrl-C stops the run and cleans up', style: 'dim' }]]} columns={columns} />
    </Box>
  );
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

/** Where there is room for it, what is known so far and the messages stand beside what happened. */
function SideBySide({ model, columns, rows }: Size & { readonly model: Model }): ReactNode {
  const leftColumns = Math.floor(columns * 0.58);
  const rightColumns = columns - leftColumns - 1;
  const findings = findingsOf(model).slice(0, Math.max(rows - 4, 0));
  return (
    <Box width={columns} height={rows} columnGap={1}>
      <Rows rows={happenedRows(model, { columns: leftColumns, rows })} columns={leftColumns} height={rows} />
      <Rows
        rows={[
          rule('so far', rightColumns),
          ...findings.map((finding) => [{ text: ' ' }, finding]),
          ...messageRows(model, { columns: rightColumns, rows: rows - findings.length - 1 }),
        ]}
        columns={rightColumns}
        height={rows}
      />
    </Box>
  );
}

function stackedRows(model: Model, { columns, rows }: Size): readonly Row[] {
  const findings = rows >= ROOMY_ROWS ? findingsOf(model).slice(0, 5) : [];
  const known =
    findings.length === 0 ? [] : [rule('so far', columns), ...findings.map((finding) => [{ text: ' ' }, finding])];
  const messages = Math.min(Math.ceil((rows - known.length) / 3), 7);
  return [
    ...known,
    ...happenedRows(model, { columns, rows: rows - known.length - messages }),
    ...messageRows(model, { columns, rows: messages }),
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
  const isTight = model.faults.length > 1 && rows < ROOMY_SCREEN_ROWS;
  const shown = model.faults.flatMap((fault): Row[] => [
    [{ text: ` ${fault.planned.text}` }],
    [{ text: '   ' }, stageOf(model, fault)],
    ...(isTight ? [] : [[{ text: '   ' }, evidenceOf(fault)]]),
  ]);
  const kept = shown.slice(0, FAULT_ROWS_MAX);
  return [
    rule('fault', columns),
    ...(kept.length > 0 ? kept : [[{ text: ' none is planned', style: 'dim' as const }]]),
  ];
}

function nodeRows(model: Model, { columns, rows }: Size): readonly Row[] {
  const nameWidth = Math.max(...model.nodes.map(({ id }) => id.length)) + 1;
  const most = Math.max(rows - NODES_LEAVE_ROWS, 4);
  const shown = model.nodes.length <= most ? model.nodes : notable(model, most - 1);
  const hidden = model.nodes.length - shown.length;
  const heading = `── nodes ${'─'.repeat(Math.max(nameWidth + STATE_WIDTH - 9, 1))} `;
  return [
    [
      { text: heading, style: 'dim' },
      { text: COUNTS.map((name) => name.padStart(COUNT_WIDTH)).join(''), style: 'dim' },
      {
        text: `  ${'─'.repeat(Math.max(columns - heading.length - COUNTS.length * COUNT_WIDTH - 2, 0))}`,
        style: 'dim',
      },
    ],
    ...shown.map((node) => nodeRow(model, node, nameWidth)),
    ...(hidden > 0 ? [[{ text: ` and ${hidden} more`, style: 'dim' as const }]] : []),
  ];
}

/** Where not all fit, those that something has happened to come first; the order stays. */
function notable(model: Model, count: number): readonly NodeModel[] {
  const { nodes } = model;
  const calm = (node: NodeModel) => node.state === 'up' && oldestMs(model, node) < boundMs(model) / 2;
  const chosen = new Set([...nodes.filter((node) => !calm(node)), ...nodes.filter(calm)].slice(0, count));
  return nodes.filter((node) => chosen.has(node));
}

function nodeRow(model: Model, node: NodeModel, nameWidth: number): Row {
  const state = stateOf(node);
  const { committed, aborted } = node.counts;
  const counts = [committed, aborted, node.doubts.size, locksOf(node).length];
  const doing = doingOf(model, node);
  return [
    { text: ` ${node.id.padEnd(nameWidth)}` },
    { text: state.text.padEnd(STATE_WIDTH), style: state.style },
    ...counts.map((count, index) => ({
      text: (node.last === null ? '–' : count === 0 ? '·' : String(count)).padStart(COUNT_WIDTH),
      style: count === 0 ? ('dim' as const) : index < 2 ? undefined : ('magenta' as const),
    })),
    { text: '  ' },
    doing,
  ];
}

function operationRows(model: Model, columns: number): readonly Row[] {
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
      { text: ` ${total.ok} ok` },
      { text: ` · ${total.failed} failed`, style: total.failed > 0 ? 'yellow' : undefined },
      { text: ` · ${total.unknown} unknown`, style: total.unknown > 0 ? 'yellow' : undefined },
      { text: ` · ${underWay} under way` },
    ],
    ...(columns >= TWO_GRAPHS
      ? [
          [...ok, ...latency],
          [...sent, ...forced],
        ]
      : [ok, latency]),
  ];
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

function happenedRows({ lines }: Model, { columns, rows }: Size): readonly Row[] {
  const room = Math.max(rows - 1, 0);
  const shown = lines.slice(Math.max(lines.length - room, 0)).map(lineRow);
  return [rule('what happened', columns), ...shown, ...Array.from({ length: room - shown.length }, (): Row => [])];
}

function lineRow({ word, text, style, ...when }: Line): Row {
  return [
    { text: `${timeText(when)} `, style: 'dim' },
    { text: word.padEnd(10), style },
    { text, style: word === '' ? 'dim' : undefined },
  ];
}

/** Newest last. */
function messageRows(model: Model, { columns, rows }: Size): readonly Row[] {
  const room = Math.max(rows - 1, 0);
  const shown = model.messages.slice(Math.max(model.messages.length - room, 0));
  const nameWidth = Math.max(...model.nodes.map(({ id }) => id.length));
  return [
    rule('last messages', columns),
    ...shown.map(({ from, to, word, about: tx, lost }): Row => [
      { text: ` ${from.padStart(nameWidth)} → ${to.padEnd(nameWidth)}  ` },
      { text: word.padEnd(9), style: 'bold' },
      { text: `${tx}  ` },
      lost ? { text: '✗ lost', style: 'red' } : { text: '' },
    ]),
  ];
}

function rule(name: string, columns: number): Row {
  return [{ text: `── ${name} ${'─'.repeat(Math.max(columns - name.length - 4, 0))}`, style: 'dim' }];
}

function cut(text: string, length: number): string {
  return text.length <= length ? text : `${text.slice(0, length - 1)}…`;
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
/** From so many columns on, what happened and what was said stand side by side. */
const WIDE = 150;
const TWO_GRAPHS = 110;
const ROOMY_SCREEN_ROWS = 30;
const ROOMY_ROWS = 14;
const FAULT_ROWS_MAX = 6;
/** What the rest of the screen needs. */
const NODES_LEAVE_ROWS = 18;
const STATE_WIDTH = 13;
const COUNTS = ['commit', ' abort', ' doubt', ' locks'] as const;
const COUNT_WIDTH = 6;
const GRAPH_LABEL = 10;
const GRAPH_NUMBERS = 18;
