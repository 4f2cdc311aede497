// The full trace of one incarnation: a file of one event a line, written before the batch that it describes leaves the node.
// A traced node must not be much slower than one that is not: the lines that come with every transaction are put together by hand.

import { openSync, writeSync } from 'node:fs';
import type { TraceBody } from '../contract/events.ts';
import type { NodeId } from '../contract/ids.ts';

export interface Trace {
  /** `json` is that of the body's message or record, where it has been made already. */
  add(body: TraceBody, json?: string): void;
  /** Hands everything added so far to the kernel, which keeps it over a SIGKILL of this process. */
  flush(): void;
}

export const NO_TRACE: Trace = { add: () => {}, flush: () => {} };

export function openTrace(
  path: string,
  writer: { readonly node: NodeId; readonly incarnation: number; readonly now: () => number },
): Trace {
  const file = openSync(path, 'a');
  const who = `"node":"${writer.node}","incarnation":${writer.incarnation}`;
  const bytes = Buffer.allocUnsafe(BUFFER_BYTES);
  let used = 0;
  let seq = 0;
  const flush = () => {
    writeAll(file, bytes.subarray(0, used));
    used = 0;
  };
  return {
    add: (body, json) => {
      const line = `{"at":${timeText(writer.now())},${who},"seq":${++seq},${bodyText(body, json)}}\n`;
      const most = line.length * BYTES_A_CHARACTER;
      if (used + most > BUFFER_BYTES) flush();
      if (most > BUFFER_BYTES) writeAll(file, Buffer.from(line));
      else used += bytes.write(line, used);
    },
    flush,
  };
}

/** A whole number as JSON. One of this size is slow to print at once, and in two parts is not. */
function timeText(us: number): string {
  const ms = Math.floor(us / 1000);
  return ms === 0 ? `${us}` : `${ms}${THREE_DIGITS[us - ms * 1000]}`;
}

const THREE_DIGITS = Array.from({ length: 1000 }, (_, value) => String(value).padStart(3, '0'));

/** The fields of a body as JSON, without the braces. Names of nodes, operations and words are such that they need no escaping. */
function bodyText(body: TraceBody, json?: string): string {
  switch (body.kind) {
    case 'sent':
    case 'lost':
      return `"kind":"${body.kind}","to":"${body.to}","message":${json ?? JSON.stringify(body.message)}`;
    case 'received':
      return `"kind":"received","from":"${body.from}","message":${json ?? JSON.stringify(body.message)}`;
    case 'durable': {
      const { how, position, record } = body;
      return `"kind":"durable","how":"${how}","position":${position},"record":${json ?? JSON.stringify(record)}`;
    }
    case 'appended':
      return `"kind":"appended","record":${json ?? JSON.stringify(body.record)}`;
    case 'asked':
    case 'answered': {
      const { kind, way, peer, op, word } = body;
      return `"kind":"${kind}","way":"${way}","peer":"${peer}","op":"${op}","word":"${word}"`;
    }
    default:
      return JSON.stringify(body).slice(1, -1);
  }
}

function writeAll(file: number, bytes: Buffer): void {
  for (let done = 0; done < bytes.length;) done += writeSync(file, bytes, done);
}

const BUFFER_BYTES = 262_144;
const BYTES_A_CHARACTER = 3;
