// What nodes say to each other, as it comes from outside. That a connection ends where it is refused is in links.process.test.ts.

import fc from 'fast-check';
import { expect, test } from 'vitest';
import { isMessage, parseLine } from '../../../nodes/hosts/line.ts';

const LINES: readonly object[] = [
  { word: 'prepare', about: 'c.1.1', part: [] },
  { kind: 'request', op: 'client.1.1', request: { word: 'transfer' } },
  { kind: 'answer', op: 'client.1.1', answer: { word: 'ok' } },
  { kind: 'hello', node: 'a', run: 'r' },
  { kind: 'ping' },
];

test.each(LINES)('a line is taken as it is: %j', (line) => {
  expect(parseLine(line)).toBe(line);
});

test.each([
  { word: 'prepare' },
  { word: null, about: 'c.1.1' },
  { about: 'c.1.1' },
  { word: 5, kind: 'ping' },
  { kind: 'request', op: 'client.1.1', request: null },
  { kind: 'request', op: null, request: { word: 'transfer' } },
  { kind: 'answer', op: 'client.1.1', answer: {} },
  { kind: 'hello', node: 'a' },
  { kind: 'hello', run: 'r' },
  { kind: 'toString' },
  {},
  [],
])('is no line: %j', (value) => {
  expect(parseLine(value)).toBeNull();
});

test('any value is taken as it is or refused, and never thrown at', () => {
  const field = fc.constantFrom('word', 'about', 'kind', 'op', 'request', 'answer', 'node', 'run');
  const value = fc.oneof(fc.jsonValue(), fc.constantFrom('ping', 'hello', 'request', 'answer', { word: 'ok' }));
  fc.assert(
    fc.property(fc.oneof(fc.jsonValue(), fc.dictionary(field, value)), (one) => {
      const line = parseLine(one);
      expect(line === null || line === one).toBe(true);
      if (line && isMessage(line))
        expect([typeof line.word, line.about === null || typeof line.about]).toEqual([
          'string',
          line.about === null || 'string',
        ]);
      if (line && !isMessage(line) && line.kind === 'request') expect(typeof line.request.word).toBe('string');
    }),
    { numRuns: 1000 },
  );
});
