// What the nodes of three-phase commit say to each other, in all variants.
//
//   C ──prepare──▶ P   C ◀──vote── P   C ──precommit──▶ P   C ◀──ack── P   C ──commit──▶ P
//
// Epochs number the coordinators of one transaction: 1 is its own; every election adds one.

import {
  isFlag,
  isList,
  isNullOr,
  isNumber,
  isObject,
  isOneOf,
  isText,
  type MessageShapes,
} from '../../contract/shape.ts';
import { isVote, type Vote as AnyVote } from '../../contract/votes.ts';
import { isPrepare, type Prepare } from '../commit-messages.ts';
import type { Decision, NodeId, TxId } from '../../contract/ids.ts';
import type { SiteState } from './termination.ts';

export type Order =
  /** Only to sites that may still commit, or abort: nobody decides before enough of them know that all voted yes, or that it will abort. */
  | { readonly word: 'precommit' | 'preabort'; readonly about: TxId; readonly epoch: number }
  | { readonly word: Decision; readonly about: TxId; readonly epoch: number };

export type Move = Extract<Order, { readonly word: 'precommit' | 'preabort' }>;
export type Told = Extract<Order, { readonly word: Decision }>;

/** Nobody is let off with a look: a read-only part is promised like any other. */
type Vote = AnyVote<'yes' | 'no'>;

export type Question =
  /** To the participant whose turn it is: the coordinator before it has fallen silent. */
  | { readonly word: 'elect'; readonly about: TxId; readonly epoch: number }
  /** From the new coordinator. Whoever answers listens to no older one from then on. */
  | { readonly word: 'state-request'; readonly about: TxId; readonly epoch: number }
  /** From a site that has no right to lead: how did it end? */
  | { readonly word: 'inquire'; readonly about: TxId };

/** The answer to a question; `epoch` is that of a state request, 0 for the other questions. */
export interface Answer extends SiteState {
  readonly word: 'state';
  readonly about: TxId;
  readonly epoch: number;
}

export interface Ack {
  readonly word: 'ack';
  readonly about: TxId;
  readonly epoch: number;
}

export type ToParticipant = Prepare | Order | Question | Answer | Ack;
export type ToCoordinator = Vote | Ack | Answer | Order | Exclude<Question, { readonly word: 'elect' }>;
export type FromCoordinator = Prepare | Order | Answer | Ack | Extract<Question, { readonly word: 'inquire' }>;
export type FromParticipant = Vote | Ack | Answer | Order | Question;

const isStep = <Said extends string>(word: Said) =>
  isObject<{ readonly word: Said; readonly about: TxId; readonly epoch: number }>({
    word: isOneOf(word),
    about: isText,
    epoch: isNumber,
  });

const isAnswer = isObject<Answer>({
  word: isOneOf('state'),
  about: isText,
  epoch: isNumber,
  phase: isOneOf('waiting', 'precommitted', 'preaborted', 'committed', 'aborted', 'none'),
  attempt: isNumber,
  recovered: isFlag,
  up: isNullOr(isList(isText<NodeId>)),
});

const BOTH = {
  ack: isStep('ack'),
  state: isAnswer,
  precommit: isStep('precommit'),
  preabort: isStep('preabort'),
  commit: isStep('commit'),
  abort: isStep('abort'),
  'state-request': isStep('state-request'),
  inquire: isObject<{ readonly word: 'inquire'; readonly about: TxId }>({ word: isOneOf('inquire'), about: isText }),
} as const;

export const TO_COORDINATOR = { vote: isVote('yes', 'no'), ...BOTH } as MessageShapes<ToCoordinator>;
export const TO_PARTICIPANT = {
  prepare: isPrepare,
  elect: isStep('elect'),
  ...BOTH,
} as MessageShapes<ToParticipant>;
