// What is found where a fault is never to end: what stands then is judged as standing, and what nobody can know is not asked for.

import { describe, expect, test } from 'vitest';
import { conservation } from '../../../scenarios/checkers/transfers/conservation.ts';
import { durability } from '../../../scenarios/checkers/durability.ts';
import { journal } from '../../../scenarios/checkers/transfers/journal.ts';
import { nonBlocking } from '../../../scenarios/checkers/non-blocking.ts';
import { progress } from '../../../scenarios/checkers/progress.ts';
import { termination } from '../../../scenarios/checkers/termination.ts';
import { whatStands } from '../../../scenarios/checkers/standing.ts';
import { allVotesIn, HOLD, T } from '../../support/commit-stories.ts';
import { tx } from '../../support/history-builder.ts';
import type { History } from '../../../scenarios/findings.ts';

/** The coordinator dies with every vote in its hand. */
const dies = () => allVotesIn().held('coordinator', HOLD, T).kill('coordinator', { hold: HOLD }).wait(3000);

/** As a lab writes it that was told never to end the fault; nobody who is dead gives an account. */
function never(history: History, gone = 'coordinator'): History {
  return {
    ...history,
    events: history.events
      .filter((event) => !(event.kind === 'dumped' && event.node === gone))
      .map((event) => (event.kind === 'fault' ? { ...event, ends: 'never' as const } : event)),
  };
}

describe('where a fault is never to end', () => {
  const stands = never(
    dies()
      .dumping('participant-1', (state) => ({ ...state, holds: [{ key: 'a07', by: tx(T) }] }))
      .rests()
      .build(),
  );

  test('termination names who stands in doubt, and what is locked, instead of asking for a decision', () => {
    const { judgement, reason } = termination(stands);
    expect(judgement).toBe('not applicable');
    expect(reason).toContain('Never ended: the kill of coordinator.');
    expect(reason).toContain('participant-1 stands for ever in doubt about coordinator.1.20, holding 1 lock: a07.');
    expect(whatStands(stands)).toHaveLength(3);
  });

  test('who is at work for ever without doubt is told apart from who is in doubt, and nobody is named where nobody is left', () => {
    const left = dies().dumping('participant-1', (state) => ({
      ...state,
      inDoubt: [],
      unfinished: [tx(T)],
      holds: [],
    }));
    expect(whatStands(never(left.rests().build()))).toContain(
      'participant-1 stands for ever at work on coordinator.1.20.',
    );
    const nothing = { inDoubt: [], unfinished: [], holds: [] };
    const free = dies();
    for (const participant of ['participant-1', 'participant-2'])
      free.dumping(participant, (state) => ({ ...state, ...nothing }));
    expect(whatStands(never(free.rests().build()))).toEqual([
      'Never ended: the kill of coordinator.',
      'Nobody else is left in doubt, at work or with a lock.',
    ]);
  });

  test('blocking is seen, and what is committed is judged as ever', () => {
    expect(nonBlocking(stands).judgement).toBe('violated');
    expect(journal(stands).judgement).toBe('holds');
    expect(conservation(stands).judgement).toBe('holds');
    expect(durability(stands).judgement).not.toBe('unknown');
    expect(progress(stands).judgement).toBe('not applicable');
  });

  test('a lock without an owner is a violation all the same', () => {
    const h = dies();
    h.dumping('participant-2', (state) => ({
      ...state,
      holds: [...state.holds, { key: 'a09', by: tx('coordinator.1.19') }],
    }));
    expect(termination(never(h.rests().build()))).toMatchObject({
      judgement: 'violated',
      reason: expect.stringContaining('participant-2 still held a09'),
    });
  });

  test('what a participant held that never comes back is not asked for', () => {
    const h = allVotesIn().held('coordinator', HOLD, T).kill('participant-2', { hold: HOLD }).wait(3000);
    const gone = never(h.rests().build(), 'participant-2');
    expect(conservation(gone)).toMatchObject({
      judgement: 'not applicable',
      reason: expect.stringContaining('participant-2'),
    });
    expect(journal(gone).judgement).toBe('not applicable');
    expect(termination(gone).judgement).toBe('not applicable');
  });
});

test('where a fault was to end and did not, nothing is known of a rest', () => {
  expect(termination(dies().rests().build()).judgement).toBe('unknown');
  expect(whatStands(dies().rests().build())).toEqual([]);
});
