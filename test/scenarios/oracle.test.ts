// Errors planted into recorded histories of version 1 are caught: each breaks what it is said to break, and all that is found then is as it
// was found. `./txlab exec node test/scenarios/programs/oracle.ts` plants them anew and rewrites the findings beside them; a commit that
// does so says why findings changed.

import { describe, expect, test } from 'vitest';
import {
  BAD,
  type Expectation,
  expectationsIn,
  GOOD,
  judgedAs,
  namesIn,
  recordedText,
  together,
  versionOf,
} from '../support/oracle.ts';
import { baseLines, BASES, PLANTED_ERRORS, plantedText } from '../support/planted-errors.ts';
import { type BaseName, textOf } from '../support/planting.ts';

const bad = expectationsIn(BAD);
const lines = new Map(Object.keys(BASES).map((base) => [base, baseLines(base as BaseName)]));

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
    expect(error && plantedText(error, lines.get(error.base)) === recordedText(BAD, name)).toBe(true);
  });
});

function isFinding(finding: Expectation[string] | undefined, judgement: string): boolean {
  return typeof finding === 'string' && finding.startsWith(`${judgement}: `);
}
