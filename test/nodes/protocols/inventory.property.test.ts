// Warehouses with little stock under any schedule: protocols that are right never oversell; with the error that the workload is there to show,
// some schedule does, and the checkers see it by what the nodes leave behind.

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { anyOrders, INVENTORY, ONE, operationOf, playOrders, stageOrders } from '../../support/any-orders.ts';
import { TWO_PHASE } from '../../../nodes/protocols/two-phase/catalog.ts';
import type { Machine, SealedState } from '../../../nodes/contract/machine.ts';
import type { SealedWorkload } from '../../../nodes/contract/workload.ts';
import type { LockTable } from '../../../nodes/protocols/lock-table.ts';
import type { Finding } from '../../../scenarios/findings.ts';
import type { Cast } from '../../support/bank-theatre.ts';

/** Those that stay of one mind whatever happens. */
const SAFE = [...TWO_PHASE.map(({ name }) => name), '3pc-quorum'];

describe.each(SAFE)('%s under any schedule', (protocol) => {
  test('never oversells, leaves no order half done, and comes to rest', () => {
    fc.assert(
      fc.property(anyOrders, (actions) => {
        const { warehouses, findings } = playOrders(actions, { protocol });
        expect(warehouses.map(({ inDoubt, locks }) => [inDoubt.size, locks.size])).toEqual([
          [0, 0],
          [0, 0],
        ]);
        const stocks = warehouses.flatMap(({ content }) => [...content.values()].map(({ stock }) => stock));
        expect(Math.min(...stocks)).toBeGreaterThanOrEqual(0);
        expect(findings.filter(({ judgement }) => judgement === 'violated' || judgement === 'unknown')).toEqual([]);
      }),
      { numRuns: 500 },
    );
  });
});

/** A restart that serves before it has taken the locks of its promises again. */
const locksLostByRestart = (machine: Machine<SealedState>): Machine<SealedState> => ({
  ...machine,
  next: (state, input) => {
    const effects = machine.next(state, input);
    if (input.kind === 'started') (state as unknown as { readonly locks: LockTable }).locks.clear();
    return effects;
  },
});

/** Two checks of one item pass at once. */
const WITHOUT_LOCKS: SealedWorkload = { ...INVENTORY, resource: { ...INVENTORY.resource, locksOf: () => [] } };

const soldTwice = (findings: readonly Finding[]) =>
  findings.filter(
    ({ property, judgement, reason }) =>
      property === 'stock' && judgement === 'violated' && reason.includes('was sold twice'),
  );

describe.each(SAFE)('in %s', (protocol) => {
  test('checks of one item that pass at once sell a piece twice', () => {
    const findings = fc
      .sample(anyOrders, { numRuns: 100, seed: 1 })
      .flatMap((actions) => playOrders(actions, { protocol, workload: WITHOUT_LOCKS }).findings);
    expect(soldTwice(findings).length).toBeGreaterThan(0);
  });

  /** A warehouse promises 7 of 10 pieces and dies; when it is back, and before it knows the end of that, somebody else wants 6. */
  function promisedAndRestarted(plant?: Cast['plant']) {
    const { theatre, rested } = stageOrders({ protocol, ...(plant && { plant }) });
    theatre.ask('coordinator', 'first', operationOf({ word: 'order', item: 'i00', pieces: [7, 1] }));
    theatre.deliver(({ to }) => to === ONE);
    theatre.crash(ONE);
    theatre.start(ONE);
    theatre.ask('coordinator', 'second', operationOf({ word: 'order', item: 'i00', pieces: [6, 0] }));
    theatre.deliver(({ to, message }) => to === ONE && message.about === 'coordinator.1.2');
    theatre.deliverAll();
    return { theatre, ...rested() };
  }

  test('a warehouse that comes back keeps what it has promised, and refuses who wants it', () => {
    const { theatre, findings } = promisedAndRestarted();
    const [refused] = theatre.told.filter(({ word }) => word === 'refused');
    expect(refused).toMatchObject({ about: 'coordinator.1.2', reason: 'locked', holder: 'coordinator.1.1' });
    expect(findings.filter(({ judgement }) => judgement === 'violated')).toEqual([]);
  });

  test('a warehouse that does not take its locks again sells a piece twice', () => {
    const [found] = soldTwice(promisedAndRestarted(locksLostByRestart).findings);
    expect(found?.reason).toMatch(
      /^i00 of participant-1 was sold twice: order (first|second) \(coordinator\.1\.[12]\) took [67] where [34] were left\./,
    );
  });
});
