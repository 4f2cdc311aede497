// The beginning of a sentence: what is done to whom.

import { complain, notOneOf, peek, skip, takeOneOf, type Reader } from './tokens.ts';
import { findNode, isStore, notANode, type World } from './world.ts';
import { readDuration } from './moment.ts';
import { readSeveral, severalOf, type Several } from './several.ts';
import { unreachable } from '../../nodes/contract/invariant.ts';
import type { Fault } from '../../compose/faults.ts';
import type { NodeId } from '../../nodes/contract/ids.ts';

/** What ends each fault; a restart ends by itself. */
export const ENDS = {
  kill: 'restart',
  pause: 'resume',
  cut: 'heal',
  clock: 'heal',
  restart: null,
} as const satisfies Record<Fault['do'], string | null>;

export const FAULT_WORDS = ['kill', 'pause', 'restart', 'cut', 'clock'] as const;

/** A fault of several nodes is done to each of them; whom it hits may be known only with its moment. */
export type SaidFault = Fault | SeveralFault;
export interface SeveralFault {
  readonly do: 'kill' | 'pause' | 'restart';
  readonly several: Several;
  /** Where they are named. */
  readonly word: number;
}

export function readFault(reader: Reader, world: World): SaidFault | null {
  const word = takeOneOf(reader, FAULT_WORDS, 'a fault');
  switch (word) {
    case null:
      return null;
    case 'kill':
    case 'pause':
    case 'restart': {
      if (skip(reader, 'all')) return readEach(reader, world, word);
      const node = readNode(reader, world);
      const found = peek(reader);
      if (node !== null && [',', 'and'].includes(found))
        return complain(reader, { found, message: `A ${word} hits one node.`, hint: EACH_ITS_OWN });
      return node === null ? null : { do: word, node };
    }
    case 'cut':
      return readCut(reader, world);
    case 'clock':
      return readClock(reader, world);
    default:
      return unreachable(word);
  }
}

function readEach(reader: Reader, world: World, what: SeveralFault['do']): SeveralFault | null {
  const word = reader.next - 1;
  const several = readSeveral(reader, world);
  return several && { do: what, several, word };
}

const EACH_ITS_OWN =
  'all participants is each of them. In a scenario file each fault has a sentence of its own; --print shows a file to begin with.';

function readNode(reader: Reader, world: World): NodeId | null {
  const found = peek(reader);
  const node = findNode(world, found);
  if (!node)
    return complain(
      reader,
      found === '' ? notOneOf('', [...world.nodes.map(({ id }) => id), 'all'], 'a node') : notANode(world, found),
    );
  reader.next++;
  return node.id;
}

function readCut(reader: Reader, world: World): Fault | null {
  const group = readGroup(reader, world, []);
  if (group === null) return null;
  const others = world.nodes.map(({ id }) => id).filter((id) => !group.includes(id));
  if (others.length === 0)
    return complain(reader, { found: group.join(','), message: 'There is nobody left to cut this group off from.' }, 1);
  const found = peek(reader);
  if (findNode(world, found))
    return complain(reader, { found, message: 'The two sides of a cut are not told apart.', nearest: `from ${found}` });
  const from = skip(reader, 'from') ? readOtherSide(reader, world, group) : others;
  if (from === null) return null;
  return { do: 'cut', group, from: inOrder(world, from), oneWay: skip(reader, 'one-way') };
}

/** Nodes joined by commas or `and`; none may be named twice, or stand on both sides of the cut. */
function readGroup(reader: Reader, world: World, taken: readonly NodeId[]): readonly NodeId[] | null {
  const group: NodeId[] = [];
  do {
    const start = reader.next;
    if (skip(reader, 'all')) {
      const role = readRole(reader, world);
      if (role === null) return null;
      group.push(...role.filter((node) => !group.includes(node) && !taken.includes(node)));
      continue;
    }
    const node = readNode(reader, world);
    if (node === null) return null;
    if (taken.includes(node))
      return complain(reader, { found: node, message: `${node} cannot be cut off from itself.` }, start);
    if (group.includes(node))
      return complain(reader, { found: node, message: `${node} is named twice in this cut.` }, start);
    group.push(node);
  } while (skip(reader, ',') || skip(reader, 'and'));
  return inOrder(world, group);
}

/** All of a role: who all the others are is not known before the group is. */
function readRole(reader: Reader, world: World): readonly NodeId[] | null {
  const start = reader.next - 1;
  const several = readSeveral(reader, world);
  if (several === null) return null;
  if (several.all === 'role') return severalOf(several, world, null);
  const found = several.all === 'others' ? 'all others' : 'all';
  return complain(reader, { found, message: `Nobody is left beside ${found}.`, hint: ONE_SIDE }, start);
}

const ONE_SIDE = 'Name the nodes of one side; the others are the other side: cut coordinator from all others';

/** Of a cut: whoever is not in the group, where it says all. */
function readOtherSide(reader: Reader, world: World, group: readonly NodeId[]): readonly NodeId[] | null {
  const start = reader.next;
  const several = skip(reader, 'all') ? readSeveral(reader, world) : undefined;
  if (several === null) return null;
  if (several === undefined || several.all === 'role' || [',', 'and'].includes(peek(reader))) {
    reader.next = start;
    const from = readGroup(reader, world, group);
    const nobody = { found: 'all', message: 'Nobody of these is left on the other side of the cut.' };
    return from?.length === 0 ? complain(reader, nobody, start) : from;
  }
  return world.nodes.map(({ id }) => id).filter((id) => !group.includes(id));
}

function inOrder({ nodes }: World, group: readonly NodeId[]): readonly NodeId[] {
  return nodes.map(({ id }) => id).filter((id) => group.includes(id));
}

function readClock(reader: Reader, world: World): Fault | null {
  const stores = world.nodes.filter((node) => isStore(node));
  const found = peek(reader);
  const store = findNode({ ...world, nodes: stores }, found);
  if (!store) {
    const message =
      stores.length === 0
        ? `${world.protocol.name} has no store whose clock could be moved.`
        : `There is no store ${found} here.`;
    return complain(reader, { ...notANode(world, found, stores), message });
  }
  reader.next++;
  const way = takeOneOf(reader, ['forward', 'back'], 'a way for a clock to jump');
  const byMs = way === null ? null : readDuration(reader);
  return byMs === null ? null : { do: 'clock', node: store.id, byMs: way === 'back' && byMs > 0 ? -byMs : byMs };
}
