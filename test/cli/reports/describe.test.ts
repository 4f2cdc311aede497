import { expect, test } from 'vitest';
import { join } from 'node:path';
import { verdictLines } from '../../../cli/reports/describe.ts';
import { wrap } from '../../../cli/feed/wrap.ts';
import { readRecording } from '../../support/recorded-run.ts';
import { eventText } from '../../../cli/reports/event-text.ts';
import { nodeId } from '../../../nodes/contract/ids.ts';
import type { Note } from '../../../nodes/contract/notes.ts';
import type { TraceEvent } from '../../../nodes/contract/events.ts';
import type { TxId } from '../../../nodes/contract/ids.ts';
import type { Verdict } from '../../../scenarios/findings.ts';
import type { Plan } from '../../../scenarios/plan/plan-types.ts';

const RECORDING = readRecording(join(import.meta.dirname, '../dashboard/recorded-run.jsonl'));
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

test('a verdict says how long locks were held, and which one longest', () => {
  const longest = { tx, site: nodeId('participant-1'), keys: ['a07'], ms: 3454, open: false };
  const locks = { count: 40, p50Ms: 1.25, p99Ms: 8, longest };
  const verdict: Verdict = { word: 'as expected', reasons: [], findings: [], target: null, locks };
  const plan = { expect: { properties: {} }, promises: [] } as unknown as Plan;
  const lines = verdictLines(verdict, plan, { paint: (_, text) => text, served: 0 });
  expect(lines.join('\n')).toContain(
    'locks    held for 1.3 ms in the median, 8 ms at p99; longest 3454 ms: a07 at participant-1 for coordinator.1.20',
  );
});

test('verdict lines break at word borders where the terminal ends, and nowhere without one', () => {
  const { verdict, plan } = RECORDING;
  const shown = { paint: (_: unknown, text: string) => text, served: 0 };
  const whole = verdictLines(verdict, plan, shown);
  const broken = verdictLines(verdict, plan, { ...shown, columns: 80 });
  expect(Math.max(...whole.map((line) => line.length))).toBeGreaterThan(80);
  expect(Math.max(...broken.map((line) => line.length))).toBeLessThanOrEqual(80);
  const words = (lines: readonly string[]) => lines.join(' ').split(/ +/);
  expect(words(broken)).toEqual(words(whole));
});

test.each([
  ['one two three', 7, 7, ['one two', 'three']],
  ['one two three', 7, 3, ['one', 'two', 'three']],
  ['abcdefgh ij', 3, 3, ['abc', 'def', 'gh', 'ij']],
  ['', 5, 5, ['']],
] as const)('%j is broken at %i columns, at first %i', (text, width, firstWidth, lines) => {
  expect(wrap(text, width, firstWidth)).toEqual(lines);
});
