// The standing shell of a pod's sandbox: one line in, its output out, in a few milliseconds and also while the node is paused.

import { LabError } from '../errors.ts';
import type { Attached } from '../engine/port.ts';

export interface Shell {
  /** Runs one line and gives its exit code and output. Lines are run one after the other. Fails after the deadline. */
  run(line: string, deadlineMs?: number): Promise<{ readonly code: number; readonly output: string }>;
  /** Lets go of it; the shell itself stays. */
  close(): void;
}

/** `name` is for messages. */
export function standingShell(attached: Attached, name: string): Shell {
  let output = '';
  let count = 0;
  let waiting: ((code: number, text: string) => void) | null = null;
  let last: Promise<unknown> = Promise.resolve();

  attached.stdin.on('error', () => {});
  attached.stderr.on('data', (chunk: Buffer) => (output += chunk.toString('utf8')));
  attached.stdout.on('data', (chunk: Buffer) => {
    const seen = output.length;
    output += chunk.toString('utf8');
    const end = new RegExp(`${MARK}-(\\d+)-(\\d+)\\n`, 'g');
    // An output may be long: its mark is looked for only in what is new, and may have begun before.
    end.lastIndex = Math.max(0, seen - MARK_MAX);
    let taken = 0;
    for (let found = end.exec(output); found; found = end.exec(output)) {
      // The answer to a line that was given up is of no use to the next one.
      if (Number(found[1]) === count) waiting?.(Number(found[2]), output.slice(taken, found.index));
      taken = end.lastIndex;
    }
    output = output.slice(taken);
  });

  function runNow(line: string, deadlineMs: number): Promise<{ code: number; output: string }> {
    return new Promise((resolve, reject) => {
      const id = ++count;
      const late = setTimeout(() => {
        waiting = null;
        reject(new LabError('object-failed', `The shell of ${name} did not answer in ${deadlineMs} ms to: ${line}`));
      }, deadlineMs);
      waiting = (code, text) => {
        clearTimeout(late);
        waiting = null;
        resolve({ code, output: text });
      };
      attached.stdin.write(`{ ${line}; } 2>&1; echo ${MARK}-${id}-$?\n`);
    });
  }

  return {
    run: (line, deadlineMs = DEADLINE_MS) => {
      const result = last.then(() => runNow(line, deadlineMs));
      last = result.catch(() => {});
      return result;
    },
    close: () => attached.detach(),
  };
}

/** The shell does one line after the other: one that hangs on a server that stands still would hold up all after it. */
export function within(line: string, ms: number): string {
  return `timeout ${ms / 1000} sh -c '${line.replaceAll("'", String.raw`'\''`)}'`;
}

const MARK = 'txlab-end';
const MARK_MAX = 40;
const DEADLINE_MS = 5000;
