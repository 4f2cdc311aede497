// Transfers over more than two banks: any one of five parts that is missing shows.

import { describe, expect, it } from 'vitest';
import { atomicity } from '../../../scenarios/checkers/atomicity.ts';
import { conservation } from '../../../scenarios/checkers/transfers/conservation.ts';
import { journal } from '../../../scenarios/checkers/transfers/journal.ts';
import { termination } from '../../../scenarios/checkers/termination.ts';
import { HistoryBuilder, paysAll, tx } from '../../support/history-builder.ts';
import { rewriting } from '../../support/journals.ts';

const A = 'coordinator.1.1';
const FIVE = Array.from({ length: 5 }, (_, index) => `participant-${index + 1}`);

/** The first of five banks pays each of the others 10. */
function paidAll(): HistoryBuilder {
  return new HistoryBuilder({ participants: 5 }).commits(A, 'op-1', paysAll(FIVE, 10));
}

describe('of a transfer over five banks', () => {
  it('all five parts, in doubt and then decided, are in order', () => {
    const late = new HistoryBuilder({ participants: 5 })
      .invoked('op-1', paysAll(FIVE, 10))
      .began(A, 'op-1')
      .prepared(A, ...FIVE)
      .kill('coordinator')
      .completed('op-1', 'unknown')
      .restart('coordinator')
      .decided(A, 'commit', 'coordinator', ...FIVE);
    for (const h of [paidAll(), late]) {
      expect(journal(h.rests().build()).judgement).toBe('holds');
      expect(conservation(h.build()).judgement).toBe('holds');
    }
  });

  it('none of five parts is in order where the client was told failed or nothing', () => {
    for (const outcome of ['failed', 'unknown'] as const) {
      const h = new HistoryBuilder({ participants: 5 })
        .invoked('op-1', paysAll(FIVE, 10))
        .began(A, 'op-1')
        .refused(A, 'participant-1', 'overdraft', { key: 'a01' })
        .decided(A, 'abort', 'coordinator', ...FIVE.slice(1))
        .completed('op-1', outcome, A);
      expect(journal(h.rests().build()).judgement).toBe('holds');
    }
  });

  it.each(FIVE)('a missing part of %s is caught, by journal, total and atomicity', (bank) => {
    const lost = paidAll().dumping(
      bank,
      rewriting('a01', () => []),
    );
    const history = lost.rests().build();
    expect(journal(history).judgement).toBe('violated');
    expect(journal(history).reason).toContain('op-1 ended ok, but the journals do not hold all 5 sides of its');
    const change = bank === FIVE[0] ? '40 were made' : '10 were lost';
    expect(conservation(history).reason).toContain(change);
    const split = new HistoryBuilder({ participants: 5 })
      .invoked('op-1', paysAll(FIVE, 10))
      .began(A, 'op-1')
      .prepared(A, ...FIVE)
      .decided(A, 'commit', 'coordinator', ...FIVE.filter((other) => other !== bank))
      .decided(A, 'abort', bank)
      .completed('op-1', 'ok', A);
    expect(atomicity(split.rests().build()).judgement).toBe('violated');
    expect(journal(split.build()).judgement).toBe('violated');
  });

  it.each(['failed', 'unknown'] as const)('one part of five done is caught where the client was told %s', (outcome) => {
    const h = new HistoryBuilder({ participants: 5 })
      .invoked('op-1', paysAll(FIVE, 10))
      .began(A, 'op-1')
      .completed('op-1', outcome, A)
      .applied(A, 'participant-4');
    expect(journal(h.rests().build()).judgement).toBe('violated');
  });

  it.each([
    ['paid in four lines instead of one sum', 'participant-1', [-10, -10, -10, -10]],
    ['paid once for all four', 'participant-1', [-10]],
    ['paid out twice', 'participant-3', [10, 10]],
    ['paid out in another amount', 'participant-3', [20]],
  ] as const)('a part %s is caught', (_, bank, deltas) => {
    const h = paidAll().dumping(
      bank,
      rewriting('a01', () => deltas.map((delta) => ({ tx: tx(A), delta }))),
    );
    expect(journal(h.rests().build()).judgement).toBe('violated');
  });

  it('nothing is said of its money while one of five is in doubt, and termination names it', () => {
    const h = new HistoryBuilder({ participants: 5 })
      .invoked('op-1', paysAll(FIVE, 10))
      .began(A, 'op-1')
      .prepared(A, ...FIVE)
      .decided(A, 'commit', 'coordinator', ...FIVE.slice(0, 4))
      .completed('op-1', 'ok', A);
    const history = h.wait(5000).rests().build();
    expect(journal(history).judgement).toBe('unknown');
    expect(conservation(history).judgement).toBe('unknown');
    expect(termination(history)).toMatchObject({
      judgement: 'violated',
      reason: expect.stringContaining('participant-5'),
    });
  });
});
