// What scenarios know of transfers between banks.

import * as z from 'zod';
import {
  accountName,
  poorBalance,
  poorName,
  transfer,
  type Transfer,
  type TransferParams,
} from '../../nodes/workloads/transfers.ts';
import { nearest } from '../language/nearest.ts';
import { nodeName, share, whole } from './fields.ts';
import { anyKind, type Impossible } from './workload-kind.ts';
import type { NodeId } from '../../nodes/contract/ids.ts';
import type { Workload } from '../language/scenario-types.ts';

interface Transfers extends Workload {
  /** Of each bank. */
  readonly accounts: number;
  /** Of each account, at first. */
  readonly balance: number;
  readonly between?: readonly [NodeId, NodeId];
  readonly contention: number;
  readonly reads: number;
  readonly poor: number;
  /** A share of the balance where absent. */
  readonly largest?: number;
  readonly parts: number | 'all';
  readonly enlist: 'two' | 'all';
}

export const transfers = anyKind<Transfers>({
  name: 'transfers',
  title: 'Transfers of money between accounts of banks',
  summary:
    'Each participant is a bank. A transfer takes whole money from an account and gives it to another, usually of another bank; ' +
    'one may pay several, or several one. Some accounts begin nearly empty, and refuse what they cannot pay. No money may ' +
    'appear or disappear, no balance may be negative, and each transfer stands in the journals of all its accounts or of none.',
  reference: 'the bank workload of Jepsen; journals after the idea of Elle: Kingsbury, Alvaro, VLDB 2020',
  words: { operation: 'transfer', operations: 'transfers', key: 'account', keys: 'accounts', site: 'bank' },
  fields: {
    accounts: whole(1, 1000, 'accounts of each bank').default(16),
    balance: whole(1, 1_000_000_000, 'what each account holds at first').default(1000),
    between: z
      .tuple([nodeName, nodeName])
      .optional()
      .describe('the two participants that every transfer is between; random ones where it is left out'),
    parts: z
      .union([z.int().min(2).max(16), z.literal('all')])
      .default(2)
      .describe(
        'a whole number from 2 to 16, or all: how many banks money moves between in a transfer; of more than two, one pays the others, or they pay it',
      ),
    enlist: z
      .enum(['two', 'all'])
      .default('two')
      .describe('who takes part in a transfer: the banks that money moves between, or all of them'),
    largest: whole(
      1,
      1_000_000_000,
      'what an account pays at most in a transfer; a twentieth of the balance where it is left out',
    ).optional(),
    poor: share(
      'of transfers between accounts that began nearly empty, of which each client has one more in every bank',
    ),
    contention: share('of transfers that use one hot account of each bank'),
    reads: share('of transfers that change nothing at one of their banks, or at all'),
  },
  impossible: (own, banks) => [
    ...fewAccounts(own),
    ...strangers(own, banks),
    ...wrongParts(own, banks),
    ...tooLarge(own),
  ],
  sitesOf: ({ enlist, parts }, banks) => (enlist === 'all' || parts === 'all' ? banks : parts),
  enlisting: () => 'enlist: all',
  calm: (clients) => ({
    accounts: 2 * clients,
    balance: 1e9,
    largest: 9,
    poor: 0,
    contention: 0,
    reads: 0,
    parts: 2,
    enlist: 'two',
  }),
  prepare: (own, banks) => ({
    initial: openingOf(own, banks),
    params: paramsOf(own, banks),
    probes: probesFor(own, banks),
  }),
});

function fewAccounts({ accounts, clients, contention }: Transfers): readonly Impossible[] {
  const own = contention > 0 ? accounts - 1 : accounts;
  if (own >= clients) return [];
  const hot = contention > 0 ? ' beside the hot one' : '';
  const complaint = {
    found: String(accounts),
    message: `${accounts} accounts are too few: each of the ${clients} clients needs one of its own in every bank${hot}.`,
    allowed: [`at least ${clients + accounts - own}`],
  };
  return [{ path: ['accounts'], complaint }];
}

function strangers({ between }: Transfers, banks: readonly NodeId[]): readonly Impossible[] {
  return (between ?? []).flatMap((found, index): readonly Impossible[] => {
    const path = ['between', index];
    if (!banks.includes(found)) {
      const message = `There is no participant ${found} here.`;
      return [{ path, complaint: { found, message, allowed: banks, nearest: nearest(found, banks) } }];
    }
    if (index === 0 || found !== between?.[0]) return [];
    const allowed = banks.filter((name) => name !== found);
    return [{ path, complaint: { found, message: 'A transfer is between two different participants.', allowed } }];
  });
}

function wrongParts({ parts, between }: Transfers, banks: readonly NodeId[]): readonly Impossible[] {
  const count = countOf(parts, banks);
  const most = between === undefined ? banks.length : 2;
  if (count <= most) return [];
  const found = String(parts);
  const message =
    between === undefined
      ? `A transfer cannot move money between ${count} banks: there are ${most} participants.`
      : `A transfer cannot move money between ${count} banks where between names the two of every transfer.`;
  const numbers = most === 2 ? '2' : `a whole number from 2 to ${most}`;
  const allowed = between === undefined ? [numbers, 'all'] : [numbers];
  return [{ path: ['parts'], complaint: { found, message, allowed, nearest: String(most) } }];
}

function countOf(parts: Transfers['parts'], banks: readonly NodeId[]): number {
  return parts === 'all' ? banks.length : parts;
}

function tooLarge({ largest, balance }: Transfers): readonly Impossible[] {
  if (largest === undefined || largest <= balance) return [];
  const found = String(largest);
  const message = `No account could pay ${largest} at once: each holds ${balance} at first.`;
  return [
    { path: ['largest'], complaint: { found, message, allowed: [`at most ${balance}`], nearest: String(balance) } },
  ];
}

/** Nobody can be overdrawn by the first so many transfers, lest the one that a fault is to meet be refused. */
const SAFE_TRANSFERS = 20;

function largestOf({ largest, balance }: Transfers): number {
  return largest ?? Math.max(1, Math.floor(balance / SAFE_TRANSFERS));
}

function ownOf({ accounts }: Transfers): readonly string[] {
  return Array.from({ length: accounts }, (_, index) => accountName(index));
}

function poorOf({ poor, clients }: Transfers): readonly string[] {
  return poor === 0 ? [] : Array.from({ length: clients }, (_, client) => poorName(client));
}

/** All banks begin alike. */
function openingOf(own: Transfers, banks: readonly NodeId[]): Record<NodeId, Record<string, number>> {
  const little = poorBalance(largestOf(own));
  const opening = Object.fromEntries([
    ...ownOf(own).map((account) => [account, own.balance] as const),
    ...poorOf(own).map((account) => [account, little] as const),
  ]);
  return Object.fromEntries(banks.map((bank) => [bank, opening]));
}

function paramsOf(own: Transfers, banks: readonly NodeId[]) {
  const { accounts, clients, between, contention, reads, poor, enlist } = own;
  const params: TransferParams = {
    banks,
    accounts,
    clients,
    ...(between && { between }),
    contention,
    reads,
    poor,
    largest: largestOf(own),
    parts: countOf(own.parts, banks),
    enlist,
  };
  return { ...params };
}

/**
 * Accounts are probed side by side, each with one transfer at a time between neighbouring banks. One that may be empty is given something, from
 * an account that is not: nobody can refuse that for what is left.
 */
function probesFor(own: Transfers, banks: readonly NodeId[]): readonly (readonly Transfer[])[] {
  const chain = own.between ?? banks;
  const poor = poorOf(own);
  return ownOf(own).map((account, number) => [
    ...neighbours(chain).map((pair) => probe(number % 2 === 0 ? pair : turned(pair), account, account)),
    ...poor.slice(number, number + 1).flatMap((empty) => givenTo(empty, account, chain)),
  ]);
}

/** In each of these banks, from its neighbour. */
function givenTo(empty: string, account: string, chain: readonly NodeId[]): readonly Transfer[] {
  const pairs = neighbours(chain);
  const first = pairs.slice(0, 1).map(turned);
  return [...pairs, ...first].map((pair) => probe(pair, account, empty));
}

interface Pair {
  readonly from: NodeId;
  readonly to: NodeId;
}

function neighbours(chain: readonly NodeId[]): readonly Pair[] {
  return chain.slice(1).map((to, index) => ({ from: chain[index] ?? to, to }));
}

function turned({ from, to }: Pair): Pair {
  return { from: to, to: from };
}

function probe({ from, to }: Pair, account: string, other: string): Transfer {
  return transfer({ bank: from, account }, { bank: to, account: other }, 1);
}
