// What a batch says of each run as it ends, and of all of them: no wider than the terminal, and broken between words.

import { expect, test } from 'vitest';
import { lineOf, type DoneRun } from '../../cli/commands/batch.ts';
import { tableOf } from '../../cli/commands/repeat.ts';
import { eachTable } from '../../cli/reports/each-table.ts';
import { makePlan } from '../../scenarios/plan/plan.ts';
import { ofCatalog } from '../support/catalog.ts';
import type { Verdict } from '../../scenarios/findings.ts';

const REASON =
  'Expected participant-1 to be blocked on the target coordinator.1.20, but it was not: it was never in doubt while a fault lasted.';
const FOLDER = '/a/folder/whose/name/is/longer/than/the/terminal/is/wide/20261128-160000-two-phase-baseline-7';
const verdict: Verdict = { word: 'not as expected', reasons: [REASON, 'short'], findings: [], target: null };
const result = { verdict, folder: FOLDER, left: ['a pod'] };
const scenario = ofCatalog('two-phase-baseline');
const plan = makePlan(scenario, 7);
const paint = (_style: unknown, text: string) => text;

test('the reasons of a run go on below themselves, and its folder stays whole', () => {
  expect(`\n${lineOf(plan, result, { count: '3/10', paint, columns: 70 }).join('\n')}`).toMatchInlineSnapshot(`
    "
         3/10  ✗ not as expected two-phase-baseline, seed 7: no target
                 Expected participant-1 to be blocked on the target
                 coordinator.1.20, but it was not: it was never in doubt
                 while a fault lasted.
                 short
                 /a/folder/whose/name/is/longer/than/the/terminal/is/wide/20261128-160000-two-phase-baseline-7
                 left behind: a pod"
  `);
});

test('nothing is broken where nobody knows how wide a line may be', () => {
  const lines = lineOf(plan, result, { count: '3/10', paint });
  expect(lines.map((line) => line.trim()).slice(1)).toEqual([REASON, 'short', FOLDER, 'left behind: a pod']);
});

test('a cell of a comparison is named by its protocol and its fault, not by the name that all cells share', () => {
  const [first] = lineOf(plan, result, { count: '3/10', paint, label: 'redlock, the holder dies' });
  expect(first).toContain('redlock, the holder dies, seed 7: no target');
});

test('an ending in the table of all runs goes on beside its rate', () => {
  const target = {
    tx: 'coordinator.1.20' as never,
    decisions: {},
    decision: 'abort',
    doubts: [],
    client: 'none',
  } as const;
  const findings = ['atomicity', 'journal', 'conservation'].map((property) => ({
    property,
    judgement: 'violated' as const,
    reason: '',
    events: [],
  }));
  const ended = { ...verdict, findings, target: { ...target, stake: 'none' as const } };
  const done = {
    planned: { scenario, seed: 7 },
    result: { ...result, verdict: ended },
    read: null,
  } as unknown as DoneRun;
  expect(`\n${tableOf([done], 90).join('\n')}`).toMatchInlineSnapshot(`
    "
    two-phase-baseline (2pc)      1/1  not as expected: abort, nobody blocked; atomicity,
                                       journal, conservation violated"
  `);
});

test('a reason in the table of steps goes on below itself', () => {
  const end = {
    decision: 'commit',
    blocked: [],
    client: 'ok',
    verdict: verdict.word,
    reasons: [REASON],
    folder: FOLDER,
  } as const;
  const rows = [{ step: 'after send commit', came: 3, end }];
  expect(`\n${eachTable('coordinator', rows, 60).slice(2).join('\n')}`).toMatchInlineSnapshot(`
    "
        Expected participant-1 to be blocked on the target
        coordinator.1.20, but it was not: it was never in doubt
        while a fault lasted.
        /a/folder/whose/name/is/longer/than/the/terminal/is/wide/20261128-160000-two-phase-baseline-7"
  `);
});
