import { describe, expect, it } from 'vitest';
import { termination } from '../../../scenarios/checkers/termination.ts';
import {
  allVotesIn,
  HOLD,
  killedAfterDecision,
  killedBeforeDecision,
  killedBetweenTellings,
  participantKilled,
  T,
} from '../../support/commit-stories.ts';
import { tx } from '../../support/history-builder.ts';

const both = ['participant-1', 'participant-2'] as const;

function down() {
  return allVotesIn().held('coordinator', HOLD, T).kill('coordinator', { hold: HOLD }).wait(3000);
}

describe('termination catches', () => {
  it('a participant that is in doubt when the run has come to rest', () => {
    const h = down().restart('coordinator').appendedAbort(T, 'participant-1').probesAndRests();
    expect(termination(h.build())).toMatchObject({
      judgement: 'violated',
      reason: 'participant-2 was still in doubt about coordinator.1.20 when the run had come to rest.',
    });
  });

  it('a coordinator that never finishes', () => {
    const h = down()
      .restart('coordinator')
      .appendedAbort(T, ...both);
    h.dumping('coordinator', (state) => ({ ...state, unfinished: [tx(T)] })).probesAndRests();
    expect(termination(h.build()).reason).toBe(
      'coordinator still worked on coordinator.1.20 when the run had come to rest.',
    );
  });

  it('a participant that forgot to write down the commit', () => {
    const h = allVotesIn().decided(T, 'commit', 'coordinator', 'participant-1');
    h.dumping('participant-2', (state) => ({ ...state, inDoubt: [] })).probesAndRests();
    expect(termination(h.build()).reason).toBe(
      'participant-2 never recorded the decision of coordinator.1.20, which coordinator committed.',
    );
  });
});

describe('termination does not flag', () => {
  it.each([
    ['n1: in doubt at the end of the fault window and resolved later (abort)', killedBeforeDecision()],
    ['n1: in doubt at the end of the fault window and resolved later (commit)', killedAfterDecision()],
    ['one participant told late', killedBetweenTellings()],
    ['n4: an abort caused by a timeout', participantKilled()],
    [
      'an abort that is in memory only when the states are taken',
      down()
        .restart('coordinator')
        .appendedAbort(T, ...both)
        .wait(2000)
        .rests(),
    ],
  ])('%s', (_, h) => {
    expect(termination(h.build()).judgement).toBe('holds');
  });
});

describe('termination is unknown', () => {
  it('when a fault was never healed', () => {
    expect(termination(down().rests().build())).toMatchObject({
      judgement: 'unknown',
      reason: expect.stringContaining('never healed'),
    });
  });

  it('when the run never came to rest', () => {
    const h = killedBeforeDecision().without((event) => event.kind === 'phase');
    expect(termination(h.build())).toMatchObject({ judgement: 'unknown', reason: 'The run never came to rest.' });
  });

  it('when a node was in doubt, but the run had not come to rest', () => {
    const h = down().restart('coordinator').appendedAbort(T, 'participant-1').probesAndRests();
    expect(termination(h.without((event) => event.kind === 'phase').build()).judgement).toBe('unknown');
  });

  it('when a node gave no account of its state', () => {
    const h = killedBeforeDecision().without((event) => event.kind === 'dumped' && event.node === 'participant-2');
    expect(termination(h.build()).reason).toBe('participant-2 gave no account of its state.');
  });

  it('when the node had less than the bound since the last heal', () => {
    const h = down().restart('coordinator').appendedAbort(T, 'participant-1').wait(500).rests();
    expect(termination(h.build())).toMatchObject({
      judgement: 'unknown',
      reason: expect.stringContaining('only 501 ms after the last heal'),
    });
  });
});
