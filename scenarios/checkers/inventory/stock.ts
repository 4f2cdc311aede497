// No piece is sold twice. A book shows the order in which promises came true, item by item: where the opening stock and its first lines fall
// below zero, somebody was sold what another had. What is left at rest is what the book adds up to, and what the clients were told.

import type { TxId } from '../../../nodes/contract/ids.ts';
import { own } from '../../../nodes/contract/own.ts';
import type { Finding, History } from '../../findings.ts';
import { type Complaint, conclude, listed, unknown } from '../conclude.ts';
import { type EventOf, type Facts, operationOf, outcomeOf } from '../facts.ts';
import { factsOf } from '../gather.ts';
import { sitesAtRest, type Rest } from '../rest.ts';
import { askedOf, nameOf, storyOf } from './books.ts';
import { openingIn, shelvesIn, type Line, type Shelf } from './content.ts';

export function stock(history: History): Finding {
  const facts = factsOf(history);
  const rest = sitesAtRest(history);
  if (rest.dumps.size === 0) return unknown('stock', 'No warehouse reported its stock.');
  const gaps = [...rest.gaps, ...openGap(rest), ...facts.holes.values()];
  const shelves = shelvesOf(history, rest);
  const broken = [...itemComplaints(history, rest), ...shelves.flatMap((shelf) => shelfComplaints(facts, shelf))];
  if (gaps.length === 0) broken.push(...ledgerComplaints(facts, shelves));
  const left = shelves.reduce((sum, shelf) => sum + shelf.stock, 0);
  return conclude('stock', {
    broken,
    gaps,
    holds: `All warehouses together hold ${left} pieces, each of them as its book and the clients say; nothing was sold twice.`,
  });
}

function openGap({ open }: Rest): readonly string[] {
  return open.size === 0 ? [] : [`Pieces were still promised when the stock was taken: ${listed([...open])}.`];
}

/** One item in one warehouse. */
interface Place extends Shelf {
  readonly warehouse: string;
  readonly item: string;
  readonly opening: number;
  readonly dumped: EventOf<'dumped'>;
}

/** Of items that the warehouse opened with. */
function shelvesOf({ run }: History, { dumps }: Rest): readonly Place[] {
  return [...dumps].flatMap(([warehouse, dumped]) => {
    const opening = openingIn(own(run.initial, warehouse));
    return [...shelvesIn(dumped.state.content)].flatMap(([item, shelf]) => {
      const first = opening.get(item);
      return first === undefined ? [] : [{ ...shelf, warehouse, item, opening: first, dumped }];
    });
  });
}

function itemComplaints({ run }: History, { dumps }: Rest): readonly Complaint[] {
  return [...dumps].flatMap(([warehouse, dumped]) => {
    const opening = openingIn(own(run.initial, warehouse));
    const shelves = shelvesIn(dumped.state.content);
    const strange = [...shelves.keys()].filter((item) => !opening.has(item));
    const gone = [...opening.keys()].filter((item) => !shelves.has(item));
    return [
      ...strange.map((item) => `${warehouse} holds an item ${item} that it did not open with.`),
      ...gone.map((item) => `${warehouse} has lost the item ${item}.`),
    ].map((reason) => ({ reason, events: [dumped] }));
  });
}

/** These are wrong at any moment, quiet or not. */
function shelfComplaints(facts: Facts, place: Place): readonly Complaint[] {
  const { warehouse, item, opening, stock: left, book, dumped } = place;
  const sum = sumOf(opening, book);
  const differs = `${item} of ${warehouse}: ${left} are left, but its opening stock of ${opening} and its book add up to ${sum}.`;
  const short = oversold(facts, place);
  const below = `The stock of ${item} of ${warehouse} is below zero: ${left}.`;
  return [
    ...short,
    ...twice(facts, place),
    ...(left < 0 && short.length === 0 ? [{ reason: below, events: [dumped] }] : []),
    ...(sum === left ? [] : [{ reason: differs, events: [dumped] }]),
  ];
}

function sumOf(opening: number, book: readonly Line[]): number {
  return book.reduce((total, { delta }) => total + delta, opening);
}

/** The first line of the book that took what was not there: its pieces were somebody else's already. */
function oversold(facts: Facts, { warehouse, item, opening, book, dumped }: Place): readonly Complaint[] {
  let left = opening;
  for (const { tx, delta } of book) {
    if (delta < 0 && left + delta < 0) {
      const { name, events } = whoIs(facts, tx);
      const reason = `${item} of ${warehouse} was sold twice: ${name} took ${-delta} where ${Math.max(0, left)} were left.`;
      return [{ reason, events: [...events, dumped] }];
    }
    left += delta;
  }
  return [];
}

function twice(facts: Facts, { warehouse, item, book, dumped }: Place): readonly Complaint[] {
  const seen = new Set<TxId>();
  for (const { tx } of book) {
    if (seen.has(tx)) {
      const { name, events } = whoIs(facts, tx);
      const reason = `${item} of ${warehouse}: ${name} stands in the book more than once.`;
      return [{ reason, events: [...events, dumped] }];
    }
    seen.add(tx);
  }
  return [];
}

function whoIs(facts: Facts, tx: TxId) {
  const transaction = facts.txs.get(tx);
  const operation = transaction && operationOf(facts, transaction);
  return {
    name: operation ? `${nameOf(operation)} (${tx})` : tx,
    events: transaction ? storyOf(facts, transaction) : [],
  };
}

/** opening + restocked − ordered ± moved, by the clients' own word. What ended unknown may have had its effect or not. */
function ledgerComplaints(facts: Facts, places: readonly Place[]): readonly Complaint[] {
  const deltas = deltasOf(facts);
  return places.flatMap(({ warehouse, item, opening, stock: left, dumped }) => {
    const { sure, less, more } = deltas.get(`${item} of ${warehouse}`) ?? NONE;
    const [least, most] = [opening + sure + less, opening + sure + more];
    if (left >= least && left <= most) return [];
    const range = least === most ? String(least) : `${least} to ${most}`;
    const reason = `${item} of ${warehouse}: ${left} are left, but by what clients asked for and were told it must be ${range}.`;
    return [{ reason, events: [dumped] }];
  });
}

/** By how much the stock has changed for sure, and by how much it may have changed beside. */
interface Deltas {
  readonly sure: number;
  readonly less: number;
  readonly more: number;
}

const NONE: Deltas = { sure: 0, less: 0, more: 0 };

function deltasOf({ ops }: Facts): ReadonlyMap<string, Deltas> {
  const deltas = new Map<string, Deltas>();
  for (const operation of ops.values())
    for (const { warehouse, item, delta } of askedOf(operation) ?? []) {
      const place = `${item} of ${warehouse}`;
      deltas.set(place, withDelta(deltas.get(place) ?? NONE, delta, outcomeOf(operation)));
    }
  return deltas;
}

function withDelta(deltas: Deltas, delta: number, outcome: ReturnType<typeof outcomeOf>): Deltas {
  if (outcome === 'failed') return deltas;
  if (outcome === 'ok') return { ...deltas, sure: deltas.sure + delta };
  return { ...deltas, less: deltas.less + Math.min(0, delta), more: deltas.more + Math.max(0, delta) };
}
