// Every order, restock and move is whole or not at all: each part of one that ended ok stands in its warehouse's book once, and nothing of
// one that failed; of one whose end is unknown all or nothing (the idea of Elle's list-append: Kingsbury, Alvaro 2020).

import type { Finding, History } from '../../findings.ts';
import { type Complaint, conclude, count, listed, unknown } from '../conclude.ts';
import { type Facts, type Operation, operationOf, outcomeOf, type Transaction, txOf } from '../facts.ts';
import { factsOf } from '../gather.ts';
import { sitesAtRest } from '../rest.ts';
import { askedOf, formatParts, linesIn, nameOf, sameParts, storyOf, wordOn } from './books.ts';
import type { Part } from './content.ts';

export function orders(history: History): Finding {
  const facts = factsOf(history);
  const rest = sitesAtRest(history);
  if (rest.dumps.size === 0) return unknown('orders', 'No warehouse reported its books.');
  if (rest.gaps.length > 0) return unknown('orders', rest.gaps.join(' '));
  const holes = [...facts.holes.values()];
  const gaps = [...holes, ...openGaps(facts, rest.open), ...namelessGaps(facts)];
  const lines = linesIn(rest);
  const closed = [...facts.txs.values()].filter(({ tx }) => !rest.open.has(tx));
  const broken = [
    ...closed.flatMap((transaction) =>
      brokenBy(facts, transaction, lines.get(transaction.tx) ?? [], holes.length === 0),
    ),
    ...[...facts.ops.values()].flatMap((operation) =>
      repeated(
        facts,
        operation,
        closed.filter(({ tx }) => lines.has(tx)),
      ),
    ),
  ];
  const total = [...lines.values()].reduce((sum, list) => sum + list.length, 0);
  const holds = `The books (${count(total, 'line')}) hold what the clients asked for and were told, and nothing else.`;
  return conclude('orders', { broken, gaps, holds });
}

function openGaps({ txs }: Facts, open: ReadonlySet<Transaction['tx']>): readonly string[] {
  return [...open].filter((tx) => txs.has(tx)).map((tx) => `${tx} was still open when the books were taken.`);
}

function namelessGaps({ ops }: Facts): readonly string[] {
  const nameless = [...ops.values()].filter((operation) => outcomeOf(operation) === 'ok' && txOf(operation) === null);
  return nameless.map(({ op }) => `No transaction is known for ${op}.`);
}

/** `whole`: without the whole trace a line that nobody asked for may only lack its question. */
function brokenBy(
  facts: Facts,
  transaction: Transaction,
  found: readonly Part[],
  whole: boolean,
): readonly Complaint[] {
  const operation = operationOf(facts, transaction);
  const asked = askedOf(operation);
  const what =
    operation === undefined || asked === null
      ? whole && found.length > 0 && `The books hold ${transaction.tx}, which no client asked for`
      : wrongIn(operation, transaction, { found, asked });
  if (what === false || what === null) return [];
  return [{ reason: `${what}: found ${formatParts(found)}.`, events: storyOf(facts, transaction) }];
}

interface Parts {
  readonly found: readonly Part[];
  readonly asked: readonly Part[];
}

function wrongIn(operation: Operation, { tx }: Transaction, { found, asked }: Parts): string | null {
  const outcome = wordOn(operation, tx);
  const name = nameOf(operation);
  if (outcome === 'failed') return found.length > 0 ? `${name} ended failed, but its ${tx} is in the books` : null;
  if (sameParts(found, asked)) return null;
  const wanted = `the books do not hold each part of its ${tx} once (${formatParts(asked)})`;
  if (outcome === 'ok') return `${name} ended ok, but ${wanted}`;
  return found.length > 0 ? `${name} is neither whole nor left out: ${wanted}` : null;
}

/** Asked for once and done more than once, by transactions that are each in order. */
function repeated(facts: Facts, operation: Operation, done: readonly Transaction[]): readonly Complaint[] {
  const own = done.filter(({ tx }) => operation.began.some(({ note }) => note.about === tx));
  const again = own[1];
  if (again === undefined) return [];
  const reason = `${nameOf(operation)} was done more than once, by ${listed(own.map(({ tx }) => tx))}.`;
  return [{ reason, events: storyOf(facts, again) }];
}
