/** The engine's two stream formats: framed standard streams, and one JSON document a line. */
import { PassThrough } from 'node:stream';
import type { Duplex, Readable } from 'node:stream';
import { StringDecoder } from 'node:string_decoder';
import type { Attached } from './port.ts';
import { Misshapen, objectAt } from './shape.ts';
import type { JsonObject } from './shape.ts';

/** Splits a hijacked connection into the container's streams. Reading is held back while an output is not read. */
export function demultiplex(connection: Duplex): Attached {
  const stdout = new PassThrough();
  const stderr = new PassThrough();
  const outputs = [stdout, stderr];
  const frames = new FrameReader();
  connection.on('data', (chunk: Buffer) => {
    for (const frame of frames.read(chunk)) {
      const output = frame.stream === STDERR ? stderr : stdout;
      if (!output.write(frame.payload)) holdBack(connection, output);
    }
    if (frames.areBroken) connection.destroy();
  });
  const end = (): void => outputs.forEach((output) => output.end());
  // A container that dies resets the connection; to the reader that is the end of its output.
  connection.on('error', end).on('end', end).on('close', end);
  return { stdin: connection, stdout, stderr, detach: () => connection.destroy() };
}

const STDERR = 2;

function holdBack(connection: Duplex, output: PassThrough): void {
  connection.pause();
  output.once('drain', () => connection.resume());
}

interface Frame {
  readonly stream: number;
  readonly payload: Buffer;
}

/** Frames of an 8-byte header (stream, three zeros, big-endian length) and a payload, cut anywhere by the network. */
class FrameReader {
  #pending: Buffer = Buffer.alloc(0);
  /** What came is not in frames, and nothing after it can be. */
  areBroken = false;

  read(chunk: Buffer): readonly Frame[] {
    const data = this.#pending.length === 0 ? chunk : Buffer.concat([this.#pending, chunk]);
    const frames: Frame[] = [];
    let offset = 0;
    while (data.length - offset >= HEADER_BYTES) {
      if (data.readUInt32BE(offset) & NOT_A_STREAM) this.areBroken = true;
      if (this.areBroken) return frames;
      const end = offset + HEADER_BYTES + data.readUInt32BE(offset + 4);
      if (end > data.length) break;
      frames.push({ stream: data[offset] ?? 0, payload: data.subarray(offset + HEADER_BYTES, end) });
      offset = end;
    }
    this.#pending = data.subarray(offset);
    return frames;
  }
}

const HEADER_BYTES = 8;
/** The bits that are never set in the number of a stream and the three zeros after it. */
const NOT_A_STREAM = 0xfc_ff_ff_ff;

/** Calls back for each line that is a JSON object; resolves at the end of the stream, rejects with its error. */
export async function readJsonLines(stream: Readable, onObject: (object: JsonObject) => void): Promise<void> {
  const decoder = new StringDecoder('utf8');
  let rest = '';
  for await (const chunk of stream) {
    const lines = (rest + decoder.write(chunk as Buffer)).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) parseLine(line, onObject);
  }
  parseLine(rest, onObject);
}

function parseLine(line: string, onObject: (object: JsonObject) => void): void {
  if (line.trim() !== '') onObject(objectAt(parseJson(line), 'a line of the answer'));
}

function parseJson(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    throw new Misshapen(line, 'a line of the answer', 'JSON');
  }
}

/** The words of a progress line, such as `3.9: Pulling from library/zookeeper`. */
export function progressText(object: JsonObject): string {
  const text = [object['id'], object['status'] ?? object['stream'], object['progress']].filter(
    (part) => typeof part === 'string',
  );
  return text.join(' ').trim();
}
