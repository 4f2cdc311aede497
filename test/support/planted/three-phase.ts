// Errors of three-phase commit: pre-commits, elections, epochs and quorums.

import { afterwards, heard, isRecord, isSend, twisted, type Plant, type Twist } from './twist.ts';
import type { NodeId, TxId } from '../../../nodes/contract/ids.ts';
import type { Effect, Input } from '../../../nodes/contract/machine.ts';
import type { Message } from '../../../nodes/contract/messages.ts';
import type { Vote } from '../../../nodes/contract/votes.ts';
import type { CoordinatorState } from '../../../nodes/protocols/three-phase/coordinator.ts';
import type { ParticipantState } from '../../../nodes/protocols/three-phase/doubt.ts';
import type { Ack, Answer } from '../../../nodes/protocols/three-phase/messages.ts';

const said = <Said extends Message>({ at }: Input, from: NodeId, message: Said): Input => ({
  kind: 'received',
  at,
  from,
  message,
});

const takesMajorityForAll: Twist<CoordinatorState> = (state, input, { next }) => {
  const effects = [...next(state, input)];
  const vote = heard<Vote>(input, 'vote');
  if (vote?.vote !== 'yes') return effects;
  const begun = state.begun.get(vote.about);
  if (!begun || begun.acks || 2 * begun.yes.length <= begun.participants.length) return effects;
  const silent = begun.participants.filter((node) => !begun.yes.includes(node));
  return [...effects, ...silent.flatMap((node) => next(state, said(input, node, vote)))];
};

const isStateOfRound = (effect: Effect) => isSend(effect, 'state') && (effect.message as Answer).epoch > 0;

/** What it would have asked for it takes for granted. */
const commitsWithoutPrecommits: Twist<ParticipantState> = (state, input, { next }) => {
  const effects = next(state, input);
  const asked = effects.find((effect) => isSend(effect, 'precommit'));
  if (!asked || !isSend(asked, 'precommit')) return effects;
  const { about, epoch } = asked.message as Ack;
  const awaited = effects.flatMap((effect) => (isSend(effect, 'precommit') ? [effect.to] : []));
  const acks = awaited.flatMap((node) => next(state, said(input, node, { word: 'ack', about, epoch })));
  return [...effects.filter((effect) => !isSend(effect, 'precommit')), ...acks];
};

/** It does what a newer coordinator says, and goes on listening to the old one. */
const keepsNoEpoch: Twist<ParticipantState> = (state, input, { next }) => {
  const effects = next(state, input);
  if (input.kind !== 'received' || !ORDERS.includes(input.message.word)) return effects;
  const doubt = state.inDoubt.get(input.message.about as TxId);
  if (!doubt || doubt.round) return effects;
  doubt.epoch = 1;
  return effects.filter((effect) => !isRecord(effect, 'epoch'));
};

const ORDERS: readonly string[] = ['state-request', 'precommit', 'preabort'];

/** Alone is enough: whoever is silent is taken for one who waits and agrees. */
const needsNoQuorum: Twist<ParticipantState> = (state, input, { next }) => {
  const about = input.kind === 'expired' ? (input.timer.about as TxId) : null;
  const round = about === null ? null : state.inDoubt.get(about)?.round;
  if (about === null || !round || input.kind !== 'expired') return next(state, input);
  const epoch = state.inDoubt.get(about)?.epoch ?? 0;
  const waiting = { phase: 'waiting', attempt: 0, recovered: false, up: null } as const;
  const silent = round.asked.filter((node) => !(node in round.answers));
  const message: Answer | Ack =
    input.timer.word === 'states' ? { word: 'state', about, epoch, ...waiting } : { word: 'ack', about, epoch };
  const whom = input.timer.word === 'states' ? silent : round.asked;
  return whom.flatMap((node) => next(state, said(input, node, message)));
};

/** The first acknowledgement is taken for all. */
const commitsAtOneAck: Twist<CoordinatorState> = (state, input, { next }) => {
  const effects = next(state, input);
  const ack = heard<Ack>(input, 'ack');
  const begun = ack ? state.begun.get(ack.about) : undefined;
  const silent = begun?.acks ? begun.participants.filter((node) => !begun.acks?.includes(node)) : [];
  return ack ? [...effects, ...silent.flatMap((node) => next(state, said(input, node, ack)))] : effects;
};

/** Its own pre-commit is enough. */
const commitsAlone: Twist<CoordinatorState> = (state, input, { next }) => {
  const effects = next(state, input);
  const asked = effects.flatMap((effect) => (isSend(effect, 'precommit') ? [effect] : []));
  return [
    ...effects,
    ...asked.flatMap(({ to, message: { about } }) => next(state, said(input, to, { word: 'ack', about, epoch: 1 }))),
  ];
};

/** Whoever was once pre-committed counts as if that had come last. */
const mindsNoAttempt: Twist<ParticipantState> = (state, input, { next }) => {
  const answer = heard<Answer>(input, 'state');
  if (input.kind !== 'received' || answer?.phase !== 'precommitted') return next(state, input);
  const message: Answer = { ...answer, attempt: Number.MAX_SAFE_INTEGER };
  return next(state, said(input, input.from, message));
};

/** One more is taken for granted where exactly half of the sites are there. */
const ledByHalf: Twist<ParticipantState> = (state, input, { next }) => {
  const about = input.kind === 'expired' ? (input.timer.about as TxId) : null;
  const doubt = about === null ? undefined : state.inDoubt.get(about);
  if (about === null || !doubt?.round || input.kind !== 'expired') return next(state, input);
  const { round, epoch, participants } = doubt;
  const isHalf = (nodes: readonly string[]) => 2 * nodes.length === participants.length + 1;
  const { answers, asked, move } = round;
  const silent = asked.find((node) => !(node in answers));
  if (input.timer.word === 'states' && silent && isHalf(Object.keys(answers)))
    answers[silent] = { phase: 'waiting', attempt: 0, recovered: false, up: null };
  const other = move?.awaited.find((node) => !move.acks.includes(node));
  const isMoved = input.timer.word === 'acks' && move && other && isHalf(move.acks);
  return next(state, isMoved ? said(input, other, { word: 'ack', about, epoch }) : input);
};

const halfCommits: Twist<CoordinatorState> = (state, input, { next }) => {
  const effects = next(state, input);
  const begun = input.kind === 'received' ? state.begun.get(input.message.about as TxId) : undefined;
  if (!begun?.acks || input.kind !== 'received' || 2 * begun.acks.length !== begun.participants.length + 1)
    return effects;
  const silent = begun.participants.find((node) => !begun.acks?.includes(node));
  const ack = { word: 'ack', about: input.message.about as TxId, epoch: 1 } as const;
  return silent ? [...effects, ...next(state, said(input, silent, ack))] : effects;
};

/** It leads and counts as if it had never been down. */
const returnsAsIfNothing: Twist<ParticipantState> = (state, input, { next }) => {
  const effects = next(state, input);
  if (input.kind !== 'started') return effects;
  const timers = [...state.inDoubt].map(([about, doubt]): Effect => {
    Object.assign(doubt, { recovered: false, waitsFor: 'termination' });
    return { do: 'arm', timer: { word: 'termination', about }, afterMs: state.electionMs };
  });
  return [...effects, ...timers];
};

export const THREE_PHASE_PLANTS = {
  '3pc: a majority is taken for all': { roles: { coordinator: twisted(() => takesMajorityForAll) } },
  '3pc: a state reply is lost': {
    roles: { participant: afterwards((effects) => effects.filter((effect) => !isStateOfRound(effect))) },
  },
  '3pc: a pre-commit is not forced': {
    roles: {
      participant: afterwards((effects) =>
        effects.map((effect) => (isRecord(effect, 'precommit') ? { ...effect, do: 'append' } : effect)),
      ),
    },
  },
  '3pc: a pre-commit is not written': {
    roles: {
      participant: afterwards((effects) => effects.filter((effect) => !isRecord(effect, 'precommit'))),
    },
  },
  '3pc: the elected one commits without pre-commits': {
    roles: { participant: twisted(() => commitsWithoutPrecommits) },
  },
  '3pc: an epoch is not kept': { roles: { participant: twisted(() => keepsNoEpoch) } },
  '3pc: one acknowledgement is enough': { roles: { coordinator: twisted(() => commitsAtOneAck) } },
  '3pc: an older attempt counts as the last': { roles: { participant: twisted(() => mindsNoAttempt) } },
  '3pc: a half is a quorum': {
    roles: { coordinator: twisted(() => halfCommits), participant: twisted(() => ledByHalf) },
  },
  '3pc: whoever was down leads': { roles: { participant: twisted(() => returnsAsIfNothing) } },
  '3pc: the elected one needs no quorum': { roles: { participant: twisted(() => needsNoQuorum) } },
  '3pc: the coordinator needs no quorum': { roles: { coordinator: twisted(() => commitsAlone) } },
} as const satisfies Readonly<Record<string, Plant>>;
