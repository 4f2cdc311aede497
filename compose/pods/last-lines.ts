// The end of what a process has said, as lines, whatever pieces it came in. A process that says too much is forgotten from the front.

import { StringDecoder } from 'node:string_decoder';

export interface LastLines {
  take(chunk: Buffer): void;
  /** A line of the lab's own; what stood there unfinished ends before it. */
  note(line: string): void;
  /** The process is over: the next one begins a line of its own. */
  end(): void;
  /** Oldest first; a last line that is not ended is one, too. */
  all(): readonly string[];
}

export function keepLastLines(most = LINES_MAX): LastLines {
  const decoder = new StringDecoder('utf8');
  let lines: string[] = [];
  let rest = '';
  let forgotten = 0;

  function add(more: readonly string[]): void {
    for (const line of more) lines.push(line);
    // Not at every line: what is moved is as much as what stays.
    if (lines.length >= 2 * most) forget();
  }

  function forget(): void {
    const over = Math.max(0, lines.length - most);
    forgotten += over;
    lines = lines.slice(over);
  }

  function take(text: string): void {
    const whole = `${rest}${text}`.split('\n');
    rest = whole.pop() ?? '';
    // A line that has no end would be memory that has none.
    while (rest.length > LINE_MAX) {
      whole.push(rest.slice(0, LINE_MAX));
      rest = rest.slice(LINE_MAX);
    }
    add(whole);
  }

  function end(): void {
    rest += decoder.end();
    if (rest !== '') add([rest]);
    rest = '';
  }

  return {
    take: (chunk) => take(decoder.write(chunk)),
    note: (line) => {
      end();
      add([line]);
    },
    end,
    all: () => {
      forget();
      const first = forgotten === 0 ? [] : [`(txlab: ${forgotten} lines before these were not kept)`];
      return [...first, ...lines, ...(rest === '' ? [] : [rest])];
    },
  };
}

const LINES_MAX = 10_000;
const LINE_MAX = 16_384;
