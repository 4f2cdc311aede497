import { describe, expect, it } from 'vitest';
import { progress } from '../../../scenarios/checkers/progress.ts';
import { killedBeforeDecision } from '../../support/commit-stories.ts';
import { HistoryBuilder, transfer, tx } from '../../support/history-builder.ts';
import { LockStory } from '../../support/lock-story.ts';

const P = 'coordinator.2.1';

function healed(): HistoryBuilder {
  return new HistoryBuilder().kill('coordinator').wait(1000).restart('coordinator').phase('healed').phase('probing');
}

describe('progress', () => {
  it('holds when an operation asked after the last heal ended ok', () => {
    expect(progress(killedBeforeDecision().build())).toMatchObject({
      judgement: 'holds',
      reason: expect.stringContaining('1 operation'),
    });
  });

  it('is violated when every probe fails on a lock that nobody releases', () => {
    const h = healed()
      .invoked('probe-1')
      .began(P, 'probe-1')
      .refused(P, 'participant-1', 'locked')
      .completed('probe-1', 'failed', P);
    expect(progress(h.build())).toMatchObject({
      judgement: 'violated',
      reason: 'After the last heal 1 of 2 probed keys cannot be used: a01 of participant-1 is still locked.',
    });
  });

  it('is violated when one key stays locked, however many others can be used', () => {
    const h = healed()
      .commits('coordinator.2.2', 'probe-2', transfer('participant-1/a02', 'participant-2/a02', 1))
      .invoked('probe-3', transfer('participant-1/a03', 'participant-2/a03', 1))
      .began(P, 'probe-3')
      .prepared(P, 'participant-1')
      .refused(P, 'participant-2', 'locked', { holder: 'coordinator.1.20' })
      .votes(P, 'no', 'participant-2')
      .completed('probe-3', 'failed', P);
    const finding = progress(h.build());
    expect(finding).toMatchObject({
      judgement: 'violated',
      reason:
        'After the last heal 1 of 4 probed keys cannot be used: a03 of participant-2 is still locked by coordinator.1.20.',
    });
    expect(finding.events.map((event) => (event.kind === 'told' ? event.note.word : event.kind))).toEqual([
      'invoked',
      'refused',
      'completed',
    ]);
  });

  it('is violated when a key is refused as stale, or by a vote of no that no note explains', () => {
    const asked = () => healed().invoked('probe-1').began(P, 'probe-1').prepared(P, 'participant-1');
    const stale = asked().refused(P, 'participant-2', 'stale').completed('probe-1', 'failed', P);
    expect(progress(stale.build()).reason).toContain(
      'a01 of participant-2 could not be used, participant-2 voted no: stale.',
    );
    const silent = asked().votes(P, 'no', 'participant-2').completed('probe-1', 'failed', P);
    expect(progress(silent.build()).reason).toContain(
      'a01 of participant-2 could not be used, participant-2 voted no.',
    );
  });

  it('holds when a key is refused without a reason that was free, where the account has too little for the probe', () => {
    const rested = (amount: number) =>
      healed()
        .invoked('probe-1', transfer('participant-2/a01', 'participant-1/a01', amount))
        .began(P, 'probe-1')
        .prepared(P, 'participant-1')
        .votes(P, 'no', 'participant-2')
        .completed('probe-1', 'failed', P)
        .appendedAbort(P, 'participant-1')
        .rests();
    expect(progress(rested(100_000).build()).judgement).toBe('holds');
    expect(progress(rested(1).build()).judgement).toBe('violated');
  });

  it('is violated when a probe gets no answer, or ends unknown, and a node never agreed to it', () => {
    expect(progress(healed().invoked('probe-1').build())).toMatchObject({
      judgement: 'violated',
      reason: expect.stringContaining(
        '2 of 2 probed keys cannot be used: a01 of participant-1 could not be used, probe-1 got no answer',
      ),
    });
    const silent = healed().invoked('probe-1').began(P, 'probe-1').prepared(P, 'participant-1').gaveUp(P);
    expect(progress(silent.completed('probe-1', 'unknown', P).build()).reason).toBe(
      'After the last heal 1 of 2 probed keys cannot be used: a01 of participant-2 could not be used, probe-1 ended unknown.',
    );
  });

  it('holds when an account had too little for a probe: it was free, and the other bank had agreed', () => {
    const h = healed()
      .invoked('probe-1')
      .began(P, 'probe-1')
      .refused(P, 'participant-1', 'overdraft', { key: 'a01' })
      .prepared(P, 'participant-2')
      .completed('probe-1', 'failed', P);
    expect(progress(h.build())).toMatchObject({ judgement: 'holds', reason: expect.stringContaining('2 probed keys') });
  });

  it('holds when a probe is refused a lock of the probe before it, which is on its way to its end', () => {
    const h = healed()
      .commits('coordinator.2.2', 'probe-2')
      .invoked('probe-1')
      .began(P, 'probe-1')
      .refused(P, 'participant-1', 'locked', { holder: 'coordinator.2.2' })
      .votes(P, 'yes', 'participant-2')
      .completed('probe-1', 'failed', P);
    expect(progress(h.build()).judgement).toBe('holds');
  });

  it('is violated by a lock for the key alone that its refusal names', () => {
    const within = transfer('participant-1/a01', 'participant-1/a02', 5);
    const h = healed()
      .invoked('probe-1', within)
      .began(P, 'probe-1')
      .refused(P, 'participant-1', 'locked', { key: 'a02', holder: 'coordinator.1.20' })
      .completed('probe-1', 'failed', P);
    expect(progress(h.build())).toMatchObject({
      judgement: 'violated',
      reason: expect.stringContaining(
        '1 of 2 probed keys cannot be used: a02 of participant-1 is still locked by coordinator.1.20.',
      ),
    });
  });

  it('holds when a probe only looked', () => {
    const h = healed()
      .invoked('probe-1', transfer('participant-1/a01', 'participant-2/a01', 0))
      .began(P, 'probe-1')
      .votes(P, 'read', 'participant-1')
      .told('participant-2', { word: 'read', about: tx(P) })
      .completed('probe-1', 'unknown', P);
    expect(progress(h.build()).judgement).toBe('holds');
  });

  it('is unknown for a key of a bank whose other account was empty, or that is not there', () => {
    const within = transfer('participant-1/a01', 'participant-1/a02', 500);
    const refused = (reason: 'overdraft' | 'unknown-account', about?: { readonly key: string }) =>
      healed().invoked('probe-1', within).began(P, 'probe-1').refused(P, 'participant-1', reason, about);
    expect(progress(refused('overdraft', { key: 'a01' }).completed('probe-1', 'failed', P).build())).toMatchObject({
      judgement: 'unknown',
      reason: 'No probe shows whether a02 of participant-1 can be used again.',
    });
    expect(progress(refused('unknown-account').completed('probe-1', 'failed', P).build())).toMatchObject({
      judgement: 'unknown',
      reason: expect.stringContaining('a01 of participant-1'),
    });
  });

  it('is unknown when the run was cut short before a probe was answered', () => {
    const h = healed().invoked('probe-1').lab({ kind: 'ended', why: 'interrupted' });
    expect(progress(h.build()).judgement).toBe('unknown');
  });

  it('is unknown when the time for probes came and nothing was asked for', () => {
    expect(progress(new HistoryBuilder().commits(P, 'op-1').phase('probing').build()).judgement).toBe('unknown');
  });

  it('is unknown when there was no probe', () => {
    const h = new HistoryBuilder().commits('coordinator.1.1', 'op-1').kill('coordinator').restart('coordinator');
    expect(progress(h.build()).judgement).toBe('unknown');
  });

  it('is unknown when the probes only met empty accounts', () => {
    const h = healed()
      .invoked('probe-1')
      .began(P, 'probe-1')
      .refused(P, 'participant-1', 'overdraft', { key: 'a01' })
      .completed('probe-1', 'failed', P);
    expect(progress(h.build()).judgement).toBe('unknown');
  });

  it('is unknown when a fault was never healed, or the client’s trace has a hole', () => {
    expect(progress(new HistoryBuilder().kill('coordinator').commits(P, 'op-1').build()).judgement).toBe('unknown');
    const holed = healed()
      .invoked('probe-1')
      .lab({ kind: 'trace-lost', node: 'client' as never, detail: 'disk full' });
    expect(progress(holed.build()).judgement).toBe('unknown');
  });

  it.each([
    ['holds when a probe had the lock and its resource, and its work outlasted its lease', 'holds', true, ['r 1.1']],
    ['is violated when a probe had the lock, and the resource was never reached', 'violated', true, []],
    ['is violated when a probe reads without having had the lock', 'violated', false, ['r 1.1']],
  ] as const)('of a lock %s', (_, judgement, isGranted, journal) => {
    const asked = new LockStory().probing(10).invoked(20, '1.1');
    const story = (isGranted ? asked.granted(300, '1.1', 1010).yielded(1010, '1.1', 'deadline') : asked)
      .completed(1100, '1.1', 'failed')
      .journal(...journal);
    expect(progress(story.history()).judgement).toBe(judgement);
  });
});
