// One operation, committed by two transactions.

import { expect, test } from 'vitest';
import { validity } from '../../../scenarios/checkers/validity.ts';
import { HistoryBuilder } from '../../support/history-builder.ts';

const both = ['participant-1', 'participant-2'] as const;

/** Begun twice for one request of its client. */
function twice(): HistoryBuilder {
  const h = new HistoryBuilder().invoked('op-1');
  for (const tx of ['coordinator.1.1', 'coordinator.1.2']) h.began(tx, 'op-1').prepared(tx, ...both);
  return h;
}

test('an operation that two transactions committed is a double execution, whatever its client was told', () => {
  for (const outcome of ['ok', 'unknown'] as const) {
    const h = twice()
      .decided('coordinator.1.1', 'commit', 'coordinator')
      .decided('coordinator.1.2', 'commit', 'coordinator');
    const told = outcome === 'ok' ? h.completed('op-1', 'ok', 'coordinator.1.2') : h.completed('op-1', 'unknown');
    expect(validity(told.build())).toMatchObject({
      judgement: 'violated',
      reason: expect.stringContaining(
        'Double execution: op-1 was committed 2 times, as coordinator.1.1 and coordinator.1.2.',
      ) as string,
    });
  }
});

test('an operation that was begun twice and committed once is counted once', () => {
  const h = twice().decided('coordinator.1.2', 'commit', 'coordinator').completed('op-1', 'ok', 'coordinator.1.2');
  expect(validity(h.build()).judgement).toBe('holds');
});

test('a client that was told failed of its last attempt was lied to when an earlier one committed', () => {
  const h = twice().decided('coordinator.1.1', 'commit', 'coordinator').completed('op-1', 'failed', 'coordinator.1.2');
  expect(validity(h.build()).reason).toContain('op-1 ended failed, but coordinator committed its coordinator.1.1.');
});
