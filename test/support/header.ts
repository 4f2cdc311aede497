// The header of a made history: a coordinator, banks that hold so much at first, and a client.

import { HISTORY_VERSION, type LabBody } from '../../nodes/contract/events.ts';
import { nodeId, roleOf } from '../../nodes/contract/ids.ts';

export type Header = Extract<LabBody, { kind: 'run' }>;

export function headerOf(opening: Readonly<Record<string, Readonly<Record<string, number>>>>): Header {
  const banks = Object.keys(opening).map(nodeId);
  const nodes = [nodeId('coordinator'), ...banks, nodeId('client')];
  return {
    kind: 'run',
    version: HISTORY_VERSION,
    txlab: '0.0.0',
    run: 'test',
    protocol: '2pc',
    seed: 1,
    nodes,
    family: 'commit',
    workload: 'transfers',
    roles: Object.fromEntries(nodes.map((node) => [node, roleOf(node)])),
    sites: Object.fromEntries(banks.map((bank) => [bank, { nodes: [bank], stores: [], quorum: 1 }])),
    timeouts: {},
    promises: [],
    initial: opening,
  };
}
