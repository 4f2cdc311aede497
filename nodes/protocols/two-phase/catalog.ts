// What txlab knows of two-phase commit outside its machines: words, phases, promises, timeouts, stakes and published cost.

import { seal } from '../../contract/machine.ts';
import {
  ATOMIC_COMMITMENT,
  COMMIT_PHASE,
  COMMIT_STAKES,
  NEEDS,
  WITH_READS,
  stakesOf as stakeRules,
  eachParticipant,
  PARTICIPANTS,
  partOf,
  PREPARE_PHASE,
  CLIENT,
  kindsIn,
  unpromised,
  words,
  type Word,
} from '../catalog-parts.ts';
import { twoPhaseCoordinator } from './coordinator.ts';
import { twoPhaseParticipant } from './participant.ts';
import { cooperative, presumedAbort, presumedCommit, presumedNothing } from './variant.ts';
import type { Decision } from '../../contract/ids.ts';
import type { Kinds } from '../../contract/kind.ts';
import type { Vote } from '../../contract/votes.ts';
import type { Phase, CommitProtocol, Role, StakeRule, TimeoutRule } from '../../contract/protocol.ts';
import type { OperationAnswer } from '../commit-messages.ts';
import { TO_COORDINATOR, TO_PARTICIPANT, type ToCoordinator, type ToParticipant } from './messages.ts';
import type { Variant } from './variant.ts';

function coordinator(variant: Variant): Role {
  return {
    count: 'one',
    machine: (workload) => seal(twoPhaseCoordinator(variant, workload)),
    operations: 'receive',
    hears: TO_COORDINATOR,
    words: {
      receive: words<Word<ToCoordinator>>('vote', 'ack', 'inquire'),
      send: words<Word<ToParticipant>>('prepare', 'commit', 'abort', 'outcome'),
      answer: words<Word<OperationAnswer>>('ok', 'failed'),
      force: [
        ...(variant.forcesCollecting ? ['collecting'] : []),
        'commit',
        ...(variant.abortRecord === 'force' ? ['abort'] : []),
        'checkpoint',
      ],
      append: [...(variant.abortRecord === 'append' ? ['abort'] : []), 'end'],
      expire: words('votes', 'resend'),
    },
  };
}

function participant(variant: Variant): Role {
  const { acknowledges, asksPeers } = variant;
  const forced = (['commit', 'abort'] as const).filter(
    (decision) => acknowledges[decision] || (decision === 'abort' && asksPeers),
  );
  const appended = (['commit', 'abort'] as const).filter(
    (decision) => !acknowledges[decision] || (decision === 'abort' && variant.presumes === 'abort'),
  );
  return {
    count: eachParticipant,
    isSite: true,
    machine: (workload) => seal(twoPhaseParticipant(variant, workload)),
    partOf,
    hears: TO_PARTICIPANT,
    words: {
      receive: [
        ...words<Word<ToParticipant>>('prepare', 'commit', 'abort', 'outcome'),
        ...(asksPeers ? ['inquire'] : []),
      ],
      send: [...words<Word<ToCoordinator>>('vote', 'ack', 'inquire'), ...(asksPeers ? ['outcome'] : [])],
      force: ['prepared', ...forced, 'checkpoint'],
      append: appended,
      expire: words('inquiry'),
    },
  };
}

const kinds: Kinds = {
  vote: kindsIn<Vote>('vote', 'yes', 'no', 'read'),
  outcome: kindsIn<Extract<ToParticipant, { readonly word: 'outcome' }>>('outcome', 'commit', 'abort', 'in-progress'),
};

const phases: Readonly<Record<string, Phase>> = {
  prepare: PREPARE_PHASE,
  voted: {
    role: 'coordinator',
    gap: { when: 'before', verb: 'force', word: 'commit' },
    means: 'the coordinator holds every yes vote, and nobody else knows it',
  },
  decide: {
    role: 'coordinator',
    gap: { when: 'before', verb: 'force', word: 'commit' },
    means: 'about to decide: the same moment as voted, since two phases have nothing in between',
  },
  commit: COMMIT_PHASE,
};

/** What two phases have beside. */
const stakes: readonly StakeRule[] = [
  ...COMMIT_STAKES,
  ...stakeRules('coordinator', ['before', 'receive', 'vote', undefined, 'in flight', 'a vote is there, not counted']),
  ...stakeRules('participant', ['before', 'send', 'inquire', undefined, 'in doubt', 'in doubt, about to ask']),
];

/** Where participants help each other, one that has been told may tell the others before the fault is there: then nothing is at stake any more. */
function stakesOf({ asksPeers, acknowledges, votesRead }: Variant): readonly StakeRule[] {
  const isToldBefore = ({ gap }: StakeRule) =>
    gap.word === 'commit' && gap.verb === 'send' && !(gap.when === 'before' && gap.peer === 'first');
  const isRecord = ({ role, gap }: StakeRule) =>
    role === 'participant' && gap.word === 'commit' && gap.verb === 'force';
  return [...stakes, ...(votesRead ? unpromised('read') : [])].map((rule): StakeRule => {
    if (asksPeers && isToldBefore(rule)) return { ...rule, stake: 'none' };
    // What is not acknowledged need not be forced.
    if (!acknowledges.commit && isRecord(rule)) return { ...rule, gap: { ...rule.gap, verb: 'append' } };
    return rule;
  });
}

const timeouts: Readonly<Record<string, TimeoutRule>> = {
  vote: { ms: 400, means: 'the coordinator aborts when a vote is missing for so long' },
  inquiry: { ms: 150, means: 'a participant in doubt asks so long after its vote, then less and less often' },
  resend: { ms: 150, means: 'the coordinator repeats a decision that was not acknowledged' },
  operation: { ms: 5000, means: 'a client calls its transfer unknown' },
  blocked: { ms: 1000, means: 'the bound B: a live participant longer in doubt than this is called blocked' },
};

/** Forced writes and messages for N participants with changes (Mohan, Lindsay, Obermarck 1986); acknowledgements are counted. */
function costOf({ acknowledges, forcesCollecting, abortRecord, presumes, votesRead }: Variant): CommitProtocol['cost'] {
  const collecting = forcesCollecting ? 1 : 0;
  const told = (decision: Decision) =>
    acknowledges[decision] ? { forced: 2, messages: 4 } : { forced: 1, messages: 3 };
  return (participants) => ({
    commit: {
      forcedWrites: collecting + 1 + participants * told('commit').forced,
      messages: participants * told('commit').messages,
    },
    // One no among yes votes: the others prepare, vote and are told; the no voter is not.
    abort: {
      forcedWrites:
        collecting +
        (abortRecord === 'force' ? 1 : 0) +
        (participants - 1) * told('abort').forced +
        (presumes === 'commit' ? 1 : 0),
      messages: 2 + (participants - 1) * told('abort').messages,
    },
    ...(votesRead && { readOnly: { forcedWrites: collecting, messages: 2 * participants } }),
  });
}

interface Texts {
  readonly name: string;
  readonly title: string;
  readonly summary: string;
  readonly reference: string;
}

function twoPhase(variant: Variant, texts: Texts): CommitProtocol {
  return {
    ...texts,
    family: 'commit',
    topology: PARTICIPANTS,
    roles: { coordinator: coordinator(variant), participant: participant(variant), client: CLIENT },
    kinds: variant.votesRead ? kinds : { ...kinds, vote: kindsIn<Vote>('vote', 'yes', 'no') },
    phases,
    promises: variant.votesRead ? ATOMIC_COMMITMENT : WITH_READS,
    timeouts,
    answersOnce: true,
    stakes: stakesOf(variant),
    needs: NEEDS,
    // The request, the question, the vote, the answer.
    delays: 4,
    cost: costOf(variant),
  };
}

const COMMON =
  'The coordinator asks every participant to promise, forces its decision once all have voted yes, then tells them. ' +
  'Safe under any crash, delay or partition; a participant that has voted yes cannot decide alone and stays blocked while the coordinator is away. ';
const BOOK = 'Bernstein, Hadzilacos, Goodman 1987, section 7.4';
const PAPER = 'Mohan, Lindsay, Obermarck, TODS 11(4), 1986';

export const TWO_PHASE: readonly CommitProtocol[] = [
  twoPhase(presumedAbort, {
    name: '2pc',
    title: 'Two-phase commit, presumed abort',
    summary: `${COMMON}Aborts leave no record and no acknowledgement: whoever asks about an unknown transaction hears abort. Who only looks votes read and takes no lock: safe where nobody decides at another site by what was seen, as with transfers; where somebody does, as with references, another transaction may come between.`,
    reference: `${BOOK}; ${PAPER}`,
  }),
  twoPhase(cooperative, {
    name: '2pc-cooperative',
    title: 'Two-phase commit with cooperative termination',
    summary: `${COMMON}A participant in doubt asks the others as well: one that knows the decision tells it, one that has not voted aborts. Blocked only when everybody it reaches is in doubt, too.`,
    reference: `${BOOK} (cooperative termination protocol)`,
  }),
  twoPhase(presumedNothing, {
    name: '2pc-presumed-nothing',
    title: 'Two-phase commit, presumed nothing',
    summary: `${COMMON}Both decisions are forced and acknowledged; the most expensive variant for aborts.`,
    reference: PAPER,
  }),
  twoPhase(presumedCommit, {
    name: '2pc-presumed-commit',
    title: 'Two-phase commit, presumed commit',
    summary: `${COMMON}Commits are not acknowledged: whoever asks about an unknown transaction hears commit. The price is a forced list of participants before the first prepare.`,
    reference: `${PAPER}; Lampson, Lomet, VLDB 1993`,
  }),
];
