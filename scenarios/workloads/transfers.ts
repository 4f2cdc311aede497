// What scenarios know of transfers between banks.

import * as z from 'zod';
import { accountName, transfer, type Transfer, type TransferParams } from '../../nodes/workloads/transfers.ts';
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
  readonly enlist: 'two' | 'all';
}

export const transfers = anyKind<Transfers>({
  name: 'transfers',
  title: 'Transfers of money between accounts of banks',
  summary:
    'Each participant is a bank. A transfer takes whole money from an account and gives it to another, usually of another bank. No money may ' +
    'appear or disappear, no balance may be negative, and each transfer stands in the journals of both accounts or of neither.',
  reference: 'the bank workload of Jepsen; journals after the idea of Elle: Kingsbury, Alvaro, VLDB 2020',
  words: { operation: 'transfer', operations: 'transfers', key: 'account', keys: 'accounts', site: 'bank' },
  fields: {
    accounts: whole(1, 1000, 'accounts of each bank').default(16),
    balance: whole(1, 1_000_000_000, 'what each account holds at first').default(1000),
    between: z
      .tuple([nodeName, nodeName])
      .optional()
      .describe('the two participants that every transfer is between; random pairs where it is left out'),
    enlist: z
      .enum(['two', 'all'])
      .default('two')
      .describe('who takes part in a transfer: the two banks that money moves between, or all of them'),
    contention: share('of transfers that use one hot account of each bank'),
    reads: share('of transfers that change nothing at one of their banks, or at both'),
  },
  impossible: (own, banks) => [...fewAccounts(own), ...strangers(own, banks)],
  sitesOf: ({ enlist }, banks) => (enlist === 'all' ? banks : 2),
  enlisting: () => 'enlist: all',
  calm: (clients) => ({ accounts: 2 * clients, balance: 1e9, contention: 0, reads: 0, enlist: 'two' }),
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

/** Every account of every bank holds the same at first. */
function openingOf({ accounts, balance }: Transfers, banks: readonly NodeId[]): Record<NodeId, Record<string, number>> {
  const opening = Object.fromEntries(Array.from({ length: accounts }, (_, index) => [accountName(index), balance]));
  return Object.fromEntries(banks.map((bank) => [bank, opening]));
}

function paramsOf({ accounts, clients, between, contention, reads, enlist }: Transfers, banks: readonly NodeId[]) {
  const params: TransferParams = { banks, accounts, clients, ...(between && { between }), contention, reads, enlist };
  return { ...params };
}

/** Accounts are probed side by side, each with one transfer at a time between neighbouring banks. */
function probesFor({ accounts, between }: Transfers, banks: readonly NodeId[]): readonly (readonly Transfer[])[] {
  const chain = between ?? banks;
  return Array.from({ length: accounts }, (_, number) => {
    const account = accountName(number);
    return chain.slice(1).map((bank, index) => {
      const neighbour = chain[index] ?? bank;
      const [from, to] = number % 2 === 0 ? [neighbour, bank] : [bank, neighbour];
      return transfer({ bank: from, account }, { bank: to, account }, 1);
    });
  });
}
