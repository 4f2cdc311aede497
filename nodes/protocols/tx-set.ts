// Many transactions in little room: a participant remembers every one that it has ever committed, and copies them with each checkpoint.

import { splitTxId } from '../contract/ids.ts';
import type { TxId } from '../contract/ids.ts';

/** Of counters, first and last: ascending and with gaps between them. */
export type Ranges = [first: number, last: number][];

/** By `<coordinator>.<incarnation>`. */
export type TxSet = Map<string, Ranges>;

export function hasTx(set: TxSet, tx: TxId): boolean {
  const { run, counter } = partsOf(tx);
  const ranges = set.get(run) ?? [];
  const last = ranges[lastFrom(ranges, counter)]?.[1];
  return last !== undefined && counter <= last;
}

export function addTx(set: TxSet, tx: TxId): void {
  const { run, counter } = partsOf(tx);
  const ranges = set.get(run) ?? [];
  set.set(run, ranges);
  const at = lastFrom(ranges, counter);
  const [before, after] = [ranges[at], ranges[at + 1]];
  if (before && counter <= before[1]) return;
  // As nearly all are: the next one, and the last.
  if (before && !after && before[1] === counter - 1) {
    before[1] = counter;
    return;
  }
  const [first, last] = [
    before?.[1] === counter - 1 ? before[0] : counter,
    after?.[0] === counter + 1 ? after[1] : counter,
  ];
  const joined = Number(first < counter) + Number(last > counter);
  ranges.splice(first < counter ? at : at + 1, joined, [first, last]);
}

/** The last range that begins at or before this counter, or -1. New transactions are at the end. */
function lastFrom(ranges: Ranges, counter: number): number {
  return ranges.findLastIndex(([first]) => first <= counter);
}

/** What is no id is a run of its own. */
function partsOf(tx: TxId): { readonly run: string; readonly counter: number } {
  return splitTxId(tx) ?? { run: tx, counter: NO_COUNTER };
}

const NO_COUNTER = -1;
