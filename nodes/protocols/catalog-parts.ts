// What the catalog entries of commit protocols have in common: the client, the ties of words to messages, the phases and stakes of
// asking for votes and telling the decision, and the promises of atomic commitment.

import { seal } from '../contract/machine.ts';
import { commitClient } from './client.ts';
import type { Phase, Role, Size, Stake, StakeRule, StepNeed, Topology } from '../contract/protocol.ts';
import type { GeneralProperty } from '../contract/properties.ts';
import type { Kinds } from '../contract/kind.ts';
import type { Gap } from '../contract/step.ts';
import type { OperationAnswer, Promised } from './commit-messages.ts';

/** Ties the words of steps to the types of messages: a word that no message has does not compile. */
export type Word<Message extends { readonly word: string }> = Message['word'];
export const words = <Allowed extends string>(...list: readonly Allowed[]): readonly Allowed[] => list;

/** Ties a word's kinds to the type of its message: the field, and what it says there. */
export function kindsIn<Message>(
  field: { [Name in keyof Message]: Message[Name] extends string ? Name : never }[keyof Message] & string,
  ...says: readonly (Message[typeof field] & string)[]
): Kinds[string] {
  return { field, says };
}

export const CLIENT: Role = {
  count: 'one',
  drives: true,
  machine: (workload) => seal(commitClient(workload)),
  operations: 'ask',
  words: {
    receive: words<Word<OperationAnswer>>('ok', 'failed'),
    expire: words('operation', 'retry', 'rest', 'busy'),
  },
};

/** Of every protocol whose participants are a node each. */
export const PARTICIPANTS: Readonly<Record<string, Size>> = {
  participants: { default: 2, least: 2, most: 16, means: 'sites that take part' },
};

export const eachParticipant = ({ participants = 2 }: Topology): number => participants;

/** What a participant's promise holds. */
export const partOf: NonNullable<Role['partOf']> = ({ body }) => (body as Promised).part;

/** AC1 to AC5 and what follows from them for what is guarded; not that nobody waits. */
export const ATOMIC_COMMITMENT: readonly GeneralProperty[] = [
  'atomicity',
  'validity',
  'termination',
  'durability',
  'progress',
];

/** Where what is read is locked until the decision, too. */
export const WITH_READS: readonly GeneralProperty[] = [...ATOMIC_COMMITMENT, 'isolation'];

export const PREPARE_PHASE: Phase = {
  role: 'coordinator',
  gap: { when: 'after', verb: 'send', word: 'prepare', peer: 'last' },
  means: 'every participant has been asked, the votes are in flight',
};

export const COMMIT_PHASE: Phase = {
  role: 'coordinator',
  gap: { when: 'after', verb: 'send', word: 'commit', peer: 'first' },
  means: 'committed, and only the first participant has been told',
};

/** Rules of one role, a line each: before or after which effect, what is at stake, and why. */
export function stakesOf(
  role: string,
  ...rules: readonly (readonly [Gap['when'], Gap['verb'], string, Gap['peer'], Stake, string])[]
): readonly StakeRule[] {
  return rules.map(([when, verb, word, peer, stake, means]) => ({
    role,
    gap: { when, verb, word, ...(peer && { peer }) },
    stake,
    means,
  }));
}

/** A vote that promises nothing puts nobody in doubt. */
export function unpromised(...says: readonly ('no' | 'read')[]): readonly StakeRule[] {
  return says.flatMap((is) =>
    (['before', 'after'] as const).map((when) => ({
      role: 'participant',
      gap: { when, verb: 'send', word: 'vote', kind: { field: 'vote', is } },
      stake: 'none',
      means: is === 'no' ? 'aborted here' : 'nothing to decide here',
    })),
  );
}

/** From the first prepare to the last commit, what all commit protocols share. */
export const COMMIT_STAKES: readonly StakeRule[] = [
  ...stakesOf(
    'coordinator',
    ['before', 'send', 'prepare', 'first', 'in flight', 'begun, nobody asked'],
    ['before', 'send', 'prepare', 'last', 'in flight', 'the last participant has not been asked'],
    ['after', 'send', 'prepare', 'last', 'in flight', 'votes in flight'],
    ['before', 'force', 'commit', undefined, 'in doubt', 'all voted yes, not decided'],
    ['after', 'force', 'commit', undefined, 'in doubt', 'decided, nobody told'],
    ['before', 'send', 'commit', 'first', 'in doubt', 'decided, nobody told'],
    ['after', 'send', 'commit', 'first', 'in doubt', 'decided, the first participant told'],
    ['before', 'send', 'commit', 'last', 'in doubt', 'decided, the last participant not told'],
    ['after', 'send', 'commit', 'last', 'none', 'decided, everybody told'],
  ),
  ...stakesOf(
    'participant',
    ['before', 'force', 'prepared', undefined, 'in flight', 'asked, not promised'],
    ['after', 'force', 'prepared', undefined, 'in doubt', 'promised, not voted'],
    ['before', 'send', 'vote', undefined, 'in flight', 'about to vote'],
    ['after', 'send', 'vote', undefined, 'in doubt', 'voted, waiting'],
    ['before', 'force', 'commit', undefined, 'in doubt', 'told to commit, not written down'],
    ['after', 'force', 'commit', undefined, 'none', 'committed here'],
  ),
  ...unpromised('no'),
];

/** A run of usual length has too few records for one. */
const CHECKPOINT_NEED: StepNeed = {
  steps: { force: ['checkpoint'] },
  of: 'checkpoint',
  means: 'when a log has grown; a scenario file says after how many records: checkpoint: 1',
};

const SAID_IN_DOUBT = ['elect', 'state-request', 'state', 'inquire'];

/** What participants do that must end a transaction without being told how. */
const DOUBT_NEED: StepNeed = {
  steps: {
    send: SAID_IN_DOUBT,
    receive: SAID_IN_DOUBT,
    force: ['epoch'],
    expire: ['inquiry', 'states', 'termination'],
  },
  of: 'fault',
  means: 'after an earlier fault, when a participant has waited in vain for a decision',
};

export const NEEDS: readonly StepNeed[] = [CHECKPOINT_NEED, DOUBT_NEED];
