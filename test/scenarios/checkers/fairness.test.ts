// A lock that is granted in the order in which it was asked for: who may not overtake whom, and what cannot be known.

import { describe, expect, it } from 'vitest';
import { fairness } from '../../../scenarios/checkers/locks/fairness.ts';
import { LockStory } from '../../support/lock-story.ts';

const SERVICE = 'resource';

/** lock-client-1 has the lock, lock-client-2 stands in the queue, and lock-client-3 asks later. */
const queue = (by?: string) =>
  new LockStory()
    .invoked(5, '1.1')
    .granted(10, '1.1', 1000)
    .invoked(15, '2.1')
    .queued(20, '2.1', by)
    .invoked(50, '3.1');

const overtaken = (story: LockStory) => story.yielded(100, '1.1').granted(110, '3.1', 1000).yielded(200, '3.1');

describe('fairness', () => {
  it.each([
    ['after the one that had it', overtaken(queue()).granted(210, '2.1', 1200)],
    ['while another has it', queue().granted(60, '3.1', 1000).yielded(100, '1.1').granted(210, '2.1', 1200)],
    ['told by the service', overtaken(queue(SERVICE)).granted(210, '2.1', 1200)],
    [
      'at the second place that the first had taken',
      queue()
        .unqueued(30, '2.1')
        .queued(40, '2.1')
        .yielded(100, '1.1')
        .granted(110, '3.1', 1000)
        .yielded(200, '3.1')
        .granted(210, '2.1', 1200),
    ],
    [
      'whatever came of its place later',
      overtaken(queue(SERVICE)).granted(210, '2.1', 1200).unqueued(1200, '2.1', SERVICE),
    ],
  ])('catches one that asked later and has it first, %s', (_, story) => {
    const finding = fairness(story.history());
    expect(finding).toMatchObject({ judgement: 'violated' });
    expect(finding.reason).toMatch(
      /^lock-client-2\.1\.1 stood in the queue of counter-1 \d+ ms before lock-client-3\.1\.1 began to ask, which had the lock \d+ ms before it\.$/,
    );
    expect(finding.events).toHaveLength(4);
  });

  it.each([
    ['who had it in the order of the queue', queue().yielded(100, '1.1').granted(110, '2.1', 1000).yielded(200, '2.1')],
    [
      'who asked before the other was known to stand there',
      new LockStory()
        .invoked(15, '2.1')
        .invoked(18, '3.1')
        .queued(20, '2.1')
        .granted(110, '3.1', 1000)
        .yielded(200, '3.1')
        .granted(210, '2.1', 1200),
    ],
    ['who overtook one that had lost its place', overtaken(queue()).unqueued(205, '2.1').granted(210, '2.1', 1200)],
    [
      'who overtook one whose grant was over before it heard of it',
      overtaken(queue(SERVICE)).unqueued(105, '2.1', SERVICE).granted(210, '2.1', 1200),
    ],
    [
      'who overtook one that took its place again later',
      overtaken(queue()).unqueued(150, '2.1').queued(160, '2.1').granted(210, '2.1', 1200),
    ],
    ['who overtook one that says late that it had the lock', overtaken(queue()).granted(1210, '2.1', 1100)],
    ['who overtook one that gave up', overtaken(queue()).completed(210, '2.1', 'failed')],
    [
      'who overtook while the service was away, which has lost its queue',
      queue(SERVICE).boots(60, SERVICE).yielded(100, '1.1').granted(110, '3.1', 1000).granted(1200, '2.1', 2000),
    ],
  ])('does not flag one %s', (_, story) => {
    expect(fairness(story.history())).not.toMatchObject({ judgement: 'violated' });
  });

  it('does not mistake another lock for the same', () => {
    const story = new LockStory()
      .needs(5, 2, 1, 2)
      .queued(20, '2.1')
      .needs(30, 3, 2, 1)
      .granted(40, '3.1', 1000)
      .granted(100, '2.1', 1000);
    expect(fairness(story.history())).toMatchObject({
      judgement: 'holds',
      reason: 'None of 1 client that stood in a queue was overtaken by one that asked later.',
    });
  });

  it('has nothing to say where nobody is known to have stood in a queue', () => {
    const story = new LockStory().granted(10, '1.1', 1000).waits(20, '2.1').yielded(30, '1.1').granted(40, '2.1', 900);
    expect(fairness(story.history())).toMatchObject({ judgement: 'not applicable' });
  });
});
