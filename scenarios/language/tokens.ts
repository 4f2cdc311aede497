// A sentence as words with their places, and a reader that goes through them and remembers the first problem it met.

import { meant, nearest } from './nearest.ts';
import type { Complaint } from './problem.ts';

export interface Word {
  /** In lower case. A comma is a word of its own. */
  readonly text: string;
  /** Offset in the sentence, from 0. */
  readonly start: number;
}

export function splitWords(text: string): readonly Word[] {
  return [...text.matchAll(/[^\s,]+|,/g)].map((match) => ({ text: match[0].toLowerCase(), start: match.index }));
}

export interface Reader {
  readonly words: readonly Word[];
  next: number;
  /** The first complaint, and the word that it is about; one past the last word when something is missing at the end. */
  complaint: (Complaint & { readonly word: number }) | null;
}

export function readWords(text: string): Reader {
  return { words: splitWords(text), next: 0, complaint: null };
}

/** The next word, or nothing at the end. */
export function peek(reader: Reader): string {
  return reader.words[reader.next]?.text ?? '';
}

/** The next word, which is consumed; nothing at the end. */
export function take(reader: Reader): string {
  const word = peek(reader);
  if (word !== '') reader.next++;
  return word;
}

/** Consumes the next word if it is this one. */
export function skip(reader: Reader, word: string): boolean {
  if (peek(reader) !== word) return false;
  reader.next++;
  return true;
}

/** Notes a complaint about the next word, or about the one named. Null, so that callers can return it. */
export function complain(reader: Reader, complaint: Complaint, word = reader.next): null {
  reader.complaint ??= { ...complaint, word };
  return null;
}

/** Consumes the next word, which must be one of these. */
export function takeOneOf<Allowed extends string>(
  reader: Reader,
  allowed: readonly Allowed[],
  what: string,
): Allowed | null {
  const found = peek(reader);
  const word = allowed.find((one) => one === found);
  if (word === undefined) return complain(reader, notOneOf(found, allowed, what));
  reader.next++;
  return word;
}

export function notOneOf(found: string, allowed: readonly string[], what: string): Complaint {
  if (found === '') return { found: THE_END, message: `The sentence ends where ${what} should be.`, allowed };
  const near = meant(found, allowed) ?? nearest(found, allowed);
  const complaint = { found, message: `${found} is not ${what}.`, allowed, nearest: near };
  return FILLERS.includes(found) ? { ...complaint, hint: `Leave it out: ${found}` } : complaint;
}

const THE_END = 'the end';
/** What people write between the words of a sentence. */
const FILLERS: readonly string[] = [',', 'the', 'a', 'an', 'too', 'also'];
