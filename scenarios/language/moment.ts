// When a fault comes: at a step of the protocol, in a phase (which stands for one step), or so long after the workload began.

import { kindOf, kindsOf } from '../../nodes/contract/kind.ts';
import { formatGap, VERBS, type Gap, type Peer, type Step, type Verb } from '../../nodes/contract/step.ts';
import {
  findNode,
  isOfEnsemble,
  isStore,
  notANode,
  peersOf,
  roleOfNode,
  wordsAt,
  type Layout,
  type PlannedNode,
} from './layout.ts';
import { DURATION_WORDS, parseDuration } from './duration.ts';
import { complain, notOneOf, peek, skip, take, takeOneOf, type Reader } from './tokens.ts';
import { formatTarget, isMessageFault, type Fault, type Selected, type Target } from '../../compose/faults.ts';
import type { NodeId } from '../../nodes/contract/ids.ts';
import type { Complaint } from './problem.ts';

export type Moment =
  | { readonly kind: 'phase'; readonly phase: string }
  /** Of the one node that the fault hits, or of another one. */
  | { readonly kind: 'step'; readonly step: Step }
  /** Since the workload began. */
  | { readonly kind: 'time'; readonly afterMs: number };

export const MOMENT_WORDS = ['during', 'before', 'after', 'at'] as const;
export type MomentWord = (typeof MOMENT_WORDS)[number];

/** Whose step it is where nobody is named, and what to say where that may be several. */
export interface Hit {
  readonly nodes: readonly NodeId[];
  /** Who is known only when the fault comes. */
  readonly unknown?: Selected;
  readonly several: string;
}

/** The rest of a moment whose first word has been taken. */
export function readMoment(reader: Reader, layout: Layout, hit: Hit, word: MomentWord): Moment | null {
  switch (word) {
    case 'during':
      return readPhase(reader, layout);
    case 'at':
      return /^\d/.test(peek(reader)) ? readTime(reader) : readStepOf(reader, layout);
    default:
      return readOwnStep(reader, layout, hit, word);
  }
}

/** The step that a moment stands for; null when it is a time. */
export function stepOfMoment(moment: Moment, layout: Layout, hit: readonly NodeId[]): Step | null {
  if (moment.kind === 'time') return null;
  if (moment.kind === 'step') return moment.step;
  const phase = layout.protocol.phases[moment.phase];
  const stands = phase && layout.nodes.filter(({ role }) => role === phase.role).map(({ id }) => id);
  const node = stands?.find((id) => hit.includes(id)) ?? stands?.[0];
  return phase && node ? { node, gap: phase.gap } : null;
}

/** What of a sentence its moment depends on. */
interface Timed {
  readonly fault: Fault<Target>;
  readonly moment?: Moment;
  readonly nth?: number | 'same';
}

/** Where none is said, a fault comes in the protocol's first phase; one on messages at once, or as a counted transaction first sends one. */
export function momentOf({ fault, moment, nth }: Timed, layout: Layout): Moment {
  if (moment) return moment;
  if (isMessageFault(fault)) {
    const [node] = fault.from;
    if (nth === undefined || typeof node !== 'string') return { kind: 'time', afterMs: 0 };
    return { kind: 'step', step: { node, gap: { when: 'before', verb: 'send', word: fault.word } } };
  }
  return defaultMoment(layout);
}

/** The protocol's first phase. */
export function defaultMoment({ protocol }: Layout): Moment {
  const [phase] = Object.keys(protocol.phases);
  return phase === undefined ? { kind: 'time', afterMs: UNPHASED_MS } : { kind: 'phase', phase };
}

const UNPHASED_MS = 1000;

function readPhase(reader: Reader, { protocol }: Layout): Moment | null {
  const phase = takeOneOf(reader, Object.keys(protocol.phases), `a phase of ${protocol.name}`);
  return phase === null ? null : { kind: 'phase', phase };
}

function readTime(reader: Reader): Moment | null {
  const afterMs = readDuration(reader);
  return afterMs === null ? null : { kind: 'time', afterMs };
}

export function readDuration(reader: Reader): number | null {
  if (peek(reader) === '') return complain(reader, notOneOf('', [DURATION_WORDS], 'a duration'));
  const duration = parseDuration(peek(reader));
  if (!duration.ok) return complain(reader, duration.complaint);
  reader.next++;
  return duration.ms;
}

function readOwnStep(reader: Reader, layout: Layout, hit: Hit, when: 'before' | 'after'): Moment | null {
  const { nodes, unknown, several } = hit;
  const [node, ...others] = nodes;
  const known = layout.nodes.find(({ id }) => id === node);
  if (others.length > 0 || !node || !known || isStore(known)) {
    const whose =
      others.length > 0 ? several : `${unknown ? formatTarget(unknown) : node} is a store, which has no steps`;
    const example = layout.nodes.find((one) => !isStore(one))?.id ?? 'coordinator';
    const complaint = {
      found: when,
      message: `Whose step is this? ${whose}.`,
      hint: `Name the node: at ${example} ${when} …`,
    };
    return complain(reader, complaint, reader.next - 1);
  }
  return readStep(reader, layout, node, when);
}

function readStepOf(reader: Reader, layout: Layout): Moment | null {
  const name = peek(reader);
  const members = layout.nodes.filter((node) => !isStore(node));
  if (name === '')
    return complain(reader, notOneOf('', [...members.map(({ id }) => id), DURATION_WORDS], 'a node or a duration'));
  const node = findNode({ ...layout, nodes: members }, name);
  if (!node) return complain(reader, notANode(layout, name, members));
  reader.next++;
  const when = takeOneOf(reader, ['before', 'after'], `before or after, which name a step of ${node.id}`);
  return when === null ? null : readStep(reader, layout, node.id, when);
}

function readStep(reader: Reader, layout: Layout, node: NodeId, when: 'before' | 'after'): Moment | null {
  const words = wordsAt(layout, node) ?? {};
  const verbs = VERBS.filter((verb) => (words[verb] ?? []).length > 0);
  const verb = takeOneOf(reader, verbs, `something that ${node} does (${layout.protocol.name})`);
  if (verb === null) return null;
  const word = takeOneOf(reader, words[verb] ?? [], `something that ${node} can ${verb} (${layout.protocol.name})`);
  if (word === null) return null;
  const { kinds = {} } = layout.protocol;
  const kind = isMessage(verb) ? kindOf(kinds, word, peek(reader)) : undefined;
  if (kind) take(reader);
  else if (isMessage(verb) && !CLAUSE_STARTS.includes(peek(reader)) && kindsOf(kinds, word).length > 0)
    return complain(
      reader,
      notOneOf(peek(reader), kindsOf(kinds, word), `what a ${word} says (${layout.protocol.name})`),
    );
  const gap: Gap = { when, verb, word, ...(kind && { kind }) };
  if (peek(reader) !== 'to' && peek(reader) !== 'from') return { kind: 'step', step: { node, gap } };
  const peer = readPeer(reader, layout, { node, gap });
  return peer === null ? null : { kind: 'step', step: { node, gap: { ...gap, peer } } };
}

function isMessage(verb: Verb): boolean {
  return verb === 'send' || verb === 'receive';
}

/** What may follow a step that says no kind. */
const CLAUSE_STARTS: readonly string[] = ['', 'to', 'from', ...MOMENT_WORDS, 'of', 'for', 'then'];

function readPeer(reader: Reader, layout: Layout, { node, gap }: Step): Peer | null {
  const preposition = PREPOSITIONS[gap.verb];
  if (preposition === undefined) {
    const message = `Nobody is at the other end of a ${gap.verb}.`;
    return complain(reader, {
      found: peek(reader),
      message,
      hint: `Leave it out: ${formatGap(gap)}`,
    });
  }
  if (!skip(reader, preposition)) {
    const message = `It is ${gap.verb} ${preposition} somebody, not ${peek(reader)}.`;
    return complain(reader, { found: peek(reader), message, allowed: [preposition], nearest: preposition });
  }
  return readPeerName(reader, layout, { node, gap });
}

function readPeerName(reader: Reader, layout: Layout, { node, gap }: Step): Peer | null {
  const found = peek(reader);
  if (gap.verb === 'receive' && found === 'last') return complain(reader, lastToArrive(layout, node));
  const places = PLACES[gap.verb] ?? [];
  const place = places.find((one) => one === found);
  const peers = peersOf(layout, node, gap.verb, gap.word);
  const peer = place ?? findNode({ ...layout, nodes: peers }, found)?.id;
  if (peer !== undefined) {
    take(reader);
    return peer;
  }
  const allowed = [...places, ...peers.map(({ id }) => id)];
  const alone = layout.nodes.find((one) => one.id === found && isOfEnsemble(layout, one));
  if (alone) return complain(reader, askedTogether(alone));
  const what = `somebody whom ${node} can ${gap.verb} ${gap.word} ${PREPOSITIONS[gap.verb] ?? 'to'}`;
  return complain(reader, notOneOf(found, allowed, what));
}

function askedTogether({ id, role }: PlannedNode): Complaint {
  const message = `Nobody asks ${id} alone: any server of ${role} answers for all of them.`;
  return { found: id, message, allowed: [role], nearest: role };
}

/** Which message comes last is known only when it has been acted on; what follows it is a step of its own. */
function lastToArrive(layout: Layout, node: NodeId): Complaint {
  const then = Object.values(layout.protocol.phases).find(
    ({ role, gap }) => gap.verb === 'force' && roleOfNode(layout, node) === layout.protocol.roles[role],
  );
  const instead = then ? `${then.gap.when} ${then.gap.verb} ${then.gap.word}` : 'the step that follows it';
  return {
    found: 'last',
    message: 'Which message arrives last is not known in advance.',
    allowed: ['first'],
    hint: `Say what ${node} does when all have arrived: ${instead}`,
  };
}

const PREPOSITIONS: Readonly<Partial<Record<Verb, 'to' | 'from'>>> = {
  send: 'to',
  ask: 'to',
  answer: 'to',
  receive: 'from',
};
/** One broadcast has a first and a last send; of what arrives, only the first is known when it comes. */
const PLACES: Readonly<Partial<Record<Verb, readonly ('first' | 'last')[]>>> = {
  send: ['first', 'last'],
  ask: ['first', 'last'],
  receive: ['first'],
};
