// Faults, and what ends each. A cluster says which of them it can do before a run starts.

import { isMeddling, type MeddlingHow } from '../nodes/contract/meddling.ts';
import { roleOf, type NodeId } from '../nodes/contract/ids.ts';

/** Nodes by what they are when the fault comes, not by name: the leader of the zookeepers, say. The cluster resolves it. */
export interface Selected {
  readonly role: string;
  readonly select: Selection;
}

export const SELECTIONS = ['leader', 'others', 'majority', 'minority'] as const;

/** `others` than the leader; the leader and just enough others, or whoever is not among them. */
export type Selection = (typeof SELECTIONS)[number];

/** Of the same servers all that are not meant. */
export const REST: Readonly<Record<Selection, Selection>> = {
  leader: 'others',
  others: 'leader',
  majority: 'minority',
  minority: 'majority',
};

/** Whom a planned fault is to hit. */
export type Target = NodeId | Selected;

/** What is done to nodes by a cluster, or to messages by the hosts that send them. */
export type Fault<Hit = NodeId> = NodeFault<Hit> | MessageFault<Hit>;

/** Messages of this word from any of these to any of those. Who sends them goes on as ever: only the lab's part of its host knows. */
export interface MessageFault<Hit = NodeId> {
  readonly do: MeddlingHow;
  readonly word: string;
  readonly from: readonly Hit[];
  readonly to: readonly Hit[];
  /** Of a delay. */
  readonly byMs?: number;
  /** So many and no more; all where it is not said. Only where one node sends them. */
  readonly times?: number;
}

/**
 * What is done to which node. `restart` is a kill that is ended at once; after a `fill` the disk of its log takes no more; a `promote` makes
 * a replica a primary, and nothing undoes it.
 */
export type NodeFault<Hit = NodeId> =
  | { readonly do: 'kill' | 'pause' | 'restart' | 'fill' | 'promote'; readonly node: Hit }
  /** What the group sends to the others is dropped; unless `oneWay`, also what they send to it. */
  | {
      readonly do: 'cut';
      readonly group: readonly Hit[];
      readonly from: readonly Hit[];
      readonly oneWay: boolean;
    }
  /** Every packet between the group and the others leaves so much later, whatever it carries. */
  | { readonly do: 'slow'; readonly group: readonly Hit[]; readonly from: readonly Hit[]; readonly byMs: number }
  | { readonly do: 'clock'; readonly node: Hit; readonly byMs: number };

/** The nodes that a fault stops or cuts off, or whose messages it is about, as far as they have names. */
export function nodesOf(fault: Fault<Target>): readonly NodeId[] {
  return targetsOf(fault).filter((target) => typeof target === 'string');
}

/** Whom a fault stops or cuts off, or whose messages it is about. */
export function targetsOf<Hit>(fault: Fault<Hit>): readonly Hit[] {
  if (isMessageFault(fault)) return fault.from;
  return isBetween(fault) ? fault.group : [fault.node];
}

/** Everybody whom it names: also those that somebody is cut off from, or that messages are sent to. */
export function endsOf<Hit>(fault: Fault<Hit>): readonly Hit[] {
  if (isMessageFault(fault)) return [...fault.from, ...fault.to];
  return isBetween(fault) ? [...fault.group, ...fault.from] : [fault.node];
}

/** It is done to the links between two groups, and to no node. */
export function isBetween<Hit>(fault: Fault<Hit>): fault is Extract<NodeFault<Hit>, { readonly group: unknown }> {
  return fault.do === 'cut' || fault.do === 'slow';
}

export function isMessageFault<Hit>(fault: Fault<Hit>): fault is MessageFault<Hit> {
  return isMeddling(fault.do);
}

/** The same fault with each target replaced. A cut, or messages, may have more nodes in one target; any other fault hits one node, or is none. */
export function replaceTargets<From, To>(fault: Fault<From>, by: (target: From) => readonly To[]): Fault<To> | null {
  if (isMessageFault(fault)) return { ...fault, from: fault.from.flatMap(by), to: fault.to.flatMap(by) };
  if (isBetween(fault)) return { ...fault, group: fault.group.flatMap(by), from: fault.from.flatMap(by) };
  const [node, ...others] = by(fault.node);
  return node === undefined || others.length > 0 ? null : { ...fault, node };
}

/** Whether this node may be meant: of one that is known only when the fault comes, any of its role. */
export function mayMean(target: Target, node: NodeId): boolean {
  return typeof target === 'string' ? target === node : target.role === roleOf(node);
}

/** `zookeeper leader` */
export function formatTarget(target: Target): string {
  return typeof target === 'string' ? target : `${target.role} ${target.select}`;
}
