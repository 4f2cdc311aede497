// Kinds of one message: a vote that says yes and one that says no have the same word. Which words have kinds, and by which field of the
// body they are told, a protocol's catalog entry declares; whoever looks at a message needs no more than that.

import type { Message } from './messages.ts';

/** `is` is what the field of this name says. */
export interface Kind {
  readonly field: string;
  readonly is: string;
}

/** By the words of messages: the field, and what it may say. */
export type Kinds = Readonly<Record<string, { readonly field: string; readonly says: readonly string[] }>>;

export function hasKind(message: Message, { field, is }: Kind): boolean {
  return Object.hasOwn(message, field) && (message as Message & Readonly<Record<string, unknown>>)[field] === is;
}

/** The kind of this word that is called so; undefined where there is none. */
export function kindOf(kinds: Kinds, word: string, is: string): Kind | undefined {
  const known = Object.hasOwn(kinds, word) ? kinds[word] : undefined;
  return known?.says.includes(is) ? { field: known.field, is } : undefined;
}

/** What messages of this word may say; none where it has no kinds. */
export function kindsOf(kinds: Kinds, word: string): readonly string[] {
  return (Object.hasOwn(kinds, word) && kinds[word]?.says) || [];
}
