// What nodes say to each other and are asked: plain JSON with a word, which names it in steps.

import type { Decision, NodeId, TxId } from './ids.ts';

export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json | undefined };

/** What one node says to another. `word` names it in steps: `send prepare`. */
export interface Message {
  readonly word: string;
  /** The transaction, acquisition or term that it is about; null where it is about none. */
  readonly about: TxId | null;
}

/** What a client or the lab asks a node or a store, ended by exactly one answer. */
export interface Request {
  readonly word: string;
  /** The transaction or acquisition that it is about; an ask without one is counted by its operation. */
  readonly about?: string;
  /** Of an ask whose answer is a promise or a decision by itself: the record then lives in the store that gave it. */
  readonly marks?: Marks;
}
export interface Answer {
  readonly word: string;
}

/** What the answers to a request mean, by their words: the mark that each gives this site for the subject of the request. */
export interface Marks {
  readonly site: NodeId;
  readonly as: Readonly<Record<string, 'prepared' | Decision>>;
}
