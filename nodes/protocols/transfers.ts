// What clients ask of a coordinator and what participants are asked to promise, the same in every commit protocol: transfers between banks.

import type { Transfer } from '../contract/events.ts';
import type { NodeId, TxId } from '../contract/ids.ts';
import type { Change } from './bank.ts';

export type CoordinatorRequest = Transfer | { readonly word: 'dump' };

/** The answers that a transfer can get. No answer at all is the third end, and the client's to call unknown. */
export type TransferAnswer =
  | { readonly word: 'ok'; readonly tx: TxId }
  | { readonly word: 'failed'; readonly tx: TxId | null; readonly reason: string };

/** What every coordinator asks first. */
export interface Prepare {
  readonly word: 'prepare';
  readonly tx: TxId;
  /** Those who will know the end, the one that is asked perhaps among them. */
  readonly participants: readonly NodeId[];
  readonly changes: readonly Change[];
  /** No transaction of this incarnation with a smaller counter is undecided; a late prepare below it is stale. */
  readonly floor: number;
}

/** The body of a coordinator's records: who takes part, and for whom it was done. */
export interface Enlisted {
  readonly participants: readonly NodeId[];
}

/** The body of a participant's prepared record: enough to redo the transaction, to lock again, and to know whom to ask. */
export interface Promised {
  readonly coordinator: NodeId;
  readonly participants: readonly NodeId[];
  readonly changes: readonly Change[];
}

/** Each bank's part of a transfer, by bank. An account that is only looked at changes by nothing. */
export function partsOf({ from, to, amount, reads = [] }: Transfer): Record<string, Change[]> {
  const parts: Record<string, Change[]> = {};
  (parts[from.bank] ??= []).push({ account: from.account, delta: 0 - amount });
  (parts[to.bank] ??= []).push({ account: to.account, delta: amount });
  for (const { bank, account } of reads) (parts[bank] ??= []).push({ account, delta: 0 });
  return parts;
}
