// A node's durable log: length and checksum framing, group commit, a torn tail cut off, corruption in the middle refused.
// Appended records stay in process memory until a force takes them along: SIGKILL keeps the kernel's page cache, so a missing
// force would otherwise never show.

import { fdatasync, readFileSync } from 'node:fs';
import { crc32 } from 'node:zlib';
import { gatherText, writeAll } from './bytes.ts';
import { openLogFile } from './log-file.ts';
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
  const file = openLogFile(path, end, { hasRoom, write, sync: syncFile });
  const gathered = gatherEntries(incarnation);
  let durable = 0;
  let flushing = false;
  let again = false;

  function flush(): void {
    if (flushing) {
      again = true;
      return;
    }
    if (gathered.isEmpty) return;
    flushing = true;
    const { group, startsAnew, bytes } = gathered.take();
    if (startsAnew) file.openAnew();
    if (file.append(bytes)) return sync(group, startsAnew);
    gathered.leave();
    onFull();
    appendLater(bytes, () => sync(group, startsAnew));
  }

  /** A write is refused whole or in part: it is made again at the same place until the disk takes it. */
  function appendLater(bytes: Buffer, then: () => void): void {
    later(() => {
      if (file.append(bytes)) then();
      else appendLater(bytes, then);
    }, TRY_AGAIN_MS);
  }

  function sync(group: readonly DurableEntry[], isNew: boolean): void {
    file.sync(() => {
      if (isNew) file.replace();
      flushing = false;
      durable = group.at(-1)?.position ?? durable;
      onDurable(group);
      if (!again) return;
      again = false;
      flush();
    });
  }

  return {
    write: (record, how) => gathered.add(record, how),
    flush,
    get durable() {
      return durable;
    },
  };
}

interface Gathered {
  add(record: LogRecord, how: LogEntry['how']): DurableEntry;
  readonly isEmpty: boolean;
  /** All of it as one frame. */
  take(): Group;
  /** The frame that was taken last is still needed: others are made elsewhere. */
  leave(): void;
}

interface Group {
  readonly group: readonly DurableEntry[];
  /** A checkpoint is among it, which stands for all before. */
  readonly startsAnew: boolean;
  readonly bytes: Buffer;
}

/** What the next flush makes durable. */
function gatherEntries(incarnation: number): Gathered {
  const text = gatherText(HEADER);
  let buffered: DurableEntry[] = [];
  let startsAnew = false;
  let position = 0;
  return {
    add: (record, how) => {
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
    get isEmpty() {
      return buffered.length === 0;
    },
    take: () => {
      const taken = { group: buffered, startsAnew, bytes: frame(text.take()) };
      buffered = [];
      startsAnew = false;
      return taken;
    },
    leave: () => text.leave(),
  };
}

const TRY_AGAIN_MS = 10;
