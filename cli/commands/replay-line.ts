// The command that runs the same again, as it can be pasted into a shell.

import { basename, resolve } from 'node:path';
import type { Terminal } from '../terminal.ts';
import type { RunFlags } from './run-flags.ts';

/** The words of the command, then what was said with options. What decides where a run goes and how it is shown is left out. */
export function replayLine(
  words: readonly string[],
  seed: number,
  { overrides, images }: RunFlags,
  program = 'txlab',
): string {
  const { protocol, workload, participants, transactions, clients, retry, timeouts = {}, timeLimit } = overrides;
  const options = [
    ['seed', seed],
    ['protocol', protocol],
    ['workload', workload],
    ['participants', participants],
    ['transactions', transactions],
    ['clients', clients],
    ['retry', retry],
    ...Object.entries(timeouts).map(([name, value]) => ['timeout', `${name}=${value}`]),
    ['time-limit', timeLimit],
    ...Object.entries(images).map(([role, image]) => ['image', `${role}=${image}`]),
  ] as const;
  const said = options.flatMap(([name, value]) => (value === undefined ? [] : [`--${name}`, String(value)]));
  return [program, ...words, ...said].map(quoted).join(' ');
}

/** The command that removes what a run has left standing, and nothing else. */
export function cleanLine(folder: string, out: string, program: string): string {
  const isElsewhere = resolve(out) !== resolve('runs');
  return [program, 'clean', isElsewhere ? folder : basename(folder)].map(quoted).join(' ');
}

/** What the user types to start txlab, as the launcher has seen it: `txlab` or `./txlab`. */
export function programOf({ env }: Pick<Terminal, 'env'>): string {
  return env['TXLAB_TYPED'] || 'txlab';
}

/** As a POSIX shell reads it back. */
function quoted(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", String.raw`'\''`)}'`;
}
