// The resource that participants guard: integer money in accounts, strict locks, and a journal of who changed what.
// Pure state without a protocol: every commit protocol's participant keeps one and rebuilds it from its log.

import { invariant } from '../contract/invariant.ts';
import { copyOf } from './copy.ts';
import type { StateDump } from '../contract/events.ts';
import type { TxId } from '../contract/ids.ts';

/** One participant's part of a transaction: what it adds to which account. */
export interface Change {
  readonly account: string;
  readonly delta: number;
}

interface Account {
  balance: number;
  journal: { tx: TxId; delta: number }[];
}

export interface Bank {
  accounts: Record<string, Account>;
  /** Exclusive, taken at prepare and kept until the decision: strict two-phase locking. */
  locks: Record<string, TxId>;
}

export type Refusal =
  | { readonly reason: 'overdraft' | 'unknown-account' }
  | { readonly reason: 'locked'; readonly holder: TxId };

export function openBank(opening: Readonly<Record<string, number>>): Bank {
  const accounts: Bank['accounts'] = {};
  for (const [name, balance] of Object.entries(opening)) accounts[name] = { balance, journal: [] };
  return { accounts, locks: {} };
}

/** Why this transaction cannot be promised, or null when it can. Changes nothing. */
export function refusal(bank: Bank, tx: TxId, changes: readonly Change[]): Refusal | null {
  for (const { account } of changes) {
    const found = bank.accounts[account];
    if (!found) return { reason: 'unknown-account' };
    const holder = bank.locks[account];
    if (holder !== undefined && holder !== tx) return { reason: 'locked', holder };
    // Several changes of one account are judged together.
    const sum = changes.reduce(
      (total, change) => total + (change.account === account ? change.delta : 0),
      found.balance,
    );
    if (sum < 0) return { reason: 'overdraft' };
  }
  return null;
}

/** A part that only looks at accounts. */
export function isReadOnly(changes: readonly Change[]): boolean {
  return changes.every(({ delta }) => delta === 0);
}

/** Takes the locks of a transaction that was promised, at prepare and again after a restart. */
export function lock(bank: Bank, tx: TxId, changes: readonly Change[]): void {
  for (const { account } of changes) bank.locks[account] = tx;
}

/** Applies the changes and notes them in the journals. Once per transaction: the caller knows which are done. */
export function apply(bank: Bank, tx: TxId, changes: readonly Change[]): void {
  for (const { account, delta } of changes) {
    const found = bank.accounts[account];
    invariant(found, `${tx} was prepared on an account that does not exist: ${account}`);
    if (delta === 0) continue;
    found.balance += delta;
    found.journal.push({ tx, delta });
  }
}

export function unlock(bank: Bank, tx: TxId, changes: readonly Change[]): void {
  for (const { account } of changes) if (bank.locks[account] === tx) delete bank.locks[account];
}

export function dumpBank(bank: Bank): Pick<StateDump, 'accounts' | 'locks'> {
  const locks = Object.entries(bank.locks).map(([account, tx]) => ({ account, tx }));
  return { accounts: copyOf(bank.accounts), locks };
}
