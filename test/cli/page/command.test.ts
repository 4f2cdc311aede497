// `report --html`, `--open` and `--mermaid` on stored runs, and what is refused.

import { chmodSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, test } from 'vitest';
import { openInBrowser } from '../../../cli/page/open.ts';
import { writeReport } from '../../../cli/page/report-file.ts';
import { Usage } from '../../../cli/usage.ts';
import { LabError } from '../../../compose/errors.ts';
import { GOOD, recordedText } from '../../support/oracle.ts';
import { recordedRun } from '../../support/reported.ts';
import { openShell, type Shell } from '../../support/shell.ts';
import { tempFolder } from '../../support/temp-folder.ts';

const NAME = 'coordinator-crash-before-decision';
const recorded = recordedRun(NAME);
const history = recordedText(GOOD, NAME);
const RUN = '20261121-071055-coordinator-crash-before-decision-7';

let shell: Shell;
let folder: string;
beforeEach(() => {
  shell = openShell();
  folder = join(shell.out, RUN);
  mkdirSync(folder);
  writeFileSync(join(folder, 'plan.json'), JSON.stringify(recorded.plan));
  writeFileSync(join(folder, 'verdict.json'), JSON.stringify(recorded.verdict));
  writeFileSync(join(folder, 'history.jsonl'), history);
});

async function refusalOf(words: string): Promise<string> {
  const { error, stdout } = await shell.type(words);
  expect(error instanceof Usage || (error instanceof LabError && error.exitCode === 2), String(error)).toBe(true);
  expect(stdout).toBe('');
  expect(existsSync(join(folder, 'report.html'))).toBe(false);
  return (error as Error).message;
}

describe('report --html', () => {
  test('writes the page to the folder of the run, and says where', async () => {
    const { stdout, code } = await shell.type(`report ${RUN} --html`);
    const path = join(folder, 'report.html');
    expect({ stdout, code }).toEqual({ stdout: `report   ${path}\n`, code: 0 });
    const page = readFileSync(path, 'utf8');
    expect(page).toMatch(/^<!doctype html>/);
    expect(page).toContain('as expected');
    expect(page).toContain('txlab replay ');
  });

  test('replaces an older page, and leaves nothing beside it', async () => {
    writeFileSync(join(folder, 'report.html'), 'old');
    await shell.type(`report ${folder} --html`);
    expect(readFileSync(join(folder, 'report.html'), 'utf8')).not.toBe('old');
    expect(existsSync(join(folder, 'report.html.part'))).toBe(false);
  });

  test('--open without a browser says so, and where the page is', async () => {
    const { stdout, stderr, code } = await shell.type(`report ${RUN} --open`);
    expect(code).toBe(0);
    expect(stdout).toContain(join(folder, 'report.html'));
    expect(stderr).toContain('no browser here');
  });

  test.each([
    ['report latst --html', 'did you mean latest?'],
    [`report ${RUN} --html --json`, 'not both'],
    [`report ${RUN} --mermaid --markdown`, 'not both'],
    [`report ${RUN} --open --json`, 'not both'],
  ])('%s is refused', async (words, said) => {
    expect(await refusalOf(words)).toContain(said);
  });

  test('a folder that is no run is refused, and so is a run without a verdict or a history', async () => {
    mkdirSync(join(shell.out, 'other'));
    expect(await refusalOf(`report ${join(shell.out, 'other')} --html`)).toContain('a folder without a plan.json');
    rmSync(join(folder, 'history.jsonl'));
    expect(await refusalOf(`report ${RUN} --html`)).toContain('holds no history');
    rmSync(join(folder, 'verdict.json'));
    expect(await refusalOf(`report ${RUN} --html`)).toContain('has no verdict');
  });

  test('a history of a newer version is refused, and one that is damaged in the middle', async () => {
    const [head = '', ...lines] = history.split('\n');
    const newer = [head.replace('"version":1', '"version":99'), ...lines].join('\n');
    writeFileSync(join(folder, 'history.jsonl'), newer);
    expect(await refusalOf(`report ${RUN} --html`)).toContain('version 99');
    writeFileSync(join(folder, 'history.jsonl'), [head, '{"at":', ...lines].join('\n'));
    expect(await refusalOf(`report ${RUN} --html`)).toContain('Line 2');
  });

  test('a history whose last line was cut is shown, and the page says so', async () => {
    writeFileSync(join(folder, 'history.jsonl'), history.slice(0, -20));
    expect((await shell.type(`report ${RUN} --html`)).code).toBe(0);
    expect(readFileSync(join(folder, 'report.html'), 'utf8')).toContain('was cut off and is not shown');
  });

  test('a place that cannot be written is said with its reason', async () => {
    mkdirSync(join(folder, 'report.html.part'));
    const { error } = await shell.type(`report ${RUN} --html`);
    expect(error).toBeInstanceOf(LabError);
    expect(String(error)).toContain('report.html cannot be written');
  });
});

describe('report --mermaid', () => {
  test('says a sequence diagram and nothing else', async () => {
    const { stdout, code } = await shell.type(`report ${RUN} --mermaid`);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^sequenceDiagram\n {2}participant n0 as coordinator\n/);
  });
});

describe('the page of a run that has just ended', () => {
  test('says the line that runs the same again', () => {
    const path = writeReport({ ...recorded, folder, program: './txlab', replay: './txlab kill coordinator --seed 7' });
    expect(readFileSync(path, 'utf8')).toContain('./txlab kill coordinator --seed 7');
  });
});

describe('a browser', () => {
  test('is what BROWSER names, and gets the path', async () => {
    const home = tempFolder('txlab-browser-');
    const [program, heard] = [join(home, 'browser'), join(home, 'heard')];
    writeFileSync(program, `#!/bin/sh\nprintf '%s' "$1" >"${heard}.part"\nmv "${heard}.part" "${heard}"\n`);
    chmodSync(program, 0o755);
    expect(await openInBrowser('/tmp/a b.html', { ...process.env, BROWSER: program })).toBe(true);
    await expect.poll(() => existsSync(heard)).toBe(true);
    expect(readFileSync(heard, 'utf8')).toBe('/tmp/a b.html');
  });

  test('that is not there is none', async () => {
    expect(await openInBrowser('/tmp/a.html', { PATH: '', BROWSER: '/nowhere/browser' })).toBe(false);
    expect(await openInBrowser('/tmp/a.html', { PATH: '', DISPLAY: ':0' })).toBe(false);
    expect(await openInBrowser('/tmp/a.html', {})).toBe(false);
  });
});
