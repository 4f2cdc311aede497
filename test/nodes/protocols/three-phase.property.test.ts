// What the three protocols promise under which schedules, and under which they must break: safety claims need both halves.

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { findProtocol } from '../../../nodes/protocols/catalog.ts';
import { THREE_PHASE } from '../../../nodes/protocols/three-phase/catalog.ts';
import { nodeId } from '../../../nodes/contract/ids.ts';
import {
  anyChange,
  anyInput,
  anyTx,
  expectOneOutcomeUnderAnySchedule,
  expectSoundBank,
  twoLives,
} from '../../support/any-schedule.ts';
import { castBanks, transfer } from '../../support/bank-theatre.ts';
import { NODES } from '../../support/stage-moves.ts';
import { txsIn } from '../../support/txs-in.ts';
import { TimedStage, type Death, type Schedule } from '../../support/timed-stage.ts';
import type { ParticipantState } from '../../../nodes/protocols/three-phase/doubt.ts';

const TX = 'coordinator.1.1';
const participantState = (stage: Pick<TimedStage, 'state'>, node: string) =>
  stage.state(node) as unknown as ParticipantState;

interface Told {
  readonly protocol: string;
  readonly participants?: number;
  readonly schedule?: Schedule;
}

/** One transaction that all vote for, under this schedule; then everybody is started again and comes to rest. */
function played({ protocol, participants = 2, schedule = {} }: Told): TimedStage {
  const stage = new TimedStage(schedule);
  castBanks(stage, { protocol, participants });
  const reads = Array.from({ length: participants - 2 }, (_, index) => ({
    bank: nodeId(`participant-${index + 3}`),
    account: 'a',
  }));
  stage.ask('coordinator', { ...transfer(), reads } as ReturnType<typeof transfer>);
  stage.run(LATE_MS);
  stage.startAll();
  stage.run(2 * LATE_MS);
  return stage;
}

const LATE_MS = 30_000;
const nodesOf = (participants: number) => [
  'coordinator',
  ...Array.from({ length: participants }, (_, index) => `participant-${index + 1}`),
];

/** Crashes in any gap of any node, any number of them, back whenever; letters take no longer than the bound. */
const crashes = (participants: number) =>
  fc.record({
    deaths: fc.array(
      fc.record({
        node: fc.constantFrom(...nodesOf(participants)),
        effect: fc.nat(22),
        backAfterMs: fc.option(fc.integer({ min: 0, max: 4000 }), { nil: undefined }),
      }),
      { maxLength: participants + 2 },
    ),
    delays: fc.array(fc.integer({ min: 1, max: 50 }), { minLength: 1, maxLength: 30 }),
  });

type Crashes = typeof crashes extends (participants: number) => fc.Arbitrary<infer Value> ? Value : never;

function scheduleOf({ deaths, delays }: Crashes): Schedule {
  let letter = 0;
  return {
    delayMs: () => delays[letter++ % delays.length] ?? 1,
    deaths: deaths.map(({ node, effect, backAfterMs }): Death => ({
      node,
      before: (_, done) => done >= effect,
      ...(backAfterMs !== undefined && { backAfterMs }),
    })),
  };
}

describe.each(['3pc', '3pc-quorum'])('%s under crashes alone', (protocol) => {
  test.each([2, 3])(
    'never lets two of %i participants decide differently, and ends when all are back',
    (participants) => {
      fc.assert(
        fc.property(crashes(participants), (given) => {
          const stage = played({ protocol, participants, schedule: scheduleOf(given) });
          expect(stage.ends(TX).length).toBeLessThan(2);
          const states = nodesOf(participants)
            .slice(1)
            .map((node) => participantState(stage, node));
          expect(states.map(({ inDoubt }) => inDoubt.size)).toEqual(states.map(() => 0));
          expect(new Set(states.map(({ committed }) => txsIn(committed).join())).size).toBe(1);
          for (const answer of stage.answers) {
            const ends = answer.word === 'ok' ? ['commit'] : ['abort', undefined];
            expect(ends).toContain(stage.ends(TX)[0]);
          }
        }),
        { numRuns: 2000 },
      );
    },
  );
});

test('3pc does not block a participant that stays up, whoever dies', () => {
  fc.assert(
    fc.property(crashes(3), (given) => {
      const deaths = given.deaths.filter(({ node }) => node !== 'participant-2');
      const stage = new TimedStage(scheduleOf({ ...given, deaths }));
      castBanks(stage, { protocol: '3pc', participants: 3 });
      stage.ask('coordinator', {
        ...transfer(),
        reads: [{ bank: nodeId('participant-3'), account: 'a' }],
      } as ReturnType<typeof transfer>);
      stage.run(findProtocol('3pc')?.timeouts['blocked']?.ms ?? 0);
      expect(participantState(stage, 'participant-2').inDoubt).toEqual(new Map());
    }),
    { numRuns: 1000 },
  );
});

test('3pc-timeout lets two participants decide differently after one crash, somewhere', () => {
  const broken = Array.from({ length: 12 }, (_, effect) =>
    played({
      protocol: '3pc-timeout',
      schedule: scheduleOf({ deaths: [{ node: 'coordinator', effect, backAfterMs: undefined }], delays: [1] }),
    }),
  ).filter((stage) => stage.ends(TX).length === 2);
  expect(broken).toHaveLength(1);
});

const before =
  (word: string, to: string): Death['before'] =>
  (effect) =>
    effect.do === 'send' && effect.message.word === word && effect.to === to;

/** All votes are in at 2 ms, with letters that take 1 ms each; pre-commits are delivered at 3 ms, acknowledgements at 4 ms. */
const cut = (one: string, other: string, from: number, to = 5000) => ({ between: [one, other] as const, from, to });
const SCHEDULES: Readonly<Record<string, Schedule>> = {
  D1: { deaths: [{ node: 'coordinator', before: before('precommit', 'participant-2') }] },
  D2: { cuts: [cut('participant-2', 'coordinator', 2), cut('participant-2', 'participant-1', 2)] },
  D3: {
    deaths: [{ node: 'coordinator', before: before('precommit', 'participant-2') }],
    cuts: [cut('participant-1', 'participant-2', 2)],
  },
  'D4, votes read first': { pauses: [{ node: 'coordinator', from: 1.5, to: 5000, first: 'letters' }] },
  'D4, timers first': { pauses: [{ node: 'coordinator', from: 1.5, to: 5000, first: 'timers' }] },
  D5: {
    delayMs: ({ from, to }, at) => (at >= 2 && [from, to].some((node) => node === 'participant-2') ? 3000 : 1),
  },
  F12: { cuts: [cut('coordinator', 'participant-1', 2), cut('coordinator', 'participant-2', 2)] },
  // The neighbours of the windows.
  'F12 before the votes': { cuts: [cut('coordinator', 'participant-1', 1), cut('coordinator', 'participant-2', 1)] },
  'F12 after both pre-commits': {
    cuts: [cut('coordinator', 'participant-1', 3), cut('coordinator', 'participant-2', 3)],
  },
  'F13 after both pre-commits': {
    cuts: [cut('participant-2', 'coordinator', 3), cut('participant-2', 'participant-1', 3)],
  },
  'F14 after both pre-commits': { pauses: [{ node: 'coordinator', from: 3.5, to: 5000, first: 'letters' }] },
};

describe.each([
  ['D1', 'both', 'commit', 'commit'],
  ['D2', 'both', 'both', 'commit'],
  ['D3', 'both', 'both', 'commit'],
  ['D4, votes read first', 'both', 'both', 'abort'],
  ['D4, timers first', 'abort', 'abort', 'abort'],
  ['D5', 'both', 'both', 'commit'],
  ['F12', 'both', 'both', 'abort'],
  ['F12 before the votes', 'abort', 'abort', 'abort'],
  ['F12 after both pre-commits', 'commit', 'commit', 'commit'],
  ['F13 after both pre-commits', 'commit', 'commit', 'commit'],
  ['F14 after both pre-commits', 'commit', 'commit', 'commit'],
])('%s', (name, alone, termination, quorums) => {
  test.each([
    ['3pc-timeout', alone],
    ['3pc', termination],
    ['3pc-quorum', quorums],
  ])('ends %s in %s', (protocol, expected) => {
    const stage = played({ protocol, schedule: SCHEDULES[name] ?? {} });
    expect(stage.ends(TX)).toEqual(expected === 'both' ? ['abort', 'commit'] : [expected]);
  });
});

describe.each(THREE_PHASE.map(({ name }) => name))('each single message of %s lost once', (protocol) => {
  test('ends uniformly', () => {
    for (let lost = 0; lost < 12; lost++) {
      let letter = 0;
      const stage = played({ protocol, schedule: { delayMs: () => (letter++ === lost ? 3 * LATE_MS : 1) } });
      expect(stage.ends(TX), `letter ${lost}`).toHaveLength(1);
    }
  });
});

describe('3pc-quorum under any schedule', () => {
  test('never lets two nodes decide differently, loses no money, and comes to rest', () => {
    expectOneOutcomeUnderAnySchedule('3pc-quorum', { numRuns: 2000 });
  });

  test('nor where one pays two others, or two pay one', () => {
    expectOneOutcomeUnderAnySchedule('3pc-quorum', { numRuns: 300, participants: 3 });
  });
});

describe.each(THREE_PHASE.map(({ name }) => name))('any input in any state of %s', (protocol) => {
  const epoch = fc.integer({ min: 0, max: 5 });
  const answer = fc.record({
    word: fc.constant('state'),
    about: anyTx,
    epoch,
    attempt: epoch,
    recovered: fc.boolean(),
    phase: fc.constantFrom('waiting', 'precommitted', 'preaborted', 'committed', 'aborted', 'none'),
    up: fc.option(fc.subarray([...NODES])),
  });
  const common = [
    fc.record({
      word: fc.constantFrom('precommit', 'preabort', 'commit', 'abort', 'state-request', 'ack'),
      about: anyTx,
      epoch,
    }),
    fc.record({ word: fc.constant('inquire'), about: anyTx }),
    answer,
  ];
  const toParticipant = fc.oneof(
    fc.record({
      word: fc.constant('prepare'),
      about: anyTx,
      floor: fc.nat(3),
      participants: fc.subarray(['participant-1', 'participant-2'], { minLength: 1 }),
      part: fc.array(anyChange, { maxLength: 2 }),
    }),
    fc.record({ word: fc.constant('elect'), about: anyTx, epoch }),
    ...common,
  );
  const toCoordinator = fc.oneof(
    fc.record({ word: fc.constant('vote'), about: anyTx, vote: fc.constantFrom('yes', 'no') }),
    ...common,
  );
  const inputs = (role: string) =>
    anyInput(role, {
      messages: role === 'coordinator' ? toCoordinator : toParticipant,
      timers: ['votes', 'acks', 'termination', 'states', 'inquiry'],
    });

  for (const role of ['coordinator', 'participant']) {
    test(`keeps the ${role} in a known state, which its log brings back`, () => {
      fc.assert(
        fc.property(fc.array(inputs(role), { maxLength: 60 }), (sequence) => {
          const { first, second, recovery } = twoLives(protocol, role, sequence);
          if (role !== 'participant') return;
          const [now, then] = [first as unknown as ParticipantState, second as unknown as ParticipantState];
          expectSoundBank(now);
          // The last to fail may decide at once; everybody else is where it was.
          if (recovery.some((effect) => effect.do === 'force' && effect.record.mark === 'decision')) return;
          expect([then.content, then.locks]).toEqual([now.content, now.locks]);
          for (const [open, { epoch: was, attempt, phase }] of now.inDoubt)
            expect(then.inDoubt.get(open)).toMatchObject({ epoch: was, attempt, phase });
        }),
        { numRuns: 1000 },
      );
    });
  }
});
