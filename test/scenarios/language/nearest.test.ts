// The guess at what somebody meant: close enough to be right, or none.

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { nearest, slipsBetween } from '../../../scenarios/language/nearest.ts';

describe('the nearest word', () => {
  test.each([
    ['prepar', ['prepare', 'decide', 'commit'], 'prepare'],
    ['prepraed', ['prepared', 'commit'], 'prepared'],
    ['kil', ['kill', 'pause'], 'kill'],
    ['Kill', ['kill', 'pause'], 'kill'],
    ['coordinater', ['coordinator', 'participant-1'], 'coordinator'],
    ['participant-9', ['participant-1', 'participant-2'], 'participant-1'],
    ['precommit', ['commit', 'checkpoint'], 'commit'],
    ['banana', ['prepare', 'decide', 'commit'], undefined],
    ['x', ['of', 'at', 'for'], undefined],
    ['', ['at'], undefined],
    ['k'.repeat(1000), ['k'.repeat(999)], undefined],
  ])('of %j among %j is %j', (word, candidates, expected) => {
    expect(nearest(word, candidates)).toBe(expected);
  });

  test.each([
    ['', '', 0],
    ['', 'abc', 3],
    ['abc', 'abc', 0],
    ['abc', 'acb', 1],
    ['abc', 'adc', 1],
    ['abc', 'bc', 1],
    ['froce', 'force', 1],
    ['kitten', 'sitting', 3],
    ['ca', 'abc', 3],
  ])('%j and %j are %d slips apart', (source, target, slips) => {
    expect(slipsBetween(source, target)).toBe(slips);
  });

  test('slips are the same both ways, and none only between equals', () => {
    const word = fc.string({ maxLength: 12 });
    fc.assert(
      fc.property(word, word, (one, other) => {
        const slips = slipsBetween(one, other);
        return slips === slipsBetween(other, one) && (slips === 0) === (one === other);
      }),
    );
  });
});
