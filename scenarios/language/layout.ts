// What a scenario lays out, and every sentence is understood against: the nodes that there are, and the words of their protocol.

import { findProtocol } from '../../nodes/protocols/catalog.ts';
import { invariant } from '../../nodes/contract/invariant.ts';
import { nodeId } from '../../nodes/contract/ids.ts';
import { meant, nearest } from './nearest.ts';
import { wordsOf, type Protocol, type Role, type Topology, type Words } from '../../nodes/contract/protocol.ts';
import { findWorkload } from '../../nodes/workloads/catalog.ts';
import type { SealedWorkload, SitePlace } from '../../nodes/contract/workload.ts';
import type { NodeId } from '../../nodes/contract/ids.ts';
import type { Verb } from '../../nodes/contract/step.ts';
import type { Complaint } from './problem.ts';

export interface PlannedNode {
  readonly id: NodeId;
  readonly role: string;
  /** A store's process is not ours: it has no steps and keeps no trace. A node where it is not said. */
  readonly kind?: 'node' | 'store';
}

export interface Layout {
  readonly protocol: Protocol;
  readonly workload: SealedWorkload;
  /** Nodes of the protocol's roles, then its stores. */
  readonly nodes: readonly PlannedNode[];
  readonly sites: Readonly<Record<string, SitePlace>>;
  /** Of these, the ones that guard what the workload is about. */
  readonly guards: readonly NodeId[];
  /** How many transactions the workload has: a fault cannot wait for a later one. */
  readonly transactions: number;
}

/** What of a scenario its layout depends on. */
export interface LayoutSize {
  readonly protocol: string;
  readonly topology: Topology;
  readonly workload: { readonly kind: string; readonly transactions: number };
}

/** The protocol must be a known one: whoever made the scenario has looked it up. */
export function layoutOf({ protocol: name, topology, workload: { kind, transactions } }: LayoutSize): Layout {
  const protocol = findProtocol(name);
  invariant(protocol, `a scenario of an unknown protocol: ${name}`);
  const workload = findWorkload(kind);
  invariant(workload, `a scenario of an unknown workload: ${kind}`);
  const guards = sitesIn(protocol, topology);
  return {
    protocol,
    workload,
    nodes: nodesIn(protocol, topology),
    sites: { ...protocol.coordinators?.(topology), ...guards },
    guards: Object.keys(guards).map(nodeId),
    transactions,
  };
}

function nodesIn({ roles, stores = {} }: Protocol, topology: Topology): readonly PlannedNode[] {
  const nodes = Object.entries(roles).flatMap(([role, { count }]) =>
    namesOf(role, count, topology).map((id) => ({ id, role })),
  );
  const beside = Object.entries(stores).flatMap(([role, { count }]) =>
    namesOf(role, count, topology).map((id) => ({ id, role, kind: 'store' as const })),
  );
  return [...nodes, ...beside];
}

export function storesAmong(nodes: readonly PlannedNode[]): readonly PlannedNode[] {
  return nodes.filter(({ kind }) => kind === 'store');
}

/** Those of them that are ours. */
export function nodesAmong(nodes: readonly PlannedNode[]): readonly PlannedNode[] {
  return nodes.filter(({ kind }) => kind !== 'store');
}

export function namesOf(role: string, count: Role['count'], topology: Topology): readonly NodeId[] {
  if (count === 'one') return [nodeId(role)];
  return Array.from({ length: count(topology) }, (_, index) => nodeId(`${role}-${index + 1}`));
}

/** Who promises, and where each lives. */
function sitesIn({ roles, sites }: Protocol, topology: Topology): Readonly<Record<string, SitePlace>> {
  if (sites) return sites(topology);
  const plain = Object.entries(roles).flatMap(([role, { count, isSite }]) =>
    isSite ? namesOf(role, count, topology) : [],
  );
  return Object.fromEntries(plain.map((site) => [site, { nodes: [site], stores: [], quorum: 1 }]));
}

/** A node by its name; a role without a number is its only node, or the first one. */
export function findNode(layout: Layout, name: string): PlannedNode | undefined {
  return layout.nodes.find(({ id }) => id === name) ?? layout.nodes.find(({ role }) => role === name);
}

export function notANode(layout: Layout, found: string, among: readonly PlannedNode[] = layout.nodes): Complaint {
  const allowed = among.map(({ id }): string => id);
  const roles = among.map(({ role }) => role);
  const message = `There is no node ${found} here.`;
  const near = meant(found, allowed) ?? nearest(found, [...allowed, ...roles]);
  return { found, message, allowed, nearest: near, ...(found === 'the' && { hint: 'Leave it out: the' }) };
}

export function notAParticipant(found: string, allowed: readonly string[]): Complaint {
  return { found, message: `There is no participant ${found} here.`, allowed, nearest: nearest(found, allowed) };
}

export function isStore({ kind }: PlannedNode): boolean {
  return kind === 'store';
}

export function roleOfNode(layout: Layout, node: NodeId): Role | undefined {
  const found = layout.nodes.find(({ id }) => id === node);
  return found && layout.protocol.roles[found.role];
}

/** All words of a node's steps; a store has none. */
export function wordsAt(layout: Layout, node: NodeId): Words | undefined {
  const role = roleOfNode(layout, node);
  return role && wordsOf(role, layout.workload);
}

/** Of stores that copy a primary: those that may become one. */
export function replicasIn({ protocol, nodes }: Layout): readonly PlannedNode[] {
  const primaries = new Map(
    storesAmong(nodes)
      .toReversed()
      .map(({ role, id }) => [role, id]),
  );
  return storesAmong(nodes).filter(({ role, id }) => protocol.stores?.[role]?.replicated && primaries.get(role) !== id);
}

/** Whether one of them ever says something to the other. */
export function canTalk(layout: Layout, one: NodeId, other: NodeId): boolean {
  if (knowEachOther(layout, one, other)) return true;
  const says = (from: NodeId, to: NodeId) => {
    const { send = [], ask = [], answer = [] } = wordsAt(layout, from) ?? {};
    const hears = wordsAt(layout, to);
    // A store hears whatever it is asked.
    return hears ? [...send, ...ask, ...answer].some((word) => hears.receive?.includes(word)) : ask.length > 0;
  };
  return says(one, other) || says(other, one);
}

/** Servers that tell each other what they hold. */
function knowEachOther(layout: Layout, one: NodeId, other: NodeId): boolean {
  const [store, peer] = [one, other].map((id) => layout.nodes.find((node) => node.id === id && isStore(node)));
  if (!store || store.role !== peer?.role) return false;
  const { replicated, ensemble } = layout.protocol.stores?.[store.role] ?? {};
  return replicated === true || ensemble === true;
}

/** Nodes that can stand at the other end of this word: those that take what is sent, or send what is taken, and stores. */
export function peersOf(layout: Layout, self: NodeId, verb: Verb, word: string): readonly PlannedNode[] {
  const counterparts: readonly Verb[] = verb === 'receive' ? ['send', 'ask', 'answer'] : ['receive'];
  const peers = layout.nodes.filter((node) => {
    if (node.id === self) return false;
    const words = wordsAt(layout, node.id);
    return words === undefined || counterparts.some((counterpart) => words[counterpart]?.includes(word));
  });
  const asked = peers.map((node) => (isOfEnsemble(layout, node) ? { ...node, id: nodeId(node.role) } : node));
  return asked.filter(({ id }, index) => asked.findIndex((other) => other.id === id) === index);
}

/** Whether it is never asked alone: any of its kind answers for all, and a trace says the name of its role. */
export function isOfEnsemble({ protocol }: Layout, { role }: PlannedNode): boolean {
  return protocol.stores?.[role]?.ensemble === true;
}
