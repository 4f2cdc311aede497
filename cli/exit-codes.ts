// What the exit codes of the command line mean: the end of `--help`, and the table of docs/commands.md. And the code of a verdict.

import { unreachable } from '../nodes/contract/invariant.ts';
import type { Verdict } from '../scenarios/findings.ts';

export const EXIT_CODES: readonly (readonly [code: string, meaning: string])[] = [
  ['0', 'As expected, or the command did what it was asked'],
  ['1', 'Not as expected: a promise or the claim of the scenario was broken'],
  ['2', 'Wrong usage; nothing was started'],
  ['3', 'Inconclusive: the run lacks the evidence that a verdict needs'],
  ['4', 'The environment: engine, images, disk'],
  ['5', 'A bug in txlab, or something of the run was left in the engine'],
  ['130', 'Interrupted by Ctrl-C (SIGINT); cleaned up'],
  ['141', 'Nobody read its words to the end (a closed pipe) while a run was under way; cleaned up'],
  ['143', 'Interrupted by SIGTERM; cleaned up'],
];

export function exitCodesText(): string {
  return ['Exit codes:', ...EXIT_CODES.map(([code, meaning]) => `  ${code.padEnd(4)} ${meaning}`)].join('\n');
}

export function exitCodeOf({ word }: Pick<Verdict, 'word'>): number {
  switch (word) {
    case 'as expected':
      return 0;
    case 'not as expected':
      return 1;
    case 'inconclusive':
      return 3;
    default:
      return unreachable(word);
  }
}
