// The beginning of a sentence: what is done to whom.

import { complain, notOneOf, peek, skip, takeOneOf, type Reader } from './tokens.ts';
import { findNode, isStore, notANode, type World } from './world.ts';
import { readDuration } from './moment.ts';
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

const FAULT_WORDS = ['kill', 'pause', 'restart', 'cut', 'clock'] as const;

export function readFault(reader: Reader, world: World): Fault | null {
  const word = takeOneOf(reader, FAULT_WORDS, 'a fault');
  switch (word) {
    case null:
      return null;
    case 'kill':
    case 'pause':
    case 'restart': {
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

const EACH_ITS_OWN = 'In a scenario file each fault has a sentence of its own; --print shows a file to begin with.';

function readNode(reader: Reader, world: World): NodeId | null {
  const found = peek(reader);
  const node = findNode(world, found);
  if (!node)
    return complain(
      reader,
      found === ''
        ? notOneOf(
            '',
            world.nodes.map(({ id }) => id),
            'a node',
          )
        : notANode(world, found),
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
  const from = skip(reader, 'from') ? readGroup(reader, world, group) : others;
  if (from === null) return null;
  return { do: 'cut', group, from: inOrder(world, from), oneWay: skip(reader, 'one-way') };
}

/** Nodes joined by commas or `and`; none may be named twice, or stand on both sides of the cut. */
function readGroup(reader: Reader, world: World, taken: readonly NodeId[]): readonly NodeId[] | null {
  const group: NodeId[] = [];
  do {
    const start = reader.next;
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
