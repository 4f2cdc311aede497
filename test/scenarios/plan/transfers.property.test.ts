// Transfers of any workload: as many as it has, sound, and drawn so that healthy clients never wait for each other.

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { makePlan } from '../../../scenarios/plan/plan.ts';
import { changesOf, drawnLists, movesOf } from '../../support/drawn.ts';
import { scenarioWith } from '../../support/transfers-scenario.ts';
import type { Transfer } from '../../../nodes/workloads/transfers.ts';

const accountsOf = (transfers: readonly Transfer[]) =>
  new Set(transfers.flatMap(movesOf).flatMap(({ from, to }) => [from.account, to.account]));

describe('transfers', () => {
  const workloads = fc
    .record({
      clients: fc.integer({ min: 1, max: 9 }),
      spare: fc.integer({ min: 0, max: 12 }),
      transactions: fc.integer({ min: 1, max: 300 }),
      contention: fc.constantFrom(0, 0.25, 1),
      poor: fc.constantFrom(0, 0.25, 1),
      parts: fc.constantFrom(2, 'all' as const),
      participants: fc.integer({ min: 2, max: 16 }),
      seed: fc.integer({ min: 0, max: 2 ** 32 }),
    })
    .map(({ spare, participants, seed, ...workload }) => {
      const accounts = workload.clients + spare + 1;
      return {
        workload: { ...workload, accounts },
        plan: makePlan(scenarioWith({ ...workload, accounts }, participants), seed),
      };
    });

  test('are as many as the workload has, evenly over the clients', () => {
    fc.assert(
      fc.property(workloads, ({ workload: { clients, transactions }, plan }) => {
        const lengths = drawnLists(plan).map(({ length }) => length);
        expect(lengths).toHaveLength(clients);
        expect(lengths.reduce((sum, length) => sum + length, 0)).toBe(transactions);
        expect(Math.max(...lengths) - Math.min(...lengths)).toBeLessThanOrEqual(1);
      }),
    );
  });

  test('are of at least 1 between different banks that exist, from and to accounts that exist, and sum to zero', () => {
    fc.assert(
      fc.property(workloads, ({ workload: { parts }, plan }) => {
        const opening = plan.initial as Record<string, Record<string, number>>;
        const banks = Object.keys(opening).length;
        const isSound = (drawn: Transfer) => {
          const changes = changesOf(drawn);
          const deltas = Object.values(changes).flat();
          return (
            Object.keys(changes).length === (parts === 'all' ? banks : 2) &&
            movesOf(drawn).every(({ amount }) => amount >= 1 && Number.isInteger(amount)) &&
            Object.entries(changes).every(([bank, own]) => own.every(({ account }) => opening[bank]?.[account])) &&
            deltas.reduce((sum, { delta }) => sum + delta, 0) === 0
          );
        };
        expect(drawnLists(plan).flatMap((drawn) => drawn.filter((one) => !isSound(one)))).toEqual([]);
      }),
    );
  });

  test('of different clients never meet in an account but the hot one', () => {
    fc.assert(
      fc.property(workloads, ({ workload, plan }) => {
        const owners = new Map<string, number>();
        drawnLists(plan).forEach((transfers, client) => {
          for (const account of accountsOf(transfers)) {
            if (workload.contention > 0 && account === 'a00') continue;
            expect(owners.get(account) ?? client).toBe(client);
            owners.set(account, client);
          }
        });
      }),
    );
  });
});
