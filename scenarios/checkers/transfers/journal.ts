// Every transfer is in the journals of all its accounts or of none, once, with its amounts; and balances are what the journals add up
// to. Finds all that a wrong total shows, and names the transaction (the idea of Elle's list-append: Kingsbury, Alvaro 2020).

import type { TxId } from '../../../nodes/contract/ids.ts';
import { own } from '../../../nodes/contract/own.ts';
import type { Json } from '../../../nodes/contract/messages.ts';
import type { Finding, History } from '../../findings.ts';
import { type Complaint, conclude, count, listed, notApplicable, unknown } from '../conclude.ts';
import { type Facts, type Operation, operationOf, outcomeOf, type Transaction, txOf } from '../facts.ts';
import { factsOf } from '../gather.ts';
import { sitesAtRest, type Rest } from '../rest.ts';
import { accountsIn, movesIn, openingIn } from './content.ts';

export function journal(history: History): Finding {
  const facts = factsOf(history);
  const rest = sitesAtRest(history);
  if (rest.gone.length > 0)
    return notApplicable('journal', `Nobody can read the journal of ${listed(rest.gone)}, which never came back.`);
  if (rest.dumps.size === 0) return unknown('journal', 'No bank reported its journals.');
  if (rest.gaps.length > 0) return unknown('journal', rest.gaps.join(' '));
  const gaps = [...facts.holes.values()];
  const broken = sums(history, rest);
  const entries = entriesIn(facts);
  for (const transaction of facts.txs.values()) {
    if (rest.open.has(transaction.tx) && rest.stands) continue;
    if (rest.open.has(transaction.tx)) gaps.push(`${transaction.tx} was still open when the journals were taken.`);
    else broken.push(...entryComplaints(facts, transaction, entries.get(transaction.tx) ?? [], gaps.length === 0));
  }
  for (const operation of facts.ops.values()) {
    broken.push(...repeated(facts, rest, entries, operation));
    if (outcomeOf(operation) === 'ok' && txOf(operation) === null)
      gaps.push(`No transaction is known for ${operation.op}.`);
  }
  const lines = [...entries.values()].reduce((sum, list) => sum + list.length, 0);
  const holds = `The journals (${count(lines, 'line')}) hold what the clients asked for and were told, and nothing else.`;
  return conclude('journal', { broken, gaps, holds });
}

/** A line of a journal. */
interface Entry {
  readonly bank: string;
  readonly account: string;
  readonly delta: number;
}

/** By transaction, of the last dump of every bank. */
function entriesIn(facts: Facts): ReadonlyMap<TxId, readonly Entry[]> {
  const entries = new Map<TxId, Entry[]>();
  for (const [bank, { state }] of facts.states)
    for (const [account, { journal: lines }] of accountsIn(state.content))
      for (const { tx, delta } of lines) entries.set(tx, [...(entries.get(tx) ?? []), { bank, account, delta }]);
  return entries;
}

/** `whole`: without the whole trace an entry that nobody asked for may only lack its question. */
function entryComplaints(
  facts: Facts,
  transaction: Transaction,
  applied: readonly Entry[],
  whole: boolean,
): readonly Complaint[] {
  const { tx } = transaction;
  const complain = (what: string) => [complaint(facts, transaction, applied, what)];
  const operation = operationOf(facts, transaction);
  const moves = movesIn(operation?.invoked?.note.request as Json | undefined);
  if (operation === undefined || moves === null) {
    return whole && applied.length > 0 ? complain(`The journals hold ${tx}, which no client asked for`) : [];
  }
  const expected = expectedOf(moves);
  const sides = expected.length > 2 ? `all ${expected.length} sides` : 'both sides';
  const isWhole = sameEntries(applied, expected);
  const outcome = wordOn(operation, tx);
  if (outcome === 'failed' && applied.length > 0) {
    return complain(`${operation.op} ended failed, but its ${tx} is in the journals`);
  }
  if (outcome === 'ok' && !isWhole) {
    return complain(`${operation.op} ended ok, but the journals do not hold ${sides} of its ${tx} once`);
  }
  if (applied.length > 0 && !isWhole) {
    return complain(`The journals do not hold ${sides} of ${tx} once`);
  }
  return [];
}

/** Asked for once and done more than once, by transactions that are each in order. */
function repeated(
  facts: Facts,
  { open }: Rest,
  entries: ReadonlyMap<TxId, readonly Entry[]>,
  { op, began }: Operation,
): readonly Complaint[] {
  const done = [...new Set(began.map(({ note }) => note.about))].flatMap((tx) => {
    const transaction = facts.txs.get(tx);
    return transaction === undefined || transaction.applied.length === 0 || open.has(tx) ? [] : [transaction];
  });
  const again = done[1];
  if (again === undefined) return [];
  return [
    complaint(
      facts,
      again,
      entries.get(again.tx) ?? [],
      `${op} was done more than once, by ${listed(done.map(({ tx }) => tx))}`,
    ),
  ];
}

/** What the client was told about this very transaction. */
function wordOn(operation: Operation, tx: TxId): 'ok' | 'failed' | 'unknown' {
  const outcome = outcomeOf(operation);
  return outcome === 'failed' || txOf(operation) === tx ? outcome : 'unknown';
}

/** What each account pays or gets, in one line; payers apart from payees. */
function expectedOf(moves: Moves): readonly Entry[] {
  const changing = moves.filter(({ amount }) => amount !== 0);
  const paid = changing.map(({ from, amount }): Entry => ({ ...placeOf(from), delta: -amount }));
  const got = changing.map(({ to, amount }): Entry => ({ ...placeOf(to), delta: amount }));
  return [...summed(paid), ...summed(got)];
}

type Moves = NonNullable<ReturnType<typeof movesIn>>;

function placeOf({ bank, account }: Moves[number]['from']): Omit<Entry, 'delta'> {
  return { bank, account };
}

function summed(entries: readonly Entry[]): readonly Entry[] {
  const byAccount = Map.groupBy(entries, ({ bank, account }) => `${bank}/${account}`);
  return [...byAccount.values()].flatMap(([first, ...rest]) =>
    first === undefined ? [] : [{ ...first, delta: rest.reduce((sum, { delta }) => sum + delta, first.delta) }],
  );
}

/** No two of those expected are alike, so nothing is counted twice here. */
function sameEntries(found: readonly Entry[], expected: readonly Entry[]): boolean {
  const isFound = ({ bank, account, delta }: Entry) =>
    found.some((entry) => entry.bank === bank && entry.account === account && entry.delta === delta);
  return found.length === expected.length && expected.every(isFound);
}

function formatEntry({ bank, account, delta }: Entry): string {
  return `${delta > 0 ? '+' : ''}${delta} in ${account} of ${bank}`;
}

function complaint(facts: Facts, transaction: Transaction, applied: readonly Entry[], what: string): Complaint {
  const { began } = transaction;
  const operation = operationOf(facts, transaction);
  const found = applied.length === 0 ? 'nothing' : listed(applied.map(formatEntry));
  const events = [operation?.invoked, began, operation?.completed].filter(
    (event) => event !== null && event !== undefined,
  );
  return { reason: `${what}: found ${found}.`, events };
}

function sums(history: History, { dumps }: Rest): Complaint[] {
  return [...dumps].flatMap(([bank, dumped]) =>
    [...accountsIn(dumped.state.content)].flatMap(([account, { balance, journal: entries }]) => {
      const opening = openingIn(own(history.run.initial, bank)).get(account);
      if (opening === undefined) return [];
      const sum = entries.reduce((total, { delta }) => total + delta, opening);
      if (sum === balance) return [];
      const reason = `${account} of ${bank} holds ${balance}, but its opening balance and journal add up to ${sum}.`;
      return [{ reason, events: [dumped] }];
    }),
  );
}
