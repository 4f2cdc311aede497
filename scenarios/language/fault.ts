// The beginning of a sentence: what is done to whom.

import { complain, notOneOf, peek, skip, takeOneOf, type Reader } from './tokens.ts';
import { REST, SELECTIONS, formatTarget } from '../../compose/faults.ts';
import { findNode, isStore, notANode, replicasIn, type Layout } from './layout.ts';
import { inOrder, readNodes, readTarget } from './nodes.ts';
import { readDuration } from './moment.ts';
import { readMessages } from './messages.ts';
import { PROTOCOLS } from '../../nodes/protocols/catalog.ts';
import { MEDDLINGS } from '../../nodes/contract/meddling.ts';
import { drives, readSeveral, type Several } from './several.ts';
import { unreachable } from '../../nodes/contract/invariant.ts';
import type { Complaint } from './problem.ts';
import type { Fault, MessageFault, NodeFault, Target } from '../../compose/faults.ts';

/** What ends each fault; a restart ends by itself, and a promote stays. */
export const ENDS = {
  kill: 'restart',
  pause: 'resume',
  cut: 'heal',
  slow: 'heal',
  clock: 'heal',
  fill: 'heal',
  drop: 'heal',
  duplicate: 'heal',
  delay: 'heal',
  restart: null,
  promote: null,
} as const satisfies Record<Fault['do'], string | null>;

export const FAULT_WORDS = [
  'kill',
  'pause',
  'restart',
  'cut',
  'slow',
  'fill',
  'promote',
  'clock',
  ...MEDDLINGS,
] as const;

/** A fault of several nodes is done to each of them; whom it hits may be known only with its moment. */
export type SaidFault = FaultOfOne | SeveralFault;
/** Messages are those of nodes with names: hosts know no others. */
export type FaultOfOne = NodeFault<Target> | MessageFault;
export interface SeveralFault {
  readonly do: 'kill' | 'pause' | 'restart';
  readonly several: Several;
  /** Where they are named. */
  readonly word: number;
}

export function readFault(reader: Reader, layout: Layout): SaidFault | null {
  const word = takeOneOf(reader, FAULT_WORDS, 'a fault');
  switch (word) {
    case null:
      return null;
    case 'kill':
    case 'pause':
    case 'restart': {
      if (skip(reader, 'all')) return readEach(reader, layout, word);
      const node = readTarget(reader, layout, ['leader']);
      const found = peek(reader);
      if (node !== null && [',', 'and'].includes(found))
        return complain(reader, { found, message: `A ${word} hits one node.`, hint: EACH_ITS_OWN });
      return node === null ? null : { do: word, node };
    }
    case 'cut':
      return readCut(reader, layout);
    case 'slow':
      return readSlow(reader, layout);
    case 'fill':
      return readFill(reader, layout);
    case 'promote':
      return readPromote(reader, layout);
    case 'clock':
      return readClock(reader, layout);
    case 'drop':
    case 'duplicate':
    case 'delay':
      return readMessages(reader, layout, word);
    default:
      return unreachable(word);
  }
}

function readEach(reader: Reader, layout: Layout, what: SeveralFault['do']): SeveralFault | null {
  const word = reader.next - 1;
  const several = readSeveral(reader, layout);
  return several && { do: what, several, word };
}

const EACH_ITS_OWN =
  'all participants is each of them. In a scenario file each fault has a sentence of its own; --print shows a file to begin with.';

function readCut(reader: Reader, layout: Layout): NodeFault<Target> | null {
  const sides = readSides(reader, layout, { noun: 'cut', left: 'There is nobody left to cut this group off from.' });
  return sides && { do: 'cut', ...sides, oneWay: skip(reader, 'one-way') };
}

function readSlow(reader: Reader, layout: Layout): NodeFault<Target> | null {
  const left = 'There is nobody left between whom and this group anything could be slow.';
  const sides = readSides(reader, layout, { noun: 'slow link', left });
  if (sides === null) return null;
  const found = peek(reader);
  if (!skip(reader, 'by')) {
    const said = sides.group.map(formatTarget).join(',');
    return complain(reader, {
      ...notOneOf(found, ['by', 'from'], 'how a slow link goes on'),
      message: 'It is not said how much later packets leave.',
      hint: `Say by how much: slow ${said} by 200ms`,
    });
  }
  const byMs = readDuration(reader);
  if (byMs === null) return null;
  if (byMs > 0) return { do: 'slow', ...sides, byMs };
  const zero = reader.words[reader.next - 1]?.text ?? '';
  const complaint = { found: zero, message: 'Nothing is later by nothing.', allowed: ['1ms and more'] };
  return complain(reader, complaint, reader.next - 1);
}

interface Between {
  /** What there is between the two sides. */
  readonly noun: string;
  readonly left: string;
}

function readSides(reader: Reader, layout: Layout, { noun, left }: Between): Pick<Sides, 'group' | 'from'> | null {
  const group = readGroup(reader, layout, []);
  if (group === null) return null;
  const others = othersThan(group, layout);
  if (others.length === 0) return complain(reader, { found: group.map(formatTarget).join(','), message: left }, 1);
  const found = peek(reader);
  if (findNode(layout, found))
    return complain(reader, {
      found,
      message: `The two sides of a ${noun} are not told apart.`,
      nearest: `from ${found}`,
    });
  const from = skip(reader, 'from') ? readOtherSide(reader, layout, group) : others;
  return from && { group, from: inOrder(layout, from) };
}

type Sides = Extract<Fault<Target>, { readonly do: 'slow' }>;

/** Nobody may stand on both sides of the cut. */
function readGroup(reader: Reader, layout: Layout, taken: readonly Target[]): readonly Target[] | null {
  const refuse = (target: Target): Complaint | null => {
    const name = formatTarget(target);
    const isTaken = taken.some((one) => formatTarget(one) === name);
    return isTaken ? { found: name, message: `${name} cannot be cut off from itself.` } : null;
  };
  const nobody = { found: 'all', message: 'Nobody of these is left on the other side of the cut.' };
  return readNodes(reader, layout, { called: 'in this cut', selections: SELECTIONS, refuse, nobody });
}

/** Of a cut: whoever is not in the group, where it says all. */
function readOtherSide(reader: Reader, layout: Layout, group: readonly Target[]): readonly Target[] | null {
  const start = reader.next;
  const several = skip(reader, 'all') ? readSeveral(reader, layout) : undefined;
  if (several === null) return null;
  if (several === undefined || several.all === 'role' || [',', 'and'].includes(peek(reader))) {
    reader.next = start;
    return readGroup(reader, layout, group);
  }
  return othersThan(group, layout);
}

/** Of an ensemble that is in the group by what its servers are then, the rest is known only then, too. */
function othersThan(group: readonly Target[], { nodes }: Layout): readonly Target[] {
  const selected = group.filter((target) => typeof target !== 'string');
  const named = nodes.filter(({ id, role }) => !group.includes(id) && !selected.some((one) => one.role === role));
  return [...named.map(({ id }) => id), ...selected.map(({ role, select }) => ({ role, select: REST[select] }))];
}

/** Of a node that keeps a log: clients keep none, and the disks of stores are their servers' own. */
function readFill(reader: Reader, layout: Layout): Fault | null {
  const nodes = layout.nodes.filter((node) => !isStore(node) && !drives(layout, node));
  const found = peek(reader);
  const node = findNode({ ...layout, nodes }, found);
  if (found === 'all')
    return complain(reader, {
      found,
      message: 'A fill hits one node.',
      allowed: nodes.map(({ id }) => id),
      hint: EACH_ITS_OWN,
    });
  if (!node) {
    const other = findNode(layout, found);
    const message = other ? `${other.id} keeps no log of ours that a full disk could stop.` : undefined;
    return complain(reader, { ...notANode(layout, found, nodes), ...(message !== undefined && { message }) });
  }
  reader.next++;
  const what = takeOneOf(reader, ['disk'], 'what of a node can be filled');
  return what === null ? null : { do: 'fill', node: node.id };
}

/** Of a store that copies what another one holds. */
function readPromote(reader: Reader, layout: Layout): Fault | null {
  const replicas = replicasIn(layout);
  const found = peek(reader);
  const replica = findNode({ ...layout, nodes: replicas }, found);
  if (!replica) {
    if (replicas.length === 0) return complain(reader, noReplica(layout, found));
    const message = whyNoReplica(layout, found);
    return complain(reader, { ...notANode(layout, found, replicas), ...(message !== undefined && { message }) });
  }
  reader.next++;
  return { do: 'promote', node: replica.id };
}

function noReplica({ protocol }: Layout, found: string): Complaint {
  const others = PROTOCOLS.filter(({ stores = {} }) => Object.values(stores).some(({ replicated }) => replicated));
  const message = `${protocol.name} has no replica that could be promoted.`;
  return { found, message, hint: `These protocols have one: ${others.map(({ name }) => name).join(', ')}` };
}

function whyNoReplica(layout: Layout, found: string): string | undefined {
  const other = findNode(layout, found);
  if (!other) return undefined;
  return isStore(other) ? `${other.id} is the primary already.` : `${other.id} is no store, which could be promoted.`;
}

function readClock(reader: Reader, layout: Layout): NodeFault<Target> | null {
  const stores = layout.nodes.filter((node) => isStore(node));
  const found = peek(reader);
  if (!findNode({ ...layout, nodes: stores }, found)) {
    return complain(reader, { ...notANode(layout, found, stores), message: notMoved(layout, found, stores.length) });
  }
  const node = readTarget(reader, { ...layout, nodes: stores }, ['leader']);
  if (node === null) return null;
  const way = takeOneOf(reader, ['forward', 'back'], 'a way for a clock to jump');
  const byMs = way === null ? null : readDuration(reader);
  if (byMs === null) return null;
  if (byMs > 0) return { do: 'clock', node, byMs: way === 'back' ? -byMs : byMs };
  const zero = reader.words[reader.next - 1]?.text ?? '';
  const complaint = { found: zero, message: 'A clock that jumps by nothing stays right.', allowed: ['1ms and more'] };
  return complain(reader, complaint, reader.next - 1);
}

function notMoved(layout: Layout, found: string, stores: number): string {
  if (stores === 0) return `${layout.protocol.name} has no store whose clock could be moved.`;
  const other = findNode(layout, found);
  if (!other) return `There is no store ${found} here.`;
  return `${other.id} counts time by a clock that only goes forward, as every node of ours does, and nobody can move that.`;
}
