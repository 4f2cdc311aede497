// What a warehouse's content says, as a history holds it: stocks, and who changed them by how much; and what clients asked for. Parsed here
// once; checkers know no workload's code.

import type { Json } from '../../../nodes/contract/messages.ts';
import type { TxId } from '../../../nodes/contract/ids.ts';
import type { SiteId, Use } from '../../../nodes/contract/workload.ts';
import type { Trace } from '../judging.ts';

export interface Shelf {
  readonly stock: number;
  readonly book: readonly Line[];
}

export interface Line {
  readonly tx: TxId;
  readonly delta: number;
  readonly kind: string;
}

/** By item; empty for what is no warehouse. */
export function shelvesIn(content: Json): ReadonlyMap<string, Shelf> {
  if (!isMapping(content)) return new Map();
  return new Map(Object.entries(content).flatMap(([item, value]) => (isShelf(value) ? [[item, value]] : [])));
}

/** Opening stocks by item. */
export function openingIn(initial: Json | undefined): ReadonlyMap<string, number> {
  if (!isMapping(initial)) return new Map();
  return new Map(
    Object.entries(initial).flatMap(([item, value]) => (typeof value === 'number' ? [[item, value]] : [])),
  );
}

export function tracesIn(content: Json): readonly Trace[] {
  return [...shelvesIn(content)].flatMap(([key, { book }]) => book.map(({ tx }) => ({ tx, key })));
}

/** What an operation does to the stock of one item in one warehouse. */
export interface Part {
  readonly warehouse: SiteId;
  readonly item: string;
  readonly delta: number;
  readonly kind: string;
}

/** All that a client asked for; null for what is no operation on warehouses. */
export function partsIn(request: Json | undefined): readonly Part[] | null {
  if (!isMapping(request)) return null;
  const { word: kind, item, from, to, at, pieces } = request;
  if (typeof kind !== 'string' || typeof item !== 'string') return null;
  const part = (warehouse: string, delta: number): Part => ({ warehouse: warehouse as SiteId, item, delta, kind });
  if (kind === 'order' && Array.isArray(from) && from.every(isTaking))
    return from.map((taking) => part(taking.warehouse, -taking.pieces));
  if (typeof pieces !== 'number') return null;
  if (kind === 'restock' && typeof at === 'string') return [part(at, pieces)];
  if (kind === 'move' && typeof from === 'string' && typeof to === 'string')
    return [part(from, -pieces), part(to, pieces)];
  return null;
}

/** Its stock is less than what the request takes. */
export function wouldRunOut(content: Json, request: Json | undefined, { site, key }: Key): boolean {
  const stock = shelvesIn(content).get(key)?.stock;
  const taken = (partsIn(request) ?? [])
    .filter(({ warehouse, item, delta }) => warehouse === site && item === key && delta < 0)
    .reduce((sum, { delta }) => sum - delta, 0);
  return stock !== undefined && taken > stock;
}

type Key = Pick<Use, 'site' | 'key'>;

type Mapping = Readonly<Record<string, Json | undefined>>;

function isMapping(value: Json | undefined): value is Mapping {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isTaking(value: Json): value is Mapping & { readonly warehouse: string; readonly pieces: number } {
  return isMapping(value) && typeof value['warehouse'] === 'string' && typeof value['pieces'] === 'number';
}

function isShelf(value: Json | undefined): value is Mapping & Shelf {
  return isMapping(value) && typeof value['stock'] === 'number' && Array.isArray(value['book']);
}
