// Customers at one service and their orders at others. An order may stand only where its customer does: whoever changes one side looks at
// the other, so that a look that is not locked until the decision lets in what it was meant to keep out.

import { invariant } from '../contract/invariant.ts';
import { randomUnit } from '../contract/random.ts';
import type { NodeId, TxId } from '../contract/ids.ts';
import type { Drawer, Lock, Refusal, Resource, Use, Workload } from '../contract/workload.ts';

/** A customer's number is never used again; `orders` is the service where the orders of this one are. */
export interface ReferenceOp {
  readonly word: 'place' | 'delete' | 'cancel';
  readonly customer: number;
  readonly customers: NodeId;
  readonly orders: NodeId;
}

/** What one service does or sees: `find` a customer, see that there is `none` of its orders. */
export interface ReferencePart {
  readonly does: 'find' | 'delete' | 'none' | 'place' | 'cancel';
  readonly customer: number;
}

export interface ReferenceParams {
  readonly customers: NodeId;
  readonly orders: readonly NodeId[];
  readonly clients: number;
  /** Share of operations, 0 to 1, about the one customer that all clients work on. */
  readonly contention: number;
  /** Share of operations, 0 to 1, that delete. */
  readonly deletes: number;
  /** So many operations of a client are about the same customers; then it moves on to new ones. */
  readonly stay: number;
}

// ── the services ──

interface Order {
  readonly placedBy: TxId;
  cancelledBy: TxId | null;
}

/** Customers are there from the first, unless they were deleted. Orders stand under their customer, also when they are cancelled. */
export interface Records {
  readonly deleted: Map<string, TxId>;
  readonly orders: Map<string, Order[]>;
}

const service: Resource<ReferencePart, Records> = {
  open: () => ({ deleted: new Map(), orders: new Map() }),
  refusal,
  locksOf: (part) => [lockOf(part)],
  isReadOnly: ({ does }) => does === 'find' || does === 'none',
  apply,
  toJson: ({ deleted, orders }) => ({
    deleted: Object.fromEntries(deleted),
    orders: Object.fromEntries([...orders].map(([key, list]) => [key, list.map((order) => ({ ...order }))])),
  }),
  restore: (json) => {
    const { deleted, orders } = json as unknown as Record<'deleted', Record<string, TxId>> &
      Record<'orders', Record<string, Order[]>>;
    return { deleted: new Map(Object.entries(deleted)), orders: new Map(Object.entries(orders)) };
  },
};

export function customerKey(customer: number): string {
  return `customer-${customer}`;
}

export function ordersKey(customer: number): string {
  return `orders-of-${customer}`;
}

function lockOf({ does, customer }: ReferencePart): Lock {
  const key = does === 'find' || does === 'delete' ? customerKey(customer) : ordersKey(customer);
  return { key, mode: does === 'find' || does === 'none' ? 'read' : 'write' };
}

function openOrder({ orders }: Records, customer: number): Order | undefined {
  return orders.get(ordersKey(customer))?.find(({ cancelledBy }) => cancelledBy === null);
}

function refusal(records: Records, part: ReferencePart): Refusal | null {
  const { key } = lockOf(part);
  switch (part.does) {
    case 'find':
    case 'delete':
      return records.deleted.has(key) ? { reason: 'no-customer', key } : null;
    case 'none':
      return openOrder(records, part.customer) ? { reason: 'has-orders', key } : null;
    case 'cancel':
      return openOrder(records, part.customer) ? null : { reason: 'no-order', key };
    case 'place':
      return null;
  }
}

function apply(records: Records, tx: TxId, part: ReferencePart): void {
  const { key } = lockOf(part);
  switch (part.does) {
    case 'delete':
      records.deleted.set(key, tx);
      return;
    case 'place':
      records.orders.set(key, [...(records.orders.get(key) ?? []), { placedBy: tx, cancelledBy: null }]);
      return;
    case 'cancel': {
      const order = openOrder(records, part.customer);
      invariant(order, `${tx} was prepared to cancel an order that is not there: ${key}`);
      order.cancelledBy = tx;
      return;
    }
    case 'find':
    case 'none':
      return;
  }
}

// ── operations ──

export const references: Workload<ReferenceParams, ReferenceOp, ReferencePart, Records> = {
  name: 'references',
  words: ['place', 'delete', 'cancel'],
  draw: drawOperation,
  usesOf,
  partsOf,
  resource: service,
};

function partsOf({ word, customer, customers, orders }: ReferenceOp): Record<NodeId, ReferencePart> {
  if (word === 'cancel') return { [orders]: { does: 'cancel', customer } };
  const [there, here] = word === 'place' ? (['find', 'place'] as const) : (['delete', 'none'] as const);
  return { [customers]: { does: there, customer }, [orders]: { does: here, customer } };
}

function usesOf(operation: ReferenceOp): readonly Use[] {
  return Object.entries(partsOf(operation)).map(([site, part]) => ({ site: site as NodeId, ...lockOf(part) }));
}

/** By the customer's number, always the same. */
export function referenceOp(
  word: ReferenceOp['word'],
  customer: number,
  { customers, orders }: Pick<ReferenceParams, 'customers' | 'orders'>,
): ReferenceOp {
  const at = orders[customer % orders.length];
  invariant(at, 'nobody keeps orders');
  return { word, customer, customers, orders: at };
}

/** More orders are placed than cancelled, lest most of the cancelling be refused. */
const PLACED = 0.65;

/** Each stretch of time has one customer for each client and one for all of them: what was deleted is soon behind everybody. */
function drawOperation(params: ReferenceParams, { client, random, nth }: Drawer): ReferenceOp {
  const { clients, contention, deletes, stay } = params;
  const stretch = Math.floor(nth / stay);
  const isShared = randomUnit(random) < contention;
  const customer = stretch * (clients + 1) + (isShared ? clients : client);
  const chance = randomUnit(random);
  const word = chance < deletes ? 'delete' : chance < deletes + (1 - deletes) * PLACED ? 'place' : 'cancel';
  return referenceOp(word, customer, params);
}
