// What coordinator and participants say, in every variant of two-phase commit.

import type { Decision, TxId } from '../../contract/ids.ts';
import type { Vote } from '../../contract/votes.ts';
import type { Prepare } from '../commit-messages.ts';

export type ToParticipant =
  | Prepare
  | { readonly word: 'commit'; readonly about: TxId }
  | { readonly word: 'abort'; readonly about: TxId }
  /** From another participant in doubt, where participants help each other. */
  | { readonly word: 'inquire'; readonly about: TxId }
  /** The answer to an inquiry. */
  | { readonly word: 'outcome'; readonly about: TxId; readonly outcome: Decision | 'in-progress' };

export type ToCoordinator =
  | Vote
  | { readonly word: 'ack'; readonly about: TxId }
  | { readonly word: 'inquire'; readonly about: TxId };

export type FromParticipant = ToCoordinator | Extract<ToParticipant, { readonly word: 'outcome' }>;
