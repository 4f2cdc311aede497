// What holds where the line says nothing, in which order, and what is refused.

import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { imagesIn, readSettings, settingsText, settingsTrouble, SETTINGS, variableOf } from '../../cli/settings.ts';
import { imagesOf } from '../../cli/commands/options.ts';
import { openShell } from '../support/shell.ts';
import { tempFolder } from '../support/temp-folder.ts';

function settingsOf(text: string, env: NodeJS.ProcessEnv = {}) {
  const folder = tempFolder('txlab-settings-');
  writeFileSync(join(folder, 'txlab.yaml'), text);
  return readSettings({ folder, env });
}

const values = (settings: ReturnType<typeof readSettings>) =>
  Object.fromEntries([...settings.said].map(([name, { value }]) => [name, value]));

describe('settings', () => {
  test('are those of the file where no variable says otherwise', () => {
    const settings = settingsOf('jobs: 3\nplain: true\nimages:\n  node: my/node:24\n', {
      TXLAB_JOBS: '5',
      TXLAB_IMAGE_REDIS: 'my/redis',
      TXLAB_PLAIN: '',
    });
    expect(settings.problems).toEqual([]);
    expect(values(settings)).toEqual({ jobs: 5, plain: true, 'images.node': 'my/node:24', 'images.redis': 'my/redis' });
    expect(settingsText(settings)).toBe(
      'txlab.yaml; jobs 5 (TXLAB_JOBS); plain true (txlab.yaml); images.node my/node:24 (txlab.yaml); images.redis my/redis (TXLAB_IMAGE_REDIS)',
    );
  });

  test('are none where there is no file, or an empty one', () => {
    const folder = tempFolder('txlab-settings-');
    expect(readSettings({ folder, env: {} })).toEqual({ file: null, said: new Map(), problems: [] });
    expect(settingsOf('# nothing\n')).toMatchObject({ file: 'txlab.yaml', problems: [] });
  });

  test('are read in the folders above, up to that of the repository and not beyond it', () => {
    const top = tempFolder('txlab-settings-');
    const inner = join(top, 'repository', 'part', 'of');
    mkdirSync(inner, { recursive: true });
    writeFileSync(join(top, 'txlab.yaml'), 'jobs: 9\n');
    expect(readSettings({ folder: inner, env: {} }).file).toBeNull();
    mkdirSync(join(top, 'repository', '.git'));
    expect(readSettings({ folder: inner, env: {} }).file).toBeNull();
    writeFileSync(join(top, 'repository', 'txlab.yaml'), 'out: kept/runs\n');
    const settings = readSettings({ folder: inner, env: {} });
    expect(settings.file).toBe('../../txlab.yaml');
    expect(values(settings)).toEqual({ out: '../../kept/runs' });
  });

  test.each([
    [
      'jbos: 3\n',
      ['txlab.yaml:1:1: There is no setting jbos.', 'did you mean: jobs', 'allowed: out, jobs, plain, images'],
    ],
    ['jobs: 0\n', ['txlab.yaml:1:7: jobs cannot be 0.', 'allowed: a whole number from 1 to 1000']],
    ['jobs: many\n', ['txlab.yaml:1:7: jobs cannot be many.']],
    ['out: runs\nplain: maybe\n', ['txlab.yaml:2:8: plain cannot be maybe.', 'allowed: true or false']],
    ['out:\n', ['out cannot be nothing.', 'allowed: the path of a folder']],
    ['images:\n  noed: x\n', ['txlab.yaml:2:3: images has no noed.', 'did you mean: node']],
    ['images: my/node\n', ['txlab.yaml:1:9: images is a list of keys with values.', 'allowed: node, sandbox']],
    ['- jobs\n', ['txlab.yaml:1:1: Settings are a list of keys with values.']],
    ['jobs: 1\njobs: 2\n', ['txlab.yaml:2:1: jobs is given twice.']],
    ['jobs: [1\n', ['This is not YAML']],
    ['version: 1\n', ['There is no setting version.', 'A scenario needs another name than txlab.yaml']],
    ['images: { program: x }\n', ['images has no program.']],
    ['constructor: 1\n', ['There is no setting constructor.']],
  ])('%j is refused', (text, said) => {
    const trouble = settingsTrouble(settingsOf(text));
    for (const part of said) expect(trouble).toContain(part);
  });

  test.each([
    [{ TXLAB_JOBS: 'all' }, ['TXLAB_JOBS: jobs cannot be all.', 'a whole number from 1 to 1000']],
    [{ TXLAB_PLAIN: 'yes' }, ['TXLAB_PLAIN: plain cannot be yes.']],
    [{ TXLAB_JOB: '1' }, ['There is no variable TXLAB_JOB.', 'did you mean: TXLAB_JOBS']],
    [{ TXLAB_IMAGE_NOED: 'x' }, ['did you mean: TXLAB_IMAGE_NODE']],
  ])('the variables %j are refused', (env, said) => {
    const trouble = settingsTrouble(readSettings({ folder: tempFolder('txlab-settings-'), env }));
    for (const part of said) expect(trouble).toContain(part);
  });

  test('leave alone variables that are no setting and no slip of one', () => {
    const env = { TXLAB_TYPED: './txlab', TXLAB_SEED: '7', TXLAB_TESTS_TEMP: '/tmp', TXLAB_HOME: '/opt/txlab' };
    expect(readSettings({ folder: tempFolder('txlab-settings-'), env })).toMatchObject({
      said: new Map(),
      problems: [],
    });
  });

  test('can each be said by a variable of its own', () => {
    const names = Object.keys(SETTINGS).map(variableOf);
    expect(new Set(names).size).toBe(names.length);
    expect(names).toEqual(expect.arrayContaining(['TXLAB_OUT', 'TXLAB_JOBS', 'TXLAB_PLAIN', 'TXLAB_IMAGE_NODE']));
  });

  test('give way to an image of the line, role by role', () => {
    const images = imagesIn(settingsOf('images: { node: a, redis: b }\n'));
    expect(imagesOf([...images, 'node=c'])).toEqual({ node: 'c', redis: 'b' });
  });
});

describe('the command line', () => {
  test('takes the folder of runs from the option, then the variable, then the file', async () => {
    const shell = openShell({ TXLAB_OUT: '' });
    writeFileSync(join(shell.out, 'txlab.yaml'), 'out: of-file\n');
    expect((await shell.type('runs')).stdout).toContain('No run is stored in of-file.');
    expect((await shell.type('runs --out of-option')).stdout).toContain('No run is stored in of-option.');
    const other = openShell({ TXLAB_OUT: 'of-variable' });
    writeFileSync(join(other.out, 'txlab.yaml'), 'out: of-file\n');
    expect((await other.type('runs')).stdout).toContain('No run is stored in of-variable.');
  });

  test('takes the number of jobs and images for all commands that have them, and refuses what is wrong before it starts', async () => {
    const shell = openShell({ TXLAB_JOBS: '0' });
    for (const words of [
      'run two-phase-baseline',
      'run two-phase-baseline --print',
      'compare 2pc 3pc',
      'runs',
      'ps',
      'clean',
    ])
      expect((await shell.type(words)).error).toMatchObject({
        name: 'Usage',
        message: expect.stringContaining('jobs cannot be 0') as string,
      });
    expect(shell.left()).toEqual([]);
  });

  test('explains what it can while a setting is wrong', async () => {
    const shell = openShell({ TXLAB_JOBS: '0' });
    for (const words of ['explain 2pc', 'completion bash', '__complete ki'])
      expect(await shell.type(words)).toMatchObject({ code: 0 });
    const { stdout, code } = await shell.type('doctor');
    expect({ stdout, code }).toEqual({ stdout: expect.stringContaining('jobs cannot be 0') as string, code: 4 });
  });

  test('says in doctor which file is in use', async () => {
    const shell = openShell();
    writeFileSync(join(shell.out, 'txlab.yaml'), 'jobs: 2\n');
    expect((await shell.type('doctor')).stdout).toMatch(
      /settings +txlab.yaml; out \S+ \(TXLAB_OUT\); jobs 2|settings +txlab.yaml; jobs 2/,
    );
  });
});
