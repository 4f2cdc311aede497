// Any schedule and any nonsense: what must hold whatever order letters, timers, crashes and restarts come in.

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  NODES,
  act,
  action,
  comeToRest,
  expectOneOutcome,
  expectSoundBank,
  twoLives,
} from '../../support/any-schedule.ts';
import { bankTheatre, transfer } from '../../support/bank-theatre.ts';
import { TWO_PHASE } from '../../../nodes/protocols/two-phase/catalog.ts';
import { nodeId, opId } from '../../../nodes/contract/ids.ts';
import type { Input } from '../../../nodes/contract/machine.ts';
import type { ParticipantState } from '../../../nodes/protocols/two-phase/participant.ts';

describe.each(TWO_PHASE.map(({ name }) => name))('%s under any schedule', (protocol) => {
  const votesRead = protocol !== '2pc-presumed-nothing';

  test('never lets two nodes decide differently, loses no money, and comes to rest', () => {
    fc.assert(
      fc.property(fc.array(action, { minLength: 10, maxLength: 120 }), (actions) => {
        const theatre = bankTheatre(protocol);
        actions.forEach((given, step) => act(theatre, given, step));
        comeToRest(theatre);
        expectOneOutcome(theatre, votesRead);
      }),
      { numRuns: 1000 },
    );
  });
});

describe.each(TWO_PHASE.map(({ name }) => name))('any input in any state of %s', (protocol) => {
  const tx = fc.constantFrom('coordinator.1.1', 'coordinator.1.2', 'coordinator.2.1', 'nonsense');
  const node = fc.constantFrom(...NODES, 'client', 'stranger').map(nodeId);
  const change = fc.record({
    account: fc.constantFrom('a', 'b', 'nowhere'),
    delta: fc.integer({ min: -150, max: 150 }),
  });
  const message = fc.oneof(
    fc.record({
      word: fc.constant('prepare'),
      tx,
      participants: fc.array(node),
      changes: fc.array(change, { maxLength: 2 }),
      floor: fc.nat(3),
    }),
    fc.record({ word: fc.constantFrom('commit', 'abort'), tx }),
    fc.record({ word: fc.constant('outcome'), tx, outcome: fc.constantFrom('commit', 'abort', 'in-progress') }),
  );
  const toCoordinator = fc.oneof(
    fc.record({ word: fc.constant('vote'), tx, vote: fc.constantFrom('yes', 'no', 'read') }),
    fc.record({ word: fc.constantFrom('ack', 'inquire'), tx }),
  );
  const inputs = (role: string): fc.Arbitrary<Input> =>
    fc.oneof(
      fc.record({
        kind: fc.constant('received'),
        from: node,
        message: role === 'coordinator' ? toCoordinator : message,
      }),
      fc.record({
        kind: fc.constant('expired'),
        timer: fc.record({ word: fc.constantFrom('votes', 'resend', 'inquiry', 'else'), about: tx }),
      }),
      fc.record({
        kind: fc.constant('asked'),
        by: node,
        op: fc.constant(opId('op')),
        request:
          role === 'coordinator'
            ? fc.constantFrom({ word: 'dump' }, transfer(1), transfer(500))
            : fc.constant({ word: 'dump' }),
      }),
      fc.record({
        kind: fc.constant('answered'),
        by: node,
        op: fc.constant(opId('op')),
        reply: fc.constant({ kind: 'lost' }),
      }),
    ) as unknown as fc.Arbitrary<Input>;

  for (const role of ['coordinator', 'participant']) {
    test(`keeps the ${role} in a known state`, () => {
      fc.assert(
        fc.property(fc.array(inputs(role), { maxLength: 60 }), (sequence) => {
          const { first, second } = twoLives(protocol, role, sequence);
          if (role !== 'participant') return;
          const [now, then] = [first as unknown as ParticipantState, second as unknown as ParticipantState];
          expect(then.bank).toEqual(now.bank);
          expectSoundBank(now);
        }),
        { numRuns: 300 },
      );
    });
  }
});
