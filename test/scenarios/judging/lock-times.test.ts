import { expect, test } from 'vitest';
import { lockTimesIn, lockTimesOf } from '../../../scenarios/judging/lock-times.ts';
import { killedBeforeDecision } from '../../support/commit-stories.ts';
import { HistoryBuilder, transfer, tx } from '../../support/history-builder.ts';

const T = tx('coordinator.1.20');

test('of a transaction in doubt the locks are held longest, and the verdict names whose', () => {
  const locks = lockTimesOf(killedBeforeDecision({ downMs: 3000 }).build());
  expect(locks?.longest).toMatchObject({ tx: T, keys: ['a01'], open: false });
  expect(locks?.longest.ms).toBeGreaterThan(3000);
  expect(locks?.p50Ms).toBeLessThan(locks?.p99Ms ?? 0);
});

test('a lock that nobody gives back counts to the end of the history', () => {
  const h = new HistoryBuilder()
    .commits('coordinator.1.1', 'op-1')
    .invoked('op-2', transfer('participant-1/a02', 'participant-2/a02', 1))
    .began(T, 'op-2')
    .prepared(T, 'participant-1')
    .wait(700)
    .rests();
  expect(lockTimesOf(h.build())?.longest).toMatchObject({ tx: T, site: 'participant-1', keys: ['a02'], open: true });
});

test('where nobody promised anything nothing was locked', () => {
  expect(lockTimesOf(new HistoryBuilder().rests().build())).toBeNull();
});

test('in the records of a load a lock lasts from the promise to the decision, whatever lies between', () => {
  const other = tx('coordinator.1.2');
  const records = [
    { at: 1000, mark: 'prepared', about: T },
    { at: 1500, mark: 'prepared', about: other },
    { at: 1600, mark: 'other', about: null },
    { at: 3000, mark: 'decision', about: T },
    { at: 9000, mark: 'decision', about: tx('coordinator.1.3') },
  ];
  expect(lockTimesIn(records)).toEqual([2]);
});
