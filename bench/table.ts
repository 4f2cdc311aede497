// The results as an aligned table on the screen, and as a table of docs/benchmarks.md between its markers.

import { availableParallelism, cpus } from 'node:os';
import { readFileSync, writeFileSync } from 'node:fs';
import { median } from '../scenarios/judging/statistics.ts';
import { numberText } from './contest.ts';
import type { Row, Values } from './contest.ts';
import type { Engine } from '../compose/engine/port.ts';

export interface Result {
  readonly number: string;
  readonly what: string;
  readonly unit: string;
  readonly ours: number | null;
  readonly peer: number | null;
  readonly peerName: string;
  readonly ratio: number | null;
  readonly bar: Row['bar'] | null;
  /** `goal`: the goal is met, and with it the bar. `–`: only reported, or not measured. */
  readonly met: 'goal' | 'bar' | 'no' | '–';
  /** Values behind the medians, ours and the peer's. */
  readonly samples: readonly [number, number];
  readonly note: string;
}

/** `whyNot` tells why a quantity is missing. */
export function resultOf(row: Row, values: Values, whyNot: (quantity: string) => string | undefined): Result {
  const ours = values.get(row.ours) ?? [];
  const peers = 'value' in row.peer ? [row.peer.value] : (values.get(row.peer.quantity) ?? []);
  // What must hold every time is not a matter of medians.
  const middle = row.unit === '%' ? mean : median;
  const ratio = ours.length > 0 && peers.length > 0 ? middle(ours) / median(peers) : null;
  const missing = [
    ours.length === 0 ? `txlab not measured: ${whyNot(row.ours) ?? 'no value'}` : '',
    peers.length === 0 && 'quantity' in row.peer
      ? `peer not available: ${whyNot(row.peer.quantity) ?? 'no value'}`
      : '',
  ];
  return {
    number: row.number,
    what: row.what,
    unit: row.unit,
    ours: ours.length > 0 ? middle(ours) : null,
    peer: peers.length > 0 ? median(peers) : null,
    peerName: row.peer.name,
    ratio,
    bar: row.bar ?? null,
    met: metOf(row.bar, ratio),
    samples: [ours.length, peers.length],
    note: missing.filter((text) => text !== '').join('; '),
  };
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

function metOf(bar: Row['bar'], ratio: number | null): Result['met'] {
  if (!bar || ratio === null) return '–';
  const meets = (limit: number) => (bar.at === 'most' ? ratio <= limit : ratio >= limit);
  return meets(bar.goal) ? 'goal' : meets(bar.required) ? 'bar' : 'no';
}

const HEAD = ['#', 'quantity', 'txlab', 'compared with', '', 'ratio', 'bar', 'goal', 'met'] as const;
const RIGHT: readonly boolean[] = [false, false, true, false, true, true, false, false, false];

function cells(result: Result): readonly string[] {
  const { number, what, unit, ours, peer, peerName, ratio, bar, met } = result;
  const figure = (value: number | null) =>
    value === null ? '–' : `${numberText(value)}${unit === '' ? '' : ` ${unit}`}`;
  const limit = (value: number | undefined) =>
    bar && value !== undefined ? `${bar.at === 'most' ? '≤' : '≥'} ${value}x` : '–';
  return [
    number,
    what,
    figure(ours),
    peerName,
    figure(peer),
    ratio === null ? '–' : `${numberText(ratio)}x`,
    limit(bar?.required),
    limit(bar?.goal),
    MET[met],
  ];
}

const MET = { goal: '✓ goal', bar: '✓ bar', no: '✗', '–': '–' } as const;

export function tableLines(results: readonly Result[]): readonly string[] {
  const rows = [HEAD, ...results.map(cells)];
  const widths = HEAD.map((_, column) => Math.max(...rows.map((row) => (row[column] ?? '').length)));
  const line = (row: readonly string[]) =>
    row
      .map((cell, column) => (RIGHT[column] ? cell.padStart(widths[column] ?? 0) : cell.padEnd(widths[column] ?? 0)))
      .join('  ')
      .trimEnd();
  const notes = results.filter(({ note }) => note !== '').map(({ number, note }) => `${number}: ${note}`);
  return [...rows.map(line), ...(notes.length > 0 ? ['', ...notes] : [])];
}

/** What a reader must know to judge the figures. */
export function factsLine(engine: Engine, rounds: number, command: string): string {
  const date = new Date().toISOString().slice(0, 10);
  const cpu = cpus()[0]?.model.trim() ?? 'unknown processor';
  const { brand, version, kernel } = engine.facts;
  return `\`${command}\` on ${date}: medians of ${rounds} shuffled rounds; ${availableParallelism()} cores (${cpu}), ${brand} ${version}, kernel ${kernel}, Node ${process.version}.`;
}

/** Writes the table between the markers of a Markdown file. Fails when the markers are missing. */
export function writeMarkdown(path: string, facts: string, results: readonly Result[]): void {
  const text = readFileSync(path, 'utf8');
  const [open, close] = ['<!-- bench -->', '<!-- /bench -->'];
  const [start, end] = [text.indexOf(open), text.indexOf(close)];
  if (start < 0 || end < start) throw new Error(`${path} lacks the markers ${open} and ${close}.`);
  const line = (row: readonly string[]) => `| ${row.join(' | ')} |`;
  const table = [
    line(HEAD),
    line(RIGHT.map((right) => (right ? '---:' : '---'))),
    ...results.map((r) => line(cells(r))),
  ];
  const notes = results.filter(({ note }) => note !== '').map(({ number, note }) => `${number}: ${note}`);
  const content = [facts, '', ...table, ...(notes.length > 0 ? ['', notes.join('. ')] : [])].join('\n');
  writeFileSync(path, `${text.slice(0, start + open.length)}\n${content}\n${text.slice(end)}`);
}
