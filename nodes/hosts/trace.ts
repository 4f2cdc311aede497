// The full trace of one incarnation: a file that is written before the batch that it describes leaves the node.

import { openSync } from 'node:fs';
import { eventLine, headLine, timeLine } from '../contract/trace.ts';
import { BYTES_A_CHARACTER, writeAll } from './bytes.ts';
import type { TraceBody } from '../contract/events.ts';
import type { TraceWriter } from '../contract/trace.ts';

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
  const bytes = Buffer.allocUnsafe(BUFFER_BYTES);
  let used = 0;
  let text = headLine(writer);
  let seq = 0;
  let isTimed = false;

  function encode(): void {
    const most = text.length * BYTES_A_CHARACTER;
    if (used + most > BUFFER_BYTES) write();
    if (most > BUFFER_BYTES) writeAll(file, Buffer.from(text));
    else used += bytes.write(text, used);
    text = '';
  }

  function write(): void {
    writeAll(file, bytes.subarray(0, used));
    used = 0;
  }

  return {
    add: (body, json) => {
      seq++;
      if (!isTimed) text += timeLine(now(), seq);
      isTimed = true;
      text += eventLine(body, json);
      if (text.length > TEXT_MAX) encode();
    },
    flush: () => {
      encode();
      write();
      isTimed = false;
    },
  };
}

const BUFFER_BYTES = 1_048_576;
/** Characters: the runtime is slow with strings so long that each gets memory of its own. */
const TEXT_MAX = 8_192;
