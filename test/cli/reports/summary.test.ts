import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { demandWritable, writeFiles } from '../../../cli/reports/run-files.ts';
import { summaryText } from '../../../cli/reports/summary.ts';
import { makePlan } from '../../../scenarios/plan/plan.ts';
import { ofCatalog } from '../../support/catalog.ts';
import type { Verdict } from '../../../scenarios/findings.ts';

const verdict: Verdict = { word: 'as expected', reasons: [], findings: [], target: null };
const runOf = (seed: number, word: Verdict['word'], reasons: readonly string[] = []) => ({
  plan: makePlan(ofCatalog('two-phase-baseline'), seed),
  verdict: { ...verdict, word, reasons },
  folder: `runs/2026-two-phase-baseline-${seed}`,
});

test('of several runs a table says how often each scenario ended as expected, and whoever did not is named', () => {
  const runs = [runOf(1, 'as expected'), runOf(2, 'not as expected', ['money | was lost']), runOf(3, 'as expected')];
  expect(`\n${summaryText(runs)}`).toMatchInlineSnapshot(`
    "
    ## txlab: 2 of 3 runs as expected

    | Scenario | Protocol | As expected | 95 % interval | Otherwise |
    | --- | --- | --- | --- | --- |
    | \`two-phase-baseline\` | 2pc | 2/3 | 20–94 % | 1 not as expected |

    ### two-phase-baseline, seed 2: not as expected

    - money \\| was lost

    Run \`runs/2026-two-phase-baseline-2\`
    "
  `);
});

test('of one run it is its verdict', () => {
  expect(summaryText([runOf(7, 'as expected')])).toContain('Run `2026-two-phase-baseline-7`: 2pc');
});

test('that nothing was run is said', () => {
  expect(summaryText([])).toBe('## txlab: no run\n');
});

test('both files are written, each where it is asked for', () => {
  const folder = mkdtempSync(join(tmpdir(), 'txlab-files-'));
  const files = { junit: join(folder, 'verdict.xml'), summary: join(folder, 'summary.md') };
  demandWritable(files);
  writeFiles(files, [runOf(1, 'as expected'), runOf(2, 'as expected')]);
  expect(readFileSync(files.junit, 'utf8')).toContain('<testsuites');
  expect(readFileSync(files.summary, 'utf8')).toContain('2 of 2 runs as expected');
  rmSync(folder, { recursive: true });
});
