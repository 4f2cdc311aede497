// Faults, and what ends each. A cluster says which of them it can do before a run starts.

import type { NodeId } from '../nodes/contract/ids.ts';

/** What is done to which node. `restart` is a kill that is ended at once. */
export type Fault =
  | { readonly do: 'kill' | 'pause' | 'restart'; readonly node: NodeId }
  /** What the group sends to the others is dropped; unless `oneWay`, also what they send to it. */
  | {
      readonly do: 'cut';
      readonly group: readonly NodeId[];
      readonly from: readonly NodeId[];
      readonly oneWay: boolean;
    }
  | { readonly do: 'clock'; readonly node: NodeId; readonly byMs: number };

/** The nodes that a fault stops or cuts off: what they do meanwhile is not their own. */
export function nodesOf(fault: Fault): readonly NodeId[] {
  return fault.do === 'cut' ? fault.group : [fault.node];
}
