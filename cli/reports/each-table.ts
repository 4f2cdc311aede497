// The end of a fault at every step, as a table: the step, what became of its transaction, and the verdict; then what was not reached.

import { hang } from '../feed/wrap.ts';
import type { Verdict } from '../../scenarios/findings.ts';

export interface EachRow {
  /** Without the node's name. */
  readonly step: string;
  /** How many transactions came there without a fault. */
  readonly came: number;
  /** Null where the step was not reached. */
  readonly end: EachEnd | null;
}

export interface EachEnd {
  /** One, or who decided what; null where the step is of no transaction: a request that has not been taken, say. */
  readonly decision: string | null;
  readonly blocked: readonly { readonly node: string; readonly ms: number }[];
  /** Null where there is no transaction. */
  readonly client: string | null;
  readonly verdict: Verdict['word'];
  readonly reasons: readonly string[];
  readonly folder: string;
}

export function eachEndOf({ target, word, reasons }: Verdict, folder: string): EachEnd {
  const longest = new Map<string, number>();
  for (const { node, blocked, blockedMs } of target?.doubts ?? [])
    if (blocked) longest.set(node, Math.max(longest.get(node) ?? 0, Math.round(blockedMs)));
  const logs = Object.entries(target?.decisions ?? {}).map(([node, said]) => `${node} ${said.join(' then ')}`);
  return {
    decision: target === null ? null : (target.decision ?? (logs.toSorted().join(', ') || 'none')),
    blocked: [...longest].map(([node, ms]) => ({ node, ms })).toSorted((a, b) => a.node.localeCompare(b.node)),
    client: target === null ? null : target.client === 'none' ? 'nothing' : target.client,
    verdict: word,
    reasons,
    folder,
  };
}

/** Reasons are no wider than the terminal; a row is as wide as it is, and so is a folder, which people copy. */
export function eachTable(node: string, rows: readonly EachRow[], columns?: number): readonly string[] {
  const cells = rows.flatMap(({ step, end }) => (end === null ? [] : [{ end, cells: cellsOf(step, end) }]));
  const head = [`step of ${node}`, 'decision', 'blocked', 'client told', 'verdict'];
  const widths = head.map((name, column) =>
    Math.max(name.length, ...cells.map((row) => row.cells[column]?.length ?? 0)),
  );
  const line = (texts: readonly string[]) =>
    texts
      .map((text, column) => text.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd();
  const table = cells.flatMap(({ end, cells: texts }) => [
    line(texts),
    ...(end.verdict === 'as expected'
      ? []
      : [...end.reasons.slice(0, 1).flatMap((reason) => hang('    ', reason, 4, columns)), `    ${end.folder}`]),
  ]);
  return [...(cells.length === 0 ? [] : [line(head), ...table]), ...unreachedLines(rows)];
}

function cellsOf(step: string, { decision, blocked, client, verdict }: EachEnd): readonly string[] {
  const who = blocked.map(({ node, ms }) => `${node} ${(ms / 1000).toFixed(1)} s`).join(', ');
  if (decision === null) return [step, 'no transaction yet', '–', '–', verdict];
  return [step, decision, who || 'nobody', client ?? '–', verdict];
}

function unreachedLines(rows: readonly EachRow[]): readonly string[] {
  const unreached = rows.filter(({ end }) => end === null);
  const never = unreached.filter(({ came }) => came === 0).map(({ step }) => step);
  const seldom = unreached.filter(({ came }) => came > 0).map(({ step, came }) => `${step} (${came})`);
  return [
    ...listed('not reached in the run without a fault', never),
    ...listed('not reached this time, though so many transactions came there without a fault', seldom),
  ];
}

function listed(head: string, steps: readonly string[]): readonly string[] {
  return steps.length === 0 ? [] : ['', `${head}:`, ...steps.map((step) => `  ${step}`)];
}
