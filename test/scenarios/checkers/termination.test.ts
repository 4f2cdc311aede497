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
import { HistoryBuilder, tx } from '../../support/history-builder.ts';
import type { StateDump } from '../../../nodes/contract/notes.ts';

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

/** Healed and at rest, with a03 of participant-2 locked. */
function lockedAtRest(holder: string, lie: Partial<StateDump> = {}) {
  const h = down()
    .restart('coordinator')
    .appendedAbort(T, ...both);
  h.dumping('participant-2', (state) => ({ ...state, holds: [{ key: 'a03', by: tx(holder) }], ...lie }));
  return h;
}

describe('termination catches a lock that stays', () => {
  it.each([
    ['of a transaction that was aborted there', lockedAtRest(T), `${T}, which it had aborted`],
    ['of one that was committed there', lockedAtRest('coordinator.1.19'), 'coordinator.1.19, which it had committed'],
    ['of one that nobody knows', lockedAtRest('coordinator.7.7'), 'coordinator.7.7, which it never promised'],
    [
      'of one that was refused there',
      lockedAtRest('coordinator.2.1').votes('coordinator.2.1', 'no', 'participant-2'),
      'coordinator.2.1, which it had voted against',
    ],
    [
      'of one whose promise is on disk and in no doubt',
      lockedAtRest('coordinator.2.1', { inDoubt: [] }).prepared('coordinator.2.1', 'participant-2'),
      'coordinator.2.1, which it no longer is in doubt about',
    ],
  ])('%s', (_, h, what) => {
    const finding = termination(h.probesAndRests().build());
    expect(finding).toMatchObject({
      judgement: 'violated',
      reason: `participant-2 still held a03 for ${what}, when the run had come to rest.`,
    });
    expect(finding.events.at(-1)).toMatchObject({ kind: 'dumped', node: 'participant-2' });
  });

  it('in a run without faults', () => {
    const h = new HistoryBuilder().commits('coordinator.1.1', 'op-1');
    h.dumping('participant-1', (state) => ({ ...state, holds: [{ key: 'a01', by: tx('coordinator.1.1') }] }));
    expect(termination(h.probesAndRests().build()).judgement).toBe('violated');
  });
});

describe('termination does not flag', () => {
  it('a lock of a transaction that its node is in doubt about, or works on, though it calls that unfinished', () => {
    for (const lie of [{ inDoubt: [tx(T)] }, { unfinished: [tx(T)] }]) {
      const { reason } = termination(lockedAtRest(T, lie).probesAndRests().build());
      expect(reason).not.toContain('still held');
    }
  });

  it('a lock that was held while the fault lasted', () => {
    const h = down();
    h.dumping('participant-2', (state) => ({ ...state, holds: [{ key: 'a03', by: tx(T) }], inDoubt: [] }));
    h.dumped('participant-2').dumping('participant-2', (state) => state);
    const healed = h.restart('coordinator').appendedAbort(T, ...both);
    expect(termination(healed.probesAndRests().build()).judgement).toBe('holds');
  });

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

  it('when a lock stays, but the run had not come to rest, or the last state is older than the last heal', () => {
    const restless = lockedAtRest(T)
      .probesAndRests()
      .without((event) => event.kind === 'phase');
    expect(termination(restless.build()).judgement).toBe('unknown');
    const early = down().dumping('participant-2', (state) => ({ ...state, holds: [{ key: 'a03', by: tx('x') }] }));
    early
      .dumps()
      .restart('coordinator')
      .appendedAbort(T, ...both)
      .phase('settled');
    expect(termination(early.build()).judgement).toBe('unknown');
  });

  it('when a node did not report its state', () => {
    const h = killedBeforeDecision().without((event) => event.kind === 'dumped' && event.node === 'participant-2');
    expect(termination(h.build()).reason).toBe('participant-2 did not report its state.');
  });

  it('when the node had less than the bound since the last heal', () => {
    const h = down().restart('coordinator').appendedAbort(T, 'participant-1').wait(500).rests();
    expect(termination(h.build())).toMatchObject({
      judgement: 'unknown',
      reason: expect.stringContaining('only 501 ms after the last heal'),
    });
  });
});
