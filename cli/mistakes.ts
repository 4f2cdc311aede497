// What was typed wrong, with the word that was probably meant, and where to read on.

import { meant, nearest } from '../scenarios/language/nearest.ts';
import { isSentenceVerb } from './commands/run-command.ts';

export interface Typed {
  readonly args: readonly string[];
  /** The command, then its words, as far as the parser came. */
  readonly words: readonly string[];
  /** The names of the options that the command takes. */
  readonly options: readonly string[];
  /** The names of all commands. */
  readonly commands: readonly string[];
}

/** The parser's message in our words. */
export function mistakeText(message: string, typed: Typed): string {
  const { args, words } = typed;
  const [command] = words;
  const more = command === undefined ? 'See: txlab --help' : `See: txlab ${command} --help`;
  // An option that no command has is no news where the command is none.
  if (command !== undefined && command === args[0] && !typed.commands.includes(command))
    return noCommand(command, typed.commands);
  if (message.startsWith('Not enough non-option')) return nothingToDo(args);
  const [, list] = /^Unknown (?:argument|command)s?: (.*)$/s.exec(message) ?? [];
  if (list === undefined) return `${message}\n${more}`;
  const flags = list.split(', ').filter((word) => !words.includes(word));
  if (flags.length > 0) return `${noOptions(flags, typed).join('\n')}\n${more}`;
  return `Too many words: ${list}.\n${more}`;
}

function noCommand(command: string, commands: readonly string[]): string {
  const near = meant(command, commands) ?? nearest(command, commands);
  return `There is no command '${command}'${near ? `; did you mean ${near}?` : '.'}\nSee: txlab --help`;
}

function nothingToDo(args: readonly string[]): string {
  const command = args.find((word) => Object.hasOwn(EXAMPLES, word)) ?? 'kill';
  return `${command} what? Try: txlab ${command} ${EXAMPLES[command] ?? ''}\nSee: txlab ${command} --help`;
}

/** For commands that take a word or more. */
const EXAMPLES: Readonly<Record<string, string>> = {
  compare: '2pc 3pc 3pc-quorum',
  explain: '2pc',
  check: 'latest',
  report: 'latest',
  replay: 'latest',
  bench: '2pc',
  completion: 'bash',
};

function noOptions(flags: readonly string[], { args, words: [command], options }: Typed): readonly string[] {
  // An option with a dash is named a second time without it: one-way, oneWay.
  const dashed = (flag: string) => flag.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
  const asTyped = flags.filter((flag) => flag === dashed(flag) || !flags.includes(dashed(flag)));
  const isSentence = command !== undefined && isSentenceVerb(command);
  const letters = args.find((arg) => /^-[a-z]{2,}/.test(arg));
  if (letters !== undefined && asTyped.every((flag) => flag.length === 1 && letters.includes(flag)))
    return [`There is no option ${letters}; options have two dashes: -${letters}.`];
  return asTyped.map((flag) => {
    const more =
      isSentence && SENTENCE_WORDS.includes(flag)
        ? `; it is a word of the sentence, without dashes: ${flag}`
        : guess(flag, options);
    return `${command === undefined ? 'Before the command there is' : 'There is'} no option --${flag}${more}`;
  });
}

const SENTENCE_WORDS: readonly string[] = 'from to by times one-way during before after at of then for'.split(' ');

function guess(flag: string, options: readonly string[]): string {
  const near = nearest(flag, options);
  return near ? `; did you mean --${near}?` : '.';
}
