// What a load cost, as a table for people and as a document.

import { quantile } from '../../scenarios/judging/statistics.ts';
import type { LoadResult } from '../../scenarios/run/load.ts';

const COLUMNS: readonly (readonly [string, (result: LoadResult) => string])[] = [
  ['clients', ({ clients }) => String(clients)],
  ['commits/s', ({ commitsPerSecond }) => commitsPerSecond.toFixed(0)],
  ['p50 ms', ({ latenciesMs }) => quantile(latenciesMs, 0.5).toFixed(2)],
  ['p90 ms', ({ latenciesMs }) => quantile(latenciesMs, 0.9).toFixed(2)],
  ['p99 ms', ({ latenciesMs }) => quantile(latenciesMs, 0.99).toFixed(2)],
  ['max ms', ({ latenciesMs }) => quantile(latenciesMs, 1).toFixed(2)],
  ['locks p50 ms', ({ locksMs }) => quantile(locksMs, 0.5).toFixed(2)],
  ['locks p99 ms', ({ locksMs }) => quantile(locksMs, 0.99).toFixed(2)],
  ['forced/commit', ({ forcedPerCommit }) => forcedPerCommit.toFixed(2)],
  ['messages/commit', ({ messagesPerCommit }) => messagesPerCommit.toFixed(2)],
  ['commits/fdatasync', ({ commitsPerSync }) => commitsPerSync.toFixed(1)],
  ['aborted', (result) => `${(100 * abortRate(result)).toFixed(1)} %`],
];

export function loadTable(results: readonly LoadResult[]): readonly string[] {
  const rows = [COLUMNS.map(([name]) => name), ...results.map((result) => COLUMNS.map(([, text]) => text(result)))];
  const widths = COLUMNS.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  return ['', ...rows.map((row) => row.map((cell, column) => cell.padStart(widths[column] ?? 0)).join('  '))];
}

function abortRate({ committed, aborted }: Pick<LoadResult, 'committed' | 'aborted'>): number {
  return aborted / Math.max(1, committed + aborted);
}

export function loadDocument({ latenciesMs, locksMs, ...result }: LoadResult): unknown {
  return {
    ...result,
    abortRate: abortRate(result),
    latencyMs: spread(latenciesMs),
    lockedMs: spread(locksMs),
  };
}

function spread(ascending: readonly number[]): unknown {
  const at = (share: number) => quantile(ascending, share);
  return { p50: at(0.5), p90: at(0.9), p99: at(0.99), max: at(1) };
}
