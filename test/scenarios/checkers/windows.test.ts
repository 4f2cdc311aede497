// When faults lasted, and when a node was away: a full disk is a time away, though its node lives and hears.

import { describe, expect, test } from 'vitest';
import { nodeId } from '../../../nodes/contract/ids.ts';
import {
  absencesOf,
  faultWindows,
  lastChangeAt,
  lastHealAt,
  nodeAbsences,
  unreadLogs,
} from '../../../scenarios/checkers/windows.ts';
import { HistoryBuilder } from '../../support/history-builder.ts';
import type { History } from '../../../scenarios/findings.ts';

const TWO = nodeId('participant-2');

/** The fault, a while, its end, a while. */
function filled(ended: 'healed' | 'not healed' | 'unseen' = 'healed'): History {
  const h = new HistoryBuilder().wait(100).fault('fill', TWO).wait(2000);
  if (ended !== 'not healed') h.fault('heal', TWO, { seen: ended === 'healed' });
  return h.wait(500).phase('healed').build();
}

function timesOf({ events }: History) {
  const [fault, heal] = events.flatMap((event) => (event.kind === 'fault' ? [event] : []));
  if (!fault) throw new Error('there is no fault');
  return { fault, heal };
}

describe('a full disk', () => {
  test('is a window from before it was full to after it had room, certain between what was seen of either', () => {
    const history = filled();
    const { fault, heal } = timesOf(history);
    expect(faultWindows(history)).toMatchObject([
      { from: fault.since, to: heal?.at, certain: { from: fault.at, to: heal?.since }, injected: { fault: 'fill' } },
    ]);
    expect(lastHealAt(history)).toBe(heal?.at);
    expect(lastChangeAt(history)).toBe(heal?.at);
  });

  test('keeps its node away all the while, and no other', () => {
    const history = filled();
    const { fault, heal } = timesOf(history);
    const away = [{ from: fault.since, to: heal?.at }];
    expect(nodeAbsences(history, TWO)).toEqual(away);
    expect(absencesOf(history, TWO)).toEqual(away);
    expect(nodeAbsences(history, nodeId('participant-1'))).toEqual([]);
  });

  test.each(['not healed', 'unseen'] as const)('that was %s lasts without end', (ended) => {
    const history = filled(ended);
    const { fault } = timesOf(history);
    expect(faultWindows(history)).toMatchObject([{ from: fault.since, to: Number.POSITIVE_INFINITY }]);
    expect(lastHealAt(history)).toBeNull();
    // The node is as good as gone: from then on it must do without.
    expect(lastChangeAt(history)).toBe(fault.at);
  });

  test('is not over when its node comes back from a kill of its own', () => {
    const h = new HistoryBuilder().wait(100).fault('fill', TWO, { id: 'full' }).wait(100);
    h.kill(TWO, { id: 'dead' }).wait(200).restart(TWO, { id: 'dead' }).wait(1000).fault('heal', TWO, { id: 'full' });
    const history = h.wait(100).build();
    const { fault } = timesOf(history);
    const heal = history.events.findLast((event) => event.kind === 'fault');
    expect(nodeAbsences(history, TWO)).toEqual([{ from: fault.since, to: heal?.at }]);
  });

  test('leaves no log unread: nobody died of it', () => {
    expect(unreadLogs(filled('not healed'))).toEqual([]);
  });
});

describe('a promote', () => {
  const promoted = (seen: boolean) => new HistoryBuilder().wait(100).fault('promote', TWO, { seen }).wait(500).build();

  test('is over when it is done, and keeps nobody away', () => {
    const history = promoted(true);
    const { fault } = timesOf(history);
    expect(faultWindows(history)).toMatchObject([{ from: fault.since, to: fault.at, injected: { fault: 'promote' } }]);
    expect(lastHealAt(history)).toBe(fault.at);
    expect(nodeAbsences(history, TWO)).toEqual([]);
  });

  test('that was not seen is not over', () => {
    expect(lastHealAt(promoted(false))).toBeNull();
  });
});
