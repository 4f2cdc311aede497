// What is printed for people and programs: documents, explanations, colours.

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { WriteStream } from 'node:tty';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { paintFor } from '../../cli/paint.ts';
import { LabError } from '../../compose/errors.ts';
import { notesOf } from '../../cli/commands/notes.ts';
import { demand } from '../../cli/usage.ts';
import { nodeId } from '../../nodes/contract/ids.ts';
import { findScenario } from '../../scenarios/language/scenario-catalog.ts';
import { makePlan } from '../../scenarios/plan/plan.ts';
import { openShell, type Shell } from '../support/shell.ts';

let shell: Shell;
beforeEach(() => {
  shell = openShell();
  // Whatever would start something meets no engine.
  vi.stubEnv('DOCKER_HOST', 'unix:///nowhere/txlab-test.sock');
});

afterEach(() => vi.unstubAllEnvs());

describe('what is printed', () => {
  test('a sentence in quotes is a sentence', async () => {
    const { stdout } = await shell.typeWords(['kill coordinator during prepare', '--print']);
    expect(stdout).toBe((await shell.type('kill coordinator during prepare --print')).stdout);
  });

  test.each([
    ['kill coordinator during prepare --print --json', 'name'],
    ['run two-phase-baseline --print --json', 'name'],
    ['run --all --print --json', 'length'],
    ['compare 2pc 3pc --print --json', 'length'],
  ])('%s is one JSON document', async (words, field) => {
    expect(JSON.parse((await shell.type(words)).stdout)).toHaveProperty(field);
  });

  test('--print shows the scenario as a file that is read again, and starts nothing', async () => {
    const { stdout, code, runs } = await shell.type(
      '--yes kill coordinator before force commit --print --seed 7 --participants 3',
    );
    expect({ code, runs, left: shell.left() }).toEqual({ code: 0, runs: 0, left: [] });
    writeFileSync(join(shell.out, 'again.yaml'), stdout);
    expect((await shell.type(`run ${join(shell.out, 'again.yaml')} --print`)).stdout).toBe(stdout);
  });

  test.each([
    ['kill coordinator', 'kill coordinator during prepare of transaction 20 then restart after 3s'],
    ['pause coordinator at 1s', 'pause coordinator at 1s then resume after 3s'],
    ['drop ack', 'drop ack at 0ms then heal after 3s'],
  ])('--print says what %s leaves open', async (words, full) => {
    expect((await shell.type(`${words} --print`)).stdout).toMatch(new RegExp(`\\n# In full, .*:\\n# {3}${full}\\n$`));
  });

  test.each([
    [
      'kill coordinator before force checkpoint',
      'of transaction 1 then',
      'before force checkpoint comes only when a log',
    ],
    ['kill participant-1 during elect --protocol 3pc', 'of transaction 1 then', 'comes only after an earlier fault'],
    ['kill participant-1 before send inquire', 'of transaction 1 then', 'comes only after an earlier fault'],
  ])('%s is the first of its kind, and what it needs is said before', async (words, count, note) => {
    const { stdout } = await shell.type(`${words} --print`);
    expect(stdout).toContain(count);
    expect(stdout).toMatch(new RegExp(`\\n# note: .*${note}`));
  });

  test('a step that has what it needs is not warned of', () => {
    const scenario = demand(findScenario('checkpoint-while-in-doubt'));
    const { checkpoint: _, ...without } = scenario;
    expect(notesOf(scenario, makePlan(scenario, 1).faults)).toEqual([]);
    const when = {
      at: 'step',
      nth: 1,
      step: { node: nodeId('c'), gap: { when: 'before', verb: 'force', word: 'checkpoint' } },
    } as const;
    const [fault] = makePlan(scenario, 1).faults.map((one) => ({ ...one, when }));
    expect(fault && notesOf({ ...scenario, checkpoint: 1 }, [fault])).toEqual([]);
    expect(fault && notesOf(without, [fault])).toHaveLength(1);
  });

  test('explain says which steps do not come by themselves', async () => {
    const { stdout } = await shell.type('explain 3pc');
    expect(stdout).toMatch(/^ {2}elect .*; comes only after an earlier fault/m);
    expect(stdout).toMatch(/^ {2}force checkpoint: only when a log has grown/m);
  });

  test('--print says no more where everything is said', async () => {
    const { stdout } = await shell.type('kill coordinator at 1s then restart after 2s --print');
    expect(stdout).not.toContain('# In full');
  });

  test('explain shows what a scenario file can say of a workload, and what holds where it says nothing', async () => {
    const { stdout } = await shell.type('explain transfers');
    expect(stdout).toMatch(/^ {2}parts +a whole number from 2 to 16, or all: .*\(2 where it is left out\)$/m);
    expect(stdout).toMatch(/^ {2}poor +a share from 0 to 1: .*\(0 where it is left out\)$/m);
    expect(stdout).toMatch(/^ {2}largest +.*; a twentieth of the balance where it is left out$/m);
  });

  test('explain shows the published cost of a protocol beside what its machines were seen to do', async () => {
    const { stdout } = await shell.type('explain 2pc-presumed-commit');
    const [head, first] = stdout
      .split('\n')
      .slice(stdout.split('\n').findIndex((line) => line.startsWith('cost of')))
      .slice(1);
    expect(head?.trim().split(/ {2,}/)).toEqual(['commit', 'abort (one no)', 'read-only']);
    expect(first?.trim().split(/ {2,}/)).toEqual(['2pc-presumed-commit', 'N+2 / 3N', '2N / 4N-2', '1 / 2N']);
    const counted = stdout.slice(stdout.indexOf('counted here')).split('\n');
    expect(counted[1]?.trim().split(/ {2,}/)).toEqual(['2pc-presumed-commit', '4 / 6', '4 / 6', '1 / 4']);
    expect(stdout).not.toContain('(!)');
  });

  test('--yes is taken before and after the command', async () => {
    for (const words of [
      '--yes kill coordinator --print',
      'kill coordinator --print --yes',
      'kill --yes coordinator --print',
    ]) {
      expect(await shell.type(words), words).toMatchObject({ code: 0 });
    }
  });

  test('where no engine answers and nobody can be asked, the error is one of the environment', async () => {
    const { error, code } = await shell.type('kill coordinator during prepare --seed 7');
    expect(code).toBeNull();
    expect(error).toBeInstanceOf(LabError);
    expect((error as LabError).exitCode).toBe(4);
    expect(shell.left()).toEqual([]);
  });

  test.each(['ps', 'down'])('%s hints at DOCKER_HOST where that is what leads to no engine', async (command) => {
    vi.stubEnv('DOCKER_HOST', 'tcp://127.0.0.1:1');
    expect((await shell.type(command)).error).toMatchObject({
      code: 'engine-missing',
      hint: expect.stringContaining('unset DOCKER_HOST') as string,
    });
  });

  test('the scenarios of the catalog that a protocol, a fault and words leave', async () => {
    const names = async (args: string) => {
      const { stdout } = await shell.type(`scenarios ${args} --json`);
      return (JSON.parse(stdout) as { name: string }[]).map(({ name }) => name);
    };
    expect(await names('--protocol 3pc --fault pause')).toEqual([
      '3pc-paused-after-precommits',
      '3pc-paused-before-precommit',
    ]);
    expect(await names('never cooperative')).toEqual(['cooperative-coordinator-never-returns']);
  });

  test('runs and scenarios as JSON', async () => {
    expect(JSON.parse((await shell.type('runs --json')).stdout)).toEqual([]);
    const scenarios = JSON.parse((await shell.type('scenarios --json')).stdout) as readonly { readonly name: string }[];
    expect(scenarios.map(({ name }) => name)).toContain('two-phase-baseline');
  });

  const ESCAPE = String.fromCharCode(27);

  test('no escape codes where nobody looks', async () => {
    const outcomes = [];
    for (const words of ['scenarios', 'runs', 'explain 2pc', 'explain non-blocking', 'doctor'])
      outcomes.push(await shell.type(words));
    for (const { stdout, stderr } of outcomes) expect(stdout + stderr).not.toContain(ESCAPE);
  });

  test('no escape codes at a terminal with NO_COLOR', () => {
    vi.stubEnv('FORCE_COLOR', undefined);
    const painted = (environment: object) => {
      const getColorDepth = () => WriteStream.prototype.getColorDepth(environment);
      const terminal = Object.assign(new Writable(), { isTTY: true, getColorDepth });
      return paintFor(terminal as unknown as NodeJS.WriteStream)('red', 'text');
    };
    expect(painted({ TERM: 'xterm-256color' })).toContain(ESCAPE);
    expect(painted({ TERM: 'xterm-256color', NO_COLOR: '1' })).toBe('text');
  });
});
