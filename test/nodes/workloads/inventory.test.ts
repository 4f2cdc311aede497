import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { nodeId, type TxId } from '../../../nodes/contract/ids.ts';
import { randomStream } from '../../../nodes/contract/random.ts';
import {
  inventory,
  itemName,
  type InventoryOperation,
  type InventoryParams,
} from '../../../nodes/workloads/inventory.ts';
import { castBanks } from '../../support/bank-theatre.ts';
import { INVENTORY, ONE, OPENING, operationOf } from '../../support/any-orders.ts';
import { Theatre } from '../../support/theatre.ts';

const WAREHOUSES = ['participant-1', 'participant-2', 'participant-3'].map(nodeId);
const PARAMS: InventoryParams = {
  warehouses: WAREHOUSES,
  items: 16,
  clients: 4,
  contention: 0.3,
  hot: 2,
  pieces: 20,
  fewest: 1,
  most: 3,
  restocks: 0.2,
  moves: 0.2,
};

function drawn(params: Partial<InventoryParams>, client = 0, seed = 1): readonly InventoryOperation[] {
  const random = randomStream(seed, `client-${client}`);
  return Array.from({ length: 300 }, (_, nth) => {
    const drawer = { node: nodeId('client'), client, random, nth };
    return inventory.draw({ ...PARAMS, ...params }, drawer);
  });
}

const itemsOf = (operations: readonly InventoryOperation[]) => new Set(operations.map(({ item }) => item));

describe('operations are drawn', () => {
  test('alike from the same stream, and otherwise from another', () => {
    expect(drawn({})).toEqual(drawn({}));
    expect(drawn({})).not.toEqual(drawn({}, 0, 2));
  });

  test('of each kind, by their shares', () => {
    const share = (word: string, params: Partial<InventoryParams>) =>
      drawn(params).filter((operation) => operation.word === word).length / 300;
    expect(new Set(drawn({}).map(({ word }) => word))).toEqual(new Set(['order', 'restock', 'move']));
    expect(share('order', { restocks: 0, moves: 0 })).toBe(1);
    expect(share('restock', { restocks: 1, moves: 0 })).toBe(1);
    expect(share('move', { restocks: 0, moves: 1 })).toBe(1);
    expect(share('order', {})).toBeCloseTo(0.6, 1);
  });

  test('with parts at as many different warehouses as an order may have', () => {
    const sizes = (params: Partial<InventoryParams>) =>
      new Set(drawn({ restocks: 0, moves: 0, ...params }).map((operation) => inventory.usesOf(operation).length));
    expect(sizes({})).toEqual(new Set([1, 2, 3]));
    expect(sizes({ fewest: 2, most: 2 })).toEqual(new Set([2]));
    expect(sizes({ fewest: 2, most: 16 })).toEqual(new Set([2, 3]));
  });

  test('over a wide range of pieces, none of them nothing', () => {
    const drawnByAll = [0, 1, 2, 3].flatMap((client) => drawn({}, client));
    const deltas = drawnByAll.flatMap((operation) =>
      Object.values(inventory.partsOf(operation)).map(({ delta }) => Math.abs(delta)),
    );
    expect([Math.min(...deltas), Math.max(...deltas)]).toEqual([1, 20]);
    expect(deltas.filter((pieces) => pieces <= 5).length).toBeGreaterThan(deltas.length / 3);
  });

  test('so that clients meet at hot items, and nowhere else', () => {
    const [one, other] = [itemsOf(drawn({}, 0)), itemsOf(drawn({}, 1))];
    expect(new Set([...one].filter((item) => other.has(item)))).toEqual(new Set([itemName(0), itemName(1)]));
  });

  test('so that nobody meets anybody without contention', () => {
    const clients = Array.from({ length: 4 }, (_, client) => itemsOf(drawn({ contention: 0 }, client)));
    expect(clients.reduce((sum, { size }) => sum + size, 0)).toBe(16);
    expect(new Set(clients.flatMap((items) => [...items])).size).toBe(16);
  });

  test('with one change for each warehouse that they use', () => {
    for (const operation of drawn({})) {
      const uses = inventory.usesOf(operation);
      expect(Object.keys(inventory.partsOf(operation)).toSorted()).toEqual(uses.map(({ site }) => site).toSorted());
      expect(uses.every(({ key, mode }) => key === operation.item && mode === 'write')).toBe(true);
    }
  });

  test('so that a move neither makes nor loses a piece', () => {
    for (const move of drawn({ restocks: 0, moves: 1 }))
      expect(Object.values(inventory.partsOf(move)).reduce((sum, { delta }) => sum + delta, 0)).toBe(0);
  });
});

describe('a warehouse', () => {
  const { resource } = inventory;
  const order = (delta: number, item = 'i00') => ({ item, delta, kind: 'order' as const });
  const tx = (name: string) => name as TxId;

  test('promises the last piece, and not one more', () => {
    const content = resource.open({ i00: 3 });
    expect(resource.refusal(content, order(-3))).toBeNull();
    expect(resource.refusal(content, order(-4))).toEqual({ reason: 'out-of-stock', key: 'i00' });
  });

  test('names no key when it does not have the item', () => {
    expect(resource.refusal(resource.open({ i00: 3 }), order(-1, 'i09'))).toEqual({ reason: 'unknown-item' });
  });

  test('never refuses a restock of what it has', () => {
    expect(resource.refusal(resource.open({ i00: 0 }), { item: 'i00', delta: 1, kind: 'restock' })).toBeNull();
  });

  test('writes each change into the book of its item, in order', () => {
    const content = resource.open({ i00: 3, i01: 1 });
    resource.apply(content, tx('one'), order(-2));
    resource.apply(content, tx('two'), { item: 'i00', delta: 4, kind: 'restock' });
    expect(resource.toJson(content)).toEqual({
      i00: {
        stock: 5,
        book: [
          { tx: 'one', delta: -2, kind: 'order' },
          { tx: 'two', delta: 4, kind: 'restock' },
        ],
      },
      i01: { stock: 1, book: [] },
    });
    expect(resource.restore(resource.toJson(content))).toEqual(content);
  });
});

describe('two orders of one item at once', () => {
  function asked(...pieces: readonly number[]): Theatre {
    const theatre = new Theatre();
    castBanks(theatre, { workload: INVENTORY, opening: OPENING });
    for (const [index, many] of pieces.entries())
      theatre.ask('coordinator', `op-${index}`, operationOf({ word: 'order', item: 'i00', pieces: [many, many] }));
    return theatre;
  }
  const refusals = ({ told }: Theatre) => told.filter(({ word }) => word === 'refused');

  test('are not both promised: the lock of the first refuses the second, though there is enough for both', () => {
    const theatre = asked(1, 1);
    for (let both = 0; both < 2; both++) theatre.deliver(({ to, message }) => to === ONE && message.word === 'prepare');
    expect(refusals(theatre)).toEqual([
      { word: 'refused', about: 'coordinator.1.2', reason: 'locked', key: 'i00', holder: 'coordinator.1.1' },
    ]);
  });

  test('one after the other: the second is refused for want of stock, and takes nothing anywhere', () => {
    const theatre = asked(7);
    theatre.deliverAll();
    theatre.ask('coordinator', 'late', operationOf({ word: 'order', item: 'i00', pieces: [4, 1] }));
    theatre.deliverAll();
    expect(refusals(theatre)).toEqual([
      { word: 'refused', about: 'coordinator.1.2', reason: 'out-of-stock', key: 'i00' },
    ]);
    expect(theatre.answers.map(({ answer }) => answer.word)).toEqual(['ok', 'failed']);
  });
});

test('any content is the same after a checkpoint', () => {
  const change = fc.record({
    item: fc.constantFrom('i00', 'i01'),
    delta: fc.integer({ min: -5, max: 5 }),
    kind: fc.constantFrom('order' as const, 'restock' as const, 'move' as const),
  });
  fc.assert(
    fc.property(fc.array(change, { maxLength: 20 }), (changes) => {
      const content = inventory.resource.open({ i00: 100, i01: 100 });
      for (const [at, part] of changes.entries())
        inventory.resource.apply(content, `coordinator.1.${at}` as TxId, part);
      const json: unknown = JSON.parse(JSON.stringify(inventory.resource.toJson(content)));
      expect(inventory.resource.restore(json as Parameters<typeof inventory.resource.restore>[0])).toEqual(content);
    }),
  );
});
