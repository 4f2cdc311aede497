// Rates over time, from counters that are read now and then.

import { describe, expect, test } from 'vitest';
import { openSeries, sparkline, spread } from '../../../cli/feed/series.ts';

describe('a series', () => {
  test('spreads what was counted over the bins that the readings enclose', () => {
    const series = openSeries();
    spread(series, { from: 125_000, to: 625_000 }, 100);
    expect([...series.bins]).toEqual([
      [0, 25],
      [1, 50],
      [2, 25],
    ]);
  });

  test('keeps two minutes', () => {
    const series = openSeries();
    for (let at = 0; at < 300; at++) spread(series, { from: at * 1_000_000, to: (at + 1) * 1_000_000 }, 1);
    expect(series.bins.size).toBeLessThanOrEqual(481);
  });
});

describe('a sparkline', () => {
  test.each([
    [[0, 1, 2, 3, 4, 5, 6, 7], '▁▂▃▄▅▆▇█'],
    [[0, 0], '▁▁'],
    [[null, 5, null], ' █ '],
    [[], ''],
  ])('of %j is %s', (values, drawn) => {
    expect(sparkline(values)).toBe(drawn);
  });
});
