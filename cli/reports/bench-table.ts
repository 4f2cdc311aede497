// What a load cost, as a table for people and as a document.

import { quantile } from '../../scenarios/judging/statistics.ts';
import type { LoadResult } from '../../scenarios/run/load.ts';
import type { LockLoadResult } from '../../scenarios/run/lock-load.ts';

const COLUMNS: Columns<LoadResult> = [
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

type Columns<Result> = readonly (readonly [string, (result: Result) => string])[];

const LOCK_COLUMNS: Columns<LockLoadResult> = [
  ['clients', ({ clients }) => String(clients)],
  ['locks', ({ locks }) => (locks === 'one' ? 'one for all' : 'one each')],
  ['done/s', ({ perSecond }) => perSecond.toFixed(0)],
  ['lock p50 ms', ({ acquireMs }) => msOf(acquireMs, 0.5)],
  ['lock p99 ms', ({ acquireMs }) => msOf(acquireMs, 0.99)],
  ['whole p50 ms', ({ wholeMs }) => msOf(wholeMs, 0.5)],
  ['whole p99 ms', ({ wholeMs }) => msOf(wholeMs, 0.99)],
  ['fairness', ({ fairness }) => fairness.toFixed(3)],
  ['requests/done', ({ asksPerDone }) => asksPerDone.toFixed(1)],
  ['failed', ({ failed }) => String(failed)],
];

/** Nothing was measured where there is no lock to wait for. */
function msOf(ascending: readonly number[], share: number): string {
  return ascending.length === 0 ? '–' : quantile(ascending, share).toFixed(2);
}

export function loadTable(results: readonly LoadResult[]): readonly string[] {
  return tableOf(COLUMNS, results);
}

export function lockLoadTable(results: readonly LockLoadResult[]): readonly string[] {
  return tableOf(LOCK_COLUMNS, results);
}

function tableOf<Result>(columns: Columns<Result>, results: readonly Result[]): readonly string[] {
  const rows = [columns.map(([name]) => name), ...results.map((result) => columns.map(([, text]) => text(result)))];
  const widths = columns.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
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

export function lockLoadDocument({ acquireMs, wholeMs, ...result }: LockLoadResult): unknown {
  return { ...result, acquireMs: acquireMs.length === 0 ? null : spread(acquireMs), wholeMs: spread(wholeMs) };
}

function spread(ascending: readonly number[]): unknown {
  const at = (share: number) => quantile(ascending, share);
  return { p50: at(0.5), p90: at(0.9), p99: at(0.99), max: at(1) };
}
