// What scenarios make of the inventory's fields: shelves and probes for every warehouse, and a refusal of whatever cannot be.

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { randomStream } from '../../../nodes/contract/random.ts';
import {
  inventory as operations,
  itemName,
  type InventoryOperation,
  type InventoryParams,
} from '../../../nodes/workloads/inventory.ts';
import { formatScenario, parseScenario, scenarioFromSentence } from '../../../scenarios/language/scenario.ts';
import { makePlan } from '../../../scenarios/plan/plan.ts';
import type { Problem } from '../../../scenarios/language/problem.ts';
import type { Plan } from '../../../scenarios/plan/plan-types.ts';

/** The workload is line 6. */
const fileOf = (participants: number, fields: Readonly<Record<string, unknown>>) =>
  `version: 1\nname: mine\ntitle: Mine\nprotocol: 2pc\ntopology: { participants: ${participants} }\nworkload: ${JSON.stringify({ kind: 'inventory', ...fields })}\n`;

const parsed = (participants: number, fields: Readonly<Record<string, unknown>>) =>
  parseScenario(fileOf(participants, fields), { source: 'mine.yaml' });

function planOf(participants: number, fields: Readonly<Record<string, unknown>>): Plan {
  const scenario = parsed(participants, fields);
  if (!scenario.ok) throw new Error(scenario.problems.map(({ message }) => message).join('\n'));
  return makePlan(scenario.value, 1);
}

/** What each client draws at first. */
function drawn({ params, seed }: Plan, clients: number): readonly (readonly InventoryOperation[])[] {
  return Array.from({ length: clients }, (_, client) => {
    const random = randomStream(seed, `client-${client}`);
    return Array.from({ length: 40 }, (_each, nth) => {
      const drawer = { client, random, nth };
      return operations.draw(params as unknown as InventoryParams, drawer);
    });
  });
}

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
