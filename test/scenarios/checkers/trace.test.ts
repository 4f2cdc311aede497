import { describe, expect, it } from 'vitest';
import type { HistoryEvent } from '../../../nodes/contract/events.ts';
import { holesIn } from '../../../scenarios/checkers/trace-gaps.ts';
import { HistoryBuilder } from '../../support/history-builder.ts';

function holes(left: (event: HistoryEvent) => boolean): readonly string[] {
  const h = new HistoryBuilder();
  for (const word of ['first', 'second', 'third']) h.trace('client', { kind: 'expired', word, about: null });
  h.kill('coordinator').restart('coordinator').kill('coordinator').restart('coordinator');
  return [...holesIn(h.without(left).build()).values()];
}

describe('a trace', () => {
  it('is whole when every number of every incarnation is there', () => {
    expect(holes(() => false)).toEqual([]);
  });

  it('may end anywhere: a kill cuts it off', () => {
    expect(holes((event) => event.kind === 'expired' && event.word === 'third')).toEqual([]);
  });

  it.each([
    [
      'an event is missing',
      (event: HistoryEvent) => event.kind === 'expired' && event.word === 'second',
      'The trace of client, incarnation 1, goes from event 2 to 4.',
    ],
    [
      'its beginning is missing',
      (event: HistoryEvent) =>
        'seq' in event &&
        event.node === 'client' &&
        (event.kind === 'booted' || event.kind === 'expired') &&
        event.seq < 3,
      'The trace of client, incarnation 1, begins at event 3.',
    ],
    [
      'an incarnation is missing',
      (event: HistoryEvent) => 'seq' in event && event.node === 'coordinator' && event.incarnation === 2,
      'The trace of coordinator goes from incarnation 1 to 3.',
    ],
    [
      'a node is missing',
      (event: HistoryEvent) => 'seq' in event && event.node === 'participant-2',
      'There is no trace of participant-2.',
    ],
  ])('has a hole when %s', (_, left, hole) => {
    expect(holes(left)).toEqual([hole]);
  });
});
