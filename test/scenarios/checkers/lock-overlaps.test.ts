import { describe, expect, it } from 'vitest';
import { durability } from '../../../scenarios/checkers/durability.ts';
import { factsOf } from '../../../scenarios/checkers/gather.ts';
import { lockOverlaps } from '../../../scenarios/checkers/lock-overlaps.ts';
import { HistoryBuilder, transfer, tx } from '../../support/history-builder.ts';

const A = tx('coordinator.1.1');
const B = tx('coordinator.1.2');
const SAME = transfer('participant-1/a01', 'participant-2/a01', 5);
const OTHER = transfer('participant-1/a02', 'participant-2/a02', 5);
const overlapsIn = (h: HistoryBuilder) => lockOverlaps(factsOf(h.build()));

function promised(): HistoryBuilder {
  return new HistoryBuilder().invoked('op-1', SAME).began(A, 'op-1').prepared(A, 'participant-1', 'participant-2');
}

describe('lock overlaps', () => {
  it('are caught when a participant forgets its locks over a restart', () => {
    const h = promised()
      .kill('participant-2')
      .restart('participant-2')
      .invoked('op-2', SAME)
      .began(B, 'op-2')
      .prepared(B, 'participant-2');
    expect(overlapsIn(h)).toMatchObject([
      {
        reason:
          'participant-2 promised a01 to coordinator.1.2 while coordinator.1.1, which holds its lock, was still in doubt there.',
      },
    ]);
    expect(durability(h.build()).judgement).toBe('violated');
  });

  it('are caught without any restart', () => {
    expect(overlapsIn(promised().invoked('op-2', SAME).began(B, 'op-2').prepared(B, 'participant-1'))).toHaveLength(1);
  });

  it('are not seen on different accounts, after a decision, or in the same transaction promised again', () => {
    expect(overlapsIn(promised().invoked('op-2', OTHER).began(B, 'op-2').prepared(B, 'participant-1'))).toEqual([]);
    expect(
      overlapsIn(
        promised()
          .decided(A, 'commit', 'participant-1')
          .invoked('op-2', SAME)
          .began(B, 'op-2')
          .prepared(B, 'participant-1'),
      ),
    ).toEqual([]);
    expect(
      overlapsIn(
        promised()
          .appendedAbort(A, 'participant-1')
          .invoked('op-2', SAME)
          .began(B, 'op-2')
          .prepared(B, 'participant-1'),
      ),
    ).toEqual([]);
    expect(overlapsIn(promised().prepared(A, 'participant-1'))).toEqual([]);
  });
});
