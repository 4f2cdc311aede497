// What a command line that is wrong usage says, once it is certain that nothing came of it.

import { expect } from 'vitest';
import { Usage } from '../../cli/usage.ts';
import { LabError } from '../../compose/errors.ts';
import type { Shell } from './shell.ts';

/** The words of the refusal. */
export async function refusalIn(shell: Shell, words: readonly string[]): Promise<string> {
  const before = shell.left();
  const { error, code, stdout, runs } = await shell.typeWords(words);
  expect(code, stdout).toBeNull();
  const isUsage = error instanceof Usage || (error instanceof LabError && error.exitCode === 2);
  expect(isUsage, String(error)).toBe(true);
  expect({ stdout, runs, left: shell.left() }).toEqual({ stdout: '', runs: 0, left: before });
  const { message, hint = '' } = error as Error & { readonly hint?: string };
  return `${message}\n${hint}`;
}
