import { describe, expect, it } from 'vitest';
import { progress } from '../../../scenarios/checkers/progress.ts';
import { killedBeforeDecision } from '../../support/commit-stories.ts';
import { HistoryBuilder } from '../../support/history-builder.ts';

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
      reason: 'Not one of 1 operation asked after the last heal ended ok.',
    });
  });

  it('is violated when a probe gets no answer', () => {
    expect(progress(healed().invoked('probe-1').build()).judgement).toBe('violated');
  });

  it('is unknown when there was no probe', () => {
    const h = new HistoryBuilder().commits('coordinator.1.1', 'op-1').kill('coordinator').restart('coordinator');
    expect(progress(h.build()).judgement).toBe('unknown');
  });

  it('is unknown when the probes only met empty accounts', () => {
    const h = healed()
      .invoked('probe-1')
      .began(P, 'probe-1')
      .refused(P, 'participant-1', 'overdraft')
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
});
