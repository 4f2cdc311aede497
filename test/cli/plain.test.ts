// The plain view of a run: lines for what happens, as it happens.

import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { plainView } from '../../cli/plain.ts';
import { demand } from '../../cli/usage.ts';
import { nodeId } from '../../nodes/contract/ids.ts';
import { findScenario } from '../../scenarios/catalog.ts';
import { makePlan } from '../../scenarios/plan.ts';
import type { LabBody } from '../../nodes/contract/events.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const plan = makePlan(demand(findScenario('two-phase-baseline')), 7);
const node = nodeId('participant-1');

function watched() {
  const lines: string[] = [];
  const view = plainView(plan, { write: (line) => lines.push(line), paint: (_, text) => text });
  const doubt = { tx: 'coordinator.1.20', since: 1_000_000 };
  const tally = { committed: 0, aborted: 0, forced: 0, sent: 0 };
  view.show({
    kind: 'report',
    report: { say: 'status', node, incarnation: 1, seq: 1, at: 1_000_000, inDoubt: [doubt], ...tally },
  });
  return {
    doubts: () => lines.filter((line) => /in doubt|blocked/.test(line)).length,
    see: (body: LabBody) => view.show({ kind: 'event', event: { at: 1_000_000, ...body } }),
    close: () => view.close(),
  };
}

test('a doubt is shown as it grows older, until the run is over', () => {
  const run = watched();
  vi.advanceTimersByTime(1_100);
  expect(run.doubts()).toBe(2);
  run.see({ kind: 'ended', why: 'node-failed', detail: 'participant-2 ended by itself' });
  vi.advanceTimersByTime(10_000);
  expect(run.doubts()).toBe(2);
  run.close();
});
