// What is wrong with something that a person wrote: a value with a place, what was found, what is allowed and what to do. Bad
// input is expected; nobody throws for it.

export interface Place {
  /** A file's name, `sentence`, or the option of the command line that said it. */
  readonly source: string;
  /** From 1. */
  readonly line?: number;
  /** From 1, in UTF-16 units. */
  readonly column?: number;
  /** The whole source line, to be shown with a caret under the column. */
  readonly text?: string;
}

/** The way to a part of an input, by keys and indexes. */
export type Path = readonly (string | number)[];

export interface Problem {
  readonly where: Place;
  /** The offending text, or a word for what is missing. */
  readonly found: string;
  /** Words that would do, or one phrase that describes them. */
  readonly allowed: readonly string[];
  readonly nearest?: string;
  /** One sentence: what is wrong. */
  readonly message: string;
  /** What to write instead; empty when `allowed` says it all. */
  readonly hint: string;
}

export type Parsed<Value> =
  | { readonly ok: true; readonly value: Value }
  | { readonly ok: false; readonly problems: readonly Problem[] };

/** A part that was understood, as far as it could be. */
export interface Part<Value> {
  readonly value: Value;
  readonly problems: readonly Problem[];
}

/** What a problem says, before it is known where: parsers of parts make these, and their callers place them. */
export interface Complaint {
  readonly found: string;
  readonly message: string;
  readonly allowed?: readonly string[];
  readonly nearest?: string | undefined;
  readonly hint?: string;
}

export function problemAt(where: Place, complaint: Complaint): Problem {
  const { found, message, allowed = [], nearest, hint = '' } = complaint;
  return { where, found, allowed, ...(nearest === undefined ? {} : { nearest }), message, hint };
}

export function refused(problems: readonly Problem[]): { readonly ok: false; readonly problems: readonly Problem[] } {
  return { ok: false, problems };
}

/** Several lines for people: the place and the message, the source line with a caret, what is allowed, what to write. */
export function formatProblem(problem: Problem): string {
  const { where, message, hint, allowed, nearest } = problem;
  const place = [where.source, where.line, where.column].filter((part) => part !== undefined).join(':');
  return [
    `${place}: ${cutWords(message)}`,
    ...pointer(problem),
    ...(nearest === undefined ? [] : [`  did you mean: ${nearest}`]),
    ...(allowed.length === 0 ? [] : [`  allowed: ${shorten(allowed)}`]),
    ...(hint === '' ? [] : [`  ${hint}`]),
  ].join('\n');
}

function pointer({ where: { text, column }, found }: Problem): readonly string[] {
  if (text === undefined || column === undefined || text.trim() === '') return [];
  // Of a very long line only what is near its column is shown.
  const from = column > LINE_SHOWN ? column - 1 - LINE_SHOWN / 4 : 0;
  const shown = text.slice(from, from + LINE_SHOWN);
  const width = text.startsWith(found, column - 1) ? Math.max(1, found.length) : 1;
  const left = shown.length - (column - 1 - from);
  // Tabs are kept, so that the caret stands under its column however wide they are shown.
  const indent = shown
    .slice(0, column - 1 - from)
    .replace(/[^\t]/g, ' ')
    .padEnd(column - 1 - from);
  const [before, after] = [from > 0 ? '…' : '', from + LINE_SHOWN < text.length ? '…' : ''];
  return [
    `  ${before}${shown}${after}`,
    `  ${before && ' '}${indent}${'^'.repeat(Math.max(1, Math.min(width, left)))}`,
  ];
}

/** A word that nobody reads to its end. */
function cutWords(message: string): string {
  return message.replace(/\S{81,}/g, (word) => `${word.slice(0, 60)}…`);
}

const LINE_SHOWN = 160;

function shorten(words: readonly string[]): string {
  const shown = words.slice(0, WORDS_SHOWN).join(', ');
  return words.length > WORDS_SHOWN ? `${shown}, … (${words.length} in all)` : shown;
}

const WORDS_SHOWN = 24;

/** Where a part of the input stands. A key may be unknown, a value wrong; for what is missing, the nearest thing around it. */
export type Locate = (path: Path, part?: 'key' | 'value') => Place;
