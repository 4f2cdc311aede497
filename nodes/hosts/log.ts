// A node's durable log: length and checksum framing, group commit, a torn tail cut off, corruption in the middle refused.
// Appended records stay in process memory until a force takes them along: SIGKILL keeps the kernel's page cache, so a missing
// force would otherwise never show. Behind the records the file has room, zeros, so that most forces change no more than data:
// a file that grows costs its file system a journal commit besides.

import { closeSync, constants, fdatasync, fsyncSync, ftruncateSync, openSync, readFileSync, renameSync } from 'node:fs';
import { crc32 } from 'node:zlib';
import { dirname } from 'node:path';
import { invariant } from '../contract/invariant.ts';
import { gatherText, writeAll } from './bytes.ts';
import type { LogRecord } from '../contract/records.ts';

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

/**
 * What one flush makes durable. Frame: CRC-32 of all that follows (u32 LE), payload length (u32 LE), payload: the incarnation, then each
 * record as JSON behind the first letter of how it was written, a line each.
 */
function headLine(incarnation: number): string {
  return `${incarnation}\n`;
}

function recordLine(how: LogEntry['how'], json: string): string {
  return `${how === 'force' ? FORCED : APPENDED}${json}\n`;
}

/** Fills in the header of a payload that has room for one before it. */
function frame(bytes: Buffer): Buffer {
  bytes.writeUInt32LE(bytes.length - HEADER, 4);
  bytes.writeUInt32LE(checksum(bytes, 0, bytes.length), 0);
  return bytes;
}

/** Of one incarnation and one flush, for tests. */
export function encodeGroup(incarnation: number, entries: readonly Pick<LogEntry, 'how' | 'record'>[]): Buffer {
  const text = gatherText(HEADER);
  text.add(headLine(incarnation));
  for (const { how, record } of entries) text.add(recordLine(how, JSON.stringify(record)));
  return frame(text.take());
}

function decodeGroup(payload: string): readonly LogEntry[] {
  const [incarnation, ...lines] = payload.split('\n').slice(0, -1);
  return lines.map((line) => ({
    incarnation: Number(incarnation),
    how: line.startsWith(FORCED) ? 'force' : 'append',
    record: JSON.parse(line.slice(1)) as LogRecord,
  }));
}

const FORCED = 'f';
const APPENDED = 'a';

/** Throws {@link LogCorrupt} when a frame is damaged and a whole one stands behind it. */
export function decodeLog(file: Buffer): LogContent {
  const bytes = file.subarray(0, lengthWithoutRoom(file));
  const entries: LogEntry[] = [];
  let offset = 0;
  for (let next = frameEnd(bytes, offset); next !== null; next = frameEnd(bytes, offset)) {
    for (const entry of decodeGroup(bytes.toString('utf8', offset + HEADER, next))) entries.push(entry);
    offset = next;
  }
  for (let later = offset + 1; later + HEADER < bytes.length; later++) {
    if (frameEnd(bytes, later) !== null) throw new LogCorrupt(offset);
  }
  return { entries, end: offset, tornBytes: bytes.length - offset };
}

/** Frames end in a line's end, never in a zero. */
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

/** A log that has been read and is about to be written on. */
export interface StandingLog {
  readonly content: LogContent;
  /** The life that begins now. */
  readonly incarnation: number;
  /** Once, for appending behind the last whole record. `onDurable` gets each group once it is on disk. */
  readonly open: (onDurable: (group: readonly DurableEntry[]) => void) => Log;
}

/** What a log knows of its disk. */
export interface LogDisk {
  /** Zeros are written ahead; where the disk is small, they would hide for long that it is full. */
  readonly hasRoom?: boolean;
  /** The disk takes no more. What is to be written waits for it, and nothing of it counts as durable before. */
  readonly onFull?: () => void;
  readonly later?: (work: () => void, afterMs: number) => void;
  readonly write?: typeof writeAll;
  readonly sync?: (file: number, done: (error: Error | null) => void) => void;
}

/** The log in this file, which need not be there yet. */
export function findLog(path: string, disk: LogDisk = {}): StandingLog {
  const content = readLog(path);
  const incarnation = nextIncarnation(content.entries);
  return { content, incarnation, open: (onDurable) => openLog(path, incarnation, content.end, onDurable, disk) };
}

export function nextIncarnation(entries: readonly LogEntry[]): number {
  return (entries.at(-1)?.incarnation ?? 0) + 1;
}

/** Opens the log for appending behind its last whole record. `onDurable` gets each group once it is on disk. */
export function openLog(
  path: string,
  incarnation: number,
  end: number,
  onDurable: (group: readonly DurableEntry[]) => void,
  { hasRoom = true, onFull = () => {}, later = setTimeout, write = writeAll, sync: syncFile = fdatasync }: LogDisk = {},
): Log {
  let file = openSync(path, constants.O_RDWR | constants.O_CREAT);
  ftruncateSync(file, end);
  let used = end;
  let size = end;
  let buffered: DurableEntry[] = [];
  const text = gatherText(HEADER);
  /** A checkpoint is among what is buffered. */
  let startsAnew = false;
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
    const isNew = startsAnew;
    startsAnew = false;
    if (isNew) openAnew();
    const bytes = frame(text.take());
    if (append(bytes)) return sync(group, isNew);
    text.leave();
    onFull();
    writeLater(bytes, () => sync(group, isNew));
  }

  /** A write is refused whole or in part: it is made again at the same place until the disk takes it. */
  function writeLater(bytes: Buffer, then: () => void): void {
    later(() => {
      if (append(bytes)) then();
      else writeLater(bytes, then);
    }, TRY_AGAIN_MS);
  }

  function sync(group: readonly DurableEntry[], isNew: boolean): void {
    syncFile(file, (error) => {
      // What the kernel could not write it has given up: nobody can say what of it is on disk, and the node must not go on.
      invariant(!error, `The log could not be made durable: ${error?.message}`);
      if (isNew) replace();
      flushing = false;
      durable = group.at(-1)?.position ?? durable;
      onDurable(group);
      if (again) {
        again = false;
        flush();
      }
    });
  }

  /** False where the disk is full. */
  function append(bytes: Buffer): boolean {
    if (!fits(bytes, used)) return false;
    used += bytes.length;
    if (used <= size || !hasRoom) return true;
    const room = Math.min(Math.max(used, ROOM_MIN_BYTES), ROOM_MAX_BYTES);
    for (size = used; size < used + room && fits(ZEROS, size); size += ZEROS.length);
    return true;
  }

  function fits(bytes: Buffer, at: number): boolean {
    try {
      write(file, bytes, at);
      return true;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOSPC') return false;
      throw error;
    }
  }

  /** A checkpoint stands for all before it: it opens a new file, which takes the old one's name when it is durable. */
  function openAnew(): void {
    closeSync(file);
    file = openSync(`${path}.next`, 'w+');
    [used, size] = [0, 0];
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
      if (record.mark === 'checkpoint') {
        startsAnew = true;
        text.take();
      }
      if (text.isEmpty) text.add(headLine(incarnation));
      text.add(recordLine(how, entry.json));
      return entry;
    },
    flush,
    get durable() {
      return durable;
    },
  };
}

const TRY_AGAIN_MS = 10;
const ROOM_MIN_BYTES = 16_384;
const ROOM_MAX_BYTES = 4_194_304;
const ZEROS = Buffer.alloc(ROOM_MIN_BYTES);
