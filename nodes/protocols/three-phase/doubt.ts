// A participant's time in doubt about one transaction: where it stands, the one timer it waits for, and the end.

import { bury, end, type Guarded, type Keeper } from '../prepared.ts';
import { hasTx } from '../tx-set.ts';
import { newStanding, type SiteState, type Standing } from './termination.ts';
import type { Decision, NodeId, TxId } from '../../contract/ids.ts';
import type { Effect, TimerName } from '../../contract/machine.ts';
import type { LogRecord } from '../../contract/records.ts';
import type { Promised } from '../commit-messages.ts';
import type { FromParticipant } from './messages.ts';

export interface Doubt extends Promised, Standing {
  /** Whom this site has not seen fail. */
  up: NodeId[];
  /** It was down since it voted. */
  recovered: boolean;
  waitsFor: Wait | null;
  /** Waits since something was last heard. */
  retries: number;
  /** While this site is the elected coordinator. */
  round: Round | null;
  /** What other sites said of themselves, to a recovered one. */
  heard: Record<NodeId, SiteState>;
}

export type Wait = 'termination' | 'states' | 'acks' | 'inquiry';

export interface Round {
  readonly asked: readonly NodeId[];
  answers: Record<NodeId, SiteState>;
  /** The first move towards a decision, once there is one. */
  move: Moving | null;
}

interface Moving {
  readonly decision: Decision;
  readonly rule: string;
  readonly awaited: readonly NodeId[];
  acks: NodeId[];
}

export interface ParticipantState extends Keeper<Doubt> {
  readonly self: NodeId;
  readonly terminationMs: number;
  readonly electionMs: number;
  readonly inquiryMs: number;
  readonly coordinatorVotes: boolean;
}

export function doubtOf(promised: Promised): Doubt {
  const { coordinator, participants, part } = promised;
  return {
    coordinator,
    participants,
    part,
    ...newStanding(),
    up: [coordinator, ...participants],
    recovered: false,
    waitsFor: null,
    retries: 0,
    round: null,
    heard: {},
  };
}

/** The turns of an election are fixed: the first participant leads epoch 2, the next one epoch 3, and round again. */
export function coordinatorOf({ coordinator, participants }: Promised, epoch: number): NodeId {
  return (epoch > 1 ? participants[(epoch - 2) % participants.length] : coordinator) ?? coordinator;
}

/** Waits for one thing at a time. */
export function wait(tx: TxId, doubt: Doubt, what: Wait, afterMs: number): Effect[] {
  const before = doubt.waitsFor;
  doubt.waitsFor = what;
  return [...(before && before !== what ? [disarm(before, tx)] : []), { do: 'arm', timer: timer(what, tx), afterMs }];
}

/** Durable before anybody may count on it. */
export function forceStanding(tx: TxId, { phase, epoch, attempt, up }: Doubt, word: StandingWord): Effect {
  const body: StandingBody = { phase, epoch, attempt, up: [...up] };
  return { do: 'force', record: { mark: 'other', word, about: tx, body } };
}

type StandingWord = 'epoch' | 'precommit' | 'preabort';
type StandingBody = Standing & Pick<Doubt, 'up'>;

export function replayStanding(state: ParticipantState, record: LogRecord): void {
  const doubt = record.mark === 'other' && record.about ? state.inDoubt.get(record.about) : undefined;
  if (doubt && STANDING_WORDS.includes(record.word)) Object.assign(doubt, record.body as StandingBody);
}

const STANDING_WORDS: readonly string[] = ['epoch', 'precommit', 'preabort'] satisfies readonly StandingWord[];

export function decide(resource: Guarded, state: ParticipantState, tx: TxId, decision: Decision): Effect[] {
  const waited = state.inDoubt.get(tx)?.waitsFor;
  end(resource, state, tx, decision);
  return [
    ...(waited ? [disarm(waited, tx)] : []),
    { do: 'force', record: { mark: 'decision', word: decision, about: tx, decision } },
  ];
}

/** Its own account. Whoever has not voted may abort alone, and does so durably: it must not vote yes on a prepare that comes late. */
export function account(state: ParticipantState, tx: TxId): { readonly first: Effect[]; readonly site: SiteState } {
  const doubt = state.inDoubt.get(tx);
  if (doubt) return { first: [], site: siteOf(doubt) };
  const known = { attempt: 0, recovered: false, up: null };
  if (hasTx(state.committed, tx)) return { first: [], site: { phase: 'committed', ...known } };
  return { first: bury(state, tx, 'force'), site: { phase: 'aborted', ...known } };
}

export function siteOf({ phase, attempt, recovered, up }: Doubt): SiteState {
  return { phase, attempt, recovered, up: [...up] };
}

/** Pre-commit and pre-abort count in this epoch from now on. */
export function move(doubt: Doubt, phase: 'precommitted' | 'preaborted', epoch: number): void {
  Object.assign(doubt, { phase, epoch, attempt: epoch } satisfies Standing);
}

export const timer = (word: Wait, tx: TxId): TimerName => ({ word, about: tx });
const disarm = (word: Wait, tx: TxId): Effect => ({ do: 'disarm', timer: timer(word, tx) });
export const send = (to: NodeId, message: FromParticipant): Effect => ({ do: 'send', to, message });
