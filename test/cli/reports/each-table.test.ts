// The table at the end of `--each`.

import { expect, test } from 'vitest';
import { eachEndOf, eachTable, type EachEnd } from '../../../cli/reports/each-table.ts';
import { nodeId } from '../../../nodes/contract/ids.ts';
import { tx } from '../../support/history-builder.ts';
import type { Doubt, TargetFacts } from '../../../scenarios/findings.ts';

const GOOD: EachEnd = {
  decision: 'commit',
  blocked: [],
  client: 'ok',
  verdict: 'as expected',
  reasons: ['all well'],
  folder: 'runs/1',
};

test('a row says step, decision, who was blocked and for how long, what the client was told, and the verdict', () => {
  const blocked = [
    { node: 'participant-1', ms: 2961 },
    { node: 'participant-2', ms: 3000 },
  ];
  const rows = [
    { step: 'before force commit', came: 150, end: { ...GOOD, decision: 'abort', client: 'unknown', blocked } },
    { step: 'after answer ok', came: 150, end: GOOD },
  ];
  expect(eachTable('coordinator', rows).join('\n')).toMatchInlineSnapshot(`
    "step of coordinator  decision  blocked                                   client told  verdict
    before force commit  abort     participant-1 3.0 s, participant-2 3.0 s  unknown      as expected
    after answer ok      commit    nobody                                    ok           as expected"
  `);
});

test('a row that is not as expected names its first reason and its run', () => {
  const end: EachEnd = { ...GOOD, verdict: 'not as expected', reasons: ['atomicity is violated', 'more'] };
  const lines = eachTable('coordinator', [{ step: 'after send commit', came: 3, end }]);
  expect(lines.slice(1)).toEqual([
    'after send commit    commit    nobody   ok           not as expected',
    '    atomicity is violated',
    '    runs/1',
  ]);
});

test('steps that were not reached are listed apart: those that never came, and those that came without a fault', () => {
  const rows = [
    { step: 'after force checkpoint', came: 0, end: null },
    { step: 'after expire inquiry', came: 4, end: null },
  ];
  expect(eachTable('participant-1', rows).join('\n')).toMatchInlineSnapshot(`
    "
    not reached in the run without a fault:
      after force checkpoint

    not reached this time, though so many transactions came there without a fault:
      after expire inquiry (4)"
  `);
});

test('an ending holds the longest that each was blocked, and each log where no decision is agreed', () => {
  const doubt = (node: string, blockedMs: number, blocked = true): Doubt => ({
    tx: tx('t'),
    node: nodeId(node),
    from: 0,
    to: null,
    blockedMs,
    blocked,
    keys: [],
    couldHaveTold: [],
  });
  const target: TargetFacts = {
    tx: tx('t'),
    decisions: { b: ['commit'], a: ['abort'] },
    decision: null,
    doubts: [doubt('b', 1200.4), doubt('b', 2000), doubt('a', 30, false)],
    client: 'none',
    stake: 'in doubt',
  };
  expect(eachEndOf({ word: 'inconclusive', reasons: [], findings: [], target }, 'runs/2')).toEqual({
    decision: 'a abort, b commit',
    blocked: [{ node: 'b', ms: 2000 }],
    client: 'nothing',
    verdict: 'inconclusive',
    reasons: [],
    folder: 'runs/2',
  });
  expect(eachEndOf({ word: 'inconclusive', reasons: [], findings: [], target: null }, '').decision).toBeNull();
});

test('a step of no transaction says so, and nothing of a client', () => {
  const end: EachEnd = { ...GOOD, decision: null, client: null };
  expect(eachTable('coordinator', [{ step: 'before receive transfer', came: 150, end }])[1]).toBe(
    'before receive transfer  no transaction yet  –        –            as expected',
  );
});
