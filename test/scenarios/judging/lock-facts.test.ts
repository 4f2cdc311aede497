// The numbers and the one word that a comparison takes from a run of a lock.

import { expect, test } from 'vitest';
import { lockFactsOf } from '../../../scenarios/judging/lock-facts.ts';
import { LockStory } from '../../support/lock-story.ts';

const pair = () =>
  new LockStory()
    .invoked(0, '1.1')
    .granted(10, '1.1', 1000)
    .invoked(20, '2.1')
    .yielded(50, '1.1')
    .completed(52, '1.1', 'ok')
    .granted(80, '2.1', 1080)
    .yielded(90, '2.1')
    .completed(92, '2.1', 'ok');

test('who waited for how long, and for how long nobody had it, are read from grants', () => {
  const facts = lockFactsOf(pair().journal('r 1.1', 'w 1.1', 'r 2.1', 'w 2.1').history());
  expect(facts).toMatchObject({ outcome: 'exclusive', grants: 2, fairness: 1, p50Ms: 60, doneMs: 62 });
  // From the beginning to the first grant 10 ms, and from one holder to the next 30.
  expect(facts?.unheldMs).toBe(30);
});

test('a lock that one of two clients had alone is shared unevenly', () => {
  const alone = new LockStory()
    .invoked(0, '1.1')
    .completed(5, '1.1', 'ok')
    .invoked(6, '2.1')
    .completed(9, '2.1', 'failed');
  expect(lockFactsOf(alone.history())?.fairness).toBe(1);
  const twice = alone.invoked(10, '2.2').completed(12, '2.2', 'ok').invoked(13, '2.3').completed(14, '2.3', 'ok');
  expect(lockFactsOf(twice.history())?.fairness).toBeCloseTo(0.9, 5);
});

test.each([
  ['stale', pair().journal('r 1.1', 'r 2.1', 'w 2.1', 'w 1.1')],
  ['overlap', new LockStory().granted(10, '1.1', 1000).granted(500, '2.1', 1500).journal('r 1.1', 'w 1.1')],
  ['exclusive', pair().journal('r 1.1', 'w 1.1', 'r 2.1', 'w 2.1')],
] as const)('the outcome is %s where the resource and the holders say so', (outcome, story) => {
  expect(lockFactsOf(story.history())?.outcome).toBe(outcome);
});
