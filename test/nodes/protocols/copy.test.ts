// Copies of JSON values, whatever the keys are named.

import { expect, test } from 'vitest';
import { copyOf, tableOf } from '../../../nodes/protocols/copy.ts';

const TEXT = '{"a":[1,{"b":null}],"constructor":{"x":1},"__proto__":{"balance":7,"journal":[1]},"toString":"t"}';

test('a copy has every key of its value as its own, names that objects inherit among them', () => {
  const value = JSON.parse(TEXT) as object;
  const copy = copyOf(value);
  expect(JSON.stringify(copy)).toBe(TEXT);
  expect(Object.getPrototypeOf(copy)).toBe(Object.prototype);
  expect([...tableOf(copy as Record<string, unknown>).keys()]).toEqual(['a', 'constructor', '__proto__', 'toString']);
});

test('what is changed in a copy does not change its value', () => {
  const value = JSON.parse(TEXT) as Record<string, { journal: number[] }>;
  const copy = copyOf(value);
  tableOf(copy).get('__proto__')?.journal.push(2);
  expect(JSON.stringify(value)).toBe(TEXT);
});
