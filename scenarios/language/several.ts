// Several nodes in a word or two: `all`, `all others`, `all participants`. What they mean, and which of them means given nodes.

import { MOMENT_WORDS } from './moment.ts';
import { complain, notOneOf, peek, take, type Reader } from './tokens.ts';
import type { NodeId } from '../../nodes/contract/ids.ts';
import type { PlannedNode, Layout } from './layout.ts';

/** `others`: than the node whose step the moment names. */
export type Several = { readonly all: 'nodes' | 'others' } | { readonly all: 'role'; readonly role: string };

/** What follows `all`, which has been taken. */
export function readSeveral(reader: Reader, { nodes }: Layout): Several | null {
  const found = peek(reader);
  if (found === '' || ENDS_HERE.includes(found)) return { all: 'nodes' };
  const roles = [...new Set(nodes.map(({ role }) => role))];
  const role = roles.find((one) => one === found || manyOf(one) === found);
  if (role === undefined && found !== 'others')
    return complain(reader, notOneOf(found, ['others', ...roles.map(manyOf)], 'a group of nodes'));
  take(reader);
  return role === undefined ? { all: 'others' } : { all: 'role', role };
}

const ENDS_HERE: readonly string[] = [...MOMENT_WORDS, 'of', 'for', 'then', 'from', 'one-way', ',', 'and'];

/**
 * Clients stand outside of what `all` and `all others` stop: somebody must ask, and be there to tell the time. `holder` is the node whose
 * step the moment names.
 */
export function severalOf(several: Several, layout: Layout, holder: NodeId | null): readonly NodeId[] {
  const { nodes } = layout;
  if (several.all === 'role') return idsOf(nodes.filter(({ role }) => role === several.role));
  return idsOf(nodes.filter((node) => !drives(layout, node) && (several.all === 'nodes' || node.id !== holder)));
}

/** The shortest words for these nodes, which they came from. */
export function formatSeveral(hit: readonly NodeId[], layout: Layout, holder: NodeId | null): string {
  const roles = [...new Set(layout.nodes.map(({ role }) => role))];
  const role = roles.find((one) => isSame(severalOf({ all: 'role', role: one }, layout, holder), hit));
  if (role !== undefined) return `all ${manyOf(role)}`;
  return isSame(severalOf({ all: 'nodes' }, layout, holder), hit) ? 'all' : 'all others';
}

export function drives({ protocol }: Layout, { role }: PlannedNode): boolean {
  return protocol.roles[role]?.drives === true;
}

export function manyOf(role: string): string {
  return role.endsWith('s') ? role : `${role}s`;
}

function idsOf(nodes: readonly PlannedNode[]): readonly NodeId[] {
  return nodes.map(({ id }) => id);
}

function isSame(some: readonly NodeId[], others: readonly NodeId[]): boolean {
  return some.length === others.length && some.every((node) => others.includes(node));
}
