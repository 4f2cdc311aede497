// Rounds and rows of benchmarks, with sides that take no time.

import { describe, expect, test } from 'vitest';
import { numberText, playRounds } from '../../bench/contest.ts';
import { resultOf, tableLines } from '../../bench/table.ts';
import type { Row, Side } from '../../bench/contest.ts';

const contest = (sides: readonly Side[]) => ({ sides, absent: {}, [Symbol.asyncDispose]: async () => {} });
const quiet = { rounds: 3, onRound: () => {}, interrupted: new AbortController().signal };
const row: Row = {
  number: '1',
  what: 'walking',
  unit: 'ms',
  ours: 'feet',
  peer: { name: 'wheels', quantity: 'wheels' },
  bar: { at: 'most', required: 2, goal: 1.5 },
};

describe('rounds', () => {
  test('keep every value of every round, and leave out a side that failed', async () => {
    let round = 0;
    const { values, failed } = await playRounds(
      contest([
        { name: 'good', round: async () => ({ feet: [++round, 10 * round] }) },
        { name: 'bad', round: () => Promise.reject(new Error('a flat tyre')) },
      ]),
      quiet,
    );
    expect(values.get('feet')).toEqual([1, 10, 2, 20, 3, 30]);
    expect(failed).toEqual(new Map([['bad', 'a flat tyre']]));
  });

  test('end when the user interrupts', async () => {
    const stop = new AbortController();
    const side = {
      name: 'endless',
      round: async () => {
        stop.abort(new Error('enough'));
        return {};
      },
    };
    await expect(playRounds(contest([side]), { ...quiet, interrupted: stop.signal })).rejects.toThrow('enough');
  });
});

describe('a row', () => {
  const values = (feet: number[], wheels: number[]) => new Map(Object.entries({ feet, wheels }));

  test.each([
    [[14], 'goal'],
    [[20], 'bar'],
    [[21], 'no'],
  ] as const)('with %s against 10 meets: %s', (feet, met) => {
    expect(resultOf(row, values([...feet], [10]), () => undefined)).toMatchObject({ met });
  });

  test('names the peer that could not be had, and why', () => {
    const result = resultOf(row, values([14], []), () => 'no wheels are sold here');
    expect(result).toMatchObject({ ratio: null, met: '–', note: 'peer not available: no wheels are sold here' });
    expect(tableLines([result]).join('\n')).toContain('1: peer not available: no wheels are sold here');
  });

  test('of a share counts every miss, where a median would hide it', () => {
    const share: Row = {
      ...row,
      unit: '%',
      peer: { name: 'all', value: 100 },
      bar: { at: 'least', required: 1, goal: 1 },
    };
    const feet = [100, 100, 100, 0];
    expect(resultOf(share, values(feet, []), () => undefined)).toMatchObject({ ours: 75, met: 'no' });
  });
});

test('numbers are told with three digits', () => {
  expect([0.12345, 12.345, 1234.5, Number.NaN].map(numberText)).toEqual(['0.123', '12.3', '1,235', '–']);
});
