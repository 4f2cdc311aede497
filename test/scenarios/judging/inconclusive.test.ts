// Verdicts on runs that show nothing, each with the reason.

import { describe, expect, it } from 'vitest';
import { nodeId, type TxId } from '../../../nodes/contract/ids.ts';
import { judge } from '../../../scenarios/judging/verdict.ts';
import { both, claiming, claims, planned, TEXT, word } from '../../support/claims.ts';
import { allVotesIn, HOLD, killedBeforeDecision, T } from '../../support/commit-stories.ts';
import { HistoryBuilder } from '../../support/history-builder.ts';
import type { Expectation } from '../../../scenarios/findings.ts';

describe('inconclusive', () => {
  it('a step that was not hit, with how many reached it when the lab knows', () => {
    const h = new HistoryBuilder()
      .commits('coordinator.1.1', 'op-1')
      .phase('healed', 'not hit: coordinator before force commit: reached by 7 of 20 transactions');
    expect(word(h.phase('probing').commits('coordinator.1.2', 'op-2').wait(2000).rests())).toEqual({
      said: 'inconclusive',
      first: `'${TEXT}' was never injected (not hit: coordinator before force commit: reached by 7 of 20 transactions).`,
    });
  });

  it('a step that was not hit because its node was not heard of in time', () => {
    const why =
      'not hit: coordinator before force commit: reached, but coordinator did not say in time that it is held there';
    const h = new HistoryBuilder().commits('coordinator.1.1', 'op-1').phase('healed').phase('probing', why);
    expect(word(h.commits('coordinator.1.2', 'op-2').wait(2000).rests())).toEqual({
      said: 'inconclusive',
      first: `'${TEXT}' was never injected (${why}).`,
    });
  });

  it('a fault without evidence', () => {
    const h = allVotesIn().held('coordinator', HOLD, T).fault('kill', 'coordinator', { hold: HOLD, seen: false });
    expect(
      word(
        h
          .released('coordinator', HOLD)
          .decided(T, 'commit', 'coordinator', ...both)
          .probesAndRests(),
      ).first,
    ).toBe(`'${TEXT}' has no evidence: the container was still running.`);
  });

  it('a claim whose fault came only when somebody had given up the node that was held', () => {
    const late = () =>
      allVotesIn()
        .held('coordinator', HOLD, T)
        .wait(1300)
        .trace('participant-1', { kind: 'expired', word: 'inquiry', about: T })
        .told('participant-1', { word: 'gave-up', about: T as TxId, waitedFor: 'decision' })
        .kill('coordinator', { hold: HOLD })
        .completed('op-20', 'unknown')
        .wait(3000)
        .restart('coordinator')
        .appendedAbort(T, ...both)
        .probesAndRests();
    expect(word(late(), claiming({ decision: 'commit' }))).toEqual({
      said: 'inconclusive',
      first: `'${TEXT}' came 1300 ms after its step was reached, and before that participant-1 had given ${T} up: this machine was too slow for what is claimed.`,
    });
    expect(word(late(), claiming({ decision: 'abort' })).said).toBe('as expected');
    const asking = allVotesIn()
      .held('coordinator', HOLD, T)
      .wait(1300)
      .trace('participant-1', { kind: 'expired', word: 'inquiry', about: T })
      .kill('coordinator', { hold: HOLD })
      .completed('op-20', 'unknown')
      .wait(3000)
      .restart('coordinator')
      .appendedAbort(T, ...both)
      .probesAndRests();
    expect(word(asking, claiming({ decision: 'commit' })).said).toBe('not as expected');
    const onTime = word(killedBeforeDecision(), claiming({ decision: 'commit' }));
    expect(onTime.said).toBe('not as expected');
  });

  it('a claim whose node went on only when others had given it up, though the fault itself came in time', () => {
    const cut = planned({ text: 'cut participant-1', then: { do: 'heal', afterMs: 2700 } });
    const h = allVotesIn()
      .held('coordinator', HOLD, T)
      .fault('cut', 'participant-1', { hold: HOLD })
      .wait(300)
      .told('participant-2', { word: 'elected', about: T as TxId, coordinator: nodeId('participant-2'), epoch: 2 })
      .released('coordinator', HOLD)
      .completed('op-20', 'unknown')
      .wait(3000)
      .fault('heal', 'participant-1')
      .appendedAbort(T, ...both)
      .probesAndRests();
    const claim = { ...claiming({ decision: 'commit' }), faults: [cut] };
    expect(word(h, claim)).toEqual({
      said: 'inconclusive',
      first: expect.stringContaining(`before coordinator went on participant-2 had given ${T} up`),
    });
  });

  it('a claim that somebody is blocked who was up for too short a time while the fault lasted', () => {
    const h = allVotesIn()
      .held('coordinator', HOLD, T)
      .kill('coordinator', { hold: HOLD })
      .completed('op-20', 'unknown')
      .wait(800)
      .restart('coordinator')
      .appendedAbort(T, ...both)
      .probesAndRests();
    expect(word(h, claiming({ decision: 'abort', blocked: both }))).toEqual({
      said: 'inconclusive',
      first: expect.stringMatching(/participant-1 was in doubt about .* when the fault ended, but .* only \d+ ms/),
    });
    expect(word(h, claiming({ decision: 'abort', blocked: 2 })).said).toBe('inconclusive');
    expect(word(h, claiming({ decision: 'commit', blocked: both })).said).toBe('not as expected');
    expect(word(h, claiming({ decision: 'commit', blocked: 2 })).said).toBe('not as expected');
    const decided = allVotesIn()
      .held('coordinator', HOLD, T)
      .kill('coordinator', { hold: HOLD })
      .completed('op-20', 'unknown')
      .wait(800)
      .appendedAbort(T, ...both)
      .wait(2000)
      .restart('coordinator')
      .probesAndRests();
    expect(word(decided, claiming({ decision: 'abort', blocked: both })).said).toBe('not as expected');
  });

  it('a fault that found no operation under way, as when all transfers had ended half a second before it came', () => {
    const h = new HistoryBuilder()
      .phase('serving')
      .commits('coordinator.1.1', 'op-1')
      .wait(500)
      .kill('coordinator')
      .wait(3000)
      .restart('coordinator')
      .probesAndRests();
    const atTime = planned({ when: { at: 'time', afterMs: 2000 }, stake: 'none', text: 'kill coordinator at 2s' });
    expect(word(h, claims({ faults: [atTime] }))).toEqual({
      said: 'inconclusive',
      first: "'kill coordinator at 2s' hit an idle system: no operation was under way.",
    });
  });

  it.each([
    [true, 'as expected'],
    [false, 'inconclusive'],
  ])('unless a fault on messages has met one, with nothing else under way as it began: %s', (seen, said) => {
    const h = new HistoryBuilder()
      .phase('serving')
      .fault('drop', 'participant-1')
      .wait(1000)
      .commits('coordinator.1.1', 'op-1')
      .fault('heal', 'participant-1', { seen })
      .probesAndRests();
    const acks = { word: 'ack', from: [nodeId('participant-1')], to: [nodeId('coordinator')] };
    const when = { at: 'time', afterMs: 0 } as const;
    const then = { do: 'heal', afterMs: 1000 } as const;
    const dropped = planned({ fault: { do: 'drop', ...acks }, when, then, stake: 'none', text: 'drop ack' });
    const found = word(h, claims({ faults: [dropped] }));
    expect(found.said).toBe(said);
    if (!seen) expect(found.first).toBe("'drop ack' was the container was still running.");
    // It is over all the same, and whatever else there is can be judged.
    const { findings } = judge(h.build(), claims({ faults: [dropped] }));
    expect(findings.find(({ property }) => property === 'termination')?.judgement).toBe('holds');
  });

  it('a fault without evidence that nobody planned, in a history from elsewhere', () => {
    const h = killedBeforeDecision().fault('cut', 'participant-1', { id: 'other', seen: false });
    expect(word(h, claims({ faults: [] })).first).toBe(
      'The cut of participant-1 has no evidence: the container was still running.',
    );
  });

  it.each([
    [
      'a restart that never came',
      () => allVotesIn().held('coordinator', HOLD, T).kill('coordinator', { hold: HOLD }).rests(),
      'was never ended by its restart',
    ],
    [
      'a restart that failed',
      () =>
        allVotesIn()
          .held('coordinator', HOLD, T)
          .kill('coordinator', { hold: HOLD })
          .restart('coordinator', { seen: false })
          .rests(),
      'was never ended by its restart: the container',
    ],
    [
      'a fault outside of its step',
      () =>
        allVotesIn()
          .kill('coordinator')
          .wait(3000)
          .restart('coordinator')
          .appendedAbort(T, ...both)
          .probesAndRests(),
      'not while its step was held',
    ],
    [
      'less at stake than declared',
      () =>
        new HistoryBuilder()
          .commits('coordinator.1.1', 'op-1')
          .invoked('op-20')
          .began(T, 'op-20')
          .held('coordinator', HOLD, T)
          .kill('coordinator', { hold: HOLD })
          .completed('op-20', 'unknown')
          .wait(3000)
          .restart('coordinator')
          .probesAndRests(),
      'less was at stake than declared: in flight, not in doubt',
    ],
    [
      'a lost trace',
      () => killedBeforeDecision().lab({ kind: 'trace-lost', node: both[0] as never, detail: 'disk full' }),
      'The trace of participant-1 was lost: disk full.',
    ],
    [
      'a hole in a trace',
      () =>
        killedBeforeDecision().without(
          (event) => event.kind === 'told' && event.note.word === 'began' && event.note.about === T,
        ),
      'goes from event',
    ],
    [
      'a run without an end',
      () => killedBeforeDecision().without((event) => event.kind === 'ended'),
      'The history has no end',
    ],
    [
      'a history that breaks off',
      () =>
        killedBeforeDecision()
          .without((event) => event.kind === 'ended')
          .torn(),
      'breaks off in the middle of a line',
    ],
    [
      'the time limit',
      () => killedBeforeDecision().lab({ kind: 'ended', why: 'time-limit', detail: 'after 60000 ms' }),
      'ended by its time limit: after 60000 ms',
    ],
    [
      'an interruption',
      () => killedBeforeDecision().lab({ kind: 'ended', why: 'interrupted' }),
      'The run was interrupted.',
    ],
    ['a lost engine', () => killedBeforeDecision().lab({ kind: 'ended', why: 'engine-lost' }), 'The engine was lost.'],
  ])('%s', (_, h, reason) => {
    expect(word(h())).toEqual({ said: 'inconclusive', first: expect.stringContaining(reason) });
  });

  it('nodes that died with their engine', () => {
    const h = allVotesIn().lab({
      kind: 'exited',
      node: both[0] as never,
      byLab: false,
      exitCode: 137,
      oomKilled: false,
      lastLines: [],
    });
    expect(word(h.lab({ kind: 'ended', why: 'engine-lost' })).said).toBe('inconclusive');
  });

  it('too few operations that ended ok', () => {
    expect(word(killedBeforeDecision(), claims({ okAtLeast: 50 })).first).toBe(
      'Only 2 operations ended ok; with fewer than 50 a run shows too little.',
    );
  });

  it('a promised property that could not be judged', () => {
    const h = killedBeforeDecision().without((event) => event.kind === 'dumped' && event.node === 'participant-1');
    expect(word(h)).toEqual({
      said: 'inconclusive',
      first: expect.stringContaining('termination could not be judged'),
    });
  });

  it('a claim that had nothing to be judged on, a claim without a checker, a target that was not hit', () => {
    const quiet = new HistoryBuilder().rests();
    const plan = (expectation: Expectation) => claims({ faults: [], okAtLeast: 0, promises: [], expect: expectation });
    expect(word(quiet, plan({ properties: { atomicity: 'holds' } })).first).toContain(
      'atomicity had nothing to be judged on',
    );
    expect(word(quiet, plan({ properties: { isolation: 'holds' } })).first).toContain(
      'There is no checker for isolation yet',
    );
    expect(word(quiet, plan({ target: { decision: 'abort' }, properties: {} })).first).toBe(
      'No transaction was hit, so nothing can be said of the target.',
    );
  });
});
