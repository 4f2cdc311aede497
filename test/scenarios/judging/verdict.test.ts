// Verdicts on runs that show something: as expected, or not, and why.

import { describe, expect, it } from 'vitest';
import { nodeId, type TxId } from '../../../nodes/contract/ids.ts';
import { judge } from '../../../scenarios/judging/verdict.ts';
import { both, claiming, claims, planned, word } from '../../support/claims.ts';
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
import type { Expectation } from '../../../scenarios/findings.ts';

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

  it('so many blocked, whoever they are', () => {
    const plan = claiming({ blocked: 1 });
    expect(word(killedBetweenTellings(), plan)).toEqual({
      said: 'as expected',
      first: 'participant-2 stayed blocked on it, as claimed.',
    });
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

  it.each([
    [
      killedBetweenTellings(),
      2,
      'Expected 2 participants to be blocked on the target coordinator.1.20, but 1 was: participant-2 in doubt for 3000 ms of the fault.',
    ],
    [
      killedBeforeDecision(),
      1,
      'Expected 1 participant to be blocked on the target coordinator.1.20, but 2 were: participant-1 in doubt for 3000 ms of the fault and participant-2 in doubt for 3000 ms of the fault.',
    ],
    [
      participantKilled(),
      1,
      'Expected 1 participant to be blocked on the target coordinator.1.20, but none was: participant-1 in doubt for 400 ms of the fault.',
    ],
  ])('more or fewer blocked than should be (%#)', (h, blocked, reason) => {
    expect(word(h, claiming({ blocked }))).toEqual({ said: 'not as expected', first: reason });
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
    const { said, first } = word(killedBeforeDecision({ downMs: 600 }), {
      ...claiming({ blocked: both }),
      faults: [planned({ then: { do: 'restart', afterMs: 600 } })],
    });
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
