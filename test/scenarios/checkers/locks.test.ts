// What the checkers of locks catch, and what they must not flag. A holder that was frozen believes; a process that died does not; a service
// that gives a lock away when its time is over has done nothing wrong.

import { describe, expect, it } from 'vitest';
import { counting } from '../../../scenarios/checkers/counter/counting.ts';
import {
  exclusionByService,
  exclusionInBelief,
  exclusionInEffect,
} from '../../../scenarios/checkers/locks/exclusion.ts';
import { fencing } from '../../../scenarios/checkers/locks/fencing.ts';
import { LockStory } from '../../support/lock-story.ts';

const one = () => new LockStory().granted(10, '1.1', 1000);
const inTurn = () => one().yielded(50, '1.1').granted(60, '2.1', 1060).yielded(90, '2.1');

describe('exclusion-service', () => {
  it.each([
    [
      'a grant while another stands',
      one().granted(500, '2.1', 1500),
      'although it had been granted to lock-client-1.1.1 for 500 ms more',
    ],
    [
      'a grant while one stands that was extended',
      one().extended(300, '1.1', 1300).granted(1100, '2.1', 2100),
      'for 200 ms more',
    ],
    [
      'a grant while one stands whose holder has died',
      one().kills(100, 'lock-client-1').granted(500, '2.1', 1500),
      'for 500 ms more',
    ],
  ])('catches %s', (_, story, text) => {
    const finding = exclusionByService(story.history());
    expect(finding).toMatchObject({ judgement: 'violated' });
    expect(finding.reason).toContain(text);
    expect(finding.events.length).toBeGreaterThan(1);
  });

  it.each([
    ['one after the other', inTurn()],
    [
      'a grant when the time of another is over, who still believes',
      one().granted(1100, '2.1', 2100).yielded(4000, '1.1'),
    ],
    ['a grant right after the other began to give it back', one().yielded(499, '1.1').granted(500, '2.1', 1500)],
    ['overlap within the grain of a timer', one().granted(999.5, '2.1', 2000)],
  ])('does not flag %s', (_, story) => {
    expect(exclusionByService(story.history())).toMatchObject({ judgement: 'holds' });
  });

  it('has nothing to say where nobody had a lock', () => {
    expect(exclusionByService(new LockStory().invoked(10, '1.1').history())).toMatchObject({
      judgement: 'not applicable',
    });
  });
});

describe('exclusion-belief', () => {
  it('catches a holder that goes on when its time is over and another has the lock', () => {
    const { judgement, reason } = exclusionInBelief(
      one()
        .granted(1100, '2.1', 2100)
        .yielded(1200, '2.1')
        .writes(2999, '1.1')
        .yielded(3000, '1.1', 'deadline')
        .history(),
    );
    expect(judgement).toBe('violated');
    expect(reason).toContain('both believed for 100 ms that they held counter-1');
  });

  it.each([
    ['until a later time', 1200],
    ['until it is told otherwise', null],
  ])('catches a holder that takes the lock for its own %s', (_, believed) => {
    const story = new LockStory()
      .granted(10, '1.1', 1000, { believed })
      .granted(1100, '2.1', 2100)
      .yielded(1150, '2.1');
    const { judgement, reason } = exclusionInBelief(story.yielded(1300, '1.1').history());
    expect(judgement).toBe('violated');
    expect(reason).toContain('both believed for 50 ms that they held counter-1');
  });

  it('catches a holder whose service has given the lock away before its time was over', () => {
    expect(exclusionInBelief(one().granted(500, '2.1', 1500).yielded(600, '2.1').history())).toMatchObject({
      judgement: 'violated',
    });
  });

  it.each([
    ['one after the other', inTurn()],
    [
      'a holder that was told of a lock which was over',
      new LockStory().granted(1100, '1.1', 1000, { believed: 900 }).granted(1110, '2.1', 2110),
    ],
    ['a holder that has stopped at its own deadline', one().yielded(980, '1.1', 'deadline').granted(1010, '2.1', 2010)],
    [
      'a holder that was stopped, and does nothing when its time is over',
      one().granted(1100, '2.1', 2100).yielded(1200, '2.1').yielded(3000, '1.1', 'deadline'),
    ],
    [
      'a holder whose write, which left in time, is answered when its time is over',
      one().writes(990, '1.1').granted(1100, '2.1', 2100).isAnswered(1150, '1.1').yielded(1160, '1.1', 'deadline'),
    ],
    ['a holder that has died', one().kills(100, 'lock-client-1').granted(1100, '2.1', 2100)],
  ])('does not flag %s', (_, story) => {
    expect(exclusionInBelief(story.history())).toMatchObject({ judgement: 'holds' });
  });
});

describe('exclusion-effect', () => {
  it('catches a write between what another has read and written', () => {
    const finding = exclusionInEffect(one().journal('r 1.1', 'r 2.1', 'w 2.1', 'w 1.1').history());
    expect(finding).toMatchObject({ judgement: 'violated' });
    expect(finding.reason).toContain(
      'lock-client-1.1.1 read counter-1, lock-client-2.1.1 wrote 1, and lock-client-1.1.1 wrote 1 over it',
    );
  });

  it.each([
    ['whole holds one after the other', ['r 1.1', 'w 1.1', 'r 2.1', 'w 2.1']],
    ['somebody who has read and never wrote', ['r 1.1', 'r 2.1', 'w 2.1', 'r 1.2', 'w 1.2']],
    ['somebody who only read in between', ['r 1.1', 'r 2.1', 'w 1.1']],
  ])('does not flag %s', (_, journal) => {
    expect(
      exclusionInEffect(
        one()
          .journal(...journal)
          .history(),
      ),
    ).toMatchObject({ judgement: 'holds' });
  });

  it('has nothing to say where nobody wrote', () => {
    expect(exclusionInEffect(one().journal('r 1.1').history())).toMatchObject({ judgement: 'not applicable' });
  });
});

describe('fencing', () => {
  it('catches an access with a smaller token after a greater one', () => {
    const finding = fencing(one().journal('r 1.1 7', 'r 2.1 8', 'w 1.1 7').history());
    expect(finding).toMatchObject({ judgement: 'violated' });
    expect(finding.reason).toContain('took a write of lock-client-1.1.1 with token 7 after one with 8');
  });

  it('does not flag tokens that grow, or are shown more than once', () => {
    expect(fencing(one().journal('r 1.1 7', 'w 1.1 7', 'r 2.1 9', 'w 2.1 9').history())).toMatchObject({
      judgement: 'holds',
    });
  });

  it('has nothing to say where nobody has a token', () => {
    expect(fencing(one().journal('r 1.1', 'w 1.1').history())).toMatchObject({ judgement: 'not applicable' });
  });
});

describe('counting', () => {
  it('catches an increment that was written over', () => {
    expect(counting(one().journal('r 1.1', 'r 2.1', 'w 2.1', 'w 1.1').history())).toMatchObject({
      judgement: 'violated',
      reason: 'counter-1 was written 2 times and says 1: 1 increment lost.',
    });
  });

  it('catches a client that was told of a write which is not there', () => {
    const story = one().invoked(5, '1.1').journal('r 1.1').completed(60, '1.1', 'ok');
    expect(counting(story.history()).reason).toContain('was told that it has written');
  });

  it('catches a client that was told of two writes, of which one is not there', () => {
    const story = new LockStory().needs(5, 1, 1, 2).journal('r 1.1', 'w 1.1').ends(60, 1, 'ok');
    expect(counting(story.history()).reason).toContain('has written counter-2, which knows nothing of it');
  });

  it('does not flag writes that all count, one of an unknown end among them', () => {
    const story = one().invoked(5, '1.1').journal('r 1.1', 'w 1.1', 'r 2.1', 'w 2.1').completed(60, '1.1', 'unknown');
    expect(counting(story.history())).toMatchObject({ judgement: 'holds' });
  });
});
