import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { formatLine, readLines } from '../../../nodes/hosts/lines.ts';

function read(chunks: readonly Buffer[], maxBytes = 1000): { values: unknown[]; bad: string[] } {
  const values: unknown[] = [];
  const bad: string[] = [];
  const take = readLines(
    (value) => values.push(value),
    (why) => bad.push(why),
    maxBytes,
  );
  for (const chunk of chunks) take(chunk);
  return { values, bad };
}

describe('lines', () => {
  test('arrive whole however the bytes are cut', () => {
    fc.assert(
      fc.property(
        fc.array(fc.jsonValue(), { maxLength: 8 }),
        fc.array(fc.integer({ min: 1, max: 9 })),
        (sent, cuts) => {
          const bytes = Buffer.from(sent.map(formatLine).join(''));
          const chunks: Buffer[] = [];
          let at = 0;
          for (const cut of cuts) chunks.push(bytes.subarray(at, (at += cut)));
          chunks.push(bytes.subarray(at));
          expect(read(chunks, 100_000)).toEqual({ values: JSON.parse(JSON.stringify(sent)), bad: [] });
        },
      ),
    );
  });

  test('end at the first that is no JSON', () => {
    expect(read([Buffer.from('{"a":1}\nnonsense\n{"b":2}\n')])).toEqual({
      values: [{ a: 1 }],
      bad: ['a line that is no JSON: nonsense'],
    });
  });

  test('end at one that is too long, also while it is still arriving', () => {
    expect(read([Buffer.from('"'.padEnd(2000, 'x'))]).bad).toEqual(['a line of more than 1000 bytes']);
    expect(read([Buffer.from(`"${'x'.repeat(2000)}"\n1\n`)])).toEqual({
      values: [],
      bad: ['a line of more than 1000 bytes'],
    });
  });
});
