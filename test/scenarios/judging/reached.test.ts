// Which steps a history shows as reached, and by how many.

import { expect, test } from 'vitest';
import { isHeld, timesReached } from '../../../scenarios/judging/reached.ts';
import { nodeId } from '../../../nodes/contract/ids.ts';
import { HistoryBuilder, tx } from '../../support/history-builder.ts';
import type { Gap } from '../../../nodes/contract/step.ts';
import type { History } from '../../../scenarios/findings.ts';

function vote(about: string, says: 'yes' | 'no') {
  return { kind: 'sent', to: nodeId('coordinator'), message: { word: 'vote', about: tx(about), vote: says } } as const;
}

function came(history: History, gap: Omit<Gap, 'when'>, node = 'participant-1'): number {
  return timesReached(history, { node: nodeId(node), gap: { when: 'before', ...gap } });
}

test('a step is counted by the transactions that came to it, each once, its kinds apart', () => {
  const history = new HistoryBuilder()
    .trace('participant-1', vote('a', 'yes'))
    .trace('participant-1', vote('a', 'yes'))
    .trace('participant-1', vote('b', 'yes'))
    .trace('participant-1', vote('c', 'no'))
    .trace('participant-2', vote('d', 'yes'))
    .build();
  expect(came(history, { verb: 'send', word: 'vote' })).toBe(3);
  expect(came(history, { verb: 'send', word: 'vote', kind: { field: 'vote', is: 'yes' } })).toBe(2);
  expect(came(history, { verb: 'send', word: 'vote', kind: { field: 'vote', is: 'no' } })).toBe(1);
  expect(came(history, { verb: 'receive', word: 'vote' })).toBe(0);
});

test('forces, timers and what clients ask and are told are steps, too', () => {
  const history = new HistoryBuilder()
    .commits('a', 'op-1')
    .trace('participant-1', { kind: 'expired', word: 'inquiry', about: 'a' })
    .build();
  expect(came(history, { verb: 'force', word: 'prepared' })).toBe(1);
  expect(came(history, { verb: 'append', word: 'prepared' })).toBe(0);
  expect(came(history, { verb: 'expire', word: 'inquiry' })).toBe(1);
});

test('what comes after the probes began is out of reach of a fault', () => {
  const history = new HistoryBuilder().phase('probing').commits('a', 'op-1').build();
  expect(came(history, { verb: 'force', word: 'prepared' })).toBe(0);
});

test('a run whose step was held says so', () => {
  expect(isHeld(new HistoryBuilder().build())).toBe(false);
  expect(isHeld(new HistoryBuilder().held('coordinator', 'fault-1', 'a').build())).toBe(true);
});
