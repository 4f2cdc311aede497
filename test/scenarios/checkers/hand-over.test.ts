// A lock that is free while somebody waits: for how long that may be, and what is no such time.

import { describe, expect, it } from 'vitest';
import { handOver } from '../../../scenarios/checkers/locks/hand-over.ts';
import { LockStory } from '../../support/lock-story.ts';

/** A lease is 1000 ms, so that the bound is 2000. */
const one = () => new LockStory().invoked(5, '1.1').granted(10, '1.1', 1000).invoked(15, '2.1').waits(20, '2.1');

describe('hand-over', () => {
  it.each([
    ['given back', one().yielded(100, '1.1').granted(2500, '2.1', 3500), '2400 ms while lock-client-2 waited'],
    ['over by its time', one().granted(3500, '2.1', 4500), '2500 ms while lock-client-2 waited'],
    [
      'wanted by one after the other, and had by none',
      one()
        .yielded(100, '1.1')
        .invoked(1000, '3.1')
        .waits(1010, '3.1')
        .completed(1500, '2.1', 'failed')
        .completed(2600, '3.1', 'failed'),
      '2500 ms while lock-client-2 and lock-client-3 waited',
    ],
    [
      'free for long after a fault',
      one()
        .suffers(100, 'pause', 'lock-client-3')
        .yielded(200, '1.1')
        .suffers(900, 'resume', 'lock-client-3')
        .granted(3000, '2.1', 4000),
      '2100 ms while lock-client-2 waited',
    ],
  ])('catches a lock that is %s and handed over too late', (_, story, text) => {
    const finding = handOver(story.history());
    expect(finding).toMatchObject({ judgement: 'violated' });
    expect(finding.reason).toContain(`counter-1 was free for ${text} for it (bound 2000 ms).`);
    expect(finding.events).toHaveLength(1);
  });

  it.each([
    ['within the bound', one().yielded(100, '1.1').granted(2050, '2.1', 3000)],
    ['when nobody waited for long', one().yielded(100, '1.1').completed(1000, '2.1', 'failed')],
    ['when it is held for long', one().extended(500, '1.1', 8000).yielded(7000, '1.1').granted(7010, '2.1', 8000)],
    [
      'while who waits stands still',
      one()
        .suffers(90, 'pause', 'lock-client-2')
        .yielded(100, '1.1')
        .suffers(5000, 'resume', 'lock-client-2')
        .granted(5010, '2.1', 6000),
    ],
    [
      'while a fault lasts',
      one()
        .suffers(90, 'pause', 'lock-client-3')
        .yielded(100, '1.1')
        .suffers(5000, 'resume', 'lock-client-3')
        .granted(6900, '2.1', 8000),
    ],
    [
      'while its holder is dead and its lease lasts',
      one().extended(500, '1.1', 3000).kills(600, 'lock-client-1').granted(3100, '2.1', 4000),
    ],
  ])('does not flag one that is handed over %s', (_, story) => {
    expect(handOver(story.history())).toMatchObject({ judgement: 'holds' });
  });

  it('says how long it took at the longest', () => {
    expect(handOver(one().yielded(100, '1.1').granted(350, '2.1', 1000).history()).reason).toBe(
      'No lock was free for longer than 2000 ms while somebody waited for it, 250 ms at the longest, in 1 wait.',
    );
  });

  it('has nothing to say where nobody waited', () => {
    expect(handOver(new LockStory().granted(10, '1.1', 1000).history())).toMatchObject({ judgement: 'not applicable' });
  });
});
