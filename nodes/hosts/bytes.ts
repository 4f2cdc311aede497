// Text and bytes of files.

import { writeSync } from 'node:fs';

/** At most, in UTF-8: what a string may take, without counting. */
export const BYTES_A_CHARACTER = 3;

/** All of them, however many the kernel takes at once: at a place of the file, or where it stands. */
export function writeAll(file: number, bytes: Buffer, at?: number): void {
  for (let done = 0; done < bytes.length;)
    done += writeSync(file, bytes, done, bytes.length - done, at === undefined ? null : at + done);
}
