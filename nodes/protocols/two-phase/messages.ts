// What coordinator and participants say, in every variant of two-phase commit.

import type { Decision, TxId } from '../../contract/ids.ts';
import { isObject, isOneOf, isPlain, isText, type MessageShapes } from '../../contract/shape.ts';
import { isVote, type Vote } from '../../contract/votes.ts';
import { isPrepare, type Prepare } from '../commit-messages.ts';

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

/** Written out, and not put together field by field: most messages of a transaction are such. */
const isBare =
  <Said extends string>(word: Said) =>
  (value: unknown): value is { readonly word: Said; readonly about: TxId } =>
    isPlain(value) && value['word'] === word && typeof value['about'] === 'string';

export const TO_PARTICIPANT: MessageShapes<ToParticipant> = {
  prepare: isPrepare,
  commit: isBare('commit'),
  abort: isBare('abort'),
  inquire: isBare('inquire'),
  outcome: isObject({
    word: isOneOf('outcome'),
    about: isText<TxId>,
    outcome: isOneOf('commit', 'abort', 'in-progress'),
  }),
};

export const TO_COORDINATOR: MessageShapes<ToCoordinator> = {
  vote: isVote('yes', 'no', 'read'),
  ack: isBare('ack'),
  inquire: isBare('inquire'),
};
