// Which stored runs `runs --prune` takes away, and what it never does.

import { existsSync, mkdirSync, readlinkSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, test } from 'vitest';
import { demand } from '../../cli/usage.ts';
import { findScenario } from '../../scenarios/language/scenario-catalog.ts';
import { judge } from '../../scenarios/judging/verdict.ts';
import { parseHistory } from '../../scenarios/history/history.ts';
import { makePlan } from '../../scenarios/plan/plan.ts';
import { RECORDED } from '../support/history-doc.ts';
import { openShell, type Shell } from '../support/shell.ts';

const PLAN = makePlan(demand(findScenario('two-phase-baseline')), 7);
const VERDICT = JSON.stringify(judge(parseHistory(RECORDED), PLAN));
const OLD = ['20200101-000000-two-phase-baseline-1', '20200102-000000-two-phase-baseline-2', '20200103-000000-other-3'];
const NOW = new Date().toISOString().slice(0, 19).replaceAll(/[-:]/g, '').replace('T', '-');
const NEW = `${NOW}-two-phase-baseline-9`;

let shell: Shell;
beforeEach(() => {
  shell = openShell();
  for (const run of [...OLD, NEW]) store(run);
});

function store(run: string, verdict: string | null = VERDICT): void {
  mkdirSync(join(shell.out, run, 'nodes'), { recursive: true });
  writeFileSync(join(shell.out, run, 'plan.json'), JSON.stringify(PLAN));
  if (verdict !== null) writeFileSync(join(shell.out, run, 'verdict.json'), verdict);
}

const pointLatest = (run: string) => symlinkSync(run, join(shell.out, 'latest'));

describe('runs --prune', () => {
  test('says what would go, and removes nothing', async () => {
    const { stdout, code } = await shell.type('runs --prune --keep 2');
    expect(code).toBe(0);
    for (const run of OLD.slice(0, 2)) expect(stdout).toContain(`would go   ${run}\n`);
    expect(stdout).toContain('2 of 4 runs');
    expect(stdout).toContain('add --yes');
    expect(shell.left()).toEqual([...OLD, NEW]);
  });

  test('removes with --yes all but the newest', async () => {
    const { stdout } = await shell.type('runs --prune --keep=1 --yes');
    expect(stdout).toContain('3 of 4 runs');
    expect(shell.left()).toEqual([NEW]);
  });

  test('removes those that are older', async () => {
    await shell.type('runs --prune --older 7d --yes');
    expect(shell.left()).toEqual([NEW]);
    expect((await shell.type('runs --prune --older 7d --yes')).stdout).toContain('None of the 1 runs');
  });

  test('removes only those that are both older and not among the newest where both are said', async () => {
    await shell.type('runs --prune --older 7d --keep 3 --yes');
    expect(shell.left()).toEqual([...OLD.slice(1), NEW]);
  });

  test('counts only runs that the words and options choose', async () => {
    await shell.type('runs other --prune --keep 0 --yes');
    expect(shell.left()).toEqual([...OLD.slice(0, 2), NEW]);
    await shell.type('runs --prune --older 1h --verdict not-finished --yes');
    expect(shell.left()).toEqual([...OLD.slice(0, 2), NEW]);
  });

  test('leaves the latest run unless none is to stay', async () => {
    pointLatest(OLD[0] ?? '');
    const { stdout } = await shell.type('runs --prune --older 7d --yes');
    expect(stdout).toContain(`stays      ${OLD[0]}: latest`);
    expect(shell.left()).toEqual([OLD[0], NEW, 'latest']);
    await shell.type('runs --prune --keep 0 --yes');
    expect(shell.left()).toEqual([]);
  });

  test('leaves a run that may be under way, and takes one that was cut short long ago', async () => {
    store(`${NOW}-under-way-4`, null);
    store('20200104-000000-cut-short-5', null);
    const { stdout } = await shell.type('runs --prune --keep 0 --yes');
    expect(stdout).toContain(`stays      ${NOW}-under-way-4: not finished, and may be under way`);
    expect(shell.left()).toEqual([`${NOW}-under-way-4`]);
  });

  test('takes a run whose verdict is damaged, since it is over', async () => {
    store(`${NOW}-damaged-6`, '{');
    await shell.type('runs damaged --prune --keep 0 --yes');
    expect(shell.left()).toEqual([...OLD, NEW]);
  });

  test('leaves what is no run, was renamed, or is only linked to', async () => {
    const elsewhere = openShell().out;
    mkdirSync(join(shell.out, '20200101-000000-no-run'));
    writeFileSync(join(shell.out, 'notes.txt'), 'mine');
    store('my-favourite');
    writeFileSync(join(elsewhere, 'plan.json'), JSON.stringify(PLAN));
    symlinkSync(elsewhere, join(shell.out, '20200101-000000-linked-1'));
    const { stdout } = await shell.type('runs --prune --keep 0 --yes');
    expect(stdout).toContain('stays      my-favourite: renamed');
    expect(shell.left()).toEqual(['20200101-000000-linked-1', '20200101-000000-no-run', 'my-favourite', 'notes.txt']);
    expect(readlinkSync(join(shell.out, '20200101-000000-linked-1'))).toBe(elsewhere);
    expect(existsSync(join(elsewhere, 'plan.json'))).toBe(true);
  });

  test('says the same for programs', async () => {
    const { stdout } = await shell.type('runs --prune --keep 3 --json');
    expect(JSON.parse(stdout)).toEqual({
      removed: false,
      runs: [OLD[0]],
      stay: [...OLD.slice(1), NEW].map((run) => ({ run, why: 'one of the newest' })),
    });
  });

  test.each([
    ['runs --prune', 'Say --keep or --older'],
    ['runs --keep 3', 'are for --prune'],
    ['runs --older 3d', 'are for --prune'],
    ['runs --prune --older 7', "as 12h, 7d or 4w; found '7'"],
    ['runs --prune --keep all', '--keep must be one whole number'],
    ['runs --prune --keep -1', '--keep must be one whole number'],
    ['runs --prune --keep', 'keep'],
    ['runs --prune=all --keep 3', '--prune is yes or no'],
  ])('%s is refused, and removes nothing', async (words, said) => {
    expect((await shell.type(`${words} --yes`)).error).toMatchObject({
      name: 'Usage',
      message: expect.stringContaining(said) as string,
    });
    expect(shell.left()).toEqual([...OLD, NEW]);
  });
});
