// What coordinator and participants say and write down, in every variant of two-phase commit.

import type { Decision, NodeId, TxId } from '../../contract/ids.ts';
import type { Transfer } from '../../contract/events.ts';
import type { Change } from '../bank.ts';

export type ToParticipant =
  /** `participants`: those who will know the end, this one perhaps among them. `floor`: no transaction of this incarnation with a smaller counter is undecided; a late prepare below it is stale. */
  | {
      readonly word: 'prepare';
      readonly tx: TxId;
      readonly participants: readonly NodeId[];
      readonly changes: readonly Change[];
      readonly floor: number;
    }
  | { readonly word: 'commit'; readonly tx: TxId }
  | { readonly word: 'abort'; readonly tx: TxId }
  /** From another participant in doubt, where participants help each other. */
  | { readonly word: 'inquire'; readonly tx: TxId }
  /** The answer to an inquiry. */
  | { readonly word: 'outcome'; readonly tx: TxId; readonly outcome: Decision | 'in-progress' };

/** `read`: this part changes nothing, so its participant needs no decision, and is not told one. */
export type Vote = 'yes' | 'no' | 'read';

export type ToCoordinator =
  | { readonly word: 'vote'; readonly tx: TxId; readonly vote: Vote }
  | { readonly word: 'ack'; readonly tx: TxId }
  | { readonly word: 'inquire'; readonly tx: TxId };

export type FromParticipant = ToCoordinator | Extract<ToParticipant, { readonly word: 'outcome' }>;

export type CoordinatorRequest = Transfer | { readonly word: 'dump' };

/** The answers that a transfer can get. No answer at all is the third end, and the client's to call unknown. */
export type TransferAnswer =
  | { readonly word: 'ok'; readonly tx: TxId }
  | { readonly word: 'failed'; readonly tx: TxId | null; readonly reason: string };

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
