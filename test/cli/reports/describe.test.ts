import { expect, test } from 'vitest';
import { eventText } from '../../../cli/reports/event-text.ts';
import { nodeId } from '../../../nodes/contract/ids.ts';
import type { Note } from '../../../nodes/contract/notes.ts';
import type { TraceEvent } from '../../../nodes/contract/events.ts';
import type { TxId } from '../../../nodes/contract/ids.ts';

const tx = 'coordinator.1.20' as TxId;
const told = (note: Note): TraceEvent => ({
  at: 12_345,
  node: nodeId('participant-1'),
  incarnation: 1,
  seq: 1,
  kind: 'told',
  note,
});

test('an election names the new coordinator and the epoch', () => {
  const note = { word: 'elected', about: tx, coordinator: nodeId('participant-1'), epoch: 2 } as const;
  expect(eventText(told(note), 0)).toContain('participant-1 coordinates coordinator.1.20 in epoch 2');
});

test('a termination names the decision, who took it, and by which rule', () => {
  const note = {
    word: 'terminated',
    about: tx,
    decision: 'abort',
    epoch: 3,
    rule: 'TR3: everybody is waiting',
  } as const;
  expect(eventText(told(note), 0)).toContain(
    'coordinator.1.20 ends in abort, decided by participant-1 in epoch 3 by TR3: everybody is waiting',
  );
});
