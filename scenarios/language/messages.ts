// Faults on single messages: drop|duplicate|delay WORD [from T] [to T] [by D] [N times], its parts in any order. Only words that nodes
// send to each other: what a client asks and is answered, and what stores are asked, are none.

import { DURATION_WORDS, parseDuration } from './duration.ts';
import { readDuration } from './moment.ts';
import { readNodes } from './nodes.ts';
import { complain, notOneOf, peek, take, type Reader } from './tokens.ts';
import { isStore, wordsAt, type Layout } from './layout.ts';
import { nearest } from './nearest.ts';
import type { MeddlingHow } from '../../nodes/contract/meddling.ts';
import type { NodeId } from '../../nodes/contract/ids.ts';
import { formatTarget, type MessageFault, type Target } from '../../compose/faults.ts';
import type { Complaint } from './problem.ts';

/** The rest of such a fault, whose first word has been taken. */
export function readMessages(reader: Reader, layout: Layout, how: MeddlingHow): MessageFault | null {
  const word = readWord(reader, layout, how);
  if (word === null) return null;
  const ends: Ends = { senders: withWord(layout, 'send', word), receivers: withWord(layout, 'receive', word) };
  const parts = readParts(reader, layout, { how, word, ends });
  if (parts === null) return null;
  const { from = ends.senders, to = ends.receivers, byMs, times } = parts;
  if (how === 'delay' && byMs === undefined) return complain(reader, byHowMuch(reader, word));
  if (from.length === 1 && to.length === 1 && from[0] === to[0])
    return complain(reader, { found: peek(reader) || word, message: `${from[0]} sends itself no ${word}.` });
  if (times && from.length > 1) return complain(reader, countedByWhom(times.text, word, from), times.at);
  return { do: how, word, from, to, ...(byMs !== undefined && { byMs }), ...(times && { times: times.count }) };
}

interface Ends {
  readonly senders: readonly NodeId[];
  readonly receivers: readonly NodeId[];
}

interface Parts {
  readonly from?: readonly NodeId[];
  readonly to?: readonly NodeId[];
  readonly byMs?: number;
  readonly times?: { readonly count: number; readonly text: string; readonly at: number };
}

interface Beginning {
  readonly how: MeddlingHow;
  readonly word: string;
  readonly ends: Ends;
}

/** Nodes that can send or take this word, in the order of the layout. */
export function withWord(layout: Layout, verb: 'send' | 'receive', word: string): readonly NodeId[] {
  return layout.nodes.map(({ id }) => id).filter((id) => wordsAt(layout, id)?.[verb]?.includes(word));
}

function readWord(reader: Reader, layout: Layout, how: MeddlingHow): string | null {
  const found = peek(reader);
  const all = (verb: 'send' | 'ask' | 'answer') => [
    ...new Set(layout.nodes.flatMap(({ id }) => wordsAt(layout, id)?.[verb] ?? [])),
  ];
  const sent = all('send');
  if (sent.includes(found)) return take(reader);
  const complaint = notOneOf(found, sent, `a message that nodes send to each other (${layout.protocol.name})`);
  if (!all('ask').includes(found) && !all('answer').includes(found)) return complain(reader, complaint);
  const message = `${found} is asked or answered, not sent: a host can ${how} only messages between nodes.`;
  return complain(reader, { ...complaint, message, hint: 'Whoever asks can be cut off: cut client from coordinator' });
}

const PARTS = ['from', 'to', 'by'] as const;

function readParts(reader: Reader, layout: Layout, beginning: Beginning): Parts | null {
  let said: Parts = {};
  for (;;) {
    const at = reader.next;
    const part = readPart(reader, layout, beginning);
    if (part === 'none') return said;
    if (part === null) return null;
    const [twice] = Object.keys(part).filter((name) => name in said);
    if (twice !== undefined)
      return complain(
        reader,
        { found: reader.words[at]?.text ?? '', message: 'This is said twice.', hint: 'Say it once.' },
        at,
      );
    said = { ...said, ...part };
  }
}

function readPart(reader: Reader, layout: Layout, { how, word, ends }: Beginning): Parts | 'none' | null {
  const found = peek(reader);
  if (/^\d+$/.test(found)) return readTimes(reader);
  if (how === 'delay' && parseDuration(found).ok)
    return complain(reader, { found, message: `${found} is not said of anything.`, hint: `Say by ${found}.` });
  const part = PARTS.find((one) => one === found);
  switch (part) {
    case undefined:
      return 'none';
    case 'by':
      return how === 'delay' ? readBy(reader) : complain(reader, notBy(how));
    default: {
      take(reader);
      const nodes = readEnds(reader, layout, part, { word, ...ends });
      return nodes === null ? null : { [part]: nodes };
    }
  }
}

function readBy(reader: Reader): Parts | null {
  take(reader);
  const at = reader.next;
  const byMs = readDuration(reader);
  if (byMs === null) return null;
  if (byMs > 0) return { byMs };
  const complaint = { found: reader.words[at]?.text ?? '', message: 'That is no delay.', allowed: ['1ms and more'] };
  return complain(reader, complaint, at);
}

function readTimes(reader: Reader): Parts | null {
  const at = reader.next;
  const text = take(reader);
  const next = peek(reader);
  if (next !== 'times' && next !== 'time') return complain(reader, notOneOf(next, ['times'], `what ${text} counts`));
  take(reader);
  const count = Number(text);
  if (count >= 1 && count <= MOST_TIMES) return { times: { count, text, at } };
  return complain(reader, notOneOf(text, [`1 to ${MOST_TIMES}`], 'a number of times'), at);
}

/** Each is told to the lab. */
const MOST_TIMES = 1000;

function readEnds(
  reader: Reader,
  layout: Layout,
  part: 'from' | 'to',
  { word, senders, receivers }: Ends & { readonly word: string },
): readonly NodeId[] | null {
  const able: readonly string[] = part === 'from' ? senders : receivers;
  const does = part === 'from' ? 'sends' : 'is sent';
  const refuse = (target: Target): Complaint | null => {
    const node = formatTarget(target);
    if (able.includes(node)) return null;
    const isAStore = layout.nodes.some((one) => one.id === node && isStore(one));
    const message = isAStore
      ? `${node} is a store: only messages between nodes are dropped, duplicated or delayed.`
      : `${node} ${does} no ${word} (${layout.protocol.name}).`;
    return { found: node, message, allowed: able, nearest: nearest(node, able) };
  };
  const nobody = { found: 'all', message: `None of these ${does} ${word} (${layout.protocol.name}).`, allowed: able };
  const read = readNodes(reader, layout, { called: 'here', selections: [], refuse, nobody });
  return read && read.filter((target) => typeof target === 'string');
}

function byHowMuch(reader: Reader, word: string): Complaint {
  const message = 'It is not said by how much the message is delayed.';
  return { found: peek(reader) || 'the end', message, allowed: [DURATION_WORDS], hint: `delay ${word} by 500ms` };
}

function notBy(how: MeddlingHow): Complaint {
  const message = `A ${how} has no length: only a delay is by so much.`;
  return { found: 'by', message, hint: 'How long it is done is said with for, how often with times: for 2s, 3 times' };
}

/** Hosts do not know of each other: each counts its own. */
function countedByWhom(found: string, word: string, from: readonly NodeId[]): Complaint {
  const message = `Each host counts what its own node sends, and ${from.length} nodes can send ${word}.`;
  return { found, message, hint: `Say whose: from ${from[0] ?? ''}` };
}
