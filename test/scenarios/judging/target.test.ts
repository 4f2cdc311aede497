import { describe, expect, it } from 'vitest';
import { nodeId } from '../../../nodes/contract/ids.ts';
import { stakeOf, targetOf } from '../../../scenarios/judging/target.ts';
import {
  allVotesIn,
  HOLD,
  killedAfterDecision,
  killedBeforeDecision,
  killedBetweenTellings,
  participantKilled,
  T,
} from '../../support/commit-stories.ts';
import { HistoryBuilder } from '../../support/history-builder.ts';

const both = ['participant-1', 'participant-2'] as const;

function facts(h: HistoryBuilder) {
  const target = targetOf(h.build());
  return target && { tx: target.tx, decision: target.decision, client: target.client, stake: target.stake };
}

describe('the target', () => {
  it.each([
    ['F3: aborted by presumption', killedBeforeDecision(), 'abort', 'unknown', 'in doubt'],
    ['F4: committed after the restart', killedAfterDecision(), 'commit', 'unknown', 'in doubt'],
    ['F5: committed, one told late', killedBetweenTellings(), 'commit', 'unknown', 'in doubt'],
    ['F7: aborted by a timeout', participantKilled(), 'abort', 'failed', 'in doubt'],
  ])('%s', (_, h, decision, client, stake) => {
    expect(facts(h)).toEqual({ tx: T, decision, client, stake });
  });

  it('says for each node what its log says, or else its memory', () => {
    expect(targetOf(killedBetweenTellings().build())?.decisions).toEqual({
      coordinator: ['commit'],
      'participant-1': ['commit'],
      'participant-2': ['commit'],
    });
    const inMemory = allVotesIn()
      .held('coordinator', HOLD, T)
      .kill('coordinator', { hold: HOLD })
      .appendedAbort(T, ...both);
    expect(targetOf(inMemory.build())?.decisions).toEqual({ 'participant-1': ['abort'], 'participant-2': ['abort'] });
    const lost = inMemory.kill('participant-1', { id: 'f2' }).restart('participant-1', { id: 'f2' });
    expect(targetOf(lost.build())?.decisions).toEqual({ 'participant-2': ['abort'] });
  });

  it('has no decision when the logs disagree, or when somebody is still in doubt', () => {
    const divergent = allVotesIn()
      .held('coordinator', HOLD, T)
      .kill('coordinator', { hold: HOLD })
      .decided(T, 'commit', 'participant-1');
    expect(targetOf(divergent.decided(T, 'abort', 'participant-2').build())?.decision).toBeNull();
    const open = allVotesIn()
      .held('coordinator', HOLD, T)
      .kill('coordinator', { hold: HOLD })
      .wait(2000)
      .restart('coordinator');
    expect(targetOf(open.probesAndRests().build())?.decision).toBeNull();
  });

  it('F1: nobody was asked and no node knows of it at rest: abort', () => {
    const h = new HistoryBuilder()
      .invoked('op-20')
      .began(T, 'op-20')
      .held('coordinator', HOLD, T)
      .kill('coordinator', { hold: HOLD });
    const rested = h.completed('op-20', 'unknown').wait(2000).restart('coordinator').probesAndRests();
    expect(facts(rested)).toEqual({ tx: T, decision: 'abort', client: 'unknown', stake: 'in flight' });
  });

  it('is found by its operation when a client’s question was held', () => {
    const h = allVotesIn().held('coordinator', HOLD, 'op-20').kill('coordinator', { hold: HOLD });
    expect(targetOf(h.build())?.tx).toBe(T);
  });

  it('is none when nothing was held, or what was held is no transaction', () => {
    expect(targetOf(allVotesIn().kill('coordinator').build())).toBeNull();
    expect(
      targetOf(allVotesIn().held('coordinator', HOLD, null).kill('coordinator', { hold: HOLD }).build()),
    ).toBeNull();
  });

  it('of a run without faults is the so-many-th that began', () => {
    const history = new HistoryBuilder().commits('coordinator.1.1', 'op-1').commits('coordinator.1.2', 'op-2').build();
    expect(targetOf(history, { nthBegan: 2 })).toMatchObject({
      tx: 'coordinator.1.2',
      decision: 'commit',
      client: 'ok',
      stake: 'none',
      doubts: [],
    });
    expect(targetOf(history)).toBeNull();
  });
});

describe('the stake at the moment of the injection', () => {
  it.each([
    ['nobody has promised', new HistoryBuilder().invoked('op-20').began(T, 'op-20'), 'in flight'],
    [
      'somebody has promised',
      new HistoryBuilder().invoked('op-20').began(T, 'op-20').prepared(T, 'participant-1'),
      'in doubt',
    ],
    ['all have decided but one that never promised', allVotesIn().decided(T, 'abort', ...both), 'in flight'],
    ['everybody has decided', allVotesIn().decided(T, 'commit', 'coordinator', ...both), 'none'],
    ['it has not begun', new HistoryBuilder().invoked('op-20'), 'none'],
  ])('%s: %s', (_, h, stake) => {
    const history = h.held('coordinator', HOLD, T).kill('coordinator', { hold: HOLD }).build();
    const fault = history.events.find((event) => event.kind === 'fault');
    expect(fault?.kind === 'fault' && stakeOf(history, fault)).toBe(stake);
  });

  describe('when the engine takes its time, and the others have decided before the kill was seen', () => {
    const slowKill = (held: 'coordinator' | 'participant-1') => {
      const h = allVotesIn().held(held, HOLD, T);
      const since = h.build().events.at(-1)?.at ?? 0;
      return h
        .decided(T, 'abort', ...both, 'coordinator')
        .lab({
          kind: 'fault',
          id: 'f1',
          fault: 'kill',
          node: nodeId('coordinator'),
          since,
          hold: HOLD,
          evidence: { seen: true, text: '' },
        })
        .build();
    };
    it.each([
      ['the one that was held for it was as good as dead', 'coordinator', 'in doubt'],
      ['one that was not held went on', 'participant-1', 'none'],
    ] as const)('%s', (_, held, stake) => {
      const history = slowKill(held);
      const fault = history.events.find((event) => event.kind === 'fault');
      expect(fault?.kind === 'fault' && stakeOf(history, fault)).toBe(stake);
    });
  });
});
