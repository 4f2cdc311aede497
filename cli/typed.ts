// What was typed, before the parser sees it: what it would take in silence, or for something else, is refused here.

import { isSentenceVerb } from './commands/run-command.ts';
import { Usage } from './usage.ts';

/** The words as they are meant: a sentence in quotes is a sentence. Throws what cannot be meant. */
export function readTyped(args: readonly string[], booleans: ReadonlySet<string>): readonly string[] {
  const [first = '', ...rest] = args;
  const sentence = first.trim().split(/\s+/);
  const [verb = '', ...words] = sentence;
  const meant = isSentenceVerb(verb) ? [verb, ...words, ...rest] : [...args];
  refuseLong(meant);
  if (first === '' && args.length > 0) throw new Usage("The command is empty: ''.\nSee: txlab --help");
  const [second = ''] = rest;
  if (!isSentenceVerb(first) && isSentenceVerb(second) && !first.startsWith('-') && isNode(first))
    throw new Usage(`The verb comes first: txlab ${[second, first, ...rest.slice(1)].join(' ')}`);
  for (const [index, word] of meant.entries()) refuseWord(word, meant[index - 1] ?? '', booleans);
  return meant;
}

function isNode(word: string): boolean {
  return /^[a-z]+(-\d+)?$/.test(word) && !COMMANDS_BEFORE_VERBS.includes(word);
}

/** Whose words may be a verb. */
const COMMANDS_BEFORE_VERBS = [
  'run',
  'compare',
  'explain',
  'check',
  'report',
  'replay',
  'logs',
  'bench',
  'completion',
  'clean',
  'scenarios',
  'runs',
  'init',
];

function refuseWord(word: string, before: string, booleans: ReadonlySet<string>): void {
  if (word === '--') throw new Usage('Nothing can stand behind --: options come with two dashes, words without.');
  const isValue = before.startsWith('--') && !before.includes('=') && !booleans.has(before.slice(2));
  if (isValue && word === '') throw new Usage(`${before} has no value: '' is nothing.`);
  if (!isValue && /^-\d/.test(word))
    throw new Usage(
      /^-\d+$/.test(word)
        ? `${word} is less than nothing: a number here is 0 or more.`
        : `${word} lies in the past: a duration here is 0 or more.`,
    );
  if (/^[\u2013\u2014]/.test(word))
    throw new Usage(`${word} begins with a long dash; options have two short ones: --${word.slice(1)}`);
  const [, name = '', value] = /^--([^=]+)=(.*)$/s.exec(word) ?? [];
  if (value === '') throw new Usage(`--${name} has no value: nothing stands behind the equals sign.`);
  if (value !== undefined && booleans.has(name) && !['true', 'false'].includes(value))
    throw new Usage(
      `--${name} is yes or no, without a value: --${name} or --no-${name}; found '${value.slice(0, 40)}'.`,
    );
}

function refuseLong(words: readonly string[]): void {
  const long = words.find((word) => word.length > WORD_MAX);
  if (long !== undefined)
    throw new Usage(`A word of ${long.length} characters is no word: ${long.slice(0, 40)}…\nSee: txlab --help`);
}

/** Longer than any path. */
const WORD_MAX = 4096;
