// What the checkers found in the recorded histories of version 1 is what they find today: judgement and reason, and what became of the
// target. The histories in test/recorded/v1 are never rewritten. `./txlab exec node test/scenarios/programs/oracle.ts` rewrites the
// findings beside them; a commit that does so says why findings changed.

import { describe, expect, test } from 'vitest';
import { expectationsIn, GOOD, judgedAs, namesIn, recordedText, together, versionOf } from '../support/oracle.ts';

const good = expectationsIn(GOOD);

describe('in recorded histories', () => {
  test('each of the 106 scenarios has one, and each has its findings', () => {
    expect(namesIn(GOOD)).toHaveLength(106);
    expect(Object.keys(good)).toEqual(namesIn(GOOD));
  });

  test.each(together(namesIn(GOOD), Object.keys(good)))('of version 1 everything is found as it was: %s', (name) => {
    const text = recordedText(GOOD, name);
    expect(versionOf(text)).toBe(1);
    expect(judgedAs(GOOD, text)).toEqual(good[name]);
  });
});
