// The full trace of one incarnation: a file of one event a line, written before the batch that it describes leaves the node.
// A line is put together from texts that are there already: a traced node must not be much slower than one that is not.

import { openSync, writeSync } from 'node:fs';
import type { TraceBody } from '../contract/events.ts';
import type { NodeId } from '../contract/ids.ts';

export interface Trace {
  add(body: TraceBody): void;
  /** The same for a body whose last field, a message or a record, is JSON already. */
  addText<Field extends 'message' | 'record'>(head: Without<Field>, field: Field, json: string): void;
  /** Hands everything added so far to the kernel, which keeps it over a SIGKILL of this process. */
  flush(): void;
}

/** The bodies that have this field, but for it. */
type Without<Field extends string> = TraceBody extends infer Body
  ? Body extends Readonly<Record<Field, unknown>>
    ? Omit<Body, Field>
    : never
  : never;

export const NO_TRACE: Trace = { add: () => {}, addText: () => {}, flush: () => {} };

export function openTrace(
  path: string,
  writer: { readonly node: NodeId; readonly incarnation: number; readonly now: () => number },
): Trace {
  const file = openSync(path, 'a');
  const { node, incarnation } = writer;
  const who = `"node":${JSON.stringify(node)},"incarnation":${incarnation},"seq":`;
  let lines = '';
  let seq = 0;
  /** `rest` ends the object that this begins. */
  const line = (rest: string) => {
    lines += `{"at":${writer.now()},${who}${++seq},${rest}\n`;
  };
  return {
    add: (body) => line(JSON.stringify(body).slice(1)),
    addText: (head, field, json) => line(`${JSON.stringify(head).slice(1, -1)},"${field}":${json}}`),
    flush: () => {
      if (lines === '') return;
      const bytes = Buffer.from(lines);
      lines = '';
      for (let done = 0; done < bytes.length;) done += writeSync(file, bytes, done);
    },
  };
}
