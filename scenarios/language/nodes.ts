// Names of nodes in a sentence: one, or several joined by commas or `and`.

import { complain, notOneOf, peek, skip, type Reader } from './tokens.ts';
import { findNode, notANode, type World } from './world.ts';
import type { Complaint } from './problem.ts';
import type { NodeId } from '../../nodes/contract/ids.ts';

export function readNode(reader: Reader, world: World): NodeId | null {
  const found = peek(reader);
  const node = findNode(world, found);
  if (!node) {
    const names = world.nodes.map(({ id }): string => id);
    return complain(reader, found === '' ? notOneOf('', names, 'a node') : notANode(world, found));
  }
  reader.next++;
  return node.id;
}

interface Group {
  /** Where they are named, for the complaint about one that is named twice. */
  readonly called: string;
  /** Why this one cannot be among them, or null. */
  readonly refuse: (node: NodeId) => Complaint | null;
}

/** None may be named twice; in the order in which they stand in the world. */
export function readNodes(reader: Reader, world: World, { called, refuse }: Group): readonly NodeId[] | null {
  const group: NodeId[] = [];
  do {
    const start = reader.next;
    const node = readNode(reader, world);
    if (node === null) return null;
    const why = group.includes(node) ? { found: node, message: `${node} is named twice ${called}.` } : refuse(node);
    if (why) return complain(reader, why, start);
    group.push(node);
  } while (skip(reader, ',') || skip(reader, 'and'));
  return inOrder(world, group);
}

export function inOrder({ nodes }: World, group: readonly NodeId[]): readonly NodeId[] {
  return nodes.map(({ id }) => id).filter((id) => group.includes(id));
}
