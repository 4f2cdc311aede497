// The file of a log: bytes are written behind its end, and a checkpoint starts another that takes its name. Behind them the file has room,
// zeros, so that most forces change no more than data: a file that grows costs its file system a journal commit besides.

import { closeSync, constants, fsyncSync, ftruncateSync, openSync, renameSync } from 'node:fs';
import { dirname } from 'node:path';
import { invariant } from '../contract/invariant.ts';
import type { writeAll } from './bytes.ts';

export interface LogFile {
  /** False where the disk is full: then nothing counts as written, and the same goes to the same place again. */
  append(bytes: Buffer): boolean;
  sync(then: () => void): void;
  /** What is appended from now on is in a new file, which takes the old one's name when it is durable. */
  openAnew(): void;
  replace(): void;
}

interface Writing {
  readonly hasRoom: boolean;
  readonly write: typeof writeAll;
  readonly sync: (file: number, done: (error: Error | null) => void) => void;
}

export function openLogFile(path: string, end: number, { hasRoom, write, sync }: Writing): LogFile {
  let file = openSync(path, constants.O_RDWR | constants.O_CREAT);
  ftruncateSync(file, end);
  let used = end;
  let size = end;

  function fits(bytes: Buffer, at: number): boolean {
    try {
      write(file, bytes, at);
      return true;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOSPC') return false;
      throw error;
    }
  }

  return {
    append: (bytes) => {
      if (!fits(bytes, used)) return false;
      used += bytes.length;
      if (used <= size || !hasRoom) return true;
      const room = Math.min(Math.max(used, ROOM_MIN_BYTES), ROOM_MAX_BYTES);
      for (size = used; size < used + room && fits(ZEROS, size); size += ZEROS.length);
      return true;
    },
    sync: (then) =>
      sync(file, (error) => {
        // What the kernel could not write it has given up: nobody can say what of it is on disk, and the node must not go on.
        invariant(!error, `The log could not be made durable: ${error?.message}`);
        then();
      }),
    openAnew: () => {
      closeSync(file);
      file = openSync(nextOf(path), 'w+');
      [used, size] = [0, 0];
    },
    replace: () => {
      renameSync(nextOf(path), path);
      const folder = openSync(dirname(path), 'r');
      fsyncSync(folder);
      closeSync(folder);
    },
  };
}

function nextOf(path: string): string {
  return `${path}.next`;
}

const ROOM_MIN_BYTES = 16_384;
const ROOM_MAX_BYTES = 4_194_304;
const ZEROS = Buffer.alloc(ROOM_MIN_BYTES);
