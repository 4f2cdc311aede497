// What a sentence is understood against: the protocol's words, and the nodes that there are.

import { findProtocol } from '../nodes/protocols/catalog.ts';
import { invariant } from '../nodes/contract/invariant.ts';
import { nodeId } from '../nodes/contract/ids.ts';
import { nearest } from './nearest.ts';
import type { Protocol, Role } from '../nodes/contract/catalog.ts';
import type { NodeId } from '../nodes/contract/ids.ts';
import type { Verb } from '../nodes/contract/step.ts';
import type { Complaint } from './problem.ts';
import type { PlannedNode } from './plan-types.ts';

export interface World {
  readonly protocol: Protocol;
  /** Nodes whose role the protocol declares, and stores, whose role it does not. */
  readonly nodes: readonly PlannedNode[];
  /** How many transactions the workload has: a fault cannot wait for a later one. */
  readonly transactions: number;
}

/** What of a scenario its nodes and steps depend on. */
export interface WorldSize {
  readonly protocol: string;
  readonly participants: number;
  readonly workload: { readonly transactions: number };
}

/** The protocol must be a known one: whoever made the scenario has looked it up. */
export function worldOf({ protocol: name, participants, workload: { transactions } }: WorldSize): World {
  const protocol = findProtocol(name);
  invariant(protocol, `a scenario of an unknown protocol: ${name}`);
  return makeWorld(protocol, participants, transactions);
}

function makeWorld(protocol: Protocol, participants: number, transactions: number): World {
  const nodes = Object.entries(protocol.roles).flatMap(([role, { count }]) =>
    count === 'one'
      ? [{ id: nodeId(role), role }]
      : Array.from({ length: participants }, (_, index) => ({ id: nodeId(`${role}-${index + 1}`), role })),
  );
  return { protocol, nodes, transactions };
}

/** A node by its name; a role without a number is its only node, or the first one. */
export function findNode(world: World, name: string): PlannedNode | undefined {
  return world.nodes.find(({ id }) => id === name) ?? world.nodes.find(({ role }) => role === name);
}

export function notANode(world: World, found: string, among: readonly PlannedNode[] = world.nodes): Complaint {
  const allowed = among.map(({ id }): string => id);
  const roles = among.map(({ role }) => role);
  const message = `There is no node ${found} here.`;
  return { found, message, allowed, nearest: nearest(found, [...allowed, ...roles]) };
}

export function participantNames(count: number): readonly string[] {
  return Array.from({ length: count }, (_, index) => `participant-${index + 1}`);
}

export function notAParticipant(found: string, allowed: readonly string[]): Complaint {
  return { found, message: `There is no participant ${found} here.`, allowed, nearest: nearest(found, allowed) };
}

export function isStore(world: World, { role }: PlannedNode): boolean {
  return !(role in world.protocol.roles);
}

export function roleOfNode(world: World, node: NodeId): Role | undefined {
  const found = world.nodes.find(({ id }) => id === node);
  return found && world.protocol.roles[found.role];
}

/** Nodes that can stand at the other end of this word: those that take what is sent, or send what is taken, and stores. */
export function peersOf(world: World, self: NodeId, verb: Verb, word: string): readonly PlannedNode[] {
  const counterparts: readonly Verb[] = verb === 'receive' ? ['send', 'ask', 'answer'] : ['receive'];
  return world.nodes.filter((node) => {
    if (node.id === self) return false;
    const words = world.protocol.roles[node.role]?.words;
    return words === undefined || counterparts.some((counterpart) => words[counterpart]?.includes(word));
  });
}
