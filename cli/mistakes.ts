// What was typed wrong, with the word that was probably meant, and where to read on.

import { nearest } from '../scenarios/language/nearest.ts';
import { isSentenceVerb } from './commands/run-command.ts';

export interface Typed {
  readonly args: readonly string[];
  /** The command, then its words, as far as the parser came. */
  readonly words: readonly string[];
  /** The names of the options that the command takes. */
  readonly options: readonly string[];
}

/** The parser's message in our words. */
export function mistakeText(message: string, typed: Typed): string {
  const { args, words } = typed;
  const [command] = words;
  const more = command === undefined ? 'See: txlab --help' : `See: txlab ${command} --help`;
  const [, meant] = /^Did you mean (.*)\?$/s.exec(message) ?? [];
  if (meant !== undefined) return `There is no command '${command}'; did you mean ${meant}?\nSee: txlab --help`;
  if (message.startsWith('Not enough non-option')) return nothingToDo(args);
  const [, list] = /^Unknown (?:argument|command)s?: (.*)$/s.exec(message) ?? [];
  if (list === undefined) return `${message}\n${more}`;
  const flags = list.split(', ').filter((word) => !words.includes(word));
  if (flags.length > 0) return `${noOptions(flags, typed).join('\n')}\n${more}`;
  if (command !== undefined && list.split(', ').includes(command))
    return `There is no command '${command}'.\nSee: txlab --help`;
  return `Too many words: ${list}.\n${more}`;
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
  logs: 'coordinator',
  bench: '2pc',
};

function noOptions(flags: readonly string[], { words: [command], options }: Typed): readonly string[] {
  // An option with a dash is named a second time without it: one-way, oneWay.
  const dashed = (flag: string) => flag.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
  const asTyped = flags.filter((flag) => flag === dashed(flag) || !flags.includes(dashed(flag)));
  const isSentence = command !== undefined && isSentenceVerb(command);
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
