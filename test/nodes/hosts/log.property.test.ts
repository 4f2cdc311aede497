// The durable log gives back any records, and is never taken in by bytes that were cut or flipped.

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { decodeLog, encodeGroup, LogCorrupt } from '../../../nodes/hosts/log.ts';
import type { TxId } from '../../../nodes/contract/ids.ts';

describe('the durable log', () => {
  test('gives back any records, and after any cut a whole prefix of them', () => {
    const entry = fc.record({
      incarnation: fc.nat(9),
      how: fc.constantFrom('append' as const, 'force' as const),
      record: fc.record({
        mark: fc.constant('other' as const),
        word: fc.string(),
        about: fc.constant(null),
        body: fc.jsonValue(),
      }),
    });
    fc.assert(
      fc.property(fc.array(entry, { maxLength: 12 }), fc.nat(), (entries, cut) => {
        const plain = JSON.parse(JSON.stringify(entries)) as typeof entries;
        const bytes = Buffer.concat(entries.map((one) => encodeGroup(one.incarnation, [one])));
        expect(decodeLog(bytes).entries).toEqual(plain);
        const kept = decodeLog(bytes.subarray(0, cut % (bytes.length + 1))).entries;
        expect(kept).toEqual(plain.slice(0, kept.length));
      }),
      { numRuns: 200 },
    );
  });

  test('survives any one flipped bit as a whole prefix or a refusal', () => {
    const frames = ['one', 'two', 'three'].map((word) =>
      encodeGroup(1, [{ how: 'force', record: { mark: 'other', word, about: 'c.1.1' as TxId } }]),
    );
    const bytes = Buffer.concat(frames);
    const whole = decodeLog(bytes).entries;
    for (let bit = 0; bit < bytes.length * 8; bit++) {
      const flipped = Buffer.from(bytes);
      flipped[bit >> 3] = (flipped[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      try {
        const { entries } = decodeLog(flipped);
        expect(entries).toEqual(whole.slice(0, entries.length));
        expect(entries.length).toBe(2);
      } catch (error) {
        expect(error).toBeInstanceOf(LogCorrupt);
      }
    }
  });
});
