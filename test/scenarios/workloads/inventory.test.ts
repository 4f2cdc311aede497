// What scenarios make of the inventory's fields: shelves, and probes for every warehouse.

import { describe, expect, test } from 'vitest';
import { inventory as operations, itemName, type InventoryOperation } from '../../../nodes/workloads/inventory.ts';
import { scenarioFromSentence } from '../../../scenarios/language/scenario.ts';
import { makePlan } from '../../../scenarios/plan/plan.ts';
import { planOf } from '../../support/inventory-file.ts';

describe('a plan of orders', () => {
  test('opens the same shelves in every warehouse, the last ones nearly empty', () => {
    const { initial } = planOf(3, { items: 8, stock: 50, scarce: 0.25 });
    const plenty = Object.fromEntries(Array.from({ length: 6 }, (_, index) => [itemName(index), 50]));
    const shelves = { ...plenty, i06: 3, i07: 3 };
    expect(initial).toEqual({ 'participant-1': shelves, 'participant-2': shelves, 'participant-3': shelves });
  });

  test('has no more of a scarce item than of the others', () => {
    expect(planOf(2, { items: 6, stock: 1, scarce: 0.5 }).initial).toMatchObject({
      'participant-1': { i00: 1, i05: 1 },
    });
  });

  test('probes every item of every warehouse, with what is never refused for want of stock', () => {
    const probes = planOf(3, { items: 8, stock: 0 }).probes.flat() as unknown as readonly InventoryOperation[];
    expect(new Set(probes.map(({ word }) => word))).toEqual(new Set(['restock']));
    const places = probes.flatMap((probe) => operations.usesOf(probe)).map(({ site, key }) => `${key} of ${site}`);
    expect(new Set(places).size).toBe(24);
    expect(places).toHaveLength(24);
  });

  test('comes of a sentence too, when its workload is named', () => {
    const scenario = scenarioFromSentence('kill coordinator during prepare', { workload: 'inventory' });
    expect(scenario).toMatchObject({ ok: true, value: { workload: { kind: 'inventory', items: 16, stock: 200 } } });
    expect(scenario.ok && makePlan(scenario.value, 1)).toMatchObject({ workload: 'inventory' });
  });
});
