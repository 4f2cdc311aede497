import { describe, expect, it } from 'vitest';
import { nodeId } from '../../../nodes/contract/ids.ts';
import { doubtsOf } from '../../../scenarios/checkers/doubts.ts';
import { nonBlocking } from '../../../scenarios/checkers/non-blocking.ts';
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

function blockedBy(h: HistoryBuilder) {
  const doubts = doubtsOf(h.build(), 1000).filter(({ blocked }) => blocked);
  return doubts.map(({ node, couldHaveTold, keys }) => ({ node, couldHaveTold, keys }));
}

describe('who is blocked, and who could have told', () => {
  it('F3: the votes are in and nothing is decided: both, and nobody could have told', () => {
    expect(blockedBy(killedBeforeDecision())).toEqual([
      { node: 'participant-1', couldHaveTold: [], keys: ['a01'] },
      { node: 'participant-2', couldHaveTold: [], keys: ['a01'] },
    ]);
  });

  it('F4: the decision is forced and nobody told: both, and only the dead coordinator knew', () => {
    expect(blockedBy(killedAfterDecision())).toEqual([
      { node: 'participant-1', couldHaveTold: ['coordinator'], keys: ['a01'] },
      { node: 'participant-2', couldHaveTold: ['coordinator'], keys: ['a01'] },
    ]);
  });

  it('F5: one was told: only the other is blocked, and its peer could have told', () => {
    expect(blockedBy(killedBetweenTellings())).toEqual([
      { node: 'participant-2', couldHaveTold: ['coordinator', 'participant-1'], keys: ['a01'] },
    ]);
  });

  it('the reason says who, how long, what it locked and whose log held the decision', () => {
    const { judgement, reason, events } = nonBlocking(killedAfterDecision().build());
    expect(judgement).toBe('violated');
    expect(reason).toBe(
      'participant-1 stayed in doubt about coordinator.1.20 for 3001 ms, 3000 ms of it while a fault lasted and it was up (bound 1000 ms), locking a01; ' +
        'the log of coordinator held commit since 0.2 ms into the doubt. (And 1 more violation.)',
    );
    expect(events.map(({ kind }) => kind)).toEqual(['durable', 'durable', 'fault']);
  });
});

it('a decision that came with the heal, before the lab had marked it, told nobody during the fault', () => {
  const h = allVotesIn().held('coordinator', HOLD, T).fault('pause', 'coordinator', { hold: HOLD }).wait(2000);
  const undone = { kind: 'fault', id: HOLD, fault: 'resume', node: nodeId('coordinator') } as const;
  const since = (h.events.at(-1)?.at ?? 0) + 2_000_000;
  h.released('coordinator', HOLD).decided(T, 'commit', 'coordinator').wait(300);
  h.lab({ ...undone, since, evidence: { seen: true, text: 'running' } })
    .decided(T, 'commit', ...both)
    .probesAndRests();
  expect(blockedBy(h)).toMatchObject([{ couldHaveTold: [] }, { couldHaveTold: [] }]);
  expect(doubtsOf(h.build(), 1000)[0]?.blockedMs).toBeCloseTo(2000, -1);
});

it('a dead coordinator’s fault lasts until it runs again, not only until the lab begins to start it', () => {
  const h = allVotesIn().kill('coordinator').wait(900);
  const since = h.events.at(-1)?.at ?? 0;
  h.wait(300).boot('coordinator');
  const evidence = { seen: true, text: 'running' };
  h.lab({ kind: 'fault', id: HOLD, fault: 'restart', node: nodeId('coordinator'), since, evidence });
  expect(blockedBy(h.appendedAbort(T, ...both).probesAndRests())).toMatchObject([
    { node: 'participant-1' },
    { node: 'participant-2' },
  ]);
});

it('the doubt about the transaction that the fault was aimed at is told first, even when another lasted longer', () => {
  const h = new HistoryBuilder()
    .invoked('op-1')
    .began('coordinator.1.1', 'op-1')
    .prepared('coordinator.1.1', ...both)
    .wait(100);
  h.invoked('op-20')
    .began(T, 'op-20')
    .prepared(T, ...both)
    .held('coordinator', HOLD, T)
    .kill('coordinator', { hold: HOLD });
  h.appendedAbort(T, 'participant-2').wait(3000).restart('coordinator').appendedAbort(T, 'participant-1');
  h.appendedAbort('coordinator.1.1', ...both).probesAndRests();
  expect(nonBlocking(h.build()).reason).toContain('participant-1 stayed in doubt about coordinator.1.20');
});

describe('non-blocking catches', () => {
  it('a doubt across a restart of the coordinator that brings no answer, cut by cut', () => {
    const h = allVotesIn()
      .held('coordinator', HOLD, T)
      .kill('coordinator', { hold: HOLD })
      .wait(700)
      .restart('coordinator');
    h.fault('cut', 'coordinator', { id: 'f2' })
      .wait(700)
      .fault('heal', 'coordinator', { id: 'f2' })
      .appendedAbort(T, ...both);
    expect(nonBlocking(h.probesAndRests().build()).judgement).toBe('violated');
  });

  it('a participant in doubt behind a cut, whoever it cannot reach', () => {
    const h = allVotesIn()
      .decided(T, 'commit', 'coordinator', 'participant-1')
      .fault('cut', 'participant-2')
      .wait(3000);
    h.fault('heal', 'participant-2').decided(T, 'commit', 'participant-2');
    expect(blockedBy(h.probesAndRests())).toMatchObject([{ node: 'participant-2' }]);
  });

  it('a doubt while the coordinator is paused', () => {
    const h = allVotesIn().held('coordinator', HOLD, T).fault('pause', 'coordinator', { hold: HOLD }).wait(2000);
    h.fault('resume', 'coordinator')
      .released('coordinator', HOLD)
      .decided(T, 'commit', 'coordinator', ...both);
    expect(blockedBy(h.probesAndRests())).toMatchObject([{ node: 'participant-1' }, { node: 'participant-2' }]);
  });

  it('a doubt that outlasts the bound without any fault', () => {
    const h = allVotesIn()
      .wait(1500)
      .decided(T, 'commit', 'coordinator', ...both);
    expect(nonBlocking(h.build())).toMatchObject({
      judgement: 'violated',
      reason: expect.stringContaining('for 1500 ms'),
    });
  });

  it('a doubt in which the history ends', () => {
    const h = allVotesIn().kill('coordinator').wait(1500).phase('settled');
    expect(doubtsOf(h.build(), 1000)).toMatchObject([
      { to: null, blocked: true },
      { to: null, blocked: true },
    ]);
  });

  it('a participant that forgot in a crash what it was told, and finds nobody to ask', () => {
    const h = allVotesIn()
      .appendedAbort(T, ...both)
      .kill('coordinator')
      .kill('participant-1', { id: 'f2' });
    h.restart('participant-1', { id: 'f2' }).wait(2000).restart('coordinator').appendedAbort(T, 'participant-1');
    expect(blockedBy(h.probesAndRests())).toEqual([{ node: 'participant-1', couldHaveTold: [], keys: ['a01'] }]);
  });

  it('a participant that is alive from its boot on, not only when the lab hears of it', () => {
    const h = allVotesIn().kill('coordinator').kill('participant-1', { id: 'f2' }).boot('participant-1').wait(1500);
    h.fault('restart', 'participant-1', { id: 'f2' })
      .restart('coordinator')
      .appendedAbort(T, ...both);
    expect(blockedBy(h.probesAndRests())).toMatchObject([{ node: 'participant-1' }, { node: 'participant-2' }]);
  });

  it('a live participant again in doubt after its own restart', () => {
    const h = allVotesIn()
      .kill('coordinator')
      .kill('participant-1', { id: 'f2' })
      .wait(500)
      .restart('participant-1', { id: 'f2' });
    h.wait(1500)
      .restart('coordinator')
      .appendedAbort(T, ...both);
    expect(doubtsOf(h.build(), 1000)[0]).toMatchObject({
      node: 'participant-1',
      blocked: true,
      blockedMs: expect.closeTo(1500, -1),
    });
  });
});

describe('non-blocking does not flag', () => {
  it('n4: a participant that was told to abort in time', () => {
    expect(nonBlocking(participantKilled().build()).judgement).toBe('holds');
  });

  it('a participant that is itself dead', () => {
    const h = allVotesIn().kill('participant-2').decided(T, 'commit', 'coordinator', 'participant-1').wait(3000);
    h.restart('participant-2').decided(T, 'commit', 'participant-2').probesAndRests();
    expect(nonBlocking(h.build()).judgement).toBe('holds');
  });

  it('a participant that ended by itself', () => {
    const node = nodeId('participant-2');
    const h = allVotesIn().lab({ kind: 'exited', node, byLab: false, exitCode: 1, oomKilled: false, lastLines: [] });
    h.logged('participant-2', 'after-kill').decided(T, 'commit', 'coordinator', 'participant-1').wait(3000);
    expect(nonBlocking(h.boot('participant-2').decided(T, 'commit', 'participant-2').build()).judgement).toBe('holds');
  });

  it('a participant that is itself paused', () => {
    const h = allVotesIn()
      .fault('pause', 'participant-2')
      .decided(T, 'commit', 'coordinator', 'participant-1')
      .wait(3000);
    h.fault('resume', 'participant-2').decided(T, 'commit', 'participant-2').probesAndRests();
    expect(nonBlocking(h.build()).judgement).toBe('holds');
  });

  it('a participant that is held at a step', () => {
    const h = allVotesIn().held('participant-1', HOLD, T).held('participant-2', 'f2', T).wait(3000);
    h.released('participant-1', HOLD)
      .released('participant-2', 'f2')
      .decided(T, 'commit', 'coordinator', ...both);
    expect(nonBlocking(h.build()).judgement).toBe('holds');
  });

  it('n1: in doubt at the end of the fault window, decided within the bound', () => {
    expect(nonBlocking(killedBeforeDecision({ downMs: 400 }).build()).judgement).toBe('holds');
  });

  it('n1: in doubt at the end of a window that is shorter than the bound: it cannot tell', () => {
    const h = allVotesIn()
      .kill('coordinator')
      .wait(400)
      .restart('coordinator')
      .wait(900)
      .appendedAbort(T, ...both);
    expect(nonBlocking(h.build())).toMatchObject({
      judgement: 'unknown',
      reason: expect.stringContaining('until the heal, but only for'),
    });
  });

  it('an appended abort that a crash loses: the dead time between is nobody’s', () => {
    const h = allVotesIn()
      .kill('coordinator')
      .appendedAbort(T, ...both)
      .kill('participant-1', { id: 'f2' })
      .wait(3000);
    h.restart('participant-1', { id: 'f2' }).restart('coordinator').appendedAbort(T, 'participant-1').probesAndRests();
    expect(nonBlocking(h.build()).judgement).toBe('holds');
  });

  it('a wait for a coordinator that the lab itself holds, while a slow engine kills somebody else', () => {
    const h = allVotesIn()
      .held('coordinator', HOLD, T)
      .wait(2000)
      .kill('client', { hold: HOLD })
      .released('coordinator', HOLD)
      .decided(T, 'commit', 'coordinator', ...both)
      .wait(1500)
      .restart('client')
      .probesAndRests();
    expect(nonBlocking(h.build()).judgement).toBe('holds');
  });

  it('but not the time for which a coordinator is dead that was held to be killed', () => {
    const h = allVotesIn()
      .held('coordinator', HOLD, T)
      .kill('coordinator', { hold: HOLD })
      .wait(900)
      .restart('coordinator')
      .wait(800)
      .appendedAbort(T, ...both)
      .probesAndRests();
    expect(nonBlocking(h.build()).judgement).toBe('unknown');
  });

  it('but not a wait for one that goes on undecided after the release', () => {
    const h = allVotesIn()
      .held('coordinator', HOLD, T)
      .wait(2000)
      .kill('client', { hold: HOLD })
      .released('coordinator', HOLD)
      .wait(1500)
      .decided(T, 'commit', 'coordinator', ...both)
      .restart('client')
      .probesAndRests();
    expect(nonBlocking(h.build()).judgement).toBe('violated');
  });
});

describe('non-blocking is unknown', () => {
  it('when the trace of the participant that seems blocked has a hole', () => {
    const h = killedBeforeDecision().lab({ kind: 'trace-lost', node: 'participant-1' as never, detail: 'x' });
    h.lab({ kind: 'trace-lost', node: 'participant-2' as never, detail: 'x' });
    expect(nonBlocking(h.build()).judgement).toBe('unknown');
  });

  it('without a bound', () => {
    const { run, ...history } = killedBeforeDecision().build();
    expect(nonBlocking({ ...history, run: { ...run, timeouts: {} } }).judgement).toBe('unknown');
  });

  it('not applicable when nobody was ever in doubt', () => {
    expect(nonBlocking(new HistoryBuilder().build()).judgement).toBe('not applicable');
  });
});
