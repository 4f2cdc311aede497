// Any schedule and any nonsense: what must hold whatever order letters, timers, crashes and restarts come in.

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { NODES, act, action, comeToRest } from '../../support/any-schedule.ts';
import { bankTheatre, transfer } from '../../support/bank-theatre.ts';
import { findProtocol } from '../../../nodes/protocols/catalog.ts';
import { TWO_PHASE } from '../../../nodes/protocols/two-phase/catalog.ts';
import { nodeId, opId } from '../../../nodes/contract/ids.ts';
import type { Input, LogRecord } from '../../../nodes/contract/machine.ts';
import type { ParticipantState } from '../../../nodes/protocols/two-phase/participant.ts';
import type { Theatre } from '../../support/theatre.ts';

function opOf(theatre: Theatre, tx: string): string {
  const began = theatre.told.find((note) => note.about === 'began' && note.tx === tx);
  return began?.about === 'began' ? began.op : '';
}

const participantState = (theatre: Theatre, node: string) => theatre.state(node) as unknown as ParticipantState;

describe.each(TWO_PHASE.map(({ name }) => name))('%s under any schedule', (protocol) => {
  const variantVotesYes = protocol === '2pc-presumed-nothing';

  test('never lets two nodes decide differently, loses no money, and comes to rest', () => {
    fc.assert(
      fc.property(fc.array(action, { minLength: 10, maxLength: 120 }), (actions) => {
        const theatre = bankTheatre(protocol);
        actions.forEach((given, step) => act(theatre, given, step));
        comeToRest(theatre);
        const [one, two] = [participantState(theatre, 'participant-1'), participantState(theatre, 'participant-2')];
        expect([one.inDoubt, two.inDoubt]).toEqual([{}, {}]);
        expect([one.bank.locks, two.bank.locks]).toEqual([{}, {}]);
        // Only the first bank knows the end of a transfer that merely looks at the second.
        const isBetween = (tx: string) => opOf(theatre, tx).startsWith('nowhere') || variantVotesYes;
        const committed = (state: ParticipantState) => Object.keys(state.committed).filter(isBetween).toSorted();
        expect(committed(one)).toEqual(committed(two));
        const total = [one, two]
          .flatMap(({ bank }) => Object.values(bank.accounts))
          .reduce((sum, { balance }) => sum + balance, 0);
        expect(total).toBe(400);
        for (const { op, answer } of theatre.answers) {
          const isOnlyLook = op.startsWith('everywhere') && !variantVotesYes;
          if (answer.word === 'ok' && !isOnlyLook)
            expect(one.committed, `${op} was answered ok`).toHaveProperty([(answer as unknown as { tx: string }).tx]);
          if (answer.word === 'failed')
            expect(one.committed).not.toHaveProperty([(answer as unknown as { tx: string }).tx]);
        }
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
      const { machine } = findProtocol(protocol)?.roles[role] ?? {};
      if (!machine) throw new Error(role);
      fc.assert(
        fc.property(fc.array(inputs(role), { maxLength: 60 }), (sequence) => {
          const setup = {
            self: nodeId(role === 'coordinator' ? role : 'participant-1'),
            nodes: NODES.map(nodeId),
            seed: 1,
            timeouts: {},
            options: { participant: { opening: { 'participant-1': { a: 100, b: 100 } } } },
          };
          const state = machine.initial(setup);
          const log: LogRecord[] = [];
          for (const input of [{ kind: 'started', log: [], incarnation: 1 } as Input, ...sequence]) {
            for (const effect of machine.next(state, input))
              if (effect.do === 'force' || effect.do === 'append') log.push(effect.record);
          }
          expect(JSON.parse(JSON.stringify(state))).toEqual(state);
          const again = machine.initial(setup);
          machine.next(again, { kind: 'started', log, incarnation: 2 });
          if (role === 'participant') {
            const [now, then] = [state as unknown as ParticipantState, again as unknown as ParticipantState];
            expect(then.bank).toEqual(now.bank);
            expect(Object.values(now.bank.accounts).every(({ balance }) => balance >= 0)).toBe(true);
            expect(Object.values(now.bank.locks).every((holder) => holder in now.inDoubt)).toBe(true);
          }
        }),
        { numRuns: 300 },
      );
    });
  }
});
