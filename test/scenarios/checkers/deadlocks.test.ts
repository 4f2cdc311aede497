// Circles of clients that wait for each other: which of them are deadlocks, and what must not be taken for one.

import { describe, expect, it } from 'vitest';
import { deadlockFreedom } from '../../../scenarios/checkers/locks/deadlocks.ts';
import { LockStory } from '../../support/lock-story.ts';

const LONG = 60_000;

/** Each has its first lock, and waits for its second from 20 ms on. */
const circle = (until = LONG) =>
  new LockStory()
    .needs(1, 1, 1, 2)
    .needs(1, 2, 2, 1)
    .granted(10, '1.1', until)
    .granted(10, '2.1', LONG)
    .waits(20, '1.2')
    .waits(20, '2.2');

const ofThree = () =>
  new LockStory()
    .needs(1, 1, 1, 2)
    .needs(1, 2, 2, 3)
    .needs(1, 3, 3, 1)
    .granted(10, '1.1', LONG)
    .granted(10, '2.1', LONG)
    .granted(10, '3.1', LONG)
    .waits(20, '2.2')
    .waits(30, '1.2')
    .waits(40, '3.2')
    .yielded(900, '3.1', 'other');

const TWO =
  'lock-client-1 holds counter-1 and waits for counter-2, which lock-client-2 holds, who waits for counter-1: that stood for';

describe('deadlock-freedom', () => {
  it.each([
    [
      'a lease that ends it',
      circle(980).yielded(981, '1.1', 'deadline'),
      `${TWO} 960 ms, until the lease of lock-client-1 on counter-1 was over.`,
    ],
    [
      'a lease that was extended meanwhile',
      circle(400).extended(300, '1.1', 1300),
      `${TWO} 1280 ms, until the lease of lock-client-1 on counter-1 was over.`,
    ],
    [
      'a client that gives up',
      circle().yielded(1020, '2.1', 'other').ends(1030, 2, 'failed').granted(1030, '1.2', LONG),
      `${TWO} 1000 ms, until lock-client-2 gave up.`,
    ],
    ['a client that dies', circle().kills(1021, 'lock-client-1'), `${TWO} 1000 ms, until lock-client-1 died.`],
    [
      'a lock that was lost',
      circle().yielded(1020, '1.1', 'lost'),
      `${TWO} 1000 ms, until lock-client-1 had lost counter-1.`,
    ],
    [
      'a lock that is granted all the same',
      circle().granted(1020, '2.2', LONG),
      `${TWO} 1000 ms, until lock-client-2 was granted counter-1 all the same.`,
    ],
    ['nothing', circle(), 'until the run ended.'],
    [
      'one of three',
      ofThree(),
      'lock-client-2 holds counter-2 and waits for counter-3, which lock-client-3 holds, who waits for counter-1, which lock-client-1 holds, who waits for counter-2: that stood for 860 ms, until lock-client-3 gave up.',
    ],
  ])('catches a circle, and names what ended it: %s', (_, story, text) => {
    const finding = deadlockFreedom(story.ends(1400, 3, 'failed').history());
    expect(finding).toMatchObject({ judgement: 'violated' });
    expect(finding.reason).toContain(text);
    expect(finding.events.length).toBeGreaterThan(3);
  });

  it.each([
    ['a circle that does not stand for the bound', circle().yielded(500, '1.1', 'other').ends(501, 1, 'failed')],
    [
      'one that waits for the other, who waits for nobody',
      new LockStory()
        .needs(1, 1, 1, 2)
        .needs(1, 2, 2, 1)
        .granted(10, '1.1', LONG)
        .granted(10, '2.1', LONG)
        .waits(20, '1.2'),
    ],
    [
      'two that wait and keep nothing',
      new LockStory().needs(1, 1, 1, 2).needs(1, 2, 2, 1).waits(10, '1.1').waits(10, '2.1'),
    ],
    [
      'two that wait one after the other',
      circle()
        .yielded(100, '1.1', 'other')
        .ends(110, 1, 'failed')
        .granted(120, '2.2', LONG)
        .yielded(5000, '2.2')
        .yielded(5000, '2.1'),
    ],
    [
      'a chain without an end that closes it',
      new LockStory()
        .needs(1, 1, 1, 2)
        .needs(1, 2, 2, 3)
        .needs(1, 3, 3, 4)
        .granted(10, '1.1', LONG)
        .granted(10, '2.1', LONG)
        .granted(10, '3.1', LONG)
        .waits(20, '1.2')
        .waits(20, '2.2'),
    ],
    ['a holder that waits when the lease of its own lock is over', circle(21)],
  ])('does not flag %s', (_, story) => {
    expect(deadlockFreedom(story.ends(6000, 3, 'failed').history())).toMatchObject({ judgement: 'holds' });
  });

  it('says how many circles stood for less than the bound', () => {
    const { reason } = deadlockFreedom(circle().yielded(500, '1.1', 'other').history());
    expect(reason).toContain('for longer than 500 ms. (1 circle stood for less.)');
  });

  it('has nothing to say where each operation needs one lock', () => {
    const story = new LockStory().invoked(1, '1.1').granted(10, '1.1', 1000);
    expect(deadlockFreedom(story.history())).toMatchObject({ judgement: 'not applicable' });
  });
});
