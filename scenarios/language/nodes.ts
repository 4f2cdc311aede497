// Names of nodes in a sentence: one, or several joined by commas or `and`, all of a role among them.

import { complain, notOneOf, peek, skip, type Reader } from './tokens.ts';
import { findNode, notANode, type Layout } from './layout.ts';
import { readSeveral, severalOf } from './several.ts';
import type { Complaint } from './problem.ts';
import type { NodeId } from '../../nodes/contract/ids.ts';

export function readNode(reader: Reader, layout: Layout): NodeId | null {
  const found = peek(reader);
  const node = findNode(layout, found);
  if (!node) {
    const names = layout.nodes.map(({ id }): string => id);
    return complain(reader, found === '' ? notOneOf('', [...names, 'all'], 'a node') : notANode(layout, found));
  }
  reader.next++;
  return node.id;
}

interface Group {
  /** Where they are named, for the complaint about one that is named twice. */
  readonly called: string;
  /** Why this one cannot be among them, or null. */
  readonly refuse: (node: NodeId) => Complaint | null;
  /** Where a role is named and none of it can be among them. */
  readonly nobody: Complaint;
}

/** None may be named twice, and of a role only those are meant that can be; in the order of the layout. */
export function readNodes(reader: Reader, layout: Layout, { called, refuse, nobody }: Group): readonly NodeId[] | null {
  const group: NodeId[] = [];
  const first = reader.next;
  do {
    const start = reader.next;
    if (skip(reader, 'all')) {
      const role = readRole(reader, layout);
      if (role === null) return null;
      group.push(...role.filter((node) => !group.includes(node) && refuse(node) === null));
      continue;
    }
    const node = readNode(reader, layout);
    if (node === null) return null;
    const why = group.includes(node) ? { found: node, message: `${node} is named twice ${called}.` } : refuse(node);
    if (why) return complain(reader, why, start);
    group.push(node);
  } while (skip(reader, ',') || skip(reader, 'and'));
  return group.length === 0 ? complain(reader, nobody, first) : inOrder(layout, group);
}

/** All of a role: who all the others are is not known before the group is. */
function readRole(reader: Reader, layout: Layout): readonly NodeId[] | null {
  const start = reader.next - 1;
  const several = readSeveral(reader, layout);
  if (several === null) return null;
  if (several.all === 'role') return severalOf(several, layout, null);
  const found = several.all === 'others' ? 'all others' : 'all';
  return complain(reader, { found, message: `Nobody is left beside ${found}.`, hint: ONE_SIDE }, start);
}

const ONE_SIDE = 'Name the nodes of one side; the others are the other side: cut coordinator from all others';

export function inOrder({ nodes }: Layout, group: readonly NodeId[]): readonly NodeId[] {
  return nodes.map(({ id }) => id).filter((id) => group.includes(id));
}
