// In every recorded run, whom its lines call blocked its verdict calls blocked, and the other way round.

import { describe, expect, test } from 'vitest';
import { parseHistory } from '../../../scenarios/history/history.ts';
import { blockedIn, compared } from '../../support/blocked.ts';
import { BAD, GOOD, namesIn, recordedText } from '../../support/oracle.ts';

const RECORDED = [
  ...namesIn(GOOD).map((name) => [name, GOOD] as const),
  ...namesIn(BAD).map((name) => [name, BAD] as const),
];

describe('in a recorded run', () => {
  test.each(RECORDED)(
    'whom the lines call blocked the verdict calls blocked, and the other way round: %s',
    (name, folder) => {
      const { live, judged, plainly } = compared(parseHistory(recordedText(folder, name)));
      expect(judged).toEqual(expect.arrayContaining([...live]));
      expect(live).toEqual(expect.arrayContaining(plainly));
    },
  );

  test('somebody is called blocked in some of them, and nobody in others', () => {
    const told = RECORDED.slice(0, 40).map(([name]) => blockedIn(parseHistory(recordedText(GOOD, name))).length > 0);
    expect(new Set(told)).toEqual(new Set([true, false]));
  });
});
