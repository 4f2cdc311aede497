// A node's durable log: length and checksum framing, group commit, a torn tail cut off, corruption in the middle refused.
// Appended records stay in process memory until a force takes them along: SIGKILL keeps the kernel's page cache, so a missing
// force would otherwise never show. Behind the records the file has room, zeros, so that most forces change no more than data:
// a file that grows costs its file system a journal commit besides.

import { closeSync, constants, fdatasync, fsyncSync, ftruncateSync, openSync, readFileSync, renameSync } from 'node:fs';
import { crc32 } from 'node:zlib';
import { dirname } from 'node:path';
import { invariant } from '../contract/invariant.ts';
import { BYTES_A_CHARACTER, writeAll } from './bytes.ts';
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

/** Frame: CRC-32 of all that follows (u32 LE), payload length (u32 LE), payload (JSON). */
export function encodeEntry({ incarnation, how, record }: LogEntry): Buffer {
  return encode([{ incarnation, how, json: JSON.stringify(record) }]);
}

/** Frames of records whose JSON is known. */
function encode(entries: readonly Pick<DurableEntry, 'incarnation' | 'how' | 'json'>[]): Buffer {
  const payloads = entries.map(({ incarnation, how, json }) => payloadOf(incarnation, how, json));
  const most = payloads.reduce((size, payload) => size + HEADER + payload.length * BYTES_A_CHARACTER, 0);
  const bytes = Buffer.allocUnsafe(most);
  let start = 0;
  for (const payload of payloads) {
    const length = bytes.write(payload, start + HEADER);
    bytes.writeUInt32LE(length, start + 4);
    const end = start + HEADER + length;
    bytes.writeUInt32LE(checksum(bytes, start, end), start);
    start = end;
  }
  return bytes.subarray(0, start);
}

/** A {@link LogEntry} as JSON. */
function payloadOf(incarnation: number, how: LogEntry['how'], record: string): string {
  return `{"incarnation":${incarnation},"how":"${how}","record":${record}}`;
}

/** Throws {@link LogCorrupt} when a frame is damaged and a whole one stands behind it. */
export function decodeLog(file: Buffer): LogContent {
  const bytes = file.subarray(0, lengthWithoutRoom(file));
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

/** Frames end in a brace, never in a zero. */
function lengthWithoutRoom(file: Buffer): number {
  let length = file.length;
  while (length > 0 && file[length - 1] === 0) length--;
  return length;
}

/** End of the whole frame at this offset, or null if there is none. */
function frameEnd(bytes: Buffer, offset: number): number | null {
  if (offset + HEADER >= bytes.length) return null;
  const end = offset + HEADER + bytes.readUInt32LE(offset + 4);
  if (end > bytes.length || end === offset + HEADER) return null;
  return checksum(bytes, offset, end) === bytes.readUInt32LE(offset) ? end : null;
}

function checksum(bytes: Buffer, start: number, end: number): number {
  return crc32(bytes.subarray(start + 4, end));
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
  /** Counts from 1 within an incarnation. */
  readonly position: number;
  /** The record as JSON: made once, for the log and for the trace. */
  readonly json: string;
}

export interface Log {
  /** Buffers a record. */
  write(record: LogRecord, how: 'append' | 'force'): DurableEntry;
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
  let file = openSync(path, constants.O_RDWR | constants.O_CREAT);
  ftruncateSync(file, end);
  let used = end;
  let size = end;
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
    const bytes = encode(checkpoint < 0 ? group : group.slice(checkpoint));
    if (checkpoint >= 0) startAnew(bytes);
    else append(bytes);
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

  function append(bytes: Buffer): void {
    writeAll(file, bytes, used);
    used += bytes.length;
    if (used <= size) return;
    const room = Math.min(Math.max(used, ROOM_MIN_BYTES), ROOM_MAX_BYTES);
    for (size = used; size < used + room; size += ZEROS.length) writeAll(file, ZEROS, size);
  }

  /** A checkpoint stands for all before it: it opens a new file, which takes the old one's name when it is durable. */
  function startAnew(bytes: Buffer): void {
    closeSync(file);
    file = openSync(`${path}.next`, 'w+');
    [used, size] = [0, 0];
    append(bytes);
  }

  function replace(): void {
    renameSync(`${path}.next`, path);
    const folder = openSync(dirname(path), 'r');
    fsyncSync(folder);
    closeSync(folder);
  }

  return {
    write: (record, how) => {
      const entry = { incarnation, how, record, position: ++position, json: JSON.stringify(record) };
      buffered.push(entry);
      return entry;
    },
    flush,
    get durable() {
      return durable;
    },
  };
}

const ROOM_MIN_BYTES = 16_384;
const ROOM_MAX_BYTES = 4_194_304;
const ZEROS = Buffer.alloc(ROOM_MIN_BYTES);
