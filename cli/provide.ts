// Asks before anything is installed or started: by `--yes`, or at a terminal; elsewhere the error says what to type.

import { createInterface } from 'node:readline/promises';
import { LabError } from '../compose/errors.ts';
import { runSetup } from '../compose/setup/setup.ts';
import type { Engine } from '../compose/engine/port.ts';
import type { Terminal } from './terminal.ts';

export async function provideEngine(
  yes: boolean,
  { env, stderr }: Terminal,
  say: (text: string) => void,
): Promise<Engine> {
  try {
    return await runSetup({ yes, onStep: say });
  } catch (error) {
    const isAllowable =
      error instanceof LabError && error.code === 'setup-needed' && error.hint === 'txlab setup --yes';
    const isWatched = process.stdin.isTTY && stderr.isTTY && !env['CI'];
    if (!isAllowable || !isWatched || !(await confirm(`${error.message} Go on?`, stderr))) throw error;
    return runSetup({ yes: true, onStep: say });
  }
}

async function confirm(question: string, stderr: NodeJS.WriteStream): Promise<boolean> {
  const questions = createInterface({ input: process.stdin, output: stderr });
  const answer = await questions.question(`${question} [y/N] `);
  questions.close();
  return /^y(es)?$/i.test(answer.trim());
}
