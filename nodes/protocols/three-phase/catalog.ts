// What txlab knows of three-phase commit outside its machines: three protocols that go by this name, told apart.

import { seal } from '../../contract/machine.ts';
import {
  WITH_READS,
  COMMIT_PHASE,
  COMMIT_STAKES,
  NEEDS,
  eachParticipant,
  PARTICIPANTS,
  partOf,
  PREPARE_PHASE,
  stakesOf,
  CLIENT,
  kindsIn,
  words,
  type Word,
} from '../catalog-parts.ts';
import { threePhaseCoordinator } from './coordinator.ts';
import { threePhaseParticipant } from './participant.ts';
import { quorums, termination, timeoutsAlone } from './variant.ts';
import type { Vote } from '../../contract/votes.ts';
import type { Namesake, Phase, CommitProtocol, Role, TimeoutRelation, TimeoutRule } from '../../contract/protocol.ts';
import type { Wait } from './doubt.ts';
import { TO_COORDINATOR, TO_PARTICIPANT } from './messages.ts';
import type { FromCoordinator, FromParticipant, ToCoordinator, ToParticipant } from './messages.ts';
import type { OperationAnswer } from '../commit-messages.ts';
import type { Variant } from './variant.ts';

function coordinator({ elects, needsQuorum }: Variant): Role {
  const asked = elects ? words<Word<ToCoordinator>>('inquire') : [];
  const ruled = words<Word<ToCoordinator>>('state-request', 'precommit', 'preabort', 'commit', 'abort', 'state');
  return {
    count: 'one',
    machine: (workload) => seal(threePhaseCoordinator({ elects, needsQuorum }, workload)),
    operations: 'receive',
    hears: TO_COORDINATOR,
    words: {
      receive: [...words<Word<ToCoordinator>>('vote', 'ack'), ...asked, ...(needsQuorum ? ruled : [])],
      send: [
        ...words<Word<FromCoordinator>>('prepare', 'precommit', 'commit', 'abort'),
        ...(elects ? words<Word<FromCoordinator>>('state') : []),
        ...(needsQuorum ? words<Word<FromCoordinator>>('ack', 'inquire') : []),
      ],
      answer: words<Word<OperationAnswer>>('ok', 'failed'),
      force: [...(needsQuorum ? ['precommit', 'preabort', 'epoch'] : []), 'commit', 'checkpoint'],
      append: ['abort'],
      expire: words('votes', 'acks'),
    },
  };
}

function participant({ elects, needsQuorum }: Variant): Role {
  const talk = words<Word<ToParticipant> & Word<FromParticipant>>('elect', 'state-request', 'inquire', 'state');
  const orders = words<Word<FromParticipant>>('precommit', 'commit', 'abort');
  const preabort = needsQuorum ? words<Word<FromParticipant>>('preabort') : [];
  const waits = words<Wait>('termination', ...(elects ? words<Wait>('states', 'acks') : []));
  return {
    count: eachParticipant,
    isSite: true,
    machine: (workload) => seal(threePhaseParticipant({ elects, needsQuorum }, workload)),
    partOf,
    hears: TO_PARTICIPANT,
    words: {
      receive: [
        ...words<Word<ToParticipant>>('prepare', 'precommit', 'commit', 'abort'),
        ...(elects ? ['ack', ...talk] : []),
        ...preabort,
      ],
      send: [...words<Word<FromParticipant>>('vote', 'ack'), ...(elects ? [...talk, ...orders] : []), ...preabort],
      force: ['prepared', 'precommit', ...(elects ? ['epoch'] : []), ...preabort, 'commit', 'abort', 'checkpoint'],
      append: ['abort'],
      expire: [...waits, ...(elects && !needsQuorum ? words<Wait>('inquiry') : [])],
    },
  };
}

function phasesOf({ elects }: Variant): Readonly<Record<string, Phase>> {
  const phases: Readonly<Record<string, Phase>> = {
    prepare: PREPARE_PHASE,
    voted: {
      role: 'coordinator',
      gap: { when: 'before', verb: 'send', word: 'precommit', peer: 'first' },
      means: 'the coordinator holds every yes vote, and nobody else knows it',
    },
    precommit: {
      role: 'coordinator',
      gap: { when: 'after', verb: 'send', word: 'precommit', peer: 'first' },
      means: 'only the first participant knows that all voted yes',
    },
    decide: {
      role: 'coordinator',
      gap: { when: 'before', verb: 'force', word: 'commit' },
      means: 'pre-commit is acknowledged, nothing is decided yet',
    },
    commit: COMMIT_PHASE,
  };
  const elect: Phase = {
    role: 'participant',
    gap: { when: 'after', verb: 'send', word: 'state-request', peer: 'first' },
    means: 'the elected coordinator has begun to ask for states',
  };
  return elects ? { ...phases, elect } : phases;
}

const precommitStakes = [
  ...stakesOf(
    'coordinator',
    ['before', 'send', 'precommit', 'first', 'in doubt', 'all voted yes, nobody told'],
    ['after', 'send', 'precommit', 'first', 'in doubt', 'one knows that all voted yes'],
    ['before', 'send', 'precommit', 'last', 'in doubt', 'the last still waits'],
    ['after', 'send', 'precommit', 'last', 'in doubt', 'acknowledgements in flight'],
  ),
  ...stakesOf(
    'participant',
    ['before', 'force', 'precommit', undefined, 'in doubt', 'told that all voted yes, not written down'],
    ['after', 'force', 'precommit', undefined, 'in doubt', 'pre-committed, not acknowledged'],
  ),
];

const electionStakes = stakesOf(
  'participant',
  ['before', 'send', 'state-request', 'first', 'in doubt', 'elected, nobody asked'],
  ['after', 'send', 'state-request', 'first', 'in doubt', 'elected, one asked'],
  ['after', 'send', 'state-request', 'last', 'in doubt', 'elected, states in flight'],
  ['before', 'send', 'state', undefined, 'in doubt', 'asked by the elected one'],
);

const quorumStakes = stakesOf(
  'coordinator',
  ['before', 'force', 'precommit', undefined, 'in doubt', 'all voted yes, its own pre-commit not written'],
  ['after', 'force', 'precommit', undefined, 'in doubt', 'pre-committed itself, nobody told'],
);

function timeoutsOf({ elects, needsQuorum }: Variant): Readonly<Record<string, TimeoutRule>> {
  const acks = needsQuorum
    ? 'the coordinator without a quorum of acknowledgements asks how it ended'
    : 'the coordinator commits without those that have not acknowledged pre-commit';
  const silence = elects
    ? 'a participant in doubt that hears nothing for so long starts an election'
    : 'a participant in doubt that hears nothing for so long decides by itself';
  return {
    vote: { ms: 300, means: 'the coordinator aborts when a vote is missing for so long' },
    ack: { ms: 300, means: acks },
    termination: { ms: 700, means: silence },
    ...(elects && { election: { ms: 250, means: 'the wait for the elected one, and for the states it asks for' } }),
    ...(elects &&
      !needsQuorum && { inquiry: { ms: 100, means: 'a recovered participant asks so often how it ended' } }),
    delay: { ms: 50, means: 'the longest that a message is assumed to take' },
    operation: { ms: 5000, means: 'a client calls its transfer unknown' },
    blocked: { ms: 2000, means: 'the bound B: a live participant longer in doubt than this is called blocked' },
  };
}

const relations: readonly TimeoutRelation[] = [
  {
    small: 'delay',
    large: 'termination',
    times: 3,
    why: 'the termination must not start before a message can have travelled',
  },
  {
    small: 'vote',
    large: 'termination',
    times: 2,
    why: 'a participant must not give up on a coordinator that may still collect votes',
  },
  {
    small: 'ack',
    large: 'termination',
    times: 2,
    why: 'a participant must not give up on a coordinator that may still wait for acknowledgements',
  },
  { small: 'delay', large: 'election', times: 3, why: 'the elected one must be able to ask, and the others to answer' },
  { small: 'delay', large: 'vote', times: 2, why: 'a question and its vote each take a message' },
  { small: 'delay', large: 'ack', times: 2, why: 'a pre-commit and its acknowledgement each take a message' },
  { small: 'termination', large: 'blocked', times: 2, why: 'an election and its rounds must not look like blocking' },
];

/** Five rounds of N messages (Bernstein, Hadzilacos, Goodman 1987); pre-commit is forced, so that whoever acknowledged it knows it after a restart. */
function costOf({ needsQuorum }: Variant): CommitProtocol['cost'] {
  return (participants) => ({
    commit: { forcedWrites: 1 + 3 * participants + (needsQuorum ? 1 : 0), messages: 5 * participants },
    // One no among yes votes: the others prepare, vote and are told; the no voter is not.
    abort: { forcedWrites: 2 * (participants - 1), messages: 2 + 3 * (participants - 1) },
  });
}

const namesakes: readonly Namesake[] = [
  {
    name: '3pc-timeout',
    rule: 'waiting too long, a participant aborts; pre-committed too long, it commits; nobody asks anybody',
    promise: 'what the articles say: no blocking, no divergence. One crash between two pre-commits breaks it',
    price: '5 rounds, 5N messages; timeouts are a matter of safety',
  },
  {
    name: '3pc',
    rule: 'the participants elect one of themselves, which asks for states: some aborted → abort; some committed → commit; all waiting → abort; some pre-committed → pre-commit the others, then commit',
    promise:
      'no blocking and no divergence under crashes, if no message is late and somebody stays up; partitions and pauses make it diverge',
    price:
      '5 rounds, 5N messages, an election after a failure; timeouts are a matter of safety; after a total failure it waits for the last to fail',
  },
  {
    name: '3pc-quorum',
    rule: 'as 3pc, but a move towards a decision needs a majority of coordinator and participants, and follows the last attempt (Last_Elected, Last_Attempt)',
    promise: 'no divergence under crashes, delays, pauses and partitions; a site without a majority blocks',
    price: '5 rounds, 5N messages, one more forced write at the coordinator; timeouts are a matter of patience only',
  },
];

interface Texts {
  readonly name: string;
  readonly title: string;
  readonly summary: string;
  readonly reference: string;
}

function threePhase(variant: Variant, texts: Texts): CommitProtocol {
  return {
    ...texts,
    family: 'commit',
    topology: PARTICIPANTS,
    roles: { coordinator: coordinator(variant), participant: participant(variant), client: CLIENT },
    kinds: { vote: kindsIn<Vote>('vote', 'yes', 'no') },
    phases: phasesOf(variant),
    promises: variant.needsQuorum ? WITH_READS : [...WITH_READS, 'non-blocking'],
    timeouts: timeoutsOf(variant),
    relations: relations.filter(({ large }) => large in timeoutsOf(variant)),
    ...(variant.needsQuorum && { voters: { least: 3, why: 'one failure would leave no majority, and block' } }),
    namesakes,
    needs: NEEDS,
    stakes: [
      ...COMMIT_STAKES,
      ...precommitStakes,
      ...(variant.elects ? electionStakes : []),
      ...(variant.needsQuorum ? quorumStakes : []),
    ],
    // The request, the question, the vote, the pre-commit, its acknowledgement, the answer.
    delays: 6,
    cost: costOf(variant),
  };
}

const COMMON =
  'Between the votes and the decision the coordinator tells all that all have voted yes (pre-commit), so that nobody is in doubt while another has committed. ';

export const THREE_PHASE: readonly CommitProtocol[] = [
  threePhase(timeoutsAlone, {
    name: '3pc-timeout',
    title: 'Three-phase commit by timeouts alone, as most articles describe it',
    summary: `${COMMON}Whoever waits too long decides by itself: waiting it aborts, pre-committed it commits. It promises what is written of it; one crash between two pre-commits makes two participants differ.`,
    reference:
      'Skeen 1981, with the timeout transitions that suffice for two sites only (Skeen, Stonebraker, TSE 1983)',
  }),
  threePhase(termination, {
    name: '3pc',
    title: 'Three-phase commit with election and termination rules',
    summary: `${COMMON}When the coordinator is silent the participants elect one of themselves, which asks for states and applies the rules TR1–TR4; who was down is told and never counted. The old coordinator does not listen to the elected one: when it was only slow, the two may differ.`,
    reference: 'Skeen, SIGMOD 1981; Bernstein, Hadzilacos, Goodman 1987, section 7.5',
  }),
  threePhase(quorums, {
    name: '3pc-quorum',
    title: 'Three-phase commit with quorums (E3PC)',
    summary: `${COMMON}Only a majority of coordinator and participants moves towards a decision, and a newer coordinator goes on where the last attempt stood. Safe whatever the network does; without a majority it blocks.`,
    reference: 'Keidar, Dolev, JCSS 57(3), 1998; Skeen 1982',
  }),
];
