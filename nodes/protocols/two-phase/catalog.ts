// What txlab knows of two-phase commit outside its machines: words, phases, promises, timeouts, stakes and published cost.

import { seal } from '../../contract/machine.ts';
import { transferClient } from '../transfer-client.ts';
import { twoPhaseCoordinator } from './coordinator.ts';
import { twoPhaseParticipant } from './participant.ts';
import { presumedAbort } from './variant.ts';
import type { Phase, Property, Protocol, Role, StakeRule, TimeoutRule } from '../../contract/catalog.ts';
import type { CoordinatorRequest, ToCoordinator, ToParticipant, TransferAnswer } from './messages.ts';

/** Ties the words of steps to the types of messages: a word that no message has does not compile. */
type Word<Message extends { readonly word: string }> = Message['word'];
const words = <Allowed extends string>(...list: readonly Allowed[]): readonly Allowed[] => list;

const coordinator: Role = {
  count: 'one',
  machine: seal(twoPhaseCoordinator(presumedAbort)),
  words: {
    receive: words<Word<ToCoordinator> | Word<CoordinatorRequest>>('transfer', 'vote', 'ack', 'inquire'),
    send: words<Word<ToParticipant>>('prepare', 'commit', 'abort', 'outcome'),
    answer: words<Word<TransferAnswer>>('ok', 'failed'),
    force: words('commit', 'checkpoint'),
    append: words('end'),
    expire: words('votes', 'resend'),
  },
};

const participant: Role = {
  count: 'participants',
  machine: seal(twoPhaseParticipant(presumedAbort)),
  words: {
    receive: words<Word<ToParticipant>>('prepare', 'commit', 'abort', 'outcome'),
    send: words<Word<ToCoordinator>>('vote', 'ack', 'inquire'),
    force: words('prepared', 'commit', 'checkpoint'),
    append: words('abort'),
    expire: words('inquiry'),
  },
};

const client: Role = {
  count: 'one',
  machine: seal(transferClient),
  words: { ask: words<Word<CoordinatorRequest>>('transfer'), receive: words<Word<TransferAnswer>>('ok', 'failed'), expire: words('operation', 'rest') },
};

const phases: Readonly<Record<string, Phase>> = {
  prepare: {
    role: 'coordinator',
    gap: { when: 'after', verb: 'send', word: 'prepare', peer: 'last' },
    means: 'every participant has been asked, the votes are in flight',
  },
  decide: {
    role: 'coordinator',
    gap: { when: 'before', verb: 'force', word: 'commit' },
    means: 'all votes are in, nothing is decided yet',
  },
  commit: {
    role: 'coordinator',
    gap: { when: 'after', verb: 'send', word: 'commit', peer: 'first' },
    means: 'committed, and only the first participant has been told',
  },
};

const stakes: readonly StakeRule[] = [
  { role: 'coordinator', gap: { when: 'before', verb: 'send', word: 'prepare', peer: 'first' }, stake: 'in flight', means: 'begun, nobody asked' },
  { role: 'coordinator', gap: { when: 'before', verb: 'send', word: 'prepare', peer: 'last' }, stake: 'in flight', means: 'the last participant has not been asked' },
  { role: 'coordinator', gap: { when: 'after', verb: 'send', word: 'prepare', peer: 'last' }, stake: 'in flight', means: 'votes in flight' },
  { role: 'coordinator', gap: { when: 'before', verb: 'force', word: 'commit' }, stake: 'in doubt', means: 'all voted yes, not decided' },
  { role: 'coordinator', gap: { when: 'after', verb: 'force', word: 'commit' }, stake: 'in doubt', means: 'decided, nobody told' },
  { role: 'coordinator', gap: { when: 'before', verb: 'send', word: 'commit', peer: 'first' }, stake: 'in doubt', means: 'decided, nobody told' },
  { role: 'coordinator', gap: { when: 'after', verb: 'send', word: 'commit', peer: 'first' }, stake: 'in doubt', means: 'decided, the first participant told' },
  { role: 'coordinator', gap: { when: 'before', verb: 'send', word: 'commit', peer: 'last' }, stake: 'in doubt', means: 'decided, the last participant not told' },
  { role: 'coordinator', gap: { when: 'after', verb: 'send', word: 'commit', peer: 'last' }, stake: 'none', means: 'decided, everybody told' },
  { role: 'participant', gap: { when: 'before', verb: 'force', word: 'prepared' }, stake: 'in flight', means: 'asked, not promised' },
  { role: 'participant', gap: { when: 'after', verb: 'force', word: 'prepared' }, stake: 'in doubt', means: 'promised, not voted' },
  { role: 'participant', gap: { when: 'before', verb: 'send', word: 'vote' }, stake: 'in flight', means: 'about to vote' },
  { role: 'participant', gap: { when: 'after', verb: 'send', word: 'vote' }, stake: 'in doubt', means: 'voted, waiting' },
  { role: 'participant', gap: { when: 'before', verb: 'force', word: 'commit' }, stake: 'in doubt', means: 'told to commit, not written down' },
  { role: 'participant', gap: { when: 'after', verb: 'force', word: 'commit' }, stake: 'none', means: 'committed here' },
];

const promises: readonly Property[] = ['atomicity', 'validity', 'termination', 'journal', 'conservation', 'durability', 'progress'];

const timeouts: Readonly<Record<string, TimeoutRule>> = {
  vote: { ms: 400, means: 'the coordinator aborts when a vote is missing for so long' },
  inquiry: { ms: 150, means: 'a participant in doubt asks so long after its vote, then less and less often' },
  resend: { ms: 150, means: 'the coordinator repeats a decision that was not acknowledged' },
  operation: { ms: 5000, means: 'a client calls its transfer unknown' },
  blocked: { ms: 1000, means: 'the bound B: a live participant longer in doubt than this is called blocked' },
};

export const presumedAbortCommit: Protocol = {
  name: '2pc',
  title: 'Two-phase commit, presumed abort',
  summary:
    'The coordinator asks every participant to promise, forces its decision once all have voted yes, then tells them. ' +
    'Safe under any crash, delay or partition; a participant that has voted yes cannot decide alone and stays blocked while the coordinator is away. ' +
    'Aborts leave no record and no acknowledgement: whoever asks about an unknown transaction hears abort.',
  reference: 'Bernstein, Hadzilacos, Goodman 1987, section 7.4; Mohan, Lindsay, Obermarck, TODS 11(4), 1986',
  roles: { coordinator, participant, client },
  phases,
  promises,
  timeouts,
  stakes,
  cost: (participants) => ({
    commit: { forcedWrites: 2 * participants + 1, messages: 4 * participants },
    // One no among yes votes: the others prepare, vote and are told; the no voter is not.
    abort: { forcedWrites: participants - 1, messages: 2 * participants + (participants - 1) },
  }),
};
