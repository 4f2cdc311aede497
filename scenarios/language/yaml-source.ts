// A YAML text with the places of its parts, so that a problem found much later can still point at its line and column.

import { isCollection, isMap, isScalar, LineCounter, parseDocument, Scalar, type Document, type YAMLError } from 'yaml';
import { splitWords } from './tokens.ts';
import { messageOf } from '../../compose/errors.ts';
import { problemAt, refused, type Parsed, type Place, type Problem } from './problem.ts';
import type { Path } from './problem.ts';

export interface YamlSource {
  readonly data: unknown;
  /** The place of a key or a value; of the nearest thing around it when it is not there. */
  readonly locate: (path: Path, part?: 'key' | 'value') => Place;
  /** The place of the so-many-th word of a text, or of where it would stand; as good as it gets where the text uses escapes. */
  readonly locateWord: (path: Path, index: number) => Place;
}

export function readYaml(text: string, source: string): Parsed<YamlSource> {
  const lines = new LineCounter();
  const place = (offset: number): Place => placeIn(text, source, lines, offset);
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, logLevel: 'error' });
  const faulty = [...document.errors, ...document.warnings];
  if (faulty.length > 0) return refused(firstOfLines(faulty.map((error) => syntaxProblem(text, error, place))));
  const data = plainData(document);
  if (!data.ok)
    return refused([
      problemAt(place(Math.max(0, text.indexOf(`*${data.alias}`))), {
        found: `*${data.alias}`,
        message: data.why,
        hint: 'Write the values out.',
      }),
    ]);
  const locate: YamlSource['locate'] = (path, part = 'value') => place(offsetOf(document, path, part));
  const locateWord: YamlSource['locateWord'] = (path, index) => place(wordOffset(text, document, path, index));
  return { ok: true, value: { data: data.value, locate, locateWord } };
}

/** Aliases are resolved here, and may lead nowhere or grow without bound: the library throws for both. */
function plainData(
  document: Document,
):
  | { readonly ok: true; readonly value: unknown }
  | { readonly ok: false; readonly why: string; readonly alias: string } {
  try {
    return { ok: true, value: document.toJS({ maxAliasCount: 100 }) as unknown };
  } catch (error) {
    const [, alias] = /^Unresolved alias.*: (\S+)$/.exec(messageOf(error)) ?? [];
    return alias === undefined
      ? { ok: false, alias: '', why: 'Aliases stand for more values here than a scenario can hold.' }
      : { ok: false, alias, why: `*${alias} stands for nothing: no value before it is marked with &${alias}.` };
  }
}

/** What follows from a mistake is found on the same line again. */
function firstOfLines(problems: readonly Problem[]): readonly Problem[] {
  return problems.filter(({ where }, index) => problems.findIndex((one) => one.where.line === where.line) === index);
}

function placeIn(text: string, source: string, lines: LineCounter, offset: number): Place {
  const { line, col } = lines.linePos(Math.min(offset, text.length));
  // The counter answers line 0 for a text without any line.
  return {
    source,
    line: Math.max(line, 1),
    column: Math.max(col, 1),
    text: text.split('\n')[Math.max(line, 1) - 1]?.replace(/\r$/, '') ?? '',
  };
}

function syntaxProblem(text: string, error: YAMLError, place: (offset: number) => Place): Problem {
  const [from] = error.pos;
  const found = /^\S[^\s:]*/.exec(text.slice(from, from + 80))?.[0] ?? 'the end of the line';
  if (error.code === 'DUPLICATE_KEY')
    return problemAt(place(from), { found, message: `${found} is given twice.`, hint: 'Keep one of the two.' });
  // The library calls a bracket that is not closed before the next line a matter of indentation.
  const isOpen = error.code === 'BAD_INDENT' && error.message.startsWith('Flow');
  const [message, hint] = OWN_WORDS[isOpen ? 'MISSING_CHAR' : error.code];
  const what = error.code === 'MULTIPLE_DOCS' ? 'YAML of one scenario' : 'YAML';
  return problemAt(place(from), { found, message: `This is not ${what}: ${message}.`, hint });
}

const QUOTES = 'A text that contains ": " or " #", or begins with a sign, needs quotes.';
const COLUMNS = 'What belongs together begins in one column, and what is inside of something further right.';
const CLOSE = 'Each " \' [ and { needs its other half.';
const PLAIN = 'Leave it out: scenarios need plain keys and values only.';

/** The library speaks to programmers, of nodes and collections. */
const OWN_WORDS: Readonly<Record<YAMLError['code'], readonly [message: string, hint: string]>> = {
  TAB_AS_INDENT: ['a tab cannot indent a line', 'Indent with spaces.'],
  MULTIPLE_DOCS: ['a second document begins here', 'One scenario a file: put the second into its own.'],
  DUPLICATE_KEY: ['this key is given twice', 'Keep one of the two.'],
  BAD_INDENT: ['this line begins in a column where nothing can begin', COLUMNS],
  MISSING_CHAR: ['something was opened or begun here and does not end, or a colon is missing', CLOSE],
  UNEXPECTED_TOKEN: ['this cannot stand here', QUOTES],
  BLOCK_AS_IMPLICIT_KEY: ['a second colon on one line', `${QUOTES} ${COLUMNS}`],
  BLOCK_IN_FLOW: ['lines of their own cannot stand between brackets', CLOSE],
  MULTILINE_IMPLICIT_KEY: ['a key cannot go over several lines, and a colon must follow it', COLUMNS],
  KEY_OVER_1024_CHARS: ['this key is too long', QUOTES],
  NON_STRING_KEY: ['a key must be a word', QUOTES],
  BAD_SCALAR_START: ['a text without quotes cannot begin with this sign', QUOTES],
  BAD_DQ_ESCAPE: [
    String.raw`between double quotes, \ cannot stand before this letter`,
    String.raw`Write \\ or use single quotes.`,
  ],
  BAD_COLLECTION_TYPE: ['this is another kind of value than is said before it', PLAIN],
  BAD_DIRECTIVE: ['a line that begins with % is no part of a scenario', 'Leave it out, or put the text into quotes.'],
  BAD_ALIAS: ['this stands for nothing', PLAIN],
  ALIAS_PROPS: ['this stands for another value and cannot say more', PLAIN],
  BAD_PROP_ORDER: ['a mark stands in the wrong place', PLAIN],
  MULTIPLE_ANCHORS: ['a value has two marks', PLAIN],
  MULTIPLE_TAGS: ['a value has two kinds', PLAIN],
  TAG_RESOLVE_FAILED: ['nobody here knows this kind of value', PLAIN],
  RESOURCE_EXHAUSTION: ['this goes too deep', PLAIN],
  IMPOSSIBLE: ['this cannot be read', QUOTES],
};

function offsetOf(document: Document, path: Path, part: 'key' | 'value'): number {
  for (let length = path.length; length > 0; length--) {
    const here = path.slice(0, length);
    const key = keyOffset(document, here);
    // A key that lacks something is pointed at by its name, a wrong value at its beginning.
    if ((part === 'key' || length < path.length) && key !== undefined) return key;
    const value = document.getIn(here, true) as { range?: readonly number[] } | null | undefined;
    if (value?.range) return value.range[0] ?? 0;
    if (key !== undefined) return key;
  }
  return (document.contents as { range?: readonly number[] } | null)?.range?.[0] ?? 0;
}

function keyOffset(document: Document, path: Path): number | undefined {
  const parent = path.length === 1 ? document.contents : document.getIn(path.slice(0, -1), true);
  if (!isMap(parent)) return undefined;
  const pair = parent.items.find(({ key }) => String(isScalar(key) ? key.value : key) === String(path.at(-1)));
  return (pair?.key as { range?: readonly number[] } | undefined)?.range?.[0];
}

function wordOffset(text: string, document: Document, path: Path, index: number): number {
  const node = document.getIn(path, true);
  const [from, to] = (isScalar(node) || isCollection(node) ? node.range : null) ?? [];
  if (!isScalar(node) || from === undefined || to === undefined) return offsetOf(document, path, 'value');
  const words = splitWords(withoutMarks(text.slice(from, to), node));
  const word = words[index];
  if (word) return from + word.start;
  const last = words.at(-1);
  return last ? from + last.start + last.text.length : from;
}

/** Quotes and the first line of a block text are blanked, so that what remains has the words of the value at their places. */
function withoutMarks(raw: string, { type }: Scalar): string {
  if (type === Scalar.QUOTE_DOUBLE || type === Scalar.QUOTE_SINGLE) return ` ${raw.slice(1, -1)} `;
  if (type === Scalar.BLOCK_FOLDED || type === Scalar.BLOCK_LITERAL)
    return raw.replace(/^[^\n]*/, (header) => ' '.repeat(header.length));
  return raw;
}
