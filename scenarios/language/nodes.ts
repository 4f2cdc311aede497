// Names of nodes in a sentence: one, or several joined by commas or `and`, all of a role among them, or those that are known only when the
// fault comes, as `zookeeper leader`.

import { complain, notOneOf, peek, skip, take, type Reader } from './tokens.ts';
import { findNode, notANode, type Layout } from './layout.ts';
import { manyOf, readSeveral, severalOf } from './several.ts';
import { formatTarget, SELECTIONS, type Selection, type Target } from '../../compose/faults.ts';
import type { Complaint } from './problem.ts';
import type { NodeId } from '../../nodes/contract/ids.ts';

/** One node, or of an ensemble whoever is one of these then. */
export function readTarget(reader: Reader, layout: Layout, selections: readonly Selection[]): Target | null {
  const found = peek(reader);
  if (layout.protocol.stores?.[found]?.ensemble) return readSelected(reader, layout, selections);
  const node = findNode(layout, found);
  if (!node) {
    const ensembles = Object.keys(layout.protocol.stores ?? {}).filter(
      (role) => layout.protocol.stores?.[role]?.ensemble,
    );
    const names = [...layout.nodes.map(({ id }): string => id), ...ensembles];
    return complain(
      reader,
      found === '' ? notOneOf('', [...names, 'all'], 'a node') : { ...notANode(layout, found), allowed: names },
    );
  }
  reader.next++;
  return node.id;
}

/** The name of the ensemble alone is nobody: it is several servers, of which a fault hits some. */
function readSelected(reader: Reader, layout: Layout, selections: readonly Selection[]): Target | null {
  const role = take(reader);
  const found = peek(reader);
  const select = selections.find((one) => one === found);
  if (select !== undefined) {
    take(reader);
    return { role, select };
  }
  const servers = layout.nodes.filter((node) => node.role === role).map(({ id }) => id);
  const isGroup = selections.length > 0 && SELECTIONS.some((one) => one === found);
  const message = isGroup
    ? `${role} ${found} may be more than one server, and this fault hits one.`
    : `${role} is ${servers.length} servers: it is not said which of them.`;
  const hint = `Name one: ${servers.join(', ')}; or each of them: all ${manyOf(role)}`;
  return complain(reader, { ...notOneOf(found, selections, role), message, hint });
}

interface Group {
  /** Where they are named, for the complaint about one that is named twice. */
  readonly called: string;
  /** What may be said of an ensemble's servers here. */
  readonly selections: readonly Selection[];
  /** Why this one cannot be among them, or null. */
  readonly refuse: (target: Target) => Complaint | null;
  /** Where a role is named and none of it can be among them. */
  readonly nobody: Complaint;
}

/** None may be named twice, and of a role only those are meant that can be; in the order of the layout. */
export function readNodes(reader: Reader, layout: Layout, wanted: Group): readonly Target[] | null {
  const { called, selections, refuse, nobody } = wanted;
  const group: Target[] = [];
  const first = reader.next;
  do {
    const start = reader.next;
    if (skip(reader, 'all')) {
      const role = readRole(reader, layout);
      if (role === null) return null;
      group.push(...role.filter((node) => !group.includes(node) && refuse(node) === null));
      continue;
    }
    const target = readTarget(reader, layout, selections);
    if (target === null) return null;
    const name = formatTarget(target);
    const isTwice = group.some((one) => formatTarget(one) === name);
    const why = isTwice ? { found: name, message: `${name} is named twice ${called}.` } : refuse(target);
    if (why) return complain(reader, why, start);
    group.push(target);
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

/** Nodes as they are laid out, then whoever has no name yet. */
export function inOrder({ nodes }: Layout, group: readonly Target[]): readonly Target[] {
  const named = nodes.map(({ id }) => id).filter((id) => group.includes(id));
  return [...named, ...group.filter((target) => typeof target !== 'string')];
}
