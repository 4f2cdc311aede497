// What a command is: its words, options and examples as plain data, and what it does. Knows no parser.

import type { Terminal } from '../terminal.ts';

export interface Command {
  /** Its name, then the words that it takes: `run [scenarios..]`. */
  readonly words: string;
  /** False keeps it out of the help. */
  readonly describe: string | false;
  readonly positionals?: Readonly<Record<string, Positional>>;
  readonly options?: Readonly<Record<string, Option>>;
  /** Options that are taken, to be refused with a reason, and not shown. */
  readonly hidden?: readonly string[];
  readonly examples?: readonly Example[];
  /** Gives the exit code. */
  readonly act: (given: Given, terminal: Terminal) => Promise<number> | number;
}

export interface Positional {
  readonly type: 'string';
  readonly array?: true;
  readonly demandOption?: true;
  readonly describe?: string;
}

export interface Option {
  readonly type: 'string' | 'number' | 'boolean';
  readonly array?: true;
  readonly default?: string | number | boolean;
  readonly requiresArg?: true;
  readonly describe: string;
}

/** Without the program's name. */
export type Example = readonly [line: string, describe: string];

/** What was typed, by the names of words and options. */
export type Given = Readonly<Record<string, unknown>>;

export function nameOf({ words }: Command): string {
  return words.split(' ')[0] ?? '';
}
