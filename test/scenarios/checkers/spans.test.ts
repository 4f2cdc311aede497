import { describe, expect, test } from 'vitest';
import { lengthOf, overlap, subtract, type Span } from '../../../scenarios/checkers/spans.ts';

const span = (from: number, to = Number.POSITIVE_INFINITY): Span => ({ from, to });

describe('where at least two of three sets of spans cover', () => {
  test.each<readonly [string, readonly (readonly Span[])[], readonly Span[]]>([
    ['is nowhere when they do not meet', [[span(0, 5)], [span(5, 9)], []], []],
    ['is where two meet', [[span(0, 5)], [span(3, 9)], []], [span(3, 5)]],
    ['goes on while they take turns', [[span(0, 9)], [span(2, 5)], [span(5, 7)]], [span(2, 7)]],
    ['is without end where two have none', [[span(0)], [span(3)], [span(1, 2)]], [span(1, 2), span(3)]],
    ['counts a set once, however its spans lie', [[span(0, 5), span(3, 9)], [], []], []],
  ])('%s', (_, sets, expected) => {
    expect(overlap(sets, 2)).toEqual(expected);
  });
});

test('what lies outside of very many holes is counted out as fast as of a few', () => {
  const holes = Array.from({ length: 1000 }, (_, index) => span(10 * index, 10 * index + 5));
  const rest = subtract([span(0, 10_000)], holes);
  expect(rest).toHaveLength(1000);
  expect(lengthOf(rest)).toBe(5000);
});
