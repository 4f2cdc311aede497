// Whether what is claimed was set up at all: copies of a message that pass its fault by.

import { expect, it } from 'vitest';
import { nodeId } from '../../../nodes/contract/ids.ts';
import type { PlannedFault } from '../../../scenarios/plan/plan-types.ts';
import { passedBy } from '../../../scenarios/judging/setting.ts';
import { HistoryBuilder, tx } from '../../support/history-builder.ts';

const T = tx('coordinator.1.20');
const VOTE = { word: 'vote', about: T, vote: 'yes' } as const;
const [P2, C] = [nodeId('participant-2'), nodeId('coordinator')];

const fault = (over: { readonly do: 'delay'; readonly byMs: number } | { readonly do: 'drop' }): PlannedFault => ({
  id: 'f1',
  fault: { word: 'vote', from: [P2], to: [C], times: 1, ...over },
  when: { at: 'time', afterMs: 0 },
  then: { do: 'heal', afterMs: 0 },
  stake: 'none',
  text: 'the fault',
});

/** Participant-2 votes, which is met, and votes again so much later. */
const votesAgain = (ms: number, did: 'delayed' | 'dropped') =>
  new HistoryBuilder()
    .trace('participant-2', { kind: 'sent', to: C, message: VOTE })
    .trace('participant-2', { kind: 'meddled', fault: 'f1', did, to: C, word: 'vote', about: T })
    .wait(ms)
    .trace('participant-2', { kind: 'sent', to: C, message: VOTE });

it('a message that is delayed and said once more before it arrives has passed its fault by', () => {
  const plan = { faults: [fault({ do: 'delay', byMs: 1000 })] };
  expect(passedBy(votesAgain(5, 'delayed').build(), plan)).toEqual([
    expect.stringMatching(
      /^'the fault' met one message, but participant-2 said vote about coordinator\.1\.20 to coordinator again/,
    ),
  ]);
  expect(passedBy(votesAgain(1500, 'delayed').build(), plan)).toEqual([]);
});

it('a message that is dropped and sent again only after a timeout is no copy, and one that is met as well is none', () => {
  const plan = { faults: [fault({ do: 'drop' })] };
  expect(passedBy(votesAgain(2, 'dropped').build(), plan)).toHaveLength(1);
  expect(passedBy(votesAgain(60_000, 'dropped').build(), plan)).toEqual([]);
  const both = votesAgain(2, 'dropped').trace('participant-2', {
    kind: 'meddled',
    fault: 'f1',
    did: 'dropped',
    to: C,
    word: 'vote',
    about: T,
  });
  expect(passedBy(both.build(), plan)).toEqual([]);
});
