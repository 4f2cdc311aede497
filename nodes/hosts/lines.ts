// Newline-delimited JSON with a bound on the line: what nodes say to each other and to the lab.

import { BYTES_A_CHARACTER } from './bytes.ts';

/** Between nodes a longer line is not ours: the connection that carries it is closed. */
const LINE_MAX_BYTES = 1_048_576;

/**
 * Splits a byte stream into parsed lines, each with its text. `onBad` gets a line that is too long or no JSON, once; nothing is read after
 * it.
 */
export function readLines(
  onLine: (value: unknown, text: string) => void,
  onBad: (why: string) => void,
  maxBytes = LINE_MAX_BYTES,
): (chunk: Buffer) => void {
  let rest: Buffer = Buffer.alloc(0);
  let broken = false;
  const bad = (why: string) => {
    broken = true;
    onBad(why);
  };
  return (chunk) => {
    if (broken) return;
    const bytes = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    const end = bytes.lastIndexOf(NEWLINE);
    // All whole lines are made text at once, not each by itself.
    const lines = end < 0 ? [] : bytes.toString('utf8', 0, end).split('\n');
    for (const line of lines) {
      if (isLonger(line, maxBytes)) return bad(`a line of more than ${maxBytes} bytes`);
      const value = parseJson(line);
      if (value === undefined) return bad(`a line that is no JSON: ${line.slice(0, 80)}`);
      onLine(value, line);
    }
    rest = bytes.subarray(end + 1);
    if (rest.length > maxBytes) bad(`a line of more than ${maxBytes} bytes`);
  };
}

export function formatLine(value: unknown): string {
  return `${JSON.stringify(value)}\n`;
}

function isLonger(line: string, maxBytes: number): boolean {
  return line.length * BYTES_A_CHARACTER > maxBytes && Buffer.byteLength(line) > maxBytes;
}

function parseJson(line: string): unknown {
  try {
    return JSON.parse(line) as unknown;
  } catch {
    return undefined;
  }
}

const NEWLINE = 10;
