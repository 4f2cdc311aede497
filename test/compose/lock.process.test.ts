import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { withLock } from '../../compose/lock.ts';
import { tempFolder } from '../support/temp-folder.ts';

const lockPath = (): string => join(tempFolder('txlab-lock-'), 'sub', 'lock');

const TAKER = join(import.meta.dirname, 'programs', 'lock-taker.ts');

function taker(...args: readonly string[]) {
  return spawn(process.execPath, [TAKER, ...args], { stdio: ['pipe', 'pipe', 'inherit'] });
}

test('two of one process who want a lock work one after the other', async () => {
  const path = lockPath();
  const log: string[] = [];
  const work = (name: string) => async () => {
    log.push(`${name} begins`);
    await new Promise(setImmediate);
    log.push(`${name} ends`);
  };
  await Promise.all([withLock(path, 5_000, work('a')), withLock(path, 5_000, work('b'))]);
  expect(log).toEqual(['a begins', 'a ends', 'b begins', 'b ends']);
});

test('of four processes that take a lock twenty times each, no two ever work at once', async () => {
  const path = lockPath();
  const file = join(tempFolder('txlab-lock-'), 'number');
  writeFileSync(file, '0');
  const takers = Array.from({ length: 4 }, () => taker(path, file, '20'));
  const codes = await Promise.all(takers.map(async (child) => (await once(child, 'exit'))[0] as number | null));
  expect(codes).toEqual([0, 0, 0, 0]);
  expect(readFileSync(file, 'utf8')).toBe('80');
});

test('a lock is let go when the work fails', async () => {
  const path = lockPath();
  await expect(withLock(path, 1_000, () => Promise.reject(new Error('no')))).rejects.toThrow('no');
  await expect(withLock(path, 1_000, () => Promise.resolve('yes'))).resolves.toBe('yes');
});

test('a living holder is waited for, and the lock of one that is killed ends with it', async () => {
  const path = lockPath();
  const holder = taker(path, '', 'hold');
  await once(holder.stdout, 'data');
  await expect(withLock(path, 1, () => Promise.resolve())).rejects.toMatchObject({ code: 'setup-failed' });
  holder.kill('SIGKILL');
  await once(holder, 'exit');
  await expect(withLock(path, 1, () => Promise.resolve('mine'))).resolves.toBe('mine');
});

test.runIf(process.platform === 'linux')('a lock leaves no file', async () => {
  const path = lockPath();
  await withLock(path, 1_000, () => Promise.resolve());
  expect(existsSync(path)).toBe(false);
});
