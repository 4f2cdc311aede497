import { describe, expect, it } from 'vitest';
import type { Property } from '../../../nodes/contract/properties.ts';
import { nodeId, type TxId } from '../../../nodes/contract/ids.ts';
import type { Expectation } from '../../../scenarios/findings.ts';
import type { PlannedFault } from '../../../scenarios/plan/plan-types.ts';
import { type Claims, judge } from '../../../scenarios/judging/verdict.ts';
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

const PROMISES: readonly Property[] = [
  'atomicity',
  'validity',
  'termination',
  'journal',
  'conservation',
  'durability',
  'progress',
];
const TEXT = 'kill coordinator before force commit of transaction 20 then restart after 3s';
const both = [nodeId('participant-1'), nodeId('participant-2')];

function planned(over: Partial<PlannedFault> = {}): PlannedFault {
  const step = { node: nodeId('coordinator'), gap: { when: 'before', verb: 'force', word: 'commit' } } as const;
  return {
    id: 'f1',
    fault: { do: 'kill', node: nodeId('coordinator') },
    when: { at: 'step', step, nth: 20 },
    then: { do: 'restart', afterMs: 3000 },
    stake: 'in doubt',
    text: TEXT,
    ...over,
  };
}

function claims(over: Partial<Claims> = {}): Claims {
  return { faults: [planned()], expect: { properties: {} }, promises: PROMISES, okAtLeast: 1, ...over };
}

function claiming(target: Expectation['target'], properties: Expectation['properties'] = {}): Claims {
  return claims({ expect: { ...(target ? { target } : {}), properties } });
}

function word(h: HistoryBuilder, plan = claims()) {
  const { word: said, reasons } = judge(h.build(), plan);
  return { said, first: reasons[0] };
}

describe('as expected', () => {
  it('a sentence: all that the protocol promises holds; what it does not promise is reported and changes nothing', () => {
    const verdict = judge(killedBeforeDecision().build(), claims());
    expect(verdict.word).toBe('as expected');
    expect(verdict.findings.find(({ property }) => property === 'non-blocking')?.judgement).toBe('violated');
    expect(verdict.reasons[0]).toContain('atomicity holds, as promised');
  });

  it('a claim of blocking that came true', () => {
    const plan = claiming({ decision: 'abort', blocked: both, client: 'unknown' }, { 'non-blocking': 'violated' });
    const verdict = judge(killedBeforeDecision().build(), plan);
    expect(verdict.word).toBe('as expected');
    expect(verdict.reasons.slice(0, 3)).toEqual([
      'The target coordinator.1.20 ended in abort, as claimed.',
      'participant-1 and participant-2 stayed blocked on it, as claimed.',
      'Its client was told unknown, as claimed.',
    ]);
  });

  it.each([
    ['F4', killedAfterDecision(), { decision: 'commit', blocked: both }],
    ['F5', killedBetweenTellings(), { decision: 'commit', blocked: [nodeId('participant-2')] }],
    ['F7', participantKilled(), { decision: 'abort', blocked: [], client: 'failed' }],
  ] as const)('%s as its table says', (_, h, target) => {
    expect(judge(h.build(), claiming(target)).word).toBe('as expected');
  });

  it('a baseline without faults', () => {
    const h = new HistoryBuilder().commits('coordinator.1.1', 'op-1').probesAndRests();
    expect(judge(h.build(), claims({ faults: [] })).word).toBe('as expected');
  });

  it('an abort that is only appended, where the protocol presumes it', () => {
    const forced = { coordinator: ['commit'], participant: ['prepared', 'commit'] };
    expect(word(killedBeforeDecision(), claims({ forced })).said).toBe('as expected');
  });

  it('a promised property that had no occasion', () => {
    const h = new HistoryBuilder().phase('settled').invoked('probe').completed('probe', 'failed').rests();
    const plan = claims({ faults: [], okAtLeast: 0, promises: ['atomicity', 'durability', 'termination'] });
    expect(judge(h.build(), plan).word).not.toBe('not as expected');
  });
});

describe('not as expected', () => {
  it.each([
    [
      'another decision',
      { decision: 'commit' },
      'Expected commit for the target coordinator.1.20, but all logs say abort.',
    ],
    [
      'another answer to the client',
      { client: 'ok' },
      'Expected the client of the target coordinator.1.20 to be told ok, but it was told unknown.',
    ],
    [
      'somebody blocked who should not be',
      { blocked: [both[0]] },
      'participant-2 was blocked on the target coordinator.1.20, which was not expected: in doubt for 3000 ms of the fault.',
    ],
  ] as const)('%s', (_, target, reason) => {
    expect(word(killedBeforeDecision(), claiming(target as Expectation['target']))).toEqual({
      said: 'not as expected',
      first: reason,
    });
  });

  it('a record that its protocol forces and its node only kept in memory, though nobody died for it', () => {
    const record = { mark: 'decision', word: 'commit', decision: 'commit', about: T as TxId } as const;
    const h = allVotesIn()
      .trace('coordinator', { kind: 'appended', record })
      .decided(T, 'commit', 'coordinator', ...both)
      .completed('op-20', 'ok', T)
      .probesAndRests();
    const forced = { coordinator: ['commit'] };
    expect(word(h, claims({ faults: [], forced }))).toEqual({
      said: 'not as expected',
      first: `coordinator appended its commit record of ${T}, which 2pc forces: a crash would have lost it.`,
    });
  });

  it('somebody not blocked who should be', () => {
    expect(word(killedBetweenTellings(), claiming({ blocked: both }))).toEqual({
      said: 'not as expected',
      first:
        'Expected participant-1 to be blocked on the target coordinator.1.20, but it was not: it was never in doubt while a fault lasted.',
    });
  });

  it('an abort by presumption where a commit was claimed', () => {
    const h = new HistoryBuilder().commits('coordinator.1.1', 'op-1').invoked('op-20').began(T, 'op-20');
    h.held('coordinator', HOLD, T)
      .kill('coordinator', { hold: HOLD })
      .wait(3000)
      .restart('coordinator')
      .probesAndRests();
    const plan = { ...claiming({ decision: 'commit' }), faults: [planned({ stake: 'in flight' })] };
    expect(word(h, plan).first).toBe(
      'Expected commit for the target coordinator.1.20, but no node knows it, which means abort.',
    );
  });

  it('somebody in doubt for less than the bound', () => {
    const { said, first } = word(killedBeforeDecision({ downMs: 600 }), claiming({ blocked: both }));
    expect({ said, first }).toEqual({
      said: 'not as expected',
      first: expect.stringContaining('but it was not: in doubt for 600 ms of the fault.'),
    });
  });

  it('no decision, or several', () => {
    const silent = allVotesIn()
      .held('coordinator', HOLD, T)
      .kill('coordinator', { hold: HOLD })
      .wait(3000)
      .restart('coordinator');
    const open = claims({ expect: { target: { decision: 'abort' }, properties: {} }, promises: [] });
    expect(word(silent.probesAndRests(), open).first).toContain('but no log holds a decision');
    const divergent = allVotesIn()
      .held('coordinator', HOLD, T)
      .kill('coordinator', { hold: HOLD })
      .decided(T, 'commit', 'participant-1');
    divergent.decided(T, 'abort', 'participant-2').wait(3000).restart('coordinator').probesAndRests();
    expect(word(divergent, open).first).toContain('the logs disagree: participant-1 commit and participant-2 abort');
  });

  it('a promised property that is violated', () => {
    const h = allVotesIn()
      .held('coordinator', HOLD, T)
      .kill('coordinator', { hold: HOLD })
      .wait(3000)
      .restart('coordinator');
    expect(word(h.appendedAbort(T, 'participant-1').probesAndRests())).toEqual({
      said: 'not as expected',
      first: expect.stringContaining('termination is violated, though the protocol promises it'),
    });
  });

  it('a claimed violation that did not show', () => {
    const plan = claiming(undefined, { 'non-blocking': 'violated' });
    expect(
      word(participantKilled(), {
        ...plan,
        faults: [planned({ fault: { do: 'kill', node: nodeId('participant-2') } })],
      }),
    ).toEqual({
      said: 'not as expected',
      first: expect.stringContaining('non-blocking: expected a violation, but it holds'),
    });
  });

  it('a node that ended by itself, with its last words, even when the run was cut short', () => {
    const h = allVotesIn().lab({
      kind: 'exited',
      node: both[0] as never,
      byLab: false,
      exitCode: 7,
      oomKilled: false,
      lastLines: ['cannot open log'],
    });
    expect(word(h.lab({ kind: 'ended', why: 'node-failed' }))).toEqual({
      said: 'not as expected',
      first: 'participant-1 ended by itself with exit code 7. Its last lines: cannot open log',
    });
  });

  it('a node that used too much memory, or that found a bug in itself', () => {
    const oom = killedBeforeDecision().lab({
      kind: 'exited',
      node: both[0] as never,
      byLab: true,
      exitCode: 137,
      oomKilled: true,
      lastLines: [],
    });
    expect(word(oom).first).toBe('participant-1 was killed for using too much memory. It said nothing.');
    const bug = killedBeforeDecision().trace('coordinator', { kind: 'bug', message: 'a vote was counted twice' });
    expect(word(bug).first).toBe('coordinator found a bug in itself: a vote was counted twice');
  });

  it('a broken safety promise, whatever the evidence of the fault', () => {
    const h = killedBeforeDecision().without((event) => event.kind === 'fault' || event.kind === 'ended');
    h.decided(T, 'commit', 'participant-1');
    expect(word(h)).toEqual({ said: 'not as expected', first: expect.stringContaining('atomicity is violated') });
  });
});

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
    expect(word(quiet, plan({ properties: { fencing: 'holds' } })).first).toContain(
      'There is no checker for fencing yet',
    );
    expect(word(quiet, plan({ target: { decision: 'abort' }, properties: {} })).first).toBe(
      'No transaction was hit, so nothing can be said of the target.',
    );
  });
});
