// The beginning of a sentence: what is done to whom.

import { complain, peek, skip, takeOneOf, type Reader } from './tokens.ts';
import { findNode, isStore, notANode, type World } from './world.ts';
import { inOrder, readNode, readNodes } from './nodes.ts';
import { readDuration } from './moment.ts';
import { readMessages } from './messages.ts';
import { MEDDLINGS } from '../../nodes/contract/meddling.ts';
import { unreachable } from '../../nodes/contract/invariant.ts';
import type { Complaint } from './problem.ts';
import type { Fault } from '../../compose/faults.ts';
import type { NodeId } from '../../nodes/contract/ids.ts';

/** What ends each fault; a restart ends by itself. */
export const ENDS = {
  kill: 'restart',
  pause: 'resume',
  cut: 'heal',
  clock: 'heal',
  drop: 'heal',
  duplicate: 'heal',
  delay: 'heal',
  restart: null,
} as const satisfies Record<Fault['do'], string | null>;

const FAULT_WORDS = ['kill', 'pause', 'restart', 'cut', 'clock', ...MEDDLINGS] as const;

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
    case 'drop':
    case 'duplicate':
    case 'delay':
      return readMessages(reader, world, word);
    default:
      return unreachable(word);
  }
}

const EACH_ITS_OWN = 'In a scenario file each fault has a sentence of its own; --print shows a file to begin with.';

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
  const notTwice = (node: NodeId): Complaint | null =>
    taken.includes(node) ? { found: node, message: `${node} cannot be cut off from itself.` } : null;
  return readNodes(reader, world, { called: 'in this cut', refuse: notTwice });
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
