// The command that runs the same again, as it can be pasted into a shell.

import type { RunFlags } from './run-flags.ts';

/** The words of the command, then what was said with options. What decides where a run goes and how it is shown is left out. */
export function replayLine(words: readonly string[], seed: number, { overrides, images }: RunFlags): string {
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
  return ['txlab', ...words, ...said].map(quoted).join(' ');
}

/** As a POSIX shell reads it back. */
function quoted(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", String.raw`'\''`)}'`;
}
