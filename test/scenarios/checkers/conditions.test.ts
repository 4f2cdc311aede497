// Promises that hold only while a quorum or a store is up.

import { describe, expect, test } from 'vitest';
import { nonBlocking } from '../../../scenarios/checkers/non-blocking.ts';
import { progress } from '../../../scenarios/checkers/progress.ts';
import { promisesOf, whilesOf } from '../../../scenarios/checkers/properties.ts';
import { doubtsOf } from '../../../scenarios/checkers/doubts.ts';
import { BLOCKED_MS, group, inStore, plain, SiteStory } from '../../support/site-story.ts';

const SITES = { ...group('coordinator'), ...plain('participant-1'), ...plain('participant-2') };
const PARTICIPANTS = ['participant-1', 'participant-2'];

describe('non-blocking while a quorum is up', () => {
  const voted = (whiles = {}) => new SiteStory({ sites: SITES, whiles }).began('coordinatora').prepared(PARTICIPANTS);
  const ends = (story: SiteStory) =>
    story.decided('abort', ['coordinatorb', 'coordinatorc'], '1 by 2.b').decided('abort', PARTICIPANTS).rests();
  const withoutQuorum = (story: SiteStory) =>
    ends(
      story
        .kill('coordinatora')
        .kill('coordinatorb')
        .wait(3 * BLOCKED_MS)
        .restart('coordinatorb', 2)
        .restart('coordinatora', 1),
    );

  test('holds when somebody was blocked only while there was none', () => {
    const history = withoutQuorum(voted({ 'non-blocking': 'quorum' }));
    expect(nonBlocking(history)).toMatchObject({ judgement: 'holds' });
    expect(doubtsOf(history, BLOCKED_MS).map(({ node, blocked }) => [node, blocked])).toEqual([
      ['participant-1', true],
      ['participant-2', true],
    ]);
  });

  test('is violated by the same when it was promised always', () => {
    expect(nonBlocking(withoutQuorum(voted()))).toMatchObject({ judgement: 'violated' });
  });

  test('is violated when somebody was blocked though a quorum was up', () => {
    const history = ends(
      voted({ 'non-blocking': 'quorum' })
        .kill('coordinatora')
        .wait(3 * BLOCKED_MS)
        .restart('coordinatora', 1),
    );
    expect(nonBlocking(history)).toMatchObject({ judgement: 'violated' });
  });

  test('does not excuse by a site that takes no part', () => {
    const sites = { ...plain('participant-1'), ...group('participant-3') };
    const history = new SiteStory({ sites, whiles: { 'non-blocking': 'quorum' } });
    const events = history
      .began()
      .prepared(['participant-1'])
      .kill('participant-3a')
      .kill('participant-3b')
      .wait(3 * BLOCKED_MS)
      .restart('participant-3a', 1)
      .restart('participant-3b', 2)
      .decided('abort', ['coordinator', 'participant-1'])
      .rests();
    const alone = events.events.map((event) =>
      event.kind === 'told' && event.note.word === 'began'
        ? { ...event, note: { ...event.note, participants: event.note.participants.slice(0, 1) } }
        : event,
    );
    expect(nonBlocking(events)).toMatchObject({ judgement: 'holds' });
    expect(nonBlocking({ ...events, events: alone })).toMatchObject({ judgement: 'violated' });
  });
});

test('non-blocking while a store is up does not count the time in which it is down', () => {
  const sites = { ...plain('participant-1'), ...inStore('participant-2', 'redis-1') };
  const blocked = (whiles: Readonly<Record<string, 'store'>>) =>
    new SiteStory({ sites, whiles })
      .began()
      .prepared(['participant-1'])
      .kill('redis-1')
      .wait(3 * BLOCKED_MS)
      .restart('redis-1', 1)
      .decided('abort', ['coordinator', 'participant-1'])
      .rests();
  expect(nonBlocking(blocked({ 'non-blocking': 'store' }))).toMatchObject({ judgement: 'holds' });
  expect(nonBlocking(blocked({}))).toMatchObject({ judgement: 'violated' });
});

describe('progress while a quorum is up', () => {
  const sites = { ...plain('participant-1'), ...group('participant-2') };
  const probed = (whiles: Readonly<Record<string, 'quorum'>>, ...killed: readonly string[]) => {
    const story = new SiteStory({ sites, whiles });
    for (const node of killed) story.kill(node);
    story
      .phase('healed')
      .phase('probing')
      .asks('probe-1', 'participant-2')
      .wait(5 * BLOCKED_MS);
    return story.lab({ kind: 'ended', why: 'complete' }).rests();
  };

  test('is violated by a key that cannot be used though a minority only is gone for good', () => {
    expect(progress(probed({ progress: 'quorum' }, 'participant-2a'))).toMatchObject({ judgement: 'violated' });
  });

  test('promises nothing of a site that has lost its quorum for good', () => {
    const history = probed({ progress: 'quorum' }, 'participant-2a', 'participant-2b');
    expect(progress(history)).toMatchObject({ judgement: 'not applicable' });
  });

  test('cannot be judged before the last heal when it was promised always', () => {
    expect(progress(probed({}, 'participant-2a'))).toMatchObject({ judgement: 'unknown' });
  });
});

test('a promise with a condition is a promise, and its condition goes with it', () => {
  const own = ['atomicity', { property: 'non-blocking', while: 'quorum' }] as const;
  expect(promisesOf(own, { family: 'commit', workload: 'transfers' })).toEqual(['atomicity', 'non-blocking']);
  expect(whilesOf(own)).toEqual({ whiles: { 'non-blocking': 'quorum' } });
  expect(whilesOf(['atomicity'])).toEqual({});
});
