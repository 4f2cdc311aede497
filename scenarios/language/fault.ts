// The beginning of a sentence: what is done to whom.

import { complain, peek, skip, takeOneOf, type Reader } from './tokens.ts';
import { findNode, isStore, notANode, type World } from './world.ts';
import { inOrder, readNode, readNodes } from './nodes.ts';
import { readDuration } from './moment.ts';
import { readMessages } from './messages.ts';
import { MEDDLINGS } from '../../nodes/contract/meddling.ts';
import { drives, readSeveral, type Several } from './several.ts';
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
  fill: 'heal',
  drop: 'heal',
  duplicate: 'heal',
  delay: 'heal',
  restart: null,
} as const satisfies Record<Fault['do'], string | null>;

export const FAULT_WORDS = ['kill', 'pause', 'restart', 'cut', 'fill', 'clock', ...MEDDLINGS] as const;

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
    case 'fill':
      return readFill(reader, world);
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

function readEach(reader: Reader, world: World, what: SeveralFault['do']): SeveralFault | null {
  const word = reader.next - 1;
  const several = readSeveral(reader, world);
  return several && { do: what, several, word };
}

const EACH_ITS_OWN =
  'all participants is each of them. In a scenario file each fault has a sentence of its own; --print shows a file to begin with.';

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

/** Nobody may stand on both sides of the cut. */
function readGroup(reader: Reader, world: World, taken: readonly NodeId[]): readonly NodeId[] | null {
  const refuse = (node: NodeId): Complaint | null =>
    taken.includes(node) ? { found: node, message: `${node} cannot be cut off from itself.` } : null;
  const nobody = { found: 'all', message: 'Nobody of these is left on the other side of the cut.' };
  return readNodes(reader, world, { called: 'in this cut', refuse, nobody });
}

/** Of a cut: whoever is not in the group, where it says all. */
function readOtherSide(reader: Reader, world: World, group: readonly NodeId[]): readonly NodeId[] | null {
  const start = reader.next;
  const several = skip(reader, 'all') ? readSeveral(reader, world) : undefined;
  if (several === null) return null;
  if (several === undefined || several.all === 'role' || [',', 'and'].includes(peek(reader))) {
    reader.next = start;
    return readGroup(reader, world, group);
  }
  return world.nodes.map(({ id }) => id).filter((id) => !group.includes(id));
}

/** Of a node that keeps a log: clients keep none, and the disks of stores are their servers' own. */
function readFill(reader: Reader, world: World): Fault | null {
  const nodes = world.nodes.filter((node) => !isStore(node) && !drives(world, node));
  const found = peek(reader);
  const node = findNode({ ...world, nodes }, found);
  if (!node) {
    const other = findNode(world, found);
    const message = other ? `${other.id} keeps no log of ours that a full disk could stop.` : undefined;
    return complain(reader, { ...notANode(world, found, nodes), ...(message !== undefined && { message }) });
  }
  reader.next++;
  const what = takeOneOf(reader, ['disk'], 'what of a node can be filled');
  return what === null ? null : { do: 'fill', node: node.id };
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
