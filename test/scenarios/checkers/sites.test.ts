// Promises and decisions are those of sites: of a quorum of replicas, or of a store that has answered.

import { describe, expect, test } from 'vitest';
import { nodeId } from '../../../nodes/contract/ids.ts';
import { atomicity } from '../../../scenarios/checkers/atomicity.ts';
import { doubtsOf } from '../../../scenarios/checkers/doubts.ts';
import { factsOf } from '../../../scenarios/checkers/gather.ts';
import { nonBlocking } from '../../../scenarios/checkers/non-blocking.ts';
import { durability } from '../../../scenarios/checkers/durability.ts';
import { termination } from '../../../scenarios/checkers/termination.ts';
import { validity } from '../../../scenarios/checkers/validity.ts';
import { BLOCKED_MS, group, inStore, plain, SiteStory, TX } from '../../support/site-story.ts';
import type { TxId } from '../../../nodes/contract/ids.ts';

const PARTICIPANTS = ['participant-1', 'participant-2'];
const SITES = { ...group('coordinator'), ...plain('participant-1'), ...plain('participant-2') };
const SECOND = { ...plain('participant-1'), ...group('participant-2') };

const voted = () => new SiteStory({ sites: SITES }).began('coordinatora').prepared(PARTICIPANTS);

describe('a decision of a site of three nodes', () => {
  test('is not what a leader forced alone: the next one may abort', () => {
    const history = voted()
      .decided('commit', ['coordinatora'], '1 by 1.a')
      .kill('coordinatora')
      .decided('abort', ['coordinatorb', 'coordinatorc'], '1 by 2.b')
      .decided('abort', PARTICIPANTS)
      .restart('coordinatora', 1)
      .rests();
    expect(atomicity(history)).toMatchObject({ judgement: 'holds' });
    expect(validity(history)).not.toMatchObject({ judgement: 'violated' });
    expect(durability(history)).not.toMatchObject({ judgement: 'violated' });
  });

  test('is what two of them held: the site cannot abort afterwards', () => {
    const history = voted()
      .decided('commit', ['coordinatora', 'coordinatorb'], '1 by 1.a')
      .kill('coordinatora')
      .decided('abort', ['coordinatorb', 'coordinatorc'], '2 by 2.b')
      .decided('abort', PARTICIPANTS)
      .rests();
    expect(atomicity(history)).toMatchObject({
      judgement: 'violated',
      reason: expect.stringContaining('the log of coordinator went back on its word') as string,
    });
  });

  test('contradicts another site that decided otherwise', () => {
    const history = voted()
      .decided('commit', ['coordinatora', 'coordinatorb'], '1 by 1.a')
      .decided('abort', PARTICIPANTS)
      .rests();
    expect(atomicity(history)).toMatchObject({
      judgement: 'violated',
      reason: expect.stringContaining('the log of coordinator says commit') as string,
    });
  });

  test('is as old as the record that made the quorum', () => {
    const history = voted().decided('commit', ['coordinatora']).wait(50).decided('commit', ['coordinatorc']).rests();
    const { at } = history.events.find((event) => event.kind === 'durable' && event.node === 'coordinatorc') ?? {};
    expect(factsOf(history).txs.get(TX)?.decisions).toMatchObject([{ site: 'coordinator', node: 'coordinatorc', at }]);
  });

  test('is not there while one ballot has one node and another ballot another', () => {
    const history = voted()
      .decided('commit', ['coordinatora'], '1 by 1.a')
      .decided('commit', ['coordinatorc'], '1 by 3.c')
      .decided('abort', ['coordinatora', 'coordinatorb'], '1 by 4.b')
      .decided('abort', PARTICIPANTS)
      .rests();
    expect(atomicity(history)).toMatchObject({ judgement: 'holds' });
  });

  test('is known from a log on disk whose trace line the kill cut off', () => {
    const history = voted()
      .decided('commit', ['coordinatora', 'coordinatorb'], '1 by 1.a')
      .decided('commit', PARTICIPANTS)
      .rests();
    const cut = history.events.filter((event) => !(event.kind === 'durable' && event.node === 'coordinatorb'));
    expect(factsOf({ ...history, events: cut }).txs.get(TX)?.decisions).toContainEqual(
      expect.objectContaining({ site: 'coordinator', node: 'coordinatorb' }),
    );
  });
});

describe('a promise of a site of three nodes', () => {
  test('that one of them holds is no yes vote', () => {
    const history = new SiteStory({ sites: SECOND })
      .began()
      .prepared(['participant-1'])
      .prepared(['participant-2a'], '1 by 1.a')
      .decided('commit', ['coordinator'])
      .rests();
    expect(atomicity(history)).toMatchObject({
      judgement: 'violated',
      reason: `coordinator committed ${TX} without a durable yes vote of participant-2.`,
    });
  });

  test('is too late when a quorum holds it after the commit', () => {
    const history = new SiteStory({ sites: SECOND })
      .began()
      .prepared(['participant-1'])
      .prepared(['participant-2a'], '1 by 1.a')
      .decided('commit', ['coordinator'])
      .prepared(['participant-2b'], '1 by 1.a')
      .rests();
    expect(atomicity(history)).toMatchObject({
      judgement: 'violated',
      reason: expect.stringContaining('before the yes vote of participant-2 was durable') as string,
    });
  });

  test('opens one doubt of the site, which its decision ends', () => {
    const history = new SiteStory({ sites: SECOND })
      .began()
      .prepared(['participant-1'])
      .prepared(['participant-2a', 'participant-2b', 'participant-2c'], '1 by 1.a')
      .decided('commit', ['coordinator', 'participant-1'])
      .decided('commit', ['participant-2a'], '2 by 1.a')
      .wait(2 * BLOCKED_MS)
      .decided('commit', ['participant-2c'], '2 by 1.a')
      .rests();
    expect(doubtsOf(history, BLOCKED_MS)).toMatchObject([
      { node: 'participant-2', blocked: true, couldHaveTold: ['coordinator', 'participant-1'] },
    ]);
    expect(nonBlocking(history)).toMatchObject({ judgement: 'violated' });
  });

  test('keeps its locks when the next one leads', () => {
    const other = 'coordinator.1.2' as TxId;
    const history = new SiteStory({ sites: SECOND })
      .began()
      .prepared(['participant-2a', 'participant-2b'], '1 by 1.a')
      .decided('abort', ['participant-2a'], '2 by 1.a')
      .kill('participant-2a')
      .began('coordinator', other, 'client.2')
      .prepared(['participant-2b', 'participant-2c'], '2 by 2.b', other)
      .rests();
    expect(durability(history)).toMatchObject({
      judgement: 'violated',
      reason: expect.stringContaining('participant-2 promised a01 to coordinator.1.2 while coordinator.1.1') as string,
    });
  });
});

describe('a site of three nodes', () => {
  const doubtful = () =>
    new SiteStory({ sites: SECOND })
      .began()
      .prepared(['participant-2a', 'participant-2b', 'participant-2c'], '1 by 1.a');
  const ends = (story: SiteStory) =>
    story.decided('abort', ['coordinator']).decided('abort', ['participant-2b', 'participant-2c'], '2 by 2.b').rests();

  test('that has lost one of them waits on: it is alive', () => {
    const history = ends(
      doubtful()
        .kill('participant-2a')
        .wait(2 * BLOCKED_MS)
        .restart('participant-2a', 1),
    );
    expect(doubtsOf(history, BLOCKED_MS)).toMatchObject([{ node: 'participant-2', blocked: true }]);
  });

  test('that has lost two of them waits for nobody', () => {
    const history = ends(
      doubtful()
        .kill('participant-2a')
        .kill('participant-2b')
        .wait(2 * BLOCKED_MS)
        .restart('participant-2b', 2)
        .restart('participant-2a', 1),
    );
    expect(doubtsOf(history, BLOCKED_MS).filter(({ blocked }) => blocked)).toEqual([]);
  });

  test('knows an abort that its leader keeps in memory until that leader is gone', () => {
    const known = doubtful()
      .appended('abort', 'participant-2a')
      .wait(2 * BLOCKED_MS);
    expect(doubtsOf(known.rests(), BLOCKED_MS)).toEqual([]);
    const gone = doubtful()
      .appended('abort', 'participant-2a')
      .kill('participant-2a')
      .wait(2 * BLOCKED_MS);
    expect(doubtsOf(gone.rests(), BLOCKED_MS)).toMatchObject([{ node: 'participant-2', blocked: true, to: null }]);
  });

  test('refuses with right for a lock that one of its nodes has met, and for no other', () => {
    const other = 'coordinator.1.2' as TxId;
    const refuses = (story: SiteStory) =>
      story
        .trace('participant-2b', {
          kind: 'told',
          note: { word: 'refused', about: other, reason: 'locked', key: 'a01', holder: TX },
        })
        .rests();
    expect(validity(refuses(doubtful()))).not.toMatchObject({ judgement: 'violated' });
    expect(validity(refuses(new SiteStory({ sites: SECOND })))).toMatchObject({
      judgement: 'violated',
      reason: expect.stringContaining('of which it had never heard') as string,
    });
  });

  test('has the state of the node that leads it', () => {
    const open = { content: {}, unfinished: [TX] };
    const dumped = (story: SiteStory) =>
      story
        .dumped('coordinator')
        .dumped('participant-1', { content: {} })
        .dumped('participant-2a')
        .dumped('participant-2b', open)
        .dumped('participant-2c');
    const history = dumped(doubtful().wait(2 * BLOCKED_MS)).rests();
    expect(factsOf(history).states.get(nodeId('participant-2'))?.node).toBe('participant-2b');
    expect(factsOf(history).states.has(nodeId('participant-2a'))).toBe(false);
    expect(termination(history)).not.toMatchObject({ judgement: 'holds' });
  });
});

describe('a site in a store', () => {
  const sites = { ...plain('participant-1'), ...inStore('participant-2', 'redis-1') };
  const begun = () => new SiteStory({ sites }).began().prepared(['participant-1']);
  const promise = { site: 'participant-2', mark: 'prepared' } as const;

  test('has promised with the answer of its store', () => {
    const history = begun().answers('coordinator', 'redis-1', promise).decided('commit', ['coordinator']).rests();
    expect(atomicity(history)).toMatchObject({ judgement: 'holds' });
  });

  test('has not promised without one: nobody may commit', () => {
    const history = begun().decided('commit', ['coordinator']).rests();
    expect(atomicity(history)).toMatchObject({
      judgement: 'violated',
      reason: `coordinator committed ${TX} without a durable yes vote of participant-2.`,
    });
  });

  test('may have promised unseen where the trace has a hole', () => {
    const history = begun().answers('coordinator', 'redis-1', promise).decided('commit', ['coordinator']).rests();
    const events = history.events.filter(({ kind }) => kind !== 'answered');
    expect(atomicity({ ...history, events })).toMatchObject({ judgement: 'unknown' });
  });

  test('has decided what its store answered', () => {
    const history = begun()
      .answers('coordinator', 'redis-1', promise)
      .decided('commit', ['coordinator'])
      .answers('coordinator', 'redis-1', { site: 'participant-2', mark: 'abort' })
      .rests();
    expect(atomicity(history)).toMatchObject({
      judgement: 'violated',
      reason: expect.stringContaining('the log of participant-2 says abort') as string,
    });
  });

  test('has the state of its store', () => {
    const history = begun().dumped('redis-1', { content: {} }).rests();
    expect([...factsOf(history).states.keys()]).toEqual(['participant-2']);
  });

  test('is in doubt while its store is up, and its store keeps no log for the lab', () => {
    const inDoubt = () => begun().answers('coordinator', 'redis-1', promise);
    const up = inDoubt()
      .wait(2 * BLOCKED_MS)
      .rests();
    expect(doubtsOf(up, BLOCKED_MS).map(({ node }) => node)).toContain('participant-2');
    const down = inDoubt()
      .kill('redis-1')
      .wait(2 * BLOCKED_MS)
      .restart('redis-1', 1)
      .decided('abort', ['coordinator', 'participant-1'])
      .answers('coordinator', 'redis-1', { site: 'participant-2', mark: 'abort' })
      .rests();
    const blocked = doubtsOf(down, BLOCKED_MS).filter((doubt) => doubt.blocked);
    expect(blocked.map(({ node }) => node)).toEqual(['participant-1']);
    expect(atomicity(down)).toMatchObject({ judgement: 'holds' });
  });
});
