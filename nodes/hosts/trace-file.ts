// The full trace of one incarnation: a file that is written before the batch that it describes leaves the node.

import { openSync } from 'node:fs';
import { eventLine, headLine, timeLine } from '../contract/trace-text.ts';
import { gatherText, writeAll } from './bytes.ts';
import type { TraceBody } from '../contract/events.ts';
import type { TraceWriter } from '../contract/trace-text.ts';

export interface Trace {
  /** `json` is that of the body's message or record, where it has been made already. */
  add(body: TraceBody, json?: string): void;
  /** Hands everything added so far to the kernel, which keeps it over a SIGKILL of this process. */
  flush(): void;
}

export const NO_TRACE: Trace = { add: () => {}, flush: () => {} };

/** What is flushed together has one time: that of its first event, which is at or before all that it tells of. */
export function openTrace(path: string, { now, ...writer }: TraceWriter & { readonly now: () => number }): Trace {
  const file = openSync(path, 'a');
  const text = gatherText();
  let seq = 0;
  let isTimed = false;
  text.add(headLine(writer));
  return {
    add: (body, json) => {
      seq++;
      if (!isTimed) text.add(timeLine(now(), seq));
      isTimed = true;
      text.add(eventLine(body, json));
    },
    flush: () => {
      writeAll(file, text.take());
      isTimed = false;
    },
  };
}
