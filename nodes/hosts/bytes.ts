// Text and bytes of files and connections.

import { writeSync } from 'node:fs';

/** At most, in UTF-8: what a string may take, without counting. */
export const BYTES_A_CHARACTER = 3;

/** All of them, however many the kernel takes at once: at a place of the file, or where it stands. */
export function writeAll(file: number, bytes: Buffer, at?: number): void {
  for (let done = 0; done < bytes.length;)
    done += writeSync(file, bytes, done, bytes.length - done, at === undefined ? null : at + done);
}

/** Gathers text as UTF-8. It uses its memory again and again: touching new memory costs more than filling it. */
export interface TextBytes {
  add(text: string): void;
  readonly isEmpty: boolean;
  /** All that was added since the last time. Stays as it is until something is added. */
  take(): Buffer;
  /** What was taken is still needed: gathers in other memory from now on. */
  leave(): void;
}

/** What is taken begins with so many bytes of `room`. */
export function gatherText(room = 0): TextBytes {
  let bytes = Buffer.allocUnsafeSlow(LEAST_BYTES);
  let used = room;
  let text = '';

  function encode(): void {
    const needed = used + text.length * BYTES_A_CHARACTER;
    if (needed > bytes.length) {
      const more = Buffer.allocUnsafeSlow(Math.max(needed, 2 * bytes.length));
      bytes.copy(more, 0, 0, used);
      bytes = more;
    }
    used += bytes.write(text, used);
    text = '';
  }

  return {
    add: (more) => {
      text += more;
      if (text.length > TEXT_MAX) encode();
    },
    get isEmpty() {
      return used === room && text === '';
    },
    take: () => {
      encode();
      const taken = bytes.subarray(0, used);
      used = room;
      if (bytes.length > KEPT_BYTES) bytes = Buffer.allocUnsafeSlow(LEAST_BYTES);
      return taken;
    },
    leave: () => {
      bytes = Buffer.allocUnsafeSlow(LEAST_BYTES);
    },
  };
}

const LEAST_BYTES = 65_536;
const KEPT_BYTES = 4_194_304;
/** Characters: the runtime is slow with strings so long that each gets memory of its own. */
const TEXT_MAX = 8_192;
