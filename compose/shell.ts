// The standing shell of a pod's sandbox: one line in, its output out, in a few milliseconds and also while the node is paused.

import { LabError } from './errors.ts';
import type { Attached } from './engine-port.ts';

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
  const end = new RegExp(`^(.*?)${MARK}-(\\d+)-(\\d+)\\n`, 's');

  attached.stdin.on('error', () => {});
  attached.stderr.on('data', (chunk: Buffer) => (output += chunk.toString('utf8')));
  attached.stdout.on('data', (chunk: Buffer) => {
    output += chunk.toString('utf8');
    const found = end.exec(output);
    if (!found) return;
    output = output.slice(found[0].length);
    // The answer to a line that was given up is of no use to the next one.
    if (Number(found[2]) === count) waiting?.(Number(found[3]), found[1] ?? '');
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

const MARK = 'txlab-end';
const DEADLINE_MS = 5000;
