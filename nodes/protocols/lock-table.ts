// Locks on the keys of one site, from the promise to the decision: strict two-phase locking. Readers share, a writer is alone. Pure state;
// it is made anew from the promises that a log or a checkpoint holds.

import type { TxId } from '../contract/ids.ts';
import type { Lock } from '../contract/workload.ts';

/** Who holds each key, and how. Nearly every key has one holder: a list is enough, and costs a participant much less than a table of each key. */
export type LockTable = Map<string, (readonly [holder: TxId, mode: Lock['mode']])[]>;

/** Somebody else who holds one of these keys in a way that does not go with it; null when all can be had. */
export function holderAgainst(
  table: LockTable,
  tx: TxId,
  locks: readonly Lock[],
): { key: string; holder: TxId } | null {
  for (const { key, mode } of locks) {
    for (const [holder, held] of table.get(key) ?? []) {
      if (holder !== tx && (mode === 'write' || held === 'write')) return { key, holder };
    }
  }
  return null;
}

export function lock(table: LockTable, tx: TxId, locks: readonly Lock[]): void {
  for (const { key, mode } of locks) {
    const holders = table.get(key);
    if (!holders) table.set(key, [[tx, mode]]);
    else hold(holders, tx, mode);
  }
}

function hold(holders: (readonly [TxId, Lock['mode']])[], tx: TxId, mode: Lock['mode']): void {
  const at = holders.findIndex(([holder]) => holder === tx);
  if (at < 0) holders.push([tx, mode]);
  else if (mode === 'write') holders[at] = [tx, mode];
}

export function unlock(table: LockTable, tx: TxId, locks: readonly Lock[]): void {
  for (const { key } of locks) {
    const holders = table.get(key) ?? [];
    const others = isOnly(holders, tx) ? [] : holders.filter(([holder]) => holder !== tx);
    if (others.length > 0) table.set(key, others);
    else table.delete(key);
  }
}

function isOnly(holders: readonly (readonly [TxId, Lock['mode']])[], tx: TxId): boolean {
  return holders.length === 1 && holders[0]?.[0] === tx;
}

/** For dumps. */
export function heldLocks(table: LockTable): readonly { readonly key: string; readonly by: TxId }[] {
  return [...table].flatMap(([key, holders]) => holders.map(([by]) => ({ key, by })));
}
