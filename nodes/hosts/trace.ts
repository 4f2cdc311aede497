// The full trace of one incarnation: a file of one event a line, written before the batch that it describes leaves the node.

import { openSync, writeSync } from 'node:fs';
import type { TraceBody } from '../contract/events.ts';
import type { NodeId } from '../contract/ids.ts';

export interface Trace {
  add(body: TraceBody): void;
  /** Hands everything added so far to the kernel, which keeps it over a SIGKILL of this process. */
  flush(): void;
}

export const NO_TRACE: Trace = { add: () => {}, flush: () => {} };

export function openTrace(
  path: string,
  writer: { readonly node: NodeId; readonly incarnation: number; readonly now: () => number },
): Trace {
  const file = openSync(path, 'a');
  let lines = '';
  let seq = 0;
  return {
    add: (body) => {
      lines += `${JSON.stringify({ at: writer.now(), node: writer.node, incarnation: writer.incarnation, seq: ++seq, ...body })}\n`;
    },
    flush: () => {
      if (lines === '') return;
      const bytes = Buffer.from(lines);
      lines = '';
      for (let done = 0; done < bytes.length;) done += writeSync(file, bytes, done);
    },
  };
}
