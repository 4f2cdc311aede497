// Any schedule and any nonsense: what must hold whatever order letters, timers, crashes and restarts come in.

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  anyChange,
  anyInput,
  anyNode,
  anyTx,
  expectOneOutcomeUnderAnySchedule,
  expectSoundBank,
  twoLives,
} from '../../support/any-schedule.ts';
import { TWO_PHASE } from '../../../nodes/protocols/two-phase/catalog.ts';
import type { ParticipantState } from '../../../nodes/protocols/two-phase/participant.ts';

describe.each(TWO_PHASE.map(({ name }) => name))('%s under any schedule', (protocol) => {
  const votesRead = protocol !== '2pc-presumed-nothing';

  test('never lets two nodes decide differently, loses no money, and comes to rest', () => {
    expectOneOutcomeUnderAnySchedule(protocol, { numRuns: 1000, votesRead });
  });

  test('nor where one pays two others, or two pay one', () => {
    expectOneOutcomeUnderAnySchedule(protocol, { numRuns: 300, votesRead, participants: 3 });
  });
});

describe.each(TWO_PHASE.map(({ name }) => name))('any input in any state of %s', (protocol) => {
  const toParticipant = fc.oneof(
    fc.record({
      word: fc.constant('prepare'),
      about: anyTx,
      participants: fc.array(anyNode),
      part: fc.array(anyChange, { maxLength: 2 }),
      floor: fc.nat(3),
    }),
    fc.record({ word: fc.constantFrom('commit', 'abort'), about: anyTx }),
    fc.record({
      word: fc.constant('outcome'),
      about: anyTx,
      outcome: fc.constantFrom('commit', 'abort', 'in-progress'),
    }),
  );
  const toCoordinator = fc.oneof(
    fc.record({ word: fc.constant('vote'), about: anyTx, vote: fc.constantFrom('yes', 'no', 'read') }),
    fc.record({ word: fc.constantFrom('ack', 'inquire'), about: anyTx }),
  );
  const inputs = (role: string) =>
    anyInput(role, {
      messages: role === 'coordinator' ? toCoordinator : toParticipant,
      timers: ['votes', 'resend', 'inquiry'],
    });

  for (const role of ['coordinator', 'participant']) {
    test(`keeps the ${role} in a known state`, () => {
      fc.assert(
        fc.property(fc.array(inputs(role), { maxLength: 60 }), (sequence) => {
          const { first, second } = twoLives(protocol, role, sequence);
          if (role !== 'participant') return;
          const [now, then] = [first as unknown as ParticipantState, second as unknown as ParticipantState];
          expect([then.content, then.locks]).toEqual([now.content, now.locks]);
          expectSoundBank(now);
        }),
        { numRuns: 300 },
      );
    });
  }
});
