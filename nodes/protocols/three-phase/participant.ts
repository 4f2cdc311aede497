// The participant of three-phase commit: it promises, then hears that all have promised (pre-commit), then the decision. What it
// does when it hears nothing is its variant's: decide alone, or elect one of the participants.
// Skeen, "Nonblocking Commit Protocols", SIGMOD 1981; Bernstein, Hadzilacos, Goodman 1987, section 7.5.

import { unreachable } from '../../contract/invariant.ts';
import { backOff } from '../back-off.ts';
import { reactTo } from '../machine-of.ts';
import { hasTx } from '../tx-set.ts';
import { withCheckpoints } from '../checkpoints.ts';
import { dump, noteAborted, openPromises, remembered, replay, vote, type Guarded, type Voting } from '../prepared.ts';
import {
  coordinatorOf,
  decide as decideHere,
  doubtOf,
  forceStanding,
  move,
  replayStanding,
  send,
  siteOf,
  wait,
} from './doubt.ts';
import { createElection, siteIn, tell } from './election.ts';
import { ruleAlone, ruleOfTotalFailure } from './termination.ts';
import type { NodeId, TxId } from '../../contract/ids.ts';
import type { Effect, Machine, Setup, TimerName } from '../../contract/machine.ts';
import type { LogRecord } from '../../contract/records.ts';
import type { Doubt, ParticipantState, Wait } from './doubt.ts';
import type { Decide, Election } from './election.ts';
import type { Answer, Move, Told, ToParticipant } from './messages.ts';
import type { SealedWorkload } from '../../contract/workload.ts';
import type { Variant } from './variant.ts';

/** What the participants of one kind have in common. */
interface Rules {
  readonly variant: Variant;
  readonly resource: SealedWorkload['resource'];
  readonly election: Election;
  readonly decide: Decide;
}

export function threePhaseParticipant(variant: Variant, { resource }: SealedWorkload): Machine<ParticipantState> {
  const decide: Decide = (state, tx, decision) => decideHere(resource, state, tx, decision);
  const rules: Rules = { variant, resource, election: createElection(variant, decide), decide };
  const react = reactTo<ParticipantState, ToParticipant>({
    started: (state, { log }) => recover(rules, state, log),
    received: (state, { from, message }) => received(rules, state, from, message),
    expired: (state, { timer }) => expired(rules, state, timer),
    asked: (state, input) => dump(resource, state, input),
  });
  return {
    initial: (setup) => initialState(resource, setup),
    next: withCheckpoints(react, (state) => remembered(resource, state)),
  };
}

function received(rules: Rules, state: ParticipantState, from: NodeId, message: ToParticipant): Effect[] {
  switch (message.word) {
    case 'prepare':
      return vote(rules.resource, state, from, message, voting(state));
    case 'precommit':
    case 'preabort':
      return moved(rules, state, from, message);
    case 'commit':
    case 'abort':
      return told(rules, state, from, message);
    case 'ack':
      return rules.election.acknowledged(state, from, message);
    case 'elect':
      return rules.election.elected(state, from, message);
    case 'state-request':
      return rules.election.asked(state, from, message);
    case 'inquire':
      return tell(state, from, { about: message.about, epoch: 0 });
    case 'state':
      return [...rules.election.answered(state, from, message), ...heard(rules, state, from, message)];
    default:
      return unreachable(message);
  }
}

function voting({ terminationMs }: ParticipantState): Voting<Doubt> {
  return {
    doubtOf,
    refusing: 'append',
    thenWait: (tx, doubt) => wait(tx, doubt, 'termination', terminationMs),
  };
}

/** Pre-commit (or pre-abort). From a coordinator that this site no longer listens to it changes nothing. */
function moved(rules: Rules, state: ParticipantState, from: NodeId, { word, about: tx, epoch }: Move): Effect[] {
  const doubt = state.inDoubt.get(tx);
  if (!doubt || !isObeyed(doubt, from, epoch) || (doubt.recovered && !rules.variant.needsQuorum)) return [];
  const ack = send(from, { word: 'ack', about: tx, epoch });
  if (doubt.attempt === epoch) return [ack];
  move(doubt, word === 'precommit' ? 'precommitted' : 'preaborted', epoch);
  const waitMs = epoch === 1 ? state.terminationMs : 2 * state.electionMs;
  return [forceStanding(tx, doubt, word), ack, ...wait(tx, doubt, 'termination', waitMs)];
}

function told(rules: Rules, state: ParticipantState, from: NodeId, { word, about: tx, epoch }: Told): Effect[] {
  const doubt = state.inDoubt.get(tx);
  if (doubt) return isObeyed(doubt, from, epoch) ? rules.decide(state, tx, word) : [];
  // Never promised here: a late prepare of it must not be.
  if (word === 'abort' && !hasTx(state.committed, tx)) noteAborted(state, tx);
  return [];
}

function isObeyed(doubt: Doubt, from: NodeId, epoch: number): boolean {
  return epoch >= doubt.epoch && coordinatorOf(doubt, epoch) === from;
}

function expired(rules: Rules, state: ParticipantState, timer: TimerName): Effect[] {
  const tx = timer.about as TxId;
  const doubt = state.inDoubt.get(tx);
  if (!doubt || doubt.waitsFor !== timer.word) return [];
  switch (timer.word as Wait) {
    case 'termination':
      return silence(rules, state, tx, doubt);
    case 'states':
    case 'acks':
      return rules.election.roundExpired(state, tx);
    case 'inquiry':
      doubt.retries++;
      return [...inquire(state, tx, doubt), ...wait(tx, doubt, 'inquiry', backOff(state.inquiryMs, doubt.retries))];
  }
}

/** Nothing was heard for too long. */
function silence(rules: Rules, state: ParticipantState, tx: TxId, { phase, epoch }: Doubt): Effect[] {
  const waitedFor = phase === 'waiting' ? 'precommit' : 'commit';
  const gaveUp: Effect = { do: 'tell', note: { word: 'gave-up', about: tx, waitedFor } };
  if (rules.variant.elects) return [gaveUp, ...rules.election.next(state, tx)];
  const { do: decision, rule } = ruleAlone(phase);
  return [
    gaveUp,
    { do: 'tell', note: { word: 'terminated', about: tx, decision, epoch, rule }, urgent: true },
    ...rules.decide(state, tx, decision),
  ];
}

/** Locks are taken again before anything is served. Who was down asks how it ended; it decides alone only where its rules.variant says so. */
function recover(rules: Rules, state: ParticipantState, log: readonly LogRecord[]): Effect[] {
  for (const record of log) {
    replay(rules.resource, state, record, doubtOf);
    replayStanding(state, record);
  }
  return [...state.inDoubt].flatMap(([tx, doubt]) => {
    Object.assign(doubt, { recovered: true, waitsFor: null, retries: 0, round: null, heard: {} });
    if (!rules.variant.elects) return wait(tx, doubt, 'termination', state.terminationMs);
    if (rules.variant.needsQuorum)
      return [...inquire(state, tx, doubt), ...wait(tx, doubt, 'termination', state.electionMs)];
    const ended = endTotalFailure(rules, state, tx, doubt);
    if (ended.length > 0) return ended;
    return [...inquire(state, tx, doubt), ...wait(tx, doubt, 'inquiry', state.inquiryMs)];
  });
}

function inquire(state: ParticipantState, tx: TxId, doubt: Doubt): Effect[] {
  const others = sitesOf(doubt).filter((node) => node !== state.self);
  return others.map((to) => send(to, { word: 'inquire', about: tx }));
}

/** To a recovered site, from one that does not know the end either. */
function heard(rules: Rules, state: ParticipantState, from: NodeId, message: Answer): Effect[] {
  const { about: tx } = message;
  const doubt = state.inDoubt.get(tx);
  if (!doubt?.recovered || rules.variant.needsQuorum || message.epoch !== 0 || !sitesOf(doubt).includes(from))
    return [];
  doubt.heard[from] = siteIn(message);
  return endTotalFailure(rules, state, tx, doubt);
}

/** Nobody could tell the end: perhaps everybody was down, and this site knows enough of who went last. */
function endTotalFailure(rules: Rules, state: ParticipantState, tx: TxId, doubt: Doubt): Effect[] {
  const ruling = ruleOfTotalFailure({ ...doubt.heard, [state.self]: siteOf(doubt) }, sitesOf(doubt));
  if (!ruling) return [];
  const { do: decision, rule } = ruling;
  return [
    { do: 'tell', note: { word: 'terminated', about: tx, decision, epoch: doubt.epoch, rule }, urgent: true },
    ...rules.decide(state, tx, decision),
  ];
}

function sitesOf({ coordinator, participants }: Doubt): readonly NodeId[] {
  return [coordinator, ...participants];
}

function initialState(resource: Guarded, setup: Setup): ParticipantState {
  const { timeouts, options, self } = setup;
  return {
    ...openPromises<Doubt>(resource, setup),
    self,
    terminationMs: timeouts['termination'] ?? 700,
    electionMs: timeouts['election'] ?? 250,
    inquiryMs: timeouts['inquiry'] ?? 100,
    coordinatorVotes: options['voters'] !== 'participants',
  };
}
