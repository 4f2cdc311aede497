// The package as people get it: packed, installed into an empty folder, and used there from the shell and from a program.

import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { DOCUMENTS } from '../../cli/documents.ts';

const ROOT = join(import.meta.dirname, '..', '..');
/** As the page of the library shows it. */
const [, PROGRAM = ''] = /^```ts\n(.*?)^```/ms.exec(readFileSync(join(ROOT, 'docs', 'library.md'), 'utf8')) ?? [];

let folder: string;
const inside = (program: string, ...words: readonly string[]) =>
  execFileSync(program, words, { cwd: folder, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'txlab-package-'));
  execFileSync('npm', ['pack', '--silent', '--pack-destination', folder], { cwd: ROOT, stdio: 'pipe' });
  const [archive = ''] = readdirSync(folder);
  writeFileSync(join(folder, 'package.json'), '{ "name": "mine", "private": true, "type": "module" }');
  inside('npm', 'install', '--no-audit', '--no-fund', '--prefer-offline', '--omit=optional', `./${archive}`);
}, 300_000);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test('runs a sentence from any folder, and needs nothing else', () => {
  const words = 'kill coordinator during prepare --seed 7 --json'.split(' ');
  const document = DOCUMENTS.run.parse(JSON.parse(inside(join(folder, 'node_modules', '.bin', 'txlab'), ...words)));
  expect(document).toMatchObject({ protocol: '2pc', seed: 7, left: [], verdict: { word: 'as expected' } });
  expect(readdirSync(join(folder, 'runs'))).toContain('latest');
});

test('holds no chunk that nothing loads, no source and no test', () => {
  const installed = join(folder, 'node_modules', 'txlab');
  expect(readdirSync(installed).toSorted()).toEqual(
    [
      'ARCHITECTURE.md',
      'CHANGELOG.md',
      'HISTORY.md',
      'LICENSE',
      'README.md',
      'cli',
      'compose',
      'dist',
      'docs',
      'package.json',
      'scenarios',
      'txlab',
    ].toSorted(),
  );
  const sources = readdirSync(installed, { recursive: true, encoding: 'utf8' }).filter((path) =>
    /(?<!\.d)\.tsx?$/.test(path),
  );
  expect(sources).toEqual([]);
});

test('is a library, whose types are all there', () => {
  writeFileSync(join(folder, 'mine.ts'), PROGRAM);
  const tsc = join(ROOT, 'node_modules', 'typescript', 'bin', 'tsc');
  const strict = [
    '--noEmit',
    '--strict',
    '--module',
    'nodenext',
    '--target',
    'esnext',
    '--types',
    'node',
    '--typeRoots',
    join(ROOT, 'node_modules', '@types'),
  ];
  inside(process.execPath, tsc, ...strict, 'mine.ts');
  expect(inside(process.execPath, 'mine.ts').trim().split('\n')).toEqual([
    'as expected true true true',
    'as expected true true true',
  ]);
});

test('refuses words that say nothing, with the nearest', () => {
  const program = "import { lab } from 'txlab'; await using bench = await lab(); await bench.run('kill coordnator');";
  writeFileSync(join(folder, 'wrong.mjs'), program);
  expect(() => inside(process.execPath, 'wrong.mjs')).toThrow('did you mean: coordinator');
});
