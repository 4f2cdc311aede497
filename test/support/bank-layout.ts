// The nodes that tests of sentences speak of: two banks under two-phase commit, and with stores.

import { nodeId } from '../../nodes/contract/ids.ts';
import { layoutOf, type Layout } from '../../scenarios/language/layout.ts';

export const LAYOUT = {
  protocol: '2pc',
  topology: { participants: 2 },
  workload: { kind: 'transfers', transactions: 200 },
};
export const bank = layoutOf(LAYOUT);
const STORES = { redis: { count: () => 2, service: 'redis-replicated', replicated: true, means: 'a store' } } as const;
/** A layout with stores, whose clocks can be moved and which have no steps: a primary and its replica. */
export const withStores: Layout = {
  ...bank,
  protocol: { ...bank.protocol, stores: STORES },
  nodes: [
    ...bank.nodes,
    { id: nodeId('redis-1'), role: 'redis', kind: 'store' },
    { id: nodeId('redis-2'), role: 'redis', kind: 'store' },
  ],
};
