// Errors of two-phase commit: votes, decisions, locks, tombstones and acknowledgements.

import { lock } from '../../../nodes/protocols/lock-table.ts';
import { afterwards, first, heard, isRecord, isSend, twisted, type Plant, type Twist } from './twist.ts';
import type { TxId } from '../../../nodes/contract/ids.ts';
import type { Effect, Input } from '../../../nodes/contract/machine.ts';
import type { Vote } from '../../../nodes/contract/votes.ts';
import type { Prepare } from '../../../nodes/protocols/commit-messages.ts';
import type { CoordinatorState } from '../../../nodes/protocols/two-phase/coordinator.ts';
import type { ToCoordinator, ToParticipant } from '../../../nodes/protocols/two-phase/messages.ts';
import type { ParticipantState } from '../../../nodes/protocols/two-phase/participant.ts';

type Preparing = CoordinatorState['preparing'] extends Map<TxId, infer One> ? One : never;
type Told = Extract<ToParticipant, { readonly word: 'commit' }>;
type Acknowledgement = Extract<ToCoordinator, { readonly word: 'ack' }>;

// ── locks ──

const votesNo = (effect: Effect) => isSend(effect, 'vote') && (effect.message as Vote).vote === 'no';

const keepsLocksOfRefusals: Twist<ParticipantState> = (state, input, { next, resource }) => {
  const effects = next(state, input);
  const prepare = heard<Prepare>(input, 'prepare');
  if (prepare && effects.some(votesNo)) lock(state.locks, prepare.about, resource.locksOf(prepare.part));
  return effects;
};

const keepsLocksOfAborts: Twist<ParticipantState> = (state, input, { next, resource }) => {
  const about = input.kind === 'received' ? (input.message.about as TxId) : null;
  const doubt = about === null ? undefined : state.inDoubt.get(about);
  const effects = next(state, input);
  if (about !== null && doubt && effects.some((effect) => isRecord(effect, 'abort')))
    lock(state.locks, about, resource.locksOf(doubt.part));
  return effects;
};

const takesNoLocksAgain: Twist<ParticipantState> = (state, input, { next }) => {
  const effects = next(state, input);
  if (input.kind === 'started') state.locks.clear();
  return effects;
};

/** Not before it has served others: only when it asks for the second time again, which is later than any client comes again. */
function takesLocksAgainLate(): Twist<ParticipantState> {
  const asked = new Set<TxId>();
  return (state, input, inner) => {
    const effects = takesNoLocksAgain(state, input, inner);
    const about = input.kind === 'expired' ? (input.timer.about as TxId) : null;
    const doubt = about === null ? undefined : state.inDoubt.get(about);
    if (about === null || !doubt) return effects;
    if (asked.has(about)) lock(state.locks, about, inner.resource.locksOf(doubt.part));
    asked.add(about);
    return effects;
  };
}

// ── votes ──

/** Whoever is only to look agrees at once, and has nothing to do with the rest. */
const agreesWithoutLooking: Twist<ParticipantState> = (state, input, { next, resource }) => {
  const prepare = heard<Prepare>(input, 'prepare');
  if (prepare && input.kind === 'received' && resource.isReadOnly(prepare.part))
    return [
      { do: 'tell', note: { word: 'read', about: prepare.about } },
      { do: 'send', to: input.from, message: { word: 'vote', about: prepare.about, vote: 'read' } satisfies Vote },
    ];
  const effects = next(state, input);
  const commit = heard<Told>(input, 'commit');
  if (!commit || input.kind !== 'received' || effects.length > 0) return effects;
  return [{ do: 'send', to: input.from, message: { word: 'ack', about: commit.about } }];
};

/** The same vote, as if it were of one who has not voted. */
function votedFor(input: Input, { participants, agreed }: Preparing): Input | null {
  const from = participants.find((node) => !agreed.includes(node));
  return input.kind === 'received' && from !== undefined ? { ...input, from } : null;
}

const takesMajorityForAll: Twist<CoordinatorState> = (state, input, { next }) => {
  const effects = [...next(state, input)];
  const vote = heard<Vote>(input, 'vote');
  for (;;) {
    const preparing = vote?.vote === 'yes' ? state.preparing.get(vote.about) : undefined;
    if (!preparing || 2 * preparing.agreed.length <= preparing.participants.length) return effects;
    const other = votedFor(input, preparing);
    if (!other) return effects;
    effects.push(...next(state, other));
  }
};

const countsVotesTwice: Twist<CoordinatorState> = (state, input, { next }) => {
  const vote = heard<Vote>(input, 'vote');
  const preparing = vote?.vote === 'yes' ? state.preparing.get(vote.about) : undefined;
  const isAgain = input.kind === 'received' && preparing?.agreed.includes(input.from);
  return next(state, (isAgain && preparing && votedFor(input, preparing)) || input);
};

/** What was given up for want of a vote is taken up again when the vote comes. */
function takesLateVotes(): Twist<CoordinatorState> {
  const givenUp = new Map<TxId, Preparing>();
  return (state, input, { next }) => {
    if (input.kind === 'expired' && input.timer.word === 'votes') {
      const about = input.timer.about as TxId;
      const preparing = state.preparing.get(about);
      if (preparing) givenUp.set(about, preparing);
    }
    const vote = heard<Vote>(input, 'vote');
    const late = vote?.vote === 'yes' ? givenUp.get(vote.about) : undefined;
    if (vote && late && !state.preparing.has(vote.about)) state.preparing.set(vote.about, late);
    return next(state, input);
  };
}

/** Neither in memory nor on disk: what was refused comes again as if it were new. */
const keepsNoTombstones: Twist<ParticipantState> = (state, input, { next }) => {
  const promised = new Set(state.inDoubt.keys());
  const effects = next(state, input);
  state.tombstones.clear();
  return effects.filter((effect) => !isRecord(effect, 'abort') || promised.has(effect.record.about as TxId));
};

/** Nor does it know by its number that a prepare is late. */
const keepsNothingOfAborts: Twist<ParticipantState> = (state, input, inner) => {
  state.floors.clear();
  return keepsNoTombstones(state, input, inner);
};

// ── decisions ──

const appended = (word: string) =>
  afterwards((effects) => effects.map((effect) => (isRecord(effect, word) ? { ...effect, do: 'append' } : effect)));

const forgetsAtTheFirstAck: Twist<CoordinatorState> = (state, input, { next }) => {
  const ack = heard<Acknowledgement>(input, 'ack');
  const deciding = ack ? state.deciding.get(ack.about) : undefined;
  if (deciding && input.kind === 'received') deciding.unacknowledged = [input.from];
  return next(state, input);
};

const forgetsWhatItAnswered: Twist<CoordinatorState> = (state, input, { next }) => {
  const effects = next(state, input);
  if (input.kind === 'started') state.once.answers?.clear();
  return effects;
};

/** The same acknowledgement, as if it were of one who has not acknowledged. */
const countsAcksTwice: Twist<CoordinatorState> = (state, input, { next }) => {
  const ack = heard<Acknowledgement>(input, 'ack');
  const [other, ...more] = (ack && state.deciding.get(ack.about)?.unacknowledged) ?? [];
  const isAgain = input.kind === 'received' && other !== undefined && ![other, ...more].includes(input.from);
  return next(state, isAgain ? { ...input, from: other } : input);
};

export const TWO_PHASE_PLANTS = {
  'a refusal keeps its lock': { roles: { participant: twisted(() => keepsLocksOfRefusals) } },
  'an abort keeps its lock': { roles: { participant: twisted(() => keepsLocksOfAborts) } },
  'locks are not taken again': { roles: { participant: twisted(() => takesNoLocksAgain) } },
  'locks are taken again late': { roles: { participant: twisted(takesLocksAgainLate) } },
  'a look is no look': { roles: { participant: twisted(() => agreesWithoutLooking) } },
  'a majority is taken for all': { roles: { coordinator: twisted(() => takesMajorityForAll) } },
  'a vote counts twice': { roles: { coordinator: twisted(() => countsVotesTwice) } },
  'a late vote counts': { roles: { coordinator: twisted(takesLateVotes) } },
  'no tombstone is kept': { roles: { participant: twisted(() => keepsNoTombstones) } },
  'a late prepare is as good as a new one': { roles: { participant: twisted(() => keepsNothingOfAborts) } },
  'a decision is not forced': { roles: { coordinator: appended('commit') } },
  'a decision is told before it is forced': {
    roles: { coordinator: afterwards((effects) => first(effects, (effect) => isSend(effect, 'commit'))) },
  },
  'an acknowledgement is sent before its commit is forced': {
    roles: { participant: afterwards((effects) => first(effects, (effect) => isSend(effect, 'ack'))) },
  },
  'a decision is forgotten at the first acknowledgement': {
    roles: { coordinator: twisted(() => forgetsAtTheFirstAck) },
  },
  'an answer is forgotten at a restart': { roles: { coordinator: twisted(() => forgetsWhatItAnswered) } },
  'an acknowledgement counts twice': { roles: { coordinator: twisted(() => countsAcksTwice) } },
} as const satisfies Readonly<Record<string, Plant>>;
