// The page of many runs: a cell for each, coloured by the worst, that leads to the page of its run.

import { describe, expect, test } from 'vitest';
import { cellOf, saidOfCommit, saidOfLock, saidOfScenario } from '../../../cli/page/run-tables.ts';
import { tablePageText } from '../../../cli/page/table-page.ts';
import type { LockFacts } from '../../../scenarios/judging/lock-facts.ts';
import type { Verdict } from '../../../scenarios/findings.ts';

const verdict: Verdict = { word: 'as expected', reasons: [], findings: [], target: null };
const pageOf = (...cells: Parameters<typeof tablePageText>[0]['rows'][number]['cells']) =>
  tablePageText({ title: 'a vs b', about: '', columns: ['a'], rows: [{ title: 'a fault', cells }], words: 'words' });

describe('a cell', () => {
  test('leads to the page of its run', () => {
    const cell = cellOf(saidOfScenario(verdict, 7), '/somewhere/runs/2026-a-7');
    expect(pageOf([cell])).toContain('<td class="good"><a href="2026-a-7/report.html">as expected, seed 7</a></td>');
  });

  test('with several runs is as bad as the worst of them, and leads to each', () => {
    const good = cellOf({ tone: 'good', text: 'commit' }, 'runs/1');
    const bad = cellOf({ tone: 'bad', text: 'DIVERGED' }, 'runs/3');
    expect(pageOf([good, { ...good, href: '2/report.html' }, bad])).toContain(
      '<td class="bad">2/3 commit <a href="1/report.html">1</a> <a href="2/report.html">2</a><br>1/3 <a href="3/report.html">DIVERGED</a></td>',
    );
  });

  test('says where there is nothing to be run, and where nothing was', () => {
    expect(pageOf(null, [])).toContain('<td class="none">n/a</td><td class="none">not run</td>');
  });

  test('shows a hostile word as text', () => {
    const text = '<script>alert(1)</script>';
    const page = tablePageText({
      title: text,
      about: text,
      columns: [text],
      rows: [{ title: text, cells: [[{ tone: 'good', text, href: `"><img src=x>/${text}` }]] }],
      words: text,
    });
    expect(page).not.toContain('<script');
    expect(page).not.toContain('<img');
  });
});

describe('what came of a run', () => {
  const target = {
    tx: 't',
    decisions: { a: ['commit'], b: ['abort'] },
    decision: null,
    doubts: [],
    client: 'ok',
    stake: 'none',
  };

  test('of a commit protocol is broken where two decided differently, and nothing where it is inconclusive', () => {
    expect(saidOfCommit({ ...verdict, target } as unknown as Verdict).tone).toBe('bad');
    expect(saidOfCommit({ ...verdict, word: 'inconclusive', reasons: ['slow'] })).toEqual({
      tone: 'unknown',
      text: 'inconclusive: slow',
    });
  });

  test('of a lock that breaks another promise is broken, and says which', () => {
    const broken: Verdict = { ...verdict, word: 'not as expected', reasons: ['progress is violated'] };
    expect(saidOfLock(broken, { outcome: 'exclusive' } as LockFacts)).toEqual({
      tone: 'bad',
      text: 'exclusive; BROKEN: progress is violated',
    });
  });

  test.each([
    ['exclusive', 'good'],
    ['overlap', 'wait'],
    ['refused', 'wait'],
    ['stale', 'bad'],
  ] as const)('of a lock that is %s is %s', (outcome, tone) => {
    expect(saidOfLock(verdict, { outcome } as LockFacts).tone).toBe(tone);
  });
});
