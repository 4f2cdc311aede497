// A node's durable log: length and checksum framing, group commit, a torn tail cut off, corruption in the middle refused.
// Appended records stay in process memory until a force takes them along: SIGKILL keeps the kernel's page cache, so a missing
// force would otherwise never show.

import { closeSync, fdatasync, fsyncSync, ftruncateSync, openSync, readFileSync, renameSync, writeSync } from 'node:fs';
import { crc32 } from 'node:zlib';
import { dirname } from 'node:path';
import { invariant } from '../contract/invariant.ts';
import type { LogRecord } from '../contract/machine.ts';

export interface LogEntry {
  readonly incarnation: number;
  readonly how: 'append' | 'force';
  readonly record: LogRecord;
}

export interface LogContent {
  readonly entries: readonly LogEntry[];
  /** Where the next frame goes; everything behind it was torn. */
  readonly end: number;
  readonly tornBytes: number;
}

/** The log is damaged where a crash cannot have damaged it: serving from it would forget promises. */
export class LogCorrupt extends Error {
  override readonly name = 'LogCorrupt';
  readonly offset: number;
  constructor(offset: number) {
    super(
      `The log is damaged at byte ${offset}, with whole records after it. A crash tears only the end; this node must not serve.`,
    );
    this.offset = offset;
  }
}

/** Frame: payload length (u32 LE), CRC-32 of length and payload (u32 LE), payload (JSON). */
export function encodeEntry(entry: LogEntry): Buffer {
  const payload = Buffer.from(JSON.stringify(entry));
  const frame = Buffer.allocUnsafe(HEADER + payload.length);
  frame.writeUInt32LE(payload.length, 0);
  payload.copy(frame, HEADER);
  frame.writeUInt32LE(checksum(frame), 4);
  return frame;
}

/** Throws {@link LogCorrupt} when a frame is damaged and a whole one stands behind it. */
export function decodeLog(bytes: Buffer): LogContent {
  const entries: LogEntry[] = [];
  let offset = 0;
  for (let next = frameEnd(bytes, offset); next !== null; next = frameEnd(bytes, offset)) {
    entries.push(JSON.parse(bytes.toString('utf8', offset + HEADER, next)) as LogEntry);
    offset = next;
  }
  for (let later = offset + 1; later + HEADER < bytes.length; later++) {
    if (frameEnd(bytes, later) !== null) throw new LogCorrupt(offset);
  }
  return { entries, end: offset, tornBytes: bytes.length - offset };
}

/** End of the whole frame at this offset, or null if there is none. */
function frameEnd(bytes: Buffer, offset: number): number | null {
  if (offset + HEADER >= bytes.length) return null;
  const end = offset + HEADER + bytes.readUInt32LE(offset);
  if (end > bytes.length || end === offset + HEADER) return null;
  const frame = bytes.subarray(offset, end);
  return checksum(frame) === frame.readUInt32LE(4) ? end : null;
}

function checksum(frame: Buffer): number {
  return crc32(frame.subarray(HEADER), crc32(frame.subarray(0, 4)));
}

const HEADER = 8;

/** The log as it stands before a node's first input. */
export function readLog(path: string): LogContent {
  try {
    return decodeLog(readFileSync(path));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return { entries: [], end: 0, tornBytes: 0 };
    throw error;
  }
}

export interface DurableEntry extends LogEntry {
  readonly position: number;
}

export interface Log {
  /** Buffers a record and gives its position; positions count from 1 within an incarnation. */
  write(record: LogRecord, how: 'append' | 'force'): number;
  /** Makes everything buffered so far durable; one flush is under way at a time, the next takes all that has gathered. */
  flush(): void;
  readonly durable: number;
}

/** Opens the log for appending behind its last whole record. `onDurable` gets each group once it is on disk. */
export function openLog(
  path: string,
  incarnation: number,
  end: number,
  onDurable: (group: readonly DurableEntry[]) => void,
): Log {
  let file = openSync(path, 'a+');
  ftruncateSync(file, end);
  let buffered: DurableEntry[] = [];
  let position = 0;
  let durable = 0;
  let flushing = false;
  let again = false;

  function flush(): void {
    if (flushing) {
      again = true;
      return;
    }
    if (buffered.length === 0) return;
    flushing = true;
    const group = buffered;
    buffered = [];
    const checkpoint = group.findLastIndex(({ record }) => record.mark === 'checkpoint');
    const bytes = Buffer.concat((checkpoint < 0 ? group : group.slice(checkpoint)).map(toFrame));
    if (checkpoint >= 0) startAnew(bytes);
    else writeAll(file, bytes);
    fdatasync(file, (error) => {
      invariant(!error, `The log could not be made durable: ${error?.message}`);
      if (checkpoint >= 0) replace();
      flushing = false;
      durable = group.at(-1)?.position ?? durable;
      onDurable(group);
      if (again) {
        again = false;
        flush();
      }
    });
  }

  /** A checkpoint stands for all before it: it opens a new file, which takes the old one's name when it is durable. */
  function startAnew(bytes: Buffer): void {
    closeSync(file);
    file = openSync(`${path}.next`, 'w+');
    writeAll(file, bytes);
  }

  function replace(): void {
    renameSync(`${path}.next`, path);
    const folder = openSync(dirname(path), 'r');
    fsyncSync(folder);
    closeSync(folder);
  }

  return {
    write: (record, how) => {
      buffered.push({ incarnation, how, record, position: ++position });
      return position;
    },
    flush,
    get durable() {
      return durable;
    },
  };
}

function toFrame({ incarnation, how, record }: DurableEntry): Buffer {
  return encodeEntry({ incarnation, how, record });
}

function writeAll(file: number, bytes: Buffer): void {
  for (let done = 0; done < bytes.length;) done += writeSync(file, bytes, done);
}
