// What scenarios know of orders from warehouses.

import { itemName, restock, type InventoryParams, type Restock } from '../../nodes/workloads/inventory.ts';
import { share, whole } from './fields.ts';
import { anyKind, type Impossible } from './workload-kind.ts';
import type { NodeId } from '../../nodes/contract/ids.ts';
import type { Workload } from '../language/scenario-types.ts';

interface Inventory extends Workload, Omit<InventoryParams, 'warehouses' | 'clients'> {
  /** Of each item in each warehouse, at first. */
  readonly stock: number;
  /** Share of items, 0 to 1, of which there is hardly anything. */
  readonly scarce: number;
}

/** How many pieces there are of a scarce item. */
const FEW = 3;

export const inventory = anyKind<Inventory>({
  name: 'inventory',
  title: 'Orders of items from warehouses',
  summary:
    'Each participant is a warehouse. An order takes pieces of an item from one or several warehouses, a restock adds some at one, a move shifts ' +
    'some from one to another. No stock may fall below zero, no piece may be sold twice, and each operation stands in the books of all its ' +
    'warehouses or of none. It shows overselling: when the locks of a promise are not taken again after a restart, or two checks of one item pass ' +
    'at once.',
  reference:
    'the item that is reserved at a site: Bernstein, Hadzilacos, Goodman, 1987, section 7.4, on locks after a restart',
  words: { operation: 'order', operations: 'orders', key: 'item', keys: 'items', site: 'warehouse' },
  fields: {
    items: whole(1, 1000, 'items, the same in each warehouse').default(16),
    stock: whole(0, 1_000_000_000, 'pieces of each item that each warehouse holds at first').default(200),
    scarce: share(`of items of which each warehouse holds at most ${FEW} pieces at first`).default(0.25),
    pieces: whole(1, 1_000_000, 'the most pieces that one operation takes or adds at a warehouse').default(20),
    fewest: whole(1, 16, 'warehouses that an order takes from, at least').default(2),
    most: whole(1, 16, 'warehouses that an order takes from, at most').default(2),
    contention: share('of operations on one of the hot items, which everybody wants').default(0.2),
    hot: whole(1, 100, 'hot items; they count where contention is above 0').default(2),
    restocks: share('of operations that add pieces at one warehouse').default(0.1),
    moves: share('of operations that shift pieces from one warehouse to another').default(0.2),
  },
  impossible: (own, warehouses) => [...fewItems(own), ...shares(own), ...spans(own, warehouses)],
  sitesOf: ({ fewest, restocks, moves }, warehouses) =>
    restocks > 0 ? 1 : Math.min(fewest, moves > 0 ? 2 : fewest, warehouses),
  enlisting: (warehouses) => `fewest: ${warehouses}, most: ${warehouses}, restocks: 0, moves: 0`,
  calm: (clients) => ({
    items: 2 * clients,
    stock: 1e9,
    scarce: 0,
    pieces: 20,
    fewest: 2,
    most: 2,
    contention: 0,
    hot: 1,
    restocks: 0,
    moves: 0,
  }),
  prepare: (own, warehouses) => ({
    initial: openingOf(own, warehouses),
    params: paramsOf(own, warehouses),
    probes: probesFor(own, warehouses),
  }),
});

function fewItems({ items, clients, contention, hot }: Inventory): readonly Impossible[] {
  const shared = contention > 0 ? hot : 0;
  if (items - shared >= clients) return [];
  const beside = shared > 0 ? ` beside the ${shared} hot ${shared === 1 ? 'one' : 'ones'}` : '';
  const complaint = {
    found: String(items),
    message: `${items} items are too few: each of the ${clients} clients needs one of its own${beside}.`,
    allowed: [`at least ${clients + shared}`],
  };
  return [{ path: ['items'], complaint }];
}

function shares({ restocks, moves }: Inventory): readonly Impossible[] {
  if (restocks + moves <= 1) return [];
  const message = `restocks are a share of ${restocks}, so moves cannot be one of ${moves}: together they are more than all operations.`;
  const complaint = { found: String(moves), message, allowed: ['a share that leaves the sum at 1 or below'] };
  return [{ path: ['moves'], complaint }];
}

function spans({ fewest, most }: Inventory, { length }: readonly NodeId[]): readonly Impossible[] {
  const limit = Math.min(most, length);
  if (fewest <= limit) return [];
  const why = fewest > most ? `most is ${most}` : `there are ${length} warehouses`;
  const message = `An order cannot take from ${fewest} warehouses at least: ${why}.`;
  const complaint = { found: String(fewest), message, allowed: [`at most ${limit}`] };
  return [{ path: ['fewest'], complaint }];
}

/** The last items are the scarce ones: so each client has its share of them. */
function openingOf({ items, stock, scarce }: Inventory, warehouses: readonly NodeId[]) {
  const plenty = items - Math.round(items * scarce);
  const shelves = Array.from({ length: items }, (_, index): readonly [string, number] => [
    itemName(index),
    index < plenty ? stock : Math.min(stock, FEW),
  ]);
  const opening = Object.fromEntries(shelves);
  return Object.fromEntries(warehouses.map((warehouse) => [warehouse, opening]));
}

function paramsOf(own: Inventory, warehouses: readonly NodeId[]) {
  const { items, clients, contention, hot, pieces, fewest, most, restocks, moves } = own;
  const params: InventoryParams = {
    warehouses,
    items,
    clients,
    contention,
    hot,
    pieces,
    fewest,
    most,
    restocks,
    moves,
  };
  return { ...params };
}

/** Items are probed side by side, each at one warehouse after the other. A restock is never refused for want of stock. */
function probesFor({ items }: Inventory, warehouses: readonly NodeId[]): readonly (readonly Restock[])[] {
  return Array.from({ length: items }, (_, index) =>
    warehouses.map((warehouse) => restock(itemName(index), warehouse, 1)),
  );
}
