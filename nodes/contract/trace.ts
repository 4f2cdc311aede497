// The text of a trace file. Its first line says whose it is; then every event is a line without what it has in common with the others:
// a line of two numbers is the time of those after it and the number of the first of them, so that a lost line shows as a missing number.
// A history gives each event all its fields.
// A traced node must not be much slower than one that is not: the lines that come with every transaction are put together by hand.

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

/** `json` is that of the body's message or record, where it has been made already. */
export function eventLine(body: TraceBody, json?: string): string {
  // Names of nodes, operations and words are such that they need no escaping.
  switch (body.kind) {
    case 'sent':
    case 'lost':
      return `{"kind":"${body.kind}","to":"${body.to}","message":${json ?? JSON.stringify(body.message)}}\n`;
    case 'received':
      return `{"kind":"received","from":"${body.from}","message":${json ?? JSON.stringify(body.message)}}\n`;
    case 'durable': {
      const { how, position, record } = body;
      return `{"kind":"durable","how":"${how}","position":${position},"record":${json ?? JSON.stringify(record)}}\n`;
    }
    case 'appended':
      return `{"kind":"appended","record":${json ?? JSON.stringify(body.record)}}\n`;
    case 'asked':
    case 'answered': {
      const { kind, way, peer, op, word } = body;
      return `{"kind":"${kind}","way":"${way}","peer":"${peer}","op":"${op}","word":"${word}"}\n`;
    }
    default:
      return `${JSON.stringify(body)}\n`;
  }
}

/** The events of a trace file. Only the last line of an incarnation that was killed may be cut; it never left the node. */
export function readTrace(text: string): TraceEvent[] {
  const [head, ...lines] = text.split('\n').slice(0, -1);
  if (head === undefined) return [];
  const { node, incarnation } = JSON.parse(head) as TraceWriter;
  const events: TraceEvent[] = [];
  let [at, seq] = [0, 1];
  for (const line of lines) {
    const value = JSON.parse(line) as [number, number] | TraceBody;
    if (Array.isArray(value)) [at, seq] = value;
    else events.push({ at, node, incarnation, seq: seq++, ...value });
  }
  return events;
}
