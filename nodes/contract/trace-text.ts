// The text of a trace file. Its first line says whose it is; then every event is a line without what it has in common with the others:
// a line of two numbers is the time of those after it and the number of the first of them, so that a lost line shows as a missing number.
// Events that come with every transaction leave out the names of their fields, too. A history gives each event all of them.
// A traced node must not be much slower than one that is not: the lines are put together by hand.

import type { TraceBody, TraceEvent } from './events.ts';
import type { NodeId } from './ids.ts';

export interface TraceWriter {
  readonly node: NodeId;
  readonly incarnation: number;
}

export function headLine({ node, incarnation }: TraceWriter): string {
  return `${JSON.stringify({ node, incarnation })}\n`;
}

/** In microseconds; events are numbered from 1. */
export function timeLine(at: number, seq: number): string {
  return `[${at},${seq}]\n`;
}

/** Kinds of event whose line is a list: the kind, then the values of these fields. */
const FIELDS = {
  sent: ['to', 'message'],
  lost: ['to', 'message'],
  received: ['from', 'message'],
  appended: ['record'],
  durable: ['how', 'position', 'record'],
  asked: ['way', 'peer', 'op', 'word', 'body'],
  answered: ['way', 'peer', 'op', 'word', 'body', 'gives'],
  told: ['note'],
} as const satisfies { readonly [Kind in TraceBody['kind']]?: readonly string[] };

/** `json` is that of the body's message or record, where it has been made already. */
export function eventLine(body: TraceBody, json?: string): string {
  // Names of nodes, operations and words are such that they need no escaping.
  switch (body.kind) {
    case 'sent':
    case 'lost':
      return `["${body.kind}","${body.to}",${json ?? JSON.stringify(body.message)}]\n`;
    case 'received':
      return `["received","${body.from}",${json ?? JSON.stringify(body.message)}]\n`;
    case 'durable':
      return `["durable","${body.how}",${body.position},${json ?? JSON.stringify(body.record)}]\n`;
    case 'appended':
      return `["appended",${json ?? JSON.stringify(body.record)}]\n`;
    case 'asked':
      return `["asked","${body.way}","${body.peer}","${body.op}","${body.word}"${last(body.body)}]\n`;
    case 'answered':
      return `["answered","${body.way}","${body.peer}","${body.op}","${body.word}"${last(body.body)}${last(body.gives)}]\n`;
    case 'told':
      return `["told",${JSON.stringify(body.note)}]\n`;
    default:
      return `${JSON.stringify(body)}\n`;
  }
}

/** A field at the end of a list, where there is one. */
function last(value: unknown): string {
  return value === undefined ? '' : `,${JSON.stringify(value)}`;
}

/** The events of a trace file. Only the last line of an incarnation that was killed may be cut; it never left the node. */
export function readTrace(text: string): TraceEvent[] {
  const [head, ...lines] = text.split('\n').slice(0, -1);
  if (head === undefined) return [];
  const { node, incarnation } = JSON.parse(head) as TraceWriter;
  const events: TraceEvent[] = [];
  let [at, seq] = [0, 1];
  for (const line of lines) {
    const value = JSON.parse(line) as readonly [number, number] | Listed | TraceBody;
    if (isTimes(value)) [at, seq] = value;
    else events.push({ at, node, incarnation, seq: seq++, ...(isListed(value) ? bodyOf(value) : value) });
  }
  return events;
}

type Listed = readonly [kind: keyof typeof FIELDS, ...values: readonly unknown[]];

function isTimes(value: object): value is readonly [number, number] {
  return Array.isArray(value) && typeof value[0] === 'number';
}

function isListed(value: object): value is Listed {
  return Array.isArray(value);
}

function bodyOf([kind, ...values]: Listed): TraceBody {
  const fields = FIELDS[kind].slice(0, values.length).map((field, index) => [field, values[index]]);
  return { kind, ...Object.fromEntries(fields) } as TraceBody;
}
