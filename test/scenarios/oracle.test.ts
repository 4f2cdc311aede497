// What the checkers found in the recorded histories of version 1 is what they find today: judgement and reason, and what became of the
// target. The histories in test/recorded/v1 are never rewritten. `./txlab exec node test/scenarios/programs/oracle.ts` rewrites the
// findings beside them, and plants the errors of test/recorded/v1/bad anew; a commit that does so says why findings changed.

import { describe, expect, test } from 'vitest';
import { BAD, type Expectation, expectationsIn, GOOD, judgedAs, namesIn, recordedText } from '../support/oracle.ts';
import { baseLines, BASES, PLANTED_ERRORS, plantedText } from '../support/planted-errors.ts';
import { type BaseName, textOf } from '../support/planting.ts';

const good = expectationsIn(GOOD);
const bad = expectationsIn(BAD);

/** Of either side, so that what is missing on one of them fails by its name. */
const together = (...lists: readonly (readonly string[])[]) => [...new Set(lists.flat())].toSorted();

const versionOf = (text: string) => (JSON.parse(text.slice(0, text.indexOf('\n'))) as { version: unknown }).version;

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

describe('in histories with a planted error', () => {
  const names = together(namesIn(BAD), Object.keys(bad), Object.keys(PLANTED_ERRORS));

  test.each(Object.keys(BASES) as BaseName[])('nothing is found before it is planted: %s', (base) => {
    const findings = Object.entries(judgedAs(GOOD, textOf(baseLines(base)))).filter(([name]) => name !== 'target');
    expect(findings.filter(([, finding]) => !isFinding(finding, 'holds'))).toEqual([]);
  });

  test('each is stored, with its findings', () => {
    expect(namesIn(BAD)).toEqual(names);
    expect(Object.keys(bad)).toEqual(names);
    expect(Object.keys(PLANTED_ERRORS).toSorted()).toEqual(names);
  });

  test.each(names)('of version 1 it is caught: %s', (name) => {
    const error = PLANTED_ERRORS[name];
    const text = recordedText(BAD, name);
    expect(versionOf(text)).toBe(1);
    const found = judgedAs(BAD, text);
    expect(found).toEqual(bad[name]);
    const { breaks = {}, verdict } = error ?? {};
    expect(Object.keys(breaks).length > 0 || verdict !== undefined).toBe(true);
    for (const [property, judgement] of Object.entries(breaks))
      expect(found[property], property).toSatisfy((finding: Expectation[string]) =>
        isFinding(finding, judgement ?? ''),
      );
    if (verdict !== undefined)
      expect(found['verdict']).toSatisfy((said: Expectation[string]) => isFinding(said, verdict));
  });

  test.each(names)('the stored text is what the planting makes of a good one: %s', (name) => {
    const error = PLANTED_ERRORS[name];
    expect(error === undefined ? undefined : plantedText(error) === recordedText(BAD, name)).toBe(true);
  });
});

function isFinding(finding: Expectation[string] | undefined, judgement: string): boolean {
  return typeof finding === 'string' && finding.startsWith(`${judgement}: `);
}
