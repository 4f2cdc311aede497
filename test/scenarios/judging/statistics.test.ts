import { expect, test } from 'vitest';
import { median, quantile } from '../../../scenarios/judging/statistics.ts';

test('a median lies between the middle two', () => {
  expect(median([4, 1, 3])).toBe(3);
  expect(median([4, 1, 3, 2])).toBe(2.5);
  expect(median([])).toBeNaN();
});

test('quantiles lie in the list, and there are none of nothing', () => {
  const list = Array.from({ length: 100 }, (_, index) => index);
  expect([0, 0.5, 0.99, 1].map((share) => quantile(list, share))).toEqual([0, 50, 99, 99]);
  expect(quantile([], 0.5)).toBeNaN();
});
