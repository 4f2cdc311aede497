// What a bank's content says, as a history holds it: balances, and who changed them by how much. Parsed here once; checkers know no workload's code.

import type { Json } from '../../../nodes/contract/messages.ts';
import type { TxId } from '../../../nodes/contract/ids.ts';
import type { Use } from '../../../nodes/contract/workload.ts';

export interface Account {
  readonly balance: number;
  readonly journal: readonly Entry[];
}

interface Entry {
  readonly tx: TxId;
  readonly delta: number;
}

/** By account; empty for what is no bank. */
export function accountsIn(content: Json): ReadonlyMap<string, Account> {
  if (!isMapping(content)) return new Map();
  return new Map(Object.entries(content).flatMap(([name, value]) => (isAccount(value) ? [[name, value]] : [])));
}

/** Opening balances by account. */
export function openingIn(initial: Json | undefined): ReadonlyMap<string, number> {
  if (initial === undefined || !isMapping(initial)) return new Map();
  return new Map(
    Object.entries(initial).flatMap(([name, value]) => (typeof value === 'number' ? [[name, value]] : [])),
  );
}

export function tracesIn(content: Json): readonly { readonly tx: TxId; readonly key: string }[] {
  return [...accountsIn(content)].flatMap(([key, { journal }]) => journal.map(({ tx }) => ({ tx, key })));
}

interface Move {
  readonly from: Place;
  readonly to: Place;
  readonly amount: number;
}

interface Place {
  readonly bank: string;
  readonly account: string;
}

/** All that a client wants moved together; null for what is no transfer. */
export function movesIn(request: Json | undefined): readonly Move[] | null {
  if (request === undefined || !isMapping(request)) return null;
  const { more = [] } = request;
  const moves = [request, ...(Array.isArray(more) ? more : [null])].map((move) => (isMove(move) ? move : null));
  return moves.every((move) => move !== null) ? moves : null;
}

/** Its balance is less than what the request takes. */
export function wouldOverdraw(content: Json, request: Json | undefined, { site, key }: Key): boolean {
  const balance = accountsIn(content).get(key)?.balance;
  const taken = (movesIn(request) ?? [])
    .filter(({ from }) => from.bank === site && from.account === key)
    .reduce((sum, { amount }) => sum + amount, 0);
  return balance !== undefined && taken > balance;
}

type Key = Pick<Use, 'site' | 'key'>;

type Mapping = Readonly<Record<string, Json | undefined>>;

function isMapping(value: Json | undefined): value is Mapping {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isMove(value: Json | undefined): value is Mapping & Move {
  return isMapping(value) && isPlace(value['from']) && isPlace(value['to']) && typeof value['amount'] === 'number';
}

function isPlace(value: Json | undefined): value is Mapping & Place {
  return isMapping(value) && typeof value['bank'] === 'string' && typeof value['account'] === 'string';
}

function isAccount(value: Json | undefined): value is Mapping & Account {
  return isMapping(value) && typeof value['balance'] === 'number' && Array.isArray(value['journal']);
}
