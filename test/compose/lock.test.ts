import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { withLock } from '../../compose/lock.ts';
import { currentOwner, formatOwner } from '../../compose/engine/owner.ts';
import { tempFolder } from '../support/temp-folder.ts';

const lockPath = (): string => join(tempFolder('txlab-lock-'), 'sub', 'lock');

test('two who want a lock work one after the other', async () => {
  const path = lockPath();
  const log: string[] = [];
  const work = (name: string) => async () => {
    log.push(`${name} begins`);
    await new Promise(setImmediate);
    log.push(`${name} ends`);
  };
  await Promise.all([withLock(path, 5_000, work('a')), withLock(path, 5_000, work('b'))]);
  expect(log).toEqual(['a begins', 'a ends', 'b begins', 'b ends']);
  expect(existsSync(path)).toBe(false);
});

test('a lock is let go when the work fails', async () => {
  const path = lockPath();
  await expect(withLock(path, 1_000, () => Promise.reject(new Error('no')))).rejects.toThrow('no');
  await expect(withLock(path, 1_000, () => Promise.resolve('yes'))).resolves.toBe('yes');
});

test('a dead holder is no hindrance, a living one is', async () => {
  const path = lockPath();
  await withLock(path, 1_000, () => Promise.resolve());
  writeFileSync(path, formatOwner({ ...currentOwner(), started: '1' }));
  await expect(withLock(path, 1_000, () => Promise.resolve('taken over'))).resolves.toBe('taken over');
  writeFileSync(path, formatOwner(currentOwner()));
  await expect(withLock(path, 1, () => Promise.resolve())).rejects.toMatchObject({ code: 'setup-failed' });
});
