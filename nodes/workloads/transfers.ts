// Transfers of whole money between accounts of banks. Each client has accounts of its own in every bank, so that a transaction is never
// refused for a lock that another client's holds; a share of contention sends everybody to one hot account instead. Amounts are spread over
// orders of magnitude; a share of transfers is between accounts that began nearly empty, which is where payments are refused.

import { invariant } from '../contract/invariant.ts';
import { randomBelow, randomUnit, type Random } from '../contract/random.ts';
import type { NodeId, TxId } from '../contract/ids.ts';
import type { Drawer, Refusal, Resource, Use, Workload } from '../contract/workload.ts';

export interface BankAccount {
  readonly bank: NodeId;
  readonly account: string;
}

export interface Move {
  readonly from: BankAccount;
  readonly to: BankAccount;
  readonly amount: number;
}

/** Between two accounts, usually of two banks. With the amount 0 it only looks at both. */
export interface Transfer extends Move {
  readonly word: 'transfer';
  /** Moved with it, all or nothing: from the same payer to others, or from others to the same payee. */
  readonly more?: readonly Move[];
  /** Accounts that must be there, and free, for the transfer to commit, and that it does not change. */
  readonly reads?: readonly BankAccount[];
}

/** One bank's part of a transfer: what it adds to which account. An account that is only looked at changes by nothing. */
export interface Change {
  readonly account: string;
  readonly delta: number;
}

export interface TransferParams {
  readonly banks: readonly NodeId[];
  /** Of each bank. */
  readonly accounts: number;
  readonly clients: number;
  /** The banks of every transfer; random ones where absent. */
  readonly between?: readonly [NodeId, NodeId];
  /** Share of transfers, 0 to 1, that use one hot account of each bank. */
  readonly contention: number;
  /** Share of transfers, 0 to 1, that change nothing at one bank or at all of them. */
  readonly reads: number;
  /** Share of transfers, 0 to 1, between accounts that began nearly empty. */
  readonly poor: number;
  /** No account pays more than this in one transfer. */
  readonly largest: number;
  /** How many banks money moves between. */
  readonly parts: number;
  /** Who takes part: the banks that money moves between, or all, the others with an account that is only looked at. */
  readonly enlist: 'two' | 'all';
}

// ── the bank ──

interface Account {
  balance: number;
  /** Who changed it by how much, in order. */
  readonly journal: { readonly tx: TxId; readonly delta: number }[];
}

export type Bank = Map<string, Account>;

const bank: Resource<readonly Change[], Bank> = {
  open: (initial) =>
    new Map(
      Object.entries(initial as Readonly<Record<string, number>>).map(([account, balance]) => [
        account,
        { balance, journal: [] },
      ]),
    ),
  refusal,
  locksOf: (changes) => changes.map(({ account, delta }) => ({ key: account, mode: delta === 0 ? 'read' : 'write' })),
  isReadOnly: (changes) => changes.every(({ delta }) => delta === 0),
  apply,
  toJson: (accounts) =>
    Object.fromEntries([...accounts].map(([name, { balance, journal }]) => [name, { balance, journal: [...journal] }])),
  restore: (json) => new Map(Object.entries(json as unknown as Record<string, Account>)),
};

function refusal(accounts: Bank, changes: readonly Change[]): Refusal | null {
  for (const { account } of changes) {
    const found = accounts.get(account);
    if (!found) return { reason: 'unknown-account' };
    // Several changes of one account are judged together.
    const sum = changes.reduce(
      (total, change) => total + (change.account === account ? change.delta : 0),
      found.balance,
    );
    if (sum < 0) return { reason: 'overdraft', key: account };
  }
  return null;
}

function apply(accounts: Bank, tx: TxId, changes: readonly Change[]): void {
  for (const { account, delta } of changes) {
    const found = accounts.get(account);
    invariant(found, `${tx} was prepared on an account that does not exist: ${account}`);
    if (delta === 0) continue;
    found.balance += delta;
    found.journal.push({ tx, delta });
  }
}

// ── transfers ──

export const transfers: Workload<TransferParams, Transfer, readonly Change[], Bank> = {
  name: 'transfers',
  words: ['transfer'],
  draw: drawTransfer,
  usesOf,
  partsOf,
  resource: bank,
};

function usesOf(transfer: Transfer): readonly Use[] {
  const mode = transfer.amount === 0 ? 'read' : 'write';
  const uses: Use[] = [];
  for (const { bank: site, account: key } of changesIn(transfer)) uses.push({ site, key, mode });
  for (const { bank: site, account: key } of transfer.reads ?? NONE) uses.push({ site, key, mode: 'read' });
  return uses;
}

function partsOf(transfer: Transfer): Record<NodeId, Change[]> {
  const { from, to, amount, more, reads } = transfer;
  // As nearly all are.
  if (!more && !reads && from.bank !== to.bank)
    return {
      [from.bank]: [{ account: from.account, delta: 0 - amount }],
      [to.bank]: [{ account: to.account, delta: amount }],
    };
  const parts: [site: NodeId, part: Change[]][] = [];
  const add = (of: NodeId, change: Change) => {
    const known = parts.find(([site]) => site === of);
    if (known) known[1].push(change);
    else parts.push([of, [change]]);
  };
  for (const { bank: site, account, delta } of changesIn(transfer)) add(site, { account, delta });
  for (const read of reads ?? NONE) add(read.bank, { account: read.account, delta: 0 });
  return Object.fromEntries(parts);
}

const NONE: readonly BankAccount[] = [];

interface Sum extends BankAccount {
  delta: number;
}

/** What each account pays or gets, in one sum. */
function changesIn({ from, to, amount, more }: Transfer): readonly (BankAccount & Change)[] {
  if (!more)
    return [
      { bank: from.bank, account: from.account, delta: 0 - amount },
      { bank: to.bank, account: to.account, delta: amount },
    ];
  const paid: Sum[] = [];
  const got: Sum[] = [];
  addTo(paid, from, 0 - amount);
  addTo(got, to, amount);
  for (const move of more) {
    addTo(paid, move.from, 0 - move.amount);
    addTo(got, move.to, move.amount);
  }
  return [...paid, ...got];
}

/** There are a handful: a search costs less than a table. */
function addTo(sums: Sum[], { bank: of, account }: BankAccount, delta: number): void {
  const known = sums.find((sum) => sum.bank === of && sum.account === account);
  if (known) known.delta += delta;
  else sums.push({ bank: of, account, delta });
}

/** `a00`, `a01`… The same names in every bank; the first is the hot one. */
export function accountName(index: number): string {
  return `a${String(index).padStart(2, '0')}`;
}

/** `p00`, `p01`… One for each client in every bank, where any transfer is between such; they begin nearly empty. */
export function poorName(client: number): string {
  return `p${String(client).padStart(2, '0')}`;
}

/** The middle of the amounts that are drawn: about every second payment from such an account is refused at first. */
export function poorBalance(largest: number): number {
  return Math.round(Math.sqrt(largest));
}

/** Of each client, by arithmetic: every so-manieth account of a bank, the hot one left out. */
interface Own {
  readonly count: number;
  readonly first: number;
  readonly step: number;
}

function ownAccounts({ accounts, clients, contention }: TransferParams, client: number): Own {
  const isTaken = contention > 0 && client === 0;
  const first = isTaken ? clients : client;
  return { count: Math.max(0, Math.ceil((accounts - first) / clients)), first, step: clients };
}

function ownAccount({ first, step }: Own, index: number): string {
  return accountName(first + index * step);
}

function drawTransfer(params: TransferParams, { client, random }: Drawer): Transfer {
  const { banks, between, reads, contention, poor, largest, parts, enlist } = params;
  const own = ownAccounts(params, client);
  const moving = drawSome(random, between ?? banks, parts);
  const others = enlist === 'all' ? banks.filter((bank) => !moving.includes(bank)) : [];
  if (reads > 0 && randomUnit(random) < reads)
    return drawReading(random, { banks: [...moving, ...others], own, largest });
  const isHot = randomUnit(random) < contention;
  const isPoor = !isHot && randomUnit(random) < poor;
  const pick = () => {
    if (isPoor) return poorName(client);
    return isHot || own.count === 0 ? accountName(0) : ownAccount(own, randomBelow(random, own.count));
  };
  const accounts = moving.map((bank) => ({ bank, account: pick() }));
  const drawn = drawMoves(random, accounts, largest);
  return others.length === 0 ? drawn : { ...drawn, reads: others.map((bank) => ({ bank, account: pick() })) };
}

/** The first pays all others, or all others pay the first. */
function drawMoves(random: Random, accounts: readonly BankAccount[], largest: number): Transfer {
  const [one, next] = accounts;
  invariant(one && next, 'a transfer between fewer than two banks');
  const pays = randomBelow(random, 2) === 0;
  const most = Math.max(1, Math.floor(largest / (accounts.length - 1)));
  const amount = drawAmount(random, most);
  const moved = pays ? transfer(one, next, amount) : transfer(next, one, amount);
  if (accounts.length === 2) return moved;
  const more = accounts.slice(2).map((other): Move => {
    const paid = drawAmount(random, most);
    return pays ? { from: one, to: other, amount: paid } : { from: other, to: one, amount: paid };
  });
  return { ...moved, more };
}

/** From 1 on, each order of magnitude as likely as the next: small ones are many, and large ones come too. */
function drawAmount(random: Random, largest: number): number {
  return Math.min(largest, Math.floor((largest + 1) ** randomUnit(random)));
}

interface Looking {
  readonly banks: readonly NodeId[];
  readonly own: Own;
  readonly largest: number;
}

/** A look at an account of each bank; or a transfer inside of one bank that needs an account of each other to be there. */
function drawReading(random: Random, { banks, own, largest }: Looking): Transfer {
  const [source, ...others] = banks;
  invariant(source, 'a transfer without a bank');
  const [first, second] = drawTwo(random, own);
  const [seen, ...more] = others.map((bank) => ({ bank, account: second }));
  invariant(seen, 'a transfer between fewer than two banks');
  const from = { bank: source, account: first };
  if (first === second || randomBelow(random, 2) === 0)
    return { ...transfer(from, seen, 0), ...(more.length > 0 && { reads: more }) };
  return { ...transfer(from, { ...from, account: second }, drawAmount(random, largest)), reads: [seen, ...more] };
}

/** Two different ones, where there are two. */
function drawTwo(random: Random, own: Own): readonly [string, string] {
  const one = randomBelow(random, own.count);
  const other = (one + 1 + randomBelow(random, Math.max(1, own.count - 1))) % Math.max(1, own.count);
  return own.count === 0 ? [accountName(0), accountName(0)] : [ownAccount(own, one), ownAccount(own, other)];
}

/** So many different ones, in any order. */
function drawSome<Item>(random: Random, items: readonly Item[], count: number): readonly Item[] {
  const left = [...items];
  // What is drawn goes to the front, past those that were drawn before it.
  let drawn = 0;
  for (; drawn < count && drawn < left.length; drawn++) {
    const at = drawn + randomBelow(random, left.length - drawn);
    const item = left[at] as Item;
    for (let i = at; i > drawn; i--) left[i] = left[i - 1] as Item;
    left[drawn] = item;
  }
  left.length = drawn;
  return left;
}

export function transfer(from: Transfer['from'], to: Transfer['to'], amount: number): Transfer {
  return { word: 'transfer', from, to, amount };
}
