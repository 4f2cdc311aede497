// Transfers of whole money between accounts of banks. Each client has accounts of its own in every bank, so that a transaction is never
// refused for a lock that another client's holds; a share of contention sends everybody to one hot account instead.

import { invariant } from '../contract/invariant.ts';
import { randomBelow, randomUnit, type Random } from '../contract/random.ts';
import type { NodeId, TxId } from '../contract/ids.ts';
import type { Drawer, Refusal, Resource, Use, Workload } from '../contract/workload.ts';

export interface BankAccount {
  readonly bank: NodeId;
  readonly account: string;
}

/** Between two accounts, usually of two banks. With the amount 0 it only looks at both. */
export interface Transfer {
  readonly word: 'transfer';
  readonly from: BankAccount;
  readonly to: BankAccount;
  readonly amount: number;
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
  /** The banks of every transfer; random pairs where absent. */
  readonly between?: readonly [NodeId, NodeId];
  /** Share of transfers, 0 to 1, that use one hot account of each bank. */
  readonly contention: number;
  /** Share of transfers, 0 to 1, that change nothing at one bank or at both. */
  readonly reads: number;
  /** Who takes part: the two banks that money moves between, or all, the others with an account that is only looked at. */
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

function usesOf({ from, to, amount, reads = [] }: Transfer): readonly Use[] {
  const use = ({ bank: site, account: key }: BankAccount, mode: Use['mode']): Use => ({ site, key, mode });
  const mode = amount === 0 ? 'read' : 'write';
  return [use(from, mode), use(to, mode), ...reads.map((read) => use(read, 'read'))];
}

function partsOf({ from, to, amount, reads = [] }: Transfer): Record<NodeId, Change[]> {
  const parts: Record<NodeId, Change[]> = {};
  (parts[from.bank] ??= []).push({ account: from.account, delta: 0 - amount });
  (parts[to.bank] ??= []).push({ account: to.account, delta: amount });
  for (const read of reads) (parts[read.bank] ??= []).push({ account: read.account, delta: 0 });
  return parts;
}

/** `a00`, `a01`… The same names in every bank; the first is the hot one. */
export function accountName(index: number): string {
  return `a${String(index).padStart(2, '0')}`;
}

/** Of each client, by arithmetic: every so-manieth account of a bank, the hot one left out. */
interface Own {
  readonly count: number;
  readonly at: (index: number) => string;
}

function ownAccounts({ accounts, clients, contention }: TransferParams, client: number): Own {
  const isTaken = contention > 0 && client === 0;
  const first = isTaken ? clients : client;
  return {
    count: Math.max(0, Math.ceil((accounts - first) / clients)),
    at: (index) => accountName(first + index * clients),
  };
}

function drawTransfer(params: TransferParams, { client, random }: Drawer): Transfer {
  const { banks, between, reads, contention, enlist } = params;
  const own = ownAccounts(params, client);
  const [source, target] = drawBanks(random, between ?? drawPair(random, banks));
  if (reads > 0 && randomUnit(random) < reads) return drawReading(random, [source, target], own);
  const isHot = randomUnit(random) < contention;
  const pick = () => (isHot || own.count === 0 ? accountName(0) : own.at(randomBelow(random, own.count)));
  const drawn = transfer(
    { bank: source, account: pick() },
    { bank: target, account: pick() },
    1 + randomBelow(random, 9),
  );
  if (enlist === 'two') return drawn;
  const others = banks.filter((bank) => bank !== source && bank !== target);
  return { ...drawn, reads: others.map((bank) => ({ bank, account: pick() })) };
}

/** A look at an account of each bank; or a transfer inside of one bank that needs an account of the other to be there. */
function drawReading(random: Random, [source, target]: readonly [NodeId, NodeId], own: Own): Transfer {
  const [first, second] = drawTwo(random, own);
  const seen = { bank: target, account: second };
  const from = { bank: source, account: first };
  if (first === second || randomBelow(random, 2) === 0) return transfer(from, seen, 0);
  return { ...transfer(from, { ...from, account: second }, 1 + randomBelow(random, 9)), reads: [seen] };
}

/** Two different ones, where there are two. */
function drawTwo(random: Random, own: Own): readonly [string, string] {
  const one = randomBelow(random, own.count);
  const other = (one + 1 + randomBelow(random, Math.max(1, own.count - 1))) % Math.max(1, own.count);
  return own.count === 0 ? [accountName(0), accountName(0)] : [own.at(one), own.at(other)];
}

function drawPair(random: Random, banks: readonly NodeId[]): readonly [NodeId, NodeId] {
  const one = randomBelow(random, banks.length);
  const other = (one + 1 + randomBelow(random, banks.length - 1)) % banks.length;
  return [banks[one], banks[other]] as readonly [NodeId, NodeId];
}

function drawBanks(random: Random, [one, other]: readonly [NodeId, NodeId]): readonly [NodeId, NodeId] {
  return randomBelow(random, 2) === 0 ? [one, other] : [other, one];
}

export function transfer(from: Transfer['from'], to: Transfer['to'], amount: number): Transfer {
  return { word: 'transfer', from, to, amount };
}
