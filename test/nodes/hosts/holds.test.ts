// Which transaction each of several holds stops at.

import { describe, expect, test } from 'vitest';
import { createHolds } from '../../../nodes/hosts/holds.ts';
import type { Gap, ReachedGap } from '../../../nodes/contract/step.ts';

const AFTER: Gap = { when: 'after', verb: 'force', word: 'commit' };
const COMMIT: ReachedGap = { when: 'after', verb: 'force', word: 'commit' };

/** Holds of one step, by the transaction that each waits for. */
function holdsOf(waits: Readonly<Record<string, number>>, seen = 0) {
  const counts: string[] = [];
  const holds = createHolds((hold, count) => void counts.push(`${hold} ${count}`));
  for (const [hold, nth] of Object.entries(waits)) holds.arm({ hold, gap: AFTER, nth, seen });
  const reach = (n: number) => holds.reach(COMMIT, `c.1.${n}`).map(({ hold, count }) => `${hold} at ${count}`);
  return { counts, holds, reach };
}

describe('holds', () => {
  test('two that wait for the same transaction are complete at the same moment', () => {
    const { holds, reach } = holdsOf({ one: 3, two: 3 });
    expect([1, 2, 3, 4].map(reach)).toEqual([[], [], ['one at 3', 'two at 3'], []]);
    expect(holds.any).toBe(false);
  });

  test('one that waits longer counts the transaction at which another is complete', () => {
    const { counts, reach } = holdsOf({ one: 3, two: 5 });
    expect([1, 2, 3, 4, 5].map(reach)).toEqual([[], [], ['one at 3'], [], ['two at 5']]);
    expect(counts).toContain('two 3');
  });

  test('one that is armed with the count of an earlier life goes on from there', () => {
    const { reach } = holdsOf({ two: 5 }, 3);
    expect([4, 5].map(reach)).toEqual([[], ['two at 5']]);
  });

  test('one for a transaction counts no other', () => {
    const { holds, reach } = holdsOf({});
    holds.arm({ hold: 'same', gap: AFTER, nth: 1, seen: 0, about: 'c.1.2' });
    expect([1, 2].map(reach)).toEqual([[], ['same at 1']]);
  });

  test('a transaction that comes by twice counts once', () => {
    const { reach } = holdsOf({ one: 2 });
    expect([1, 1, 2].map(reach)).toEqual([[], [], ['one at 2']]);
  });
});

describe('a watched step', () => {
  const watch = { hold: 'same', gap: AFTER, nth: 1, seen: 0, watch: true } as const;
  const armFor = (n: number) => ({ hold: 'same', gap: AFTER, nth: 1, seen: 0, about: `c.1.${n}` });

  test('holds and counts nobody', () => {
    const { counts, holds, reach } = holdsOf({});
    expect(holds.arm(watch)).toBe(false);
    expect([1, 2].map(reach)).toEqual([[], []]);
    expect(counts).toEqual([]);
  });

  test('tells whether the transaction that it is armed for has passed', () => {
    const { holds, reach } = holdsOf({});
    holds.arm(watch);
    reach(1);
    expect(holds.arm(armFor(1))).toBe(true);
    expect(holds.arm(armFor(1))).toBe(false);
    holds.arm(watch);
    expect(holds.arm(armFor(2))).toBe(false);
    expect(reach(2)).toEqual(['same at 1']);
  });

  test('holds one that has passed and comes again', () => {
    const { holds, reach } = holdsOf({});
    holds.arm(watch);
    reach(1);
    holds.arm(armFor(1));
    expect(reach(1)).toEqual(['same at 1']);
  });

  test('remembers the last few thousand, however many pass', () => {
    const { holds, reach } = holdsOf({});
    holds.arm(watch);
    for (let n = 1; n <= 5000; n++) reach(n);
    expect(holds.arm(armFor(5000))).toBe(true);
    holds.arm(watch);
    for (let n = 1; n <= 5000; n++) reach(n);
    expect(holds.arm(armFor(1))).toBe(false);
  });
});
