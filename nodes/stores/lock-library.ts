// What is asked of a published client of locks, and what it tells: no more than its users are told. It is asked as one, by the name of its
// servers' role (`ask acquire to redis`); what it says to which server, and how often, is its own affair.

import type { Answer, Request } from '../contract/messages.ts';

interface Asked extends Request {
  readonly about: string;
  readonly key: string;
}

/** `watch`: answered when the client says by itself that the lock is lost, or has been given back. Nothing has a deadline but the client's own. */
export type LibraryRequest = Asked &
  (
    | { readonly word: 'acquire'; readonly ttlMs: number }
    | { readonly word: 'extend'; readonly ttlMs: number }
    | { readonly word: 'release' }
    | { readonly word: 'watch' }
  );

/** `until`: when it is over by the client's word, in microseconds of the clock of machines; absent where it says nothing of that. `failed`: with its own words. */
export type LibraryAnswer = Answer &
  (
    | { readonly word: 'granted'; readonly until?: number }
    | { readonly word: 'extended'; readonly until?: number }
    | { readonly word: 'released' }
    | { readonly word: 'gone' }
    | { readonly word: 'failed'; readonly reason: string }
  );
