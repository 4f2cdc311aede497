import { describe, expect, it } from 'vitest';
import { check, checkAll, judgedIn } from '../../../scenarios/checkers/all.ts';
import { HistoryBuilder, transfer } from '../../support/history-builder.ts';

const properties = judgedIn(new HistoryBuilder().build());
const A = 'coordinator.1.1';
const both = ['participant-1', 'participant-2'] as const;

describe('all checkers', () => {
  it('make unknown, never a pass, of a checker that throws and of a property without a checker', () => {
    const history = new HistoryBuilder().build();
    const failing = () => {
      throw new Error('out of cheese');
    };
    expect(check(history, 'journal', failing)).toMatchObject({
      judgement: 'unknown',
      reason: 'The checker of journal failed: out of cheese.',
    });
    expect(checkAll(history, ['fencing'])).toMatchObject([{ property: 'fencing', judgement: 'unknown' }]);
  });

  it('find nothing wrong with a run without faults', () => {
    const findings = checkAll(new HistoryBuilder().commits(A, 'op-1').probesAndRests().build(), properties);
    expect(findings.map(({ property, judgement }) => `${property} ${judgement}`)).toEqual(
      properties.map((property) => `${property} holds`),
    );
  });

  it('n3: do not flag duplicated and reordered messages of a correct protocol', () => {
    const message = { word: 'commit', about: A as never };
    const h = new HistoryBuilder()
      .commits(A, 'op-1')
      .commits('coordinator.1.2', 'op-2', transfer('participant-2/a02', 'participant-1/a03', 7));
    for (const word of ['commit', 'prepare', 'commit']) {
      for (const node of both)
        h.trace(node, { kind: 'received', from: 'coordinator' as never, message: { ...message, word } });
    }
    for (const node of both)
      h.trace(node, { kind: 'sent', to: 'coordinator' as never, message: { ...message, word: 'ack' } });
    const findings = checkAll(h.probesAndRests().build(), properties);
    expect(findings.filter(({ judgement }) => judgement !== 'holds')).toEqual([]);
  });
});
