// Locks on the keys of one site, from the promise to the decision: strict two-phase locking. Readers share, a writer is alone. Pure state;
// it is made anew from the promises that a log or a checkpoint holds.

import type { TxId } from '../contract/ids.ts';
import type { Lock } from '../contract/workload.ts';

/** Who holds each key, and how. */
export type LockTable = Map<string, Map<TxId, Lock['mode']>>;

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
    const holders = table.get(key) ?? new Map<TxId, Lock['mode']>();
    if (holders.get(tx) !== 'write') holders.set(tx, mode);
    table.set(key, holders);
  }
}

export function unlock(table: LockTable, tx: TxId, locks: readonly Lock[]): void {
  for (const { key } of locks) {
    const holders = table.get(key);
    holders?.delete(tx);
    if (holders?.size === 0) table.delete(key);
  }
}

/** For dumps. */
export function heldLocks(table: LockTable): readonly { readonly key: string; readonly by: TxId }[] {
  return [...table].flatMap(([key, holders]) => [...holders.keys()].map((by) => ({ key, by })));
}
