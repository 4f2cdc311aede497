// What coordinator and participants say, in every variant of two-phase commit.

import type { Decision, TxId } from '../../contract/ids.ts';
import type { Vote } from '../../contract/votes.ts';
import type { Prepare } from '../transfers.ts';

export type ToParticipant =
  | Prepare
  | { readonly word: 'commit'; readonly tx: TxId }
  | { readonly word: 'abort'; readonly tx: TxId }
  /** From another participant in doubt, where participants help each other. */
  | { readonly word: 'inquire'; readonly tx: TxId }
  /** The answer to an inquiry. */
  | { readonly word: 'outcome'; readonly tx: TxId; readonly outcome: Decision | 'in-progress' };

export type ToCoordinator =
  | Vote
  | { readonly word: 'ack'; readonly tx: TxId }
  | { readonly word: 'inquire'; readonly tx: TxId };

export type FromParticipant = ToCoordinator | Extract<ToParticipant, { readonly word: 'outcome' }>;
