// A recorded run is taken apart into what the lab saw and what each node traced, and judged from these without a cluster.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { nodeId } from '../../../nodes/contract/ids.ts';
import { parseHistory } from '../../../scenarios/history/history.ts';
import { historyText, judgeInPieces, judgeRun } from '../../../scenarios/judging/judge-run.ts';
import { judge, type Claims } from '../../../scenarios/judging/verdict.ts';
import type { HistoryEvent, LabEvent, TraceEvent } from '../../../nodes/contract/events.ts';

const RECORDED = parseHistory(readFileSync(join(import.meta.dirname, '../../recorded/kill-coordinator.jsonl'), 'utf8'));
const isTrace = (event: HistoryEvent): event is TraceEvent => 'seq' in event;
const LAB = RECORDED.events.filter((event): event is LabEvent => !isTrace(event));
const TRACES = [...Map.groupBy(RECORDED.events.filter(isTrace), ({ node }) => node).values()];

const PLAN: Claims = {
  faults: [
    {
      id: 'fault-1',
      fault: { do: 'kill', node: nodeId('coordinator') },
      when: {
        at: 'step',
        step: { node: nodeId('coordinator'), gap: { when: 'before', verb: 'force', word: 'commit' } },
        nth: 2,
      },
      then: { do: 'restart', afterMs: 1500 },
      stake: 'in doubt',
      text: 'kill coordinator before force commit of transaction 2',
    },
  ],
  expect: { properties: {} },
  promises: RECORDED.run.promises,
  okAtLeast: 1,
};

describe('a run is judged from what it has left', () => {
  test('as its history is, whose events come in the order of their times again', () => {
    const { history, verdict } = judgeRun(LAB, TRACES, PLAN);
    expect(history.events).toHaveLength(RECORDED.events.length);
    expect(new Set(history.events.map((event) => JSON.stringify(event)))).toEqual(
      new Set(RECORDED.events.map((event) => JSON.stringify(event))),
    );
    expect(history.events.slice(1).every(({ at }, index) => at >= (history.events[index]?.at ?? at))).toBe(true);
    expect(verdict).toEqual(judge(RECORDED, PLAN));
    expect(verdict.word).toBe('as expected');
  });

  test('whoever collected first', () => {
    expect(judgeRun(LAB, TRACES.toReversed(), PLAN).verdict).toEqual(judgeRun(LAB, TRACES, PLAN).verdict);
  });

  test('as inconclusive where a trace is lost', () => {
    const lost: LabEvent = { at: LAB.at(-1)?.at ?? 0, kind: 'trace-lost', node: nodeId('client'), detail: 'no file' };
    const others = TRACES.filter(([event]) => event?.node !== 'client');
    expect(judgeRun([...LAB, lost], others, PLAN).verdict.word).toBe('inconclusive');
  });

  test('in pieces, with something else between any two of them', () => {
    const work = judgeInPieces(historyText(LAB, TRACES), PLAN);
    let pieces = 0;
    let piece = work.next();
    for (; !piece.done; piece = work.next()) pieces++;
    expect(pieces).toBeGreaterThan(1);
    expect(piece.value.verdict).toEqual(judgeRun(LAB, TRACES, PLAN).verdict);
  });
});
