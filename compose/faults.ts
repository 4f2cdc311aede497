// Faults, and what ends each. A cluster says which of them it can do before a run starts.

import type { NodeId } from '../nodes/contract/ids.ts';

/** Nodes by what they are when the fault comes, not by name: the leader of the zookeepers, say. The cluster resolves it. */
export interface Selected {
  readonly role: string;
  readonly select: string;
}

/** Whom a planned fault is to hit. */
export type Target = NodeId | Selected;

/** What is done to which node. `restart` is a kill that is ended at once. */
export type Fault<Hit = NodeId> =
  | { readonly do: 'kill' | 'pause' | 'restart'; readonly node: Hit }
  /** What the group sends to the others is dropped; unless `oneWay`, also what they send to it. */
  | {
      readonly do: 'cut';
      readonly group: readonly Hit[];
      readonly from: readonly Hit[];
      readonly oneWay: boolean;
    }
  | { readonly do: 'clock'; readonly node: Hit; readonly byMs: number };

/** The nodes that a fault stops or cuts off, as far as they have names: what they do meanwhile is not their own. */
export function nodesOf(fault: Fault<Target>): readonly NodeId[] {
  return targetsOf(fault).filter((target) => typeof target === 'string');
}

/** Whom a fault stops or cuts off. */
export function targetsOf<Hit>(fault: Fault<Hit>): readonly Hit[] {
  return fault.do === 'cut' ? fault.group : [fault.node];
}

/** The same fault with each target replaced. A cut may have more nodes in one target; any other fault hits one node, or is none. */
export function replaceTargets<From, To>(fault: Fault<From>, by: (target: From) => readonly To[]): Fault<To> | null {
  if (fault.do === 'cut') return { ...fault, group: fault.group.flatMap(by), from: fault.from.flatMap(by) };
  const [node, ...others] = by(fault.node);
  return node === undefined || others.length > 0 ? null : { ...fault, node };
}

/** `zookeeper leader` */
export function formatTarget(target: Target): string {
  return typeof target === 'string' ? target : `${target.role} ${target.select}`;
}
