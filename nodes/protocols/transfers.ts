// What clients ask of a coordinator and what participants are asked to promise, the same in every commit protocol: transfers between banks.

import { splitTxId, txId } from '../contract/ids.ts';
import type { Transfer } from '../contract/events.ts';
import type { NodeId, OpId, TxId } from '../contract/ids.ts';
import type { Effect } from '../contract/machine.ts';
import { isReadOnly, type Change } from './bank.ts';

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

/** What a coordinator numbers its transactions by. */
interface Numbering {
  readonly self: NodeId;
  readonly nodes: readonly NodeId[];
  readonly incarnation: number;
  /** Of the newest transaction. */
  counter: number;
}

interface Opened {
  readonly tx: TxId;
  readonly participants: readonly NodeId[];
  /** Of these, who has something to change. */
  readonly writers: readonly NodeId[];
  /** The first effects of the transaction; `first` comes between the note that it began and the prepares, `floor` into these. */
  readonly ask: (first: readonly Effect[], floor: number) => readonly Effect[];
}

/**
 * A new transaction for this transfer; or the answer that there can be none. Where participants vote `read`, those with nothing to change
 * never learn the end, and nobody should ask them for it.
 */
export function openTransfer(
  state: Numbering,
  { by, op, transfer }: { readonly by: NodeId; readonly op: OpId; readonly transfer: Transfer },
  votesRead = false,
): Opened | Effect {
  const parts = partsOf(transfer);
  const stranger = (Object.keys(parts) as NodeId[]).find((bank) => !state.nodes.includes(bank));
  if (stranger) return answerTransfer(by, op, { word: 'failed', tx: null, reason: `there is no bank ${stranger}` });
  const participants = state.nodes.filter((node) => node in parts);
  const tx = txId({ coordinator: state.self, incarnation: state.incarnation, counter: ++state.counter });
  const writers = votesRead ? participants.filter((bank) => !isReadOnly(parts[bank] ?? [])) : participants;
  const prepare = (to: NodeId, floor: number): Effect => {
    const message: Prepare = { word: 'prepare', tx, participants: writers, changes: parts[to] ?? [], floor };
    return { do: 'send', to, message };
  };
  return {
    tx,
    participants,
    writers,
    ask: (first, floor) => [
      { do: 'tell', note: { about: 'began', tx, op, participants } },
      ...first,
      ...participants.map((to) => prepare(to, floor)),
    ],
  };
}

export function answerTransfer(to: NodeId, op: OpId, said: TransferAnswer): Effect {
  return { do: 'answer', to, op, answer: said };
}

/** The smallest counter that is undecided: transactions stand in this table in the order in which they began. */
export function oldestOf(undecided: ReadonlyMap<TxId, unknown>): number {
  const [oldest = ''] = undecided.keys();
  return splitTxId(oldest)?.counter ?? 0;
}

/** Each bank's part of a transfer, by bank. An account that is only looked at changes by nothing. */
function partsOf({ from, to, amount, reads = [] }: Transfer): Record<string, Change[]> {
  const parts: Record<string, Change[]> = {};
  (parts[from.bank] ??= []).push({ account: from.account, delta: 0 - amount });
  (parts[to.bank] ??= []).push({ account: to.account, delta: amount });
  for (const { bank, account } of reads) (parts[bank] ??= []).push({ account, delta: 0 });
  return parts;
}
