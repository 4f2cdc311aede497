// Whatever is missing in a history, and whatever plan stands beside it: there is a page, and all its places are numbers.

import fc from 'fast-check';
import { expect, test } from 'vitest';
import { pageText } from '../../../cli/page/html.ts';
import { LOCKS, recordedRun } from '../../support/reported.ts';
import type { History } from '../../../scenarios/findings.ts';

const RUNS = [
  recordedRun('coordinator-crash-before-decision'),
  recordedRun('3pc-quorum-without-a-majority'),
  recordedRun('redlock-pause-past-ttl', LOCKS),
];

const parts = fc.record({
  run: fc.nat(RUNS.length - 1),
  beside: fc.nat(RUNS.length - 1),
  from: fc.double({ min: 0, max: 1, noNaN: true }),
  length: fc.double({ min: 0, max: 1, noNaN: true }),
  every: fc.integer({ min: 1, max: 9 }),
  isLab: fc.boolean(),
});

test('there is a page for a part of any history, with the verdict and the plan of any run', () => {
  fc.assert(
    fc.property(parts, ({ run, beside, from, length, every, isLab }) => {
      const [whole, other] = [RUNS[run], RUNS[beside]];
      if (!whole || !other) return;
      const { events } = whole.history;
      const start = 1 + Math.floor(from * events.length);
      const kept = events
        .slice(start, start + Math.ceil(length * events.length))
        .filter((_, index) => index % every === 0);
      const left = isLab ? kept : kept.filter((event) => 'seq' in event);
      const history: History = { ...whole.history, events: [whole.history.run, ...left] };
      const page = pageText({ ...other, history });
      const drawings = page.match(/<svg.*?<\/svg>/gs) ?? [];
      expect(drawings.length).toBeGreaterThan(3);
      for (const drawing of drawings) expect(drawing).not.toMatch(/NaN|Infinity|undefined/);
    }),
    { numRuns: 60 },
  );
});
