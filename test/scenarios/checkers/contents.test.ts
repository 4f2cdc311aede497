// What checkers read of contents and requests: what a workload's sites hold, and nothing of what is anything else.

import { describe, expect, test } from 'vitest';
import { readerOf } from '../../../scenarios/checkers/contents.ts';
import { openingIn, partsIn, shelvesIn, wouldRunOut } from '../../../scenarios/checkers/inventory/content.ts';
import { askedIn, deletedIn, isAgainst, ordersIn } from '../../../scenarios/checkers/references/content.ts';
import { nodeId } from '../../../nodes/contract/ids.ts';
import type { Json } from '../../../nodes/contract/messages.ts';

const A = 'coordinator.1.1';
const B = 'coordinator.1.2';
const C = 'coordinator.1.3';
const NO_MAPPINGS: readonly Json[] = [null, 7, 'text', [], true];

test.each(['transfers', 'inventory', 'references', 'a workload that nobody knows'])(
  'content that is none of %s bears no trace of a transaction',
  (workload) => {
    for (const content of [...NO_MAPPINGS, { a01: null, deleted: 7, orders: [] }])
      expect(readerOf(workload).tracesIn(content)).toEqual([]);
  },
);

describe('a service', () => {
  const orders = [{ placedBy: A, cancelledBy: B }, { placedBy: C, cancelledBy: null }, null, 7, { placedBy: 7 }];
  const content = {
    deleted: { 'customer-7': C, 'customer-8': 7 },
    orders: { 'orders-of-7': orders, 'orders-of-8': 7 },
  };

  test('bears the trace of whoever deleted, placed and cancelled', () => {
    expect(readerOf('references').tracesIn(content)).toEqual([
      { tx: C, key: 'customer-7' },
      { tx: A, key: 'orders-of-7' },
      { tx: B, key: 'orders-of-7' },
      { tx: C, key: 'orders-of-7' },
    ]);
    expect(deletedIn(content)).toEqual(new Map([['customer-7', C]]));
    expect(Object.fromEntries(ordersIn(content))).toEqual({ 'orders-of-7': orders.slice(0, 2), 'orders-of-8': [] });
  });

  test.each<[word: string, customer: number, key: string, against: boolean]>([
    ['place', 7, 'customer-7', true],
    ['place', 9, 'customer-9', false],
    ['delete', 7, 'orders-of-7', true],
    ['delete', 9, 'orders-of-9', false],
    ['cancel', 7, 'orders-of-7', false],
    ['cancel', 9, 'orders-of-9', true],
    ['place', 7, 'orders-of-7', false],
  ])('gives ground to refuse %s of customer %i at %s: %s', (word, customer, key, against) => {
    expect(isAgainst(content, { word, customer }, { key })).toBe(against);
  });

  test.each<Json | undefined>([undefined, ...NO_MAPPINGS, { word: 'place' }, { word: 7, customer: 7 }])(
    'is asked for nothing by %j, and gives no ground to refuse it',
    (request) => {
      expect(askedIn(request)).toBeNull();
      expect(isAgainst(content, request, { key: 'customer-7' })).toBe(false);
    },
  );
});

describe('a warehouse', () => {
  const site = nodeId('participant-1');
  const other = nodeId('participant-2');
  const book = [{ tx: A, delta: -1, kind: 'order' }];
  const content = { i00: { stock: 3, book }, i01: { stock: 'many', book }, i02: 7 };

  test('has shelves with a stock and a book, and opening stocks that are numbers', () => {
    expect(Object.fromEntries(shelvesIn(content))).toEqual({ i00: { stock: 3, book } });
    expect(readerOf('inventory').tracesIn(content)).toEqual([{ tx: A, key: 'i00' }]);
    expect(openingIn({ i00: 3, i01: 'many' })).toEqual(new Map([['i00', 3]]));
    for (const initial of [undefined, ...NO_MAPPINGS]) expect(openingIn(initial)).toEqual(new Map());
  });

  test.each<[what: string, request: Json, parts: readonly (readonly [string, number])[]]>([
    [
      'an order takes from each of its warehouses',
      {
        word: 'order',
        item: 'i00',
        from: [
          { warehouse: site, pieces: 2 },
          { warehouse: other, pieces: 1 },
        ],
      },
      [
        [site, -2],
        [other, -1],
      ],
    ],
    ['a restock brings', { word: 'restock', item: 'i00', at: site, pieces: 5 }, [[site, 5]]],
    [
      'a move takes and brings',
      { word: 'move', item: 'i00', from: site, to: other, pieces: 4 },
      [
        [site, -4],
        [other, 4],
      ],
    ],
  ])('%s', (_what, request, parts) => {
    expect(partsIn(request)?.map(({ warehouse, delta }) => [warehouse, delta])).toEqual(parts);
  });

  test.each<Json | undefined>([
    undefined,
    ...NO_MAPPINGS,
    { word: 'order' },
    { word: 'order', item: 'i00', from: [{ warehouse: site }] },
    { word: 'order', item: 'i00', from: [7] },
    { word: 'restock', item: 'i00', pieces: 5 },
    { word: 'move', item: 'i00', from: site, pieces: 5 },
    { word: 'sell', item: 'i00', at: site, pieces: 5 },
  ])('is asked for nothing by %j, which runs out of nothing', (request) => {
    expect(partsIn(request)).toBeNull();
    expect(wouldRunOut(content, request, { site, key: 'i00' })).toBe(false);
  });

  test('runs out where more is taken than there is, of this item and here', () => {
    const order = (pieces: number, item = 'i00', warehouse = site) => ({
      word: 'order',
      item,
      from: [{ warehouse, pieces }],
    });
    const runsOut = (request: Json) => wouldRunOut(content, request, { site, key: 'i00' });
    expect([order(4), order(3), order(4, 'i09'), order(4, 'i00', other)].map(runsOut)).toEqual([
      true,
      false,
      false,
      false,
    ]);
    expect(wouldRunOut({}, order(4), { site, key: 'i00' })).toBe(false);
  });
});
