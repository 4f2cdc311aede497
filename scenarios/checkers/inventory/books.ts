// The books of all warehouses side by side with what clients asked for: which lines each transaction has, and which it ought to have.

import type { TxId } from '../../../nodes/contract/ids.ts';
import type { HistoryEvent } from '../../../nodes/contract/events.ts';
import type { Json } from '../../../nodes/contract/messages.ts';
import { listed } from '../conclude.ts';
import { type Facts, type Operation, operationOf, outcomeOf, type Transaction, txOf } from '../facts.ts';
import type { Rest } from '../rest.ts';
import { type Part, partsIn, shelvesIn } from './content.ts';

/** By transaction, in the last state of every warehouse. */
export function linesIn({ dumps }: Rest): ReadonlyMap<TxId, readonly Part[]> {
  const lines = new Map<TxId, Part[]>();
  for (const [warehouse, { state }] of dumps)
    for (const [item, { book }] of shelvesIn(state.content))
      for (const { tx, delta, kind } of book) {
        const known = lines.get(tx) ?? [];
        known.push({ warehouse, item, delta, kind });
        lines.set(tx, known);
      }
  return lines;
}

export function askedOf(operation: Operation | undefined): readonly Part[] | null {
  return partsIn(operation?.invoked?.note.request as Json | undefined);
}

/** What the client was told about this very transaction. */
export function wordOn(operation: Operation, tx: TxId): 'ok' | 'failed' | 'unknown' {
  const outcome = outcomeOf(operation);
  return outcome === 'failed' || txOf(operation) === tx ? outcome : 'unknown';
}

/** As `order client.1.7`. */
export function nameOf({ op, invoked }: Operation): string {
  return `${invoked?.note.request.word ?? 'operation'} ${op}`;
}

/** The question, its transaction and the answer, as far as they are known. */
export function storyOf(facts: Facts, transaction: Transaction): readonly HistoryEvent[] {
  const operation = operationOf(facts, transaction);
  return [operation?.invoked, transaction.began, operation?.completed].filter(
    (event) => event !== null && event !== undefined,
  );
}

export function formatParts(parts: readonly Part[]): string {
  return parts.length === 0 ? 'nothing' : listed(parts.map(formatPart));
}

function formatPart({ warehouse, item, delta, kind }: Part): string {
  return `${kind} of ${delta > 0 ? '+' : ''}${delta} ${item} in ${warehouse}`;
}

/** No operation has two equal parts: its warehouses are all different. */
export function sameParts(found: readonly Part[], expected: readonly Part[]): boolean {
  const isFound = (part: Part) => found.some((other) => formatPart(other) === formatPart(part));
  return found.length === expected.length && expected.every(isFound);
}
