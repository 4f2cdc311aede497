import { expect, test } from 'vitest';
import { checkAll, judgedIn } from '../../../scenarios/checkers/all.ts';
import { logAgreement } from '../../../scenarios/checkers/log-agreement.ts';
import { group, plain, SiteStory } from '../../support/site-story.ts';

const story = () => new SiteStory({ sites: group('participant-1') }).began();
const replicas = (...names: readonly string[]) => names.map((name) => `participant-1${name}`);

test('replicas that hold the same entries agree', () => {
  const history = story()
    .prepared(replicas('a', 'b', 'c'), '1 by 1.a')
    .decided('commit', replicas('a', 'b'), '2 by 1.a')
    .rests();
  expect(logAgreement(history)).toMatchObject({
    judgement: 'holds',
    reason:
      'The replicas of 1 site agree on every place of their logs; at 2 a quorum held an entry, and none of these was lost.',
  });
});

test('what a leader has forced alone may give way to another entry', () => {
  const history = story()
    .decided('commit', replicas('a'), '1 by 1.a')
    .decided('abort', replicas('b', 'c'), '1 by 2.b')
    .rests();
  expect(logAgreement(history)).toMatchObject({ judgement: 'holds' });
});

test('what a quorum has held gives way to nothing', () => {
  const history = story()
    .decided('commit', replicas('a', 'b'), '1 by 9.a')
    .decided('abort', replicas('c'), '1 by 10.c')
    .rests();
  expect(logAgreement(history)).toMatchObject({
    judgement: 'violated',
    reason:
      "At place 1 of participant-1 a quorum held 'commit' of coordinator.1.1 by ballot 9.a, but participant-1c holds 'abort' of coordinator.1.1 by ballot 10.c.",
  });
});

test('an entry that comes late by an older ballot is no other proposal', () => {
  const history = story()
    .decided('abort', replicas('a', 'b'), '1 by 2.b')
    .decided('commit', replicas('c'), '1 by 1.c')
    .rests();
  expect(logAgreement(history)).toMatchObject({ judgement: 'holds' });
});

test('one ballot puts one entry at a place', () => {
  const history = story()
    .decided('commit', replicas('a'), '1 by 1.a')
    .decided('abort', replicas('b'), '1 by 1.a')
    .rests();
  expect(logAgreement(history)).toMatchObject({
    judgement: 'violated',
    reason:
      "At place 1 of participant-1, by ballot 1.a, participant-1a holds 'commit' of coordinator.1.1 and participant-1b holds 'abort' of coordinator.1.1.",
  });
});

test('what a quorum has held is lost when a quorum is without it at the end', () => {
  const kept = () => story().decided('commit', replicas('a', 'b'), '1 by 1.a');
  expect(logAgreement(kept().rests())).toMatchObject({ judgement: 'holds' });
  expect(
    logAgreement(
      kept()
        .forgets(...replicas('b'))
        .rests(),
    ),
  ).toMatchObject({
    judgement: 'violated',
    reason:
      "At place 1 of participant-1 a quorum held 'commit' of coordinator.1.1, but at the end 2 of 3 replicas are without it.",
  });
});

test('a replica has what its log holds at a place by the latest ballot', () => {
  const history = story()
    .decided('abort', replicas('a'), '1 by 1.a')
    .decided('commit', replicas('a', 'b'), '1 by 2.b')
    .rests();
  expect(logAgreement(history)).toMatchObject({ judgement: 'holds' });
});

test('a log that was read before a replica’s last life tells nothing of its end', () => {
  const killed = story()
    .decided('commit', replicas('a', 'b'), '1 by 1.a')
    .forgets(...replicas('b'))
    .kill('participant-1b');
  const readOnce = ({ events, ...history }: ReturnType<typeof killed.rests>) => ({
    ...history,
    events: events.filter(
      (event) => event.kind !== 'logged' || event.moment !== 'end' || event.node !== 'participant-1b',
    ),
  });
  expect(logAgreement(readOnce(killed.rests()))).toMatchObject({ judgement: 'violated' });
  expect(logAgreement(readOnce(killed.restart('participant-1b', 1).rests()))).toMatchObject({ judgement: 'holds' });
});

test('a missing piece of a replica’s trace leaves it unknown', () => {
  const history = story()
    .decided('commit', replicas('a', 'b', 'c'), '1 by 1.a')
    .rests();
  const events = history.events.filter((event) => event.kind !== 'booted' || event.node !== 'participant-1b');
  expect(logAgreement({ ...history, events })).toMatchObject({ judgement: 'unknown' });
});

test('sites of one node have nobody to agree with, and are not judged by it', () => {
  const history = new SiteStory({ sites: plain('participant-1') }).began().rests();
  expect(logAgreement(history)).toMatchObject({ judgement: 'not applicable' });
  expect(judgedIn(history)).not.toContain('log-agreement');
  expect(checkAll(story().rests(), judgedIn(story().rests())).map(({ property }) => property)).toContain(
    'log-agreement',
  );
});
