import { expect, test } from 'vitest';
import { createClock } from '../../../nodes/hosts/clock.ts';

test('a recent time is the last one that was read, and reads nothing', () => {
  let reads = 0;
  const clock = createClock(() => ++reads);
  expect([clock.recent(), clock.recent()]).toEqual([1, 1]);
  expect([clock.read(), clock.read(), clock.recent()]).toEqual([2, 3, 3]);
  expect(reads).toBe(3);
});
