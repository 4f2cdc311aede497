// What is said again of a stored run, how it is run again, and what build servers get.

import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, test } from 'vitest';
import { DOCUMENTS } from '../../cli/documents.ts';
import { junitText } from '../../cli/reports/junit.ts';
import { cleanLine, programOf, replayLine } from '../../cli/commands/replay-line.ts';
import { Usage } from '../../cli/usage.ts';
import { LabError } from '../../compose/errors.ts';
import { ofCatalog } from '../support/catalog.ts';
import { parseHistory } from '../../scenarios/history/history.ts';
import { makePlan } from '../../scenarios/plan/plan.ts';
import { formatScenario } from '../../scenarios/language/scenario.ts';
import { judge } from '../../scenarios/judging/verdict.ts';
import { RECORDED } from '../support/history-doc.ts';
import { openShell, type Shell } from '../support/shell.ts';
import type { RunFlags } from '../../cli/commands/run-flags.ts';
import type { Verdict } from '../../scenarios/findings.ts';

const scenario = ofCatalog('two-phase-baseline');
const plan = makePlan(scenario, 7);
const verdict = judge(parseHistory(RECORDED), plan);
const RUN = '20261121-071055-two-phase-baseline-7';

let shell: Shell;
beforeEach(() => {
  shell = openShell();
  const folder = join(shell.out, RUN);
  mkdirSync(folder);
  writeFileSync(join(folder, 'plan.json'), JSON.stringify(plan));
  writeFileSync(join(folder, 'scenario.yaml'), formatScenario(scenario));
  writeFileSync(join(folder, 'verdict.json'), JSON.stringify(verdict));
});

async function refusalOf(words: string): Promise<string> {
  const { error, stdout, runs } = await shell.type(words);
  expect(error instanceof Usage || (error instanceof LabError && error.exitCode === 2), String(error)).toBe(true);
  expect({ stdout, runs }).toEqual({ stdout: '', runs: 0 });
  return (error as Error).message;
}

describe('report', () => {
  test('says the stored verdict again', async () => {
    const { stdout, code } = await shell.type(`report ${RUN}`);
    expect(code).toBe(0);
    expect(stdout).toContain(scenario.title);
    expect(stdout).toContain('target   coordinator.1.2: abort; the client was told unknown');
    for (const { reason } of verdict.findings) expect(stdout).toContain(reason);
    expect(stdout).toMatch(new RegExp(`verdict +${verdict.word}`));
  });

  test('is the verdict itself as JSON', async () => {
    const { stdout } = await shell.type(`report ${RUN} --json`);
    expect(DOCUMENTS.report.parse(JSON.parse(stdout))).toEqual(JSON.parse(stdout));
    expect(JSON.parse(stdout)).toEqual({
      run: RUN,
      scenario: 'two-phase-baseline',
      protocol: '2pc',
      seed: 7,
      verdict: JSON.parse(JSON.stringify(verdict)) as unknown,
    });
  });

  test('is a table as Markdown, one row a property', async () => {
    const { stdout } = await shell.type(`report ${RUN} --markdown`);
    expect(stdout.split('\n')[0]).toBe(`## ${scenario.title}: ${verdict.word}`);
    for (const { property, judgement } of verdict.findings)
      expect(stdout).toMatch(new RegExp(`^\\| ${property} \\| [a-z ]+ \\| ${judgement} \\| [^|]+ \\|$`, 'm'));
  });

  test.each([
    ['report 20261121-071055-two-phase-baselin-7', `did you mean ${RUN}?`],
    ['report latst', 'did you mean latest?'],
    ['replay 20261121-071055-two-phase-baselin-7', `did you mean ${RUN}?`],
    [`report ${RUN} --json --markdown`, 'not both'],
    ['report', 'report what? Try: txlab report latest'],
  ])('%s is refused', async (words, said) => {
    expect(await refusalOf(words)).toContain(said);
  });

  test('a run that did not finish has none, and check is named', async () => {
    mkdirSync(join(shell.out, 'cut'));
    writeFileSync(join(shell.out, 'cut', 'plan.json'), JSON.stringify(plan));
    expect(await refusalOf('report cut')).toMatch(/cut has no verdict[^]*txlab check cut/);
    writeFileSync(join(shell.out, 'cut', 'verdict.json'), '{"word":');
    expect(await refusalOf('report cut')).toContain('cut is damaged');
  });
});

describe('runs', () => {
  test.each([
    ['baseline', [RUN]],
    ['TWO phase 20261121', [RUN]],
    ['--scenario two-phase-baseline', [RUN]],
    [`--verdict ${verdict.word.replaceAll(' ', '-')} --protocol 2pc`, [RUN]],
    ['--verdict not-finished', ['cut']],
    ['--protocol 3pc', []],
    ['crash', []],
  ])('%s are those that are meant', async (words, names) => {
    mkdirSync(join(shell.out, 'cut'));
    writeFileSync(join(shell.out, 'cut', 'plan.json'), JSON.stringify({ ...plan, scenario: 'other' }));
    const { stdout } = await shell.type(`runs ${words} --json`);
    expect((JSON.parse(stdout) as { run: string }[]).map(({ run }) => run)).toEqual(names);
  });

  test('that nothing matches are said to be others', async () => {
    expect((await shell.type('runs crash')).stdout).toContain('None of the 1 runs in');
    expect(await refusalOf('runs --verdict inconclusiv')).toContain('did you mean inconclusive?');
  });
});

describe('clean', () => {
  test('of a run that is not stored is refused, and so is one that does not say what its things are called', async () => {
    expect(await refusalOf('clean latst')).toContain('did you mean latest?');
    expect(await refusalOf(`clean ${RUN}`)).toContain('manifest.json does not say');
  });

  test('is what a run that is kept ends with, by its name', () => {
    expect(cleanLine(`/home/me/runs/${RUN}`, 'runs', './txlab')).toBe(`./txlab clean ${RUN}`);
    expect(cleanLine('/tmp/my runs/a', '/tmp/my runs', 'txlab')).toBe("txlab clean '/tmp/my runs/a'");
  });
});

describe('replay', () => {
  test('the line begins as the user has begun', () => {
    const program = programOf({ env: { TXLAB_TYPED: './txlab' } });
    expect(replayLine(['kill', 'coordinator'], 7, flags, program)).toBe('./txlab kill coordinator --seed 7');
    expect(programOf({ env: {} })).toBe('txlab');
  });

  test('takes the scenario of the folder', async () => {
    const { stdout, code } = await shell.type(`replay ${RUN} --print`);
    expect({ stdout, code }).toEqual({ stdout: readFileSync(join(shell.out, RUN, 'scenario.yaml'), 'utf8'), code: 0 });
  });

  const flags: RunFlags = {
    out: 'runs',
    json: true,
    print: false,
    plain: true,
    keep: true,
    yes: true,
    seed: undefined,
    repeat: undefined,
    jobs: undefined,
    files: { junit: undefined, summary: undefined },
    report: false,
    images: {},
    overrides: {},
  };
  const asTheShellReads = (line: string) =>
    execFileSync('sh', ['-c', `printf '%s\\n' ${line}`], { encoding: 'utf8' })
      .trimEnd()
      .split('\n');

  test('the line that a run prints can be pasted, whatever was said', () => {
    const words = ['run', "./it's $HOME/my scenario.yaml"];
    const images = { node: 'my/node:24', program: '/tmp/a b.mjs' };
    const overrides = { participants: 3, timeouts: { vote: '600ms', blocked: '2s' }, timeLimit: '60s' };
    expect(asTheShellReads(replayLine(words, 7, { ...flags, images, overrides }))).toEqual([
      'txlab',
      ...words,
      ...'--seed 7 --participants 3 --timeout vote=600ms --timeout blocked=2s --time-limit 60s'.split(' '),
      '--image',
      'node=my/node:24',
      '--image',
      'program=/tmp/a b.mjs',
    ]);
  });

  test('the line says what the command line takes', async () => {
    const given = ['--participants', '3', '--clients', '2', '--transactions', '50', '--time-limit', '50s'];
    const words = [
      'kill',
      'coordinator',
      'during',
      'prepare',
      ...given,
      '--timeout',
      'vote=600ms',
      '--timeout',
      'blocked=2s',
    ];
    const overrides = {
      participants: 3,
      clients: 2,
      transactions: 50,
      timeLimit: '50s',
      timeouts: { vote: '600ms', blocked: '2s' },
    };
    const line = replayLine(words.slice(0, 4), 7, { ...flags, overrides });
    const [said, pasted] = [words.join(' '), line.slice('txlab '.length)];
    const shown = await shell.type(`${said} --print`);
    expect(shown.code).toBe(0);
    expect((await shell.type(`${pasted} --print`)).stdout).toBe(shown.stdout);
  });
});

describe('JUnit', () => {
  const caseOf = (xml: string, name: string) => xml.split('\n').find((line) => line.includes(` name="${name}"`)) ?? '';
  const planted: Verdict = {
    ...verdict,
    word: 'not as expected',
    reasons: ['atomicity is violated'],
    findings: [
      { property: 'atomicity', judgement: 'violated', reason: 'p1 said "commit" & p2 <abort>\u0007', events: [] },
      { property: 'journal', judgement: 'unknown', reason: 'no dump', events: [] },
      { property: 'conservation', judgement: 'holds', reason: 'all there', events: [] },
      { property: 'fencing', judgement: 'violated', reason: 'not promised', events: [] },
      { property: 'durability', judgement: 'not applicable', reason: 'nothing', events: [] },
    ],
  };

  test('has a case for each property: failed, in error, passed, skipped', () => {
    const xml = junitText([{ verdict: planted, plan }]);
    expect(caseOf(xml, 'atomicity')).toContain(
      '<failure message="atomicity violated, expected holds: p1 said &quot;commit&quot; &amp; p2 &lt;abort&gt;?"/>',
    );
    expect(caseOf(xml, 'journal')).toContain('<error message="journal could not be judged: no dump"/>');
    expect(caseOf(xml, 'conservation')).toContain('<system-out>all there</system-out>');
    expect(caseOf(xml, 'fencing')).toContain('<system-out>');
    expect(caseOf(xml, 'durability')).toContain('<skipped message="nothing"/>');
    expect(caseOf(xml, 'verdict')).toContain('<failure message="not as expected&#10;atomicity is violated"/>');
    expect(xml).toContain('<testsuites tests="6" failures="2" errors="1" skipped="1">');
  });

  test('an inconclusive run is in error', () => {
    const xml = junitText([{ verdict: { ...planted, word: 'inconclusive', findings: [] }, plan }]);
    expect(xml).toContain('<testsuites tests="1" failures="0" errors="1" skipped="0">');
  });

  test('a file that cannot be written is refused before anything starts', async () => {
    expect(await refusalOf('kill coordinator --junit /nowhere/verdict.xml')).toContain('--junit: /nowhere/verdict.xml');
    expect(await refusalOf(`kill coordinator --junit ${shell.out}`)).toContain(`${shell.out} is a folder`);
    expect(await refusalOf('run --all --summary /nowhere/a.md')).toContain(
      '--summary: /nowhere/a.md cannot be written',
    );
    expect(await refusalOf('compare 2pc 3pc --summary /nowhere/a.md')).toContain('--summary: /nowhere/a.md');
  });
});
