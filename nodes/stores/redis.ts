// What is asked of Redis, and what it answers: the few commands that locks are made of, each one atomic at the server.
// The words are those of steps: `before ask acquire to redis-1`, `after receive granted`.

import type { Answer, Request } from '../contract/messages.ts';

/** Every ask says how long it may take: what is not answered by then is `lost`, and may have been done, or may be done yet. */
interface Asked extends Request {
  readonly about: string;
  readonly withinMs: number;
  readonly key: string;
}

/**
 * `acquire`: SET key value NX PX ttl; with a counter, in the same script, INCR of it, whose value is the fencing token.
 * `extend`: PEXPIRE, and `release`: DEL, both only where the key still has this value, in one script.
 * `delete`: DEL whatever the value. `expire`: PEXPIRE whatever the value. Both are what careless clients do.
 * `look`: GET.
 */
export type RedisRequest = Asked &
  (
    | { readonly word: 'acquire'; readonly value: string; readonly ttlMs: number; readonly counter?: string }
    | { readonly word: 'extend'; readonly value: string; readonly ttlMs: number }
    | { readonly word: 'release'; readonly value: string }
    | { readonly word: 'delete' }
    | { readonly word: 'expire'; readonly ttlMs: number }
    | { readonly word: 'look' }
  );

/** `not-held`: the key is not there, or has another value. `failed`: the server refused the command, with its words; it did nothing. */
export type RedisAnswer = Answer &
  (
    | { readonly word: 'granted'; readonly token?: number }
    | { readonly word: 'taken' }
    | { readonly word: 'extended' }
    | { readonly word: 'released' }
    | { readonly word: 'deleted' }
    | { readonly word: 'not-held' }
    | { readonly word: 'value'; readonly value: string | null }
    | { readonly word: 'failed'; readonly reason: string }
  );
