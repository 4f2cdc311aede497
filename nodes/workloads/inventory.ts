// Orders of items that lie in warehouses. An order takes pieces of one item from several warehouses, a restock adds some at one, and a move
// shifts some from one to another. A few hot items are wanted by everybody, and of some there is hardly anything left.

import { invariant } from '../contract/invariant.ts';
import { randomBelow, randomUnit, type Random } from '../contract/random.ts';
import type { NodeId, TxId } from '../contract/ids.ts';
import type { Drawer, Refusal, Resource, Use, Workload } from '../contract/workload.ts';

/** So many pieces of one warehouse. */
export interface Taking {
  readonly warehouse: NodeId;
  readonly pieces: number;
}

export interface Order {
  readonly word: 'order';
  readonly item: string;
  /** Each warehouse once. */
  readonly from: readonly Taking[];
}

export interface Restock {
  readonly word: 'restock';
  readonly item: string;
  readonly at: NodeId;
  readonly pieces: number;
}

export interface Move {
  readonly word: 'move';
  readonly item: string;
  readonly from: NodeId;
  readonly to: NodeId;
  readonly pieces: number;
}

export type InventoryOperation = Order | Restock | Move;

/** One warehouse's part of an operation: by how much its stock of the item changes, and why. */
export interface StockChange {
  readonly item: string;
  readonly delta: number;
  readonly kind: InventoryOperation['word'];
}

export interface InventoryParams {
  readonly warehouses: readonly NodeId[];
  /** The same in every warehouse. */
  readonly items: number;
  readonly clients: number;
  /** Share of operations, 0 to 1, on a hot item. */
  readonly contention: number;
  /** How many items are hot: the first ones. Nobody has them for himself. */
  readonly hot: number;
  /** The most that one operation takes or adds at a warehouse. */
  readonly pieces: number;
  /** How many warehouses an order takes from. */
  readonly fewest: number;
  readonly most: number;
  /** Shares of operations, 0 to 1; the others are orders. */
  readonly restocks: number;
  readonly moves: number;
}

// ── the warehouse ──

interface Shelf {
  stock: number;
  /** Who changed it by how much and why, in order. */
  readonly book: { readonly tx: TxId; readonly delta: number; readonly kind: StockChange['kind'] }[];
}

export type Warehouse = Map<string, Shelf>;

const warehouse: Resource<StockChange, Warehouse> = {
  open: (initial) =>
    new Map(
      Object.entries(initial as Readonly<Record<string, number>>).map(([item, stock]) => [item, { stock, book: [] }]),
    ),
  refusal,
  locksOf: ({ item }) => [{ key: item, mode: 'write' }],
  isReadOnly: () => false,
  apply,
  toJson: (shelves) =>
    Object.fromEntries([...shelves].map(([item, { stock, book }]) => [item, { stock, book: [...book] }])),
  restore: (json) => new Map(Object.entries(json as unknown as Record<string, Shelf>)),
};

function refusal(shelves: Warehouse, { item, delta }: StockChange): Refusal | null {
  const shelf = shelves.get(item);
  if (!shelf) return { reason: 'unknown-item' };
  return shelf.stock + delta < 0 ? { reason: 'out-of-stock', key: item } : null;
}

function apply(shelves: Warehouse, tx: TxId, { item, delta, kind }: StockChange): void {
  const shelf = shelves.get(item);
  invariant(shelf, `${tx} was prepared on an item that does not exist: ${item}`);
  shelf.stock += delta;
  shelf.book.push({ tx, delta, kind });
}

// ── orders, restocks and moves ──

export const inventory: Workload<InventoryParams, InventoryOperation, StockChange, Warehouse> = {
  name: 'inventory',
  words: ['order', 'restock', 'move'],
  draw: drawOperation,
  usesOf: (operation) => changesOf(operation).map(([site, { item }]): Use => ({ site, key: item, mode: 'write' })),
  partsOf: (operation) => Object.fromEntries(changesOf(operation)) as Record<NodeId, StockChange>,
  resource: warehouse,
};

function changesOf(operation: InventoryOperation): readonly (readonly [NodeId, StockChange])[] {
  const { word: kind, item } = operation;
  switch (operation.word) {
    case 'order':
      return operation.from.map(({ warehouse: site, pieces }) => [site, { item, delta: 0 - pieces, kind }]);
    case 'restock':
      return [[operation.at, { item, delta: operation.pieces, kind }]];
    case 'move':
      return [
        [operation.from, { item, delta: 0 - operation.pieces, kind }],
        [operation.to, { item, delta: operation.pieces, kind }],
      ];
  }
}

/** `i00`, `i01`… The same names in every warehouse; the first ones are hot. */
export function itemName(index: number): string {
  return `i${String(index).padStart(2, '0')}`;
}

export function restock(item: string, at: NodeId, pieces: number): Restock {
  return { word: 'restock', item, at, pieces };
}

function drawOperation(params: InventoryParams, { client, random }: Drawer): InventoryOperation {
  const item = drawItem(params, client, random);
  const kind = randomUnit(random);
  const { warehouses, restocks, moves, fewest, most } = params;
  if (kind < restocks) {
    const [at] = drawSome(random, warehouses, 1);
    invariant(at, 'a restock needs a warehouse');
    return restock(item, at, drawPieces(random, params));
  }
  if (kind < restocks + moves) {
    const [from, to] = drawSome(random, warehouses, 2);
    invariant(from && to, 'a move needs two warehouses');
    return { word: 'move', item, from, to, pieces: drawPieces(random, params) };
  }
  const many = Math.min(fewest + randomBelow(random, most - fewest + 1), warehouses.length);
  const from = drawSome(random, warehouses, many).map((name) => ({
    warehouse: name,
    pieces: drawPieces(random, params),
  }));
  return { word: 'order', item, from };
}

/** Each client has every so-manieth item for itself, the hot ones left out; whoever has none takes a hot one. */
function drawItem({ items, clients, contention, hot }: InventoryParams, client: number, random: Random): string {
  const shared = contention > 0 ? hot : 0;
  const isHot = randomUnit(random) < contention;
  const own = Math.max(0, Math.ceil((items - shared - client) / clients));
  if (isHot || own === 0) return itemName(randomBelow(random, Math.max(1, shared)));
  return itemName(shared + client + clients * randomBelow(random, own));
}

/** Of a wide range, and mostly few: of what is left there is often enough for one order, and not for the next. */
function drawPieces(random: Random, { pieces }: InventoryParams): number {
  return 1 + randomBelow(random, 1 + randomBelow(random, pieces));
}

/** So many different ones, in any order. */
function drawSome(random: Random, warehouses: readonly NodeId[], many: number): readonly NodeId[] {
  const left = [...warehouses];
  return Array.from({ length: many }, () => left.splice(randomBelow(random, left.length), 1)).flat();
}
