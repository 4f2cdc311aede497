import { expect, test } from 'vitest';
import { intervalText, rateOf } from '../../../cli/reports/rate.ts';

test.each([
  // Wilson's interval, from the published worked examples of R's binom package.
  [10, 10, 0.7225, 1],
  [0, 10, 0, 0.2775],
  [5, 10, 0.2366, 0.7634],
  [81, 263, 0.2553, 0.3662],
])('%i of %i is a share of %f to %f in the long run', (count, of, low, high) => {
  const rate = rateOf(count, of);
  expect(rate.low).toBeCloseTo(low, 4);
  expect(rate.high).toBeCloseTo(high, 4);
});

test('a share is said in whole percents that leave nothing of it out', () => {
  expect(intervalText(rateOf(10, 10))).toBe('72–100 %');
  expect(intervalText(rateOf(0, 10))).toBe('0–28 %');
  expect(intervalText(rateOf(0, 0))).toBe('0–100 %');
});
