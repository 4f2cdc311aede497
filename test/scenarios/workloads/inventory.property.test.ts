// Any fields of the inventory: a refusal of whatever cannot be, and of the rest a plan that is as they say.

import { nodeId } from '../../../nodes/contract/ids.ts';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { randomStream } from '../../../nodes/contract/random.ts';
import {
  inventory as operations,
  type InventoryOperation,
  type InventoryParams,
} from '../../../nodes/workloads/inventory.ts';
import { formatScenario, parseScenario } from '../../../scenarios/language/scenario.ts';
import { parsed, planOf } from '../../support/inventory-file.ts';
import type { Problem } from '../../../scenarios/language/problem.ts';
import type { Plan } from '../../../scenarios/plan/plan-types.ts';

/** What each client draws at first. */
function drawn({ params, seed }: Plan, clients: number): readonly (readonly InventoryOperation[])[] {
  return Array.from({ length: clients }, (_, client) => {
    const random = randomStream(seed, `client-${client}`);
    return Array.from({ length: 40 }, (_each, nth) => {
      const drawer = { node: nodeId('client'), client, random, nth };
      return operations.draw(params as unknown as InventoryParams, drawer);
    });
  });
}

const anyFields = fc.record({
  items: fc.integer({ min: 0, max: 14 }),
  clients: fc.integer({ min: 1, max: 9 }),
  stock: fc.integer({ min: -1, max: 9 }),
  scarce: fc.constantFrom(0, 0.5, 1, 1.5),
  pieces: fc.integer({ min: 0, max: 9 }),
  contention: fc.constantFrom(0, 0.5, 1),
  hot: fc.integer({ min: 0, max: 4 }),
  fewest: fc.integer({ min: 1, max: 5 }),
  most: fc.integer({ min: 1, max: 5 }),
  restocks: fc.constantFrom(0, 0.3, 0.7, 1),
  moves: fc.constantFrom(0, 0.3, 0.7, 1),
});
const anyWarehouses = fc.integer({ min: 2, max: 6 });

type Fields = typeof anyFields extends fc.Arbitrary<infer Value> ? Value : never;

/** The fields that cannot be: outside of their own range, and where all are inside of it, those that do not go together. */
function wrongFields(warehouses: number, given: Fields): readonly string[] {
  const { items, clients, stock, scarce, pieces, contention, hot, fewest, most, restocks, moves } = given;
  const outside = Object.entries({
    items: items < 1,
    stock: stock < 0,
    scarce: scarce > 1,
    pieces: pieces < 1,
    hot: hot < 1,
  });
  const together = Object.entries({
    items: items - (contention > 0 ? hot : 0) < clients,
    moves: restocks + moves > 1,
    fewest: fewest > Math.min(most, warehouses),
  });
  const namesOf = (list: typeof outside) => list.filter(([, wrong]) => wrong).map(([name]) => name);
  const alone = namesOf(outside);
  return alone.length > 0 ? alone : namesOf(together);
}

/** The field whose value begins where the problem is. */
function fieldAt({ where: { column = 0, text = '' } }: Problem): string {
  return text.slice(0, column - 1).match(/"(\w+)":$/)?.[1] ?? `column ${column}`;
}

describe('any fields of the inventory', () => {
  test('that cannot be are refused, each at its own place, with what is allowed there, and no others', () => {
    fc.assert(
      fc.property(anyWarehouses, anyFields, (warehouses, fields) => {
        const scenario = parsed(warehouses, fields);
        const problems = scenario.ok ? [] : scenario.problems;
        const refused = Object.fromEntries(problems.map((problem) => [fieldAt(problem), problem]));
        expect(new Set(Object.keys(refused))).toEqual(new Set(wrongFields(warehouses, fields)));
        expect(problems).toHaveLength(Object.keys(refused).length);
        for (const [field, { where, found, allowed = [] }] of Object.entries(refused)) {
          expect(where).toMatchObject({ source: 'mine.yaml', line: 6 });
          expect(found).toBe(String(fields[field as keyof Fields]));
          expect(allowed.join('')).toMatch(/\S/);
        }
      }),
      { numRuns: 500 },
    );
  });

  test('that can be come back from their own text', () => {
    fc.assert(
      fc.property(anyWarehouses, anyFields, (warehouses, fields) => {
        const scenario = parsed(warehouses, fields);
        fc.pre(scenario.ok);
        if (scenario.ok)
          expect(parseScenario(formatScenario(scenario.value), { source: 'again.yaml' })).toEqual(scenario);
      }),
    );
  });

  test('let each order take from as many warehouses as they say, and clients meet at hot items alone', () => {
    fc.assert(
      fc.property(anyWarehouses, anyFields, (warehouses, fields) => {
        fc.pre(wrongFields(warehouses, fields).length === 0);
        const plan = planOf(warehouses, fields);
        const owners = new Map<string, number>();
        for (const [client, list] of drawn(plan, fields.clients).entries())
          for (const operation of list) {
            const uses = operations.usesOf(operation);
            expect(uses.every(({ site, key }) => key in ((plan.initial[site] ?? {}) as object))).toBe(true);
            expect(new Set(uses.map(({ site }) => site)).size).toBe(uses.length);
            if (operation.word === 'order') {
              expect(uses.length).toBeGreaterThanOrEqual(fields.fewest);
              expect(uses.length).toBeLessThanOrEqual(fields.most);
            }
            if (fields.contention > 0 && Number(operation.item.slice(1)) < fields.hot) continue;
            expect(owners.get(operation.item) ?? client).toBe(client);
            owners.set(operation.item, client);
          }
      }),
      { numRuns: 100 },
    );
  });
});
