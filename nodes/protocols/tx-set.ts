// Many transactions in little room: a participant remembers every one that it has ever committed, and copies them with each checkpoint.
// Plain JSON, as all state of a machine.

import type { TxId } from '../contract/ids.ts';

/** By `<coordinator>.<incarnation>`, ranges of counters, first and last: ascending and with gaps between them. */
export type TxSet = Record<string, [first: number, last: number][]>;

export function hasTx(set: TxSet, tx: TxId): boolean {
  const { run, counter } = partsOf(tx);
  const ranges = set[run] ?? [];
  const last = ranges[lastFrom(ranges, counter)]?.[1];
  return last !== undefined && counter <= last;
}

export function addTx(set: TxSet, tx: TxId): void {
  const { run, counter } = partsOf(tx);
  const ranges = (set[run] ??= []);
  const at = lastFrom(ranges, counter);
  const [before, after] = [ranges[at], ranges[at + 1]];
  if (before && counter <= before[1]) return;
  const [first, last] = [
    before?.[1] === counter - 1 ? before[0] : counter,
    after?.[0] === counter + 1 ? after[1] : counter,
  ];
  const joined = Number(first < counter) + Number(last > counter);
  ranges.splice(first < counter ? at : at + 1, joined, [first, last]);
}

/** The last range that begins at or before this counter, or -1. New transactions are at the end. */
function lastFrom(ranges: TxSet[string], counter: number): number {
  return ranges.findLastIndex(([first]) => first <= counter);
}

/** Not `parseTxId`: `c.1.01` is none of `c.1.1`, and an id is looked at twice with every transaction. What is no id is a run of its own. */
function partsOf(tx: TxId): { readonly run: string; readonly counter: number } {
  const dot = tx.lastIndexOf('.');
  const counter = Number(tx.slice(dot + 1));
  return counter >= 1 && counter < Infinity && tx.endsWith(`.${counter}`)
    ? { run: tx.slice(0, dot), counter }
    : { run: tx, counter: 0 };
}
