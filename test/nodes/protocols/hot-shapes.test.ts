// Checks that are written out for speed say of any value what those say that are put together field by field from the types.

import fc from 'fast-check';
import { expect, test } from 'vitest';
import { isList, isNumber, isObject, isOneOf, isText, type Check } from '../../../nodes/contract/shape.ts';
import { isVote, type Vote } from '../../../nodes/contract/votes.ts';
import { isPrepare, type Prepare } from '../../../nodes/protocols/commit-messages.ts';
import { TO_COORDINATOR, TO_PARTICIPANT } from '../../../nodes/protocols/two-phase/messages.ts';
import type { NodeId, TxId } from '../../../nodes/contract/ids.ts';
import type { SealedPart } from '../../../nodes/contract/workload.ts';

const anything = fc.oneof(
  fc.constantFrom('prepare', 'vote', 'commit', 'ack', 'yes', 'no', 'read', 'tx'),
  fc.integer(),
  fc.constant(null),
  fc.constant(undefined),
  fc.array(fc.oneof(fc.string(), fc.integer())),
  fc.object(),
);
const message = fc.record(
  { word: anything, about: anything, vote: anything, participants: anything, part: anything, floor: anything },
  { requiredKeys: [] },
);

const isPart = (value: unknown): value is SealedPart => value !== undefined;
const isBare = <Said extends string>(word: Said) =>
  isObject<{ readonly word: Said; readonly about: TxId }>({ word: isOneOf(word), about: isText });

const PAIRS: Readonly<Record<string, readonly [Check<unknown>, Check<unknown>, valid: object]>> = {
  prepare: [
    isPrepare,
    isObject<Prepare>({
      word: isOneOf('prepare'),
      about: isText,
      participants: isList(isText<NodeId>),
      part: isPart,
      floor: isNumber,
    }),
    { word: 'prepare', about: 'c.1.1', participants: ['p-1'], part: [], floor: 1 },
  ],
  vote: [
    isVote('yes', 'no'),
    isObject<Vote<'yes' | 'no'>>({ word: isOneOf('vote'), about: isText, vote: isOneOf('yes', 'no') }),
    { word: 'vote', about: 'c.1.1', vote: 'no' },
  ],
  commit: [TO_PARTICIPANT.commit, isBare('commit'), { word: 'commit', about: 'c.1.1' }],
  ack: [TO_COORDINATOR.ack, isBare('ack'), { word: 'ack', about: 'c.1.1' }],
};

test.each(Object.entries(PAIRS))('%s is taken and refused as by its fields', (_, [written, made, valid]) => {
  expect([written(valid), made(valid)]).toEqual([true, true]);
  const any = fc.oneof(
    anything,
    message,
    message.map((fields) => ({ ...valid, ...fields })),
  );
  fc.assert(
    fc.property(any, (value) => written(value) === made(value)),
    { numRuns: 300 },
  );
});
