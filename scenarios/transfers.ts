// What a plan says of a workload of transfers: what the banks open with, and what is asked when everything has healed.

import { accountName, transfer } from '../nodes/workloads/transfers.ts';
import type { NodeId } from '../nodes/contract/ids.ts';
import type { Transfer } from '../nodes/contract/events.ts';
import type { Workload } from './scenario-types.ts';

/** Every account of every bank holds the same at first. */
export function openingOf(
  { accounts, balance }: Workload,
  banks: readonly NodeId[],
): Readonly<Record<NodeId, Readonly<Record<string, number>>>> {
  const opening = Object.fromEntries(Array.from({ length: accounts }, (_, index) => [accountName(index), balance]));
  return Object.fromEntries(banks.map((bank) => [bank, opening]));
}

/**
 * On every account of neighbouring banks, so that a lock that nobody gave back shows: asked when everything has healed. Accounts are probed side
 * by side, each with one transfer at a time.
 */
export function probesFor({ accounts, between }: Workload, banks: readonly NodeId[]): readonly (readonly Transfer[])[] {
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
