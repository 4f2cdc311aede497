import { Duplex, PassThrough, Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { expect, test } from 'vitest';
import { demultiplex, readJsonLines } from '../../../compose/engine/streams.ts';

function frame(stream: number, payload: string): Buffer {
  const header = Buffer.alloc(8);
  header.writeUInt8(stream, 0);
  header.writeUInt32BE(Buffer.byteLength(payload), 4);
  return Buffer.concat([header, Buffer.from(payload)]);
}

/** A connection that delivers these chunks and takes what is written. */
function connectionOf(chunks: readonly Buffer[]): Duplex {
  return Duplex.from({
    readable: Readable.from(chunks),
    writable: new Duplex({ write: (_, __, done) => done(), read() {} }),
  });
}

const SENT = Buffer.concat([frame(1, 'one '), frame(2, 'oops'), frame(1, ''), frame(1, 'zwölf'), frame(2, '!')]);

test('framed output is split into its streams wherever the network cuts it', async () => {
  for (let size = 1; size <= SENT.length; size += 1) {
    const chunks = Array.from({ length: Math.ceil(SENT.length / size) }, (_, at) =>
      SENT.subarray(at * size, (at + 1) * size),
    );
    const { stdout, stderr } = demultiplex(connectionOf(chunks));
    expect(await Promise.all([text(stdout), text(stderr)])).toEqual(['one zwölf', 'oops!']);
  }
});

test('a connection that breaks is the end of the output', async () => {
  const connection = new PassThrough();
  const said = text(demultiplex(connection).stdout);
  connection.once('data', () => connection.destroy(new Error('reset')));
  connection.write(frame(1, 'last words'));
  expect(await said).toBe('last words');
});

test('documents are read a line each, cut anywhere, the last one without its newline', async () => {
  const sent = Buffer.from('{"a":"ü"}\n\n{"b":2}\r\n{"c":3}');
  for (let size = 1; size <= sent.length; size += 1) {
    const chunks = Array.from({ length: Math.ceil(sent.length / size) }, (_, at) =>
      sent.subarray(at * size, (at + 1) * size),
    );
    const found: unknown[] = [];
    await readJsonLines(Readable.from(chunks), (object) => found.push(object));
    expect(found).toEqual([{ a: 'ü' }, { b: 2 }, { c: 3 }]);
  }
});

test('a connection that carries no frames is let go at once, after the frames that came before', async () => {
  const connection = new PassThrough();
  const { stdout } = demultiplex(connection);
  connection.write(Buffer.concat([frame(1, 'one'), Buffer.from('<html>hello')]));
  expect(await text(stdout)).toBe('one');
  expect(connection.destroyed).toBe(true);
});
