// What a service's content says of customers and orders, as a history holds it. Parsed here once; checkers know no workload's code.

import type { Json } from '../../../nodes/contract/messages.ts';
import type { TxId } from '../../../nodes/contract/ids.ts';
import type { Use } from '../../../nodes/contract/workload.ts';
import type { DoneBy } from '../judging.ts';

export interface Order {
  readonly placedBy: TxId;
  readonly cancelledBy: TxId | null;
}

/** Who deleted which customer. */
export function deletedIn(content: Json): ReadonlyMap<string, TxId> {
  const deleted = isMapping(content) ? content['deleted'] : undefined;
  if (!isMapping(deleted)) return new Map();
  return new Map(Object.entries(deleted).flatMap(([key, by]) => (typeof by === 'string' ? [[key, by as TxId]] : [])));
}

/** By `orders-of-7`. */
export function ordersIn(content: Json): ReadonlyMap<string, readonly Order[]> {
  const orders = isMapping(content) ? content['orders'] : undefined;
  if (!isMapping(orders)) return new Map();
  return new Map(Object.entries(orders).map(([key, list]) => [key, Array.isArray(list) ? list.filter(isOrder) : []]));
}

export function tracesIn(content: Json): readonly { readonly tx: TxId; readonly key: string }[] {
  return [
    ...[...deletedIn(content)].map(([key, tx]) => ({ tx, key })),
    ...[...ordersIn(content)].flatMap(([key, orders]) =>
      orders.flatMap(({ placedBy, cancelledBy }) =>
        [placedBy, ...(cancelledBy === null ? [] : [cancelledBy])].map((tx) => ({ tx, key })),
      ),
    ),
  ];
}

export interface Asked {
  readonly word: string;
  readonly customer: number;
}

/** What a client asked for; null for what is about no customer. */
export function askedIn(request: Json | undefined): Asked | null {
  if (!isMapping(request)) return null;
  const { word, customer } = request;
  return typeof word === 'string' && typeof customer === 'number' ? { word, customer } : null;
}

/** The customer is gone, has orders that keep it, or has none to be cancelled: what `asked` is about, on this side of it. */
export function isAgainst(content: Json, request: Json | undefined, { key }: Pick<Use, 'key'>): boolean {
  const asked = askedIn(request);
  if (asked === null) return false;
  if (key === `customer-${asked.customer}`) return deletedIn(content).has(key);
  const orders = ordersIn(content).get(key) ?? [];
  const hasOpen = orders.some(({ cancelledBy }) => cancelledBy === null);
  return (asked.word === 'delete' && hasOpen) || (asked.word === 'cancel' && !hasOpen);
}

/** An order was to be placed for a customer who was deleted by then, or a customer deleted whose order stood: whatever else was done. */
export function wasAgainst(content: Json, request: Json | undefined, { key }: Pick<Use, 'key'>, done: DoneBy): boolean {
  const asked = askedIn(request);
  if (asked?.word === 'place') {
    const by = deletedIn(content).get(key);
    return by !== undefined && done.certainly(by);
  }
  if (asked?.word !== 'delete') return false;
  return (ordersIn(content).get(key) ?? []).some(
    ({ placedBy, cancelledBy }) => done.certainly(placedBy) && (cancelledBy === null || !done.possibly(cancelledBy)),
  );
}

type Mapping = Readonly<Record<string, Json | undefined>>;

function isMapping(value: Json | undefined): value is Mapping {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isOrder(value: Json): value is Mapping & Order {
  if (!isMapping(value)) return false;
  const { placedBy, cancelledBy } = value;
  return typeof placedBy === 'string' && (cancelledBy === null || typeof cancelledBy === 'string');
}
