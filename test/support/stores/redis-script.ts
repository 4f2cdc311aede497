// One script of asks for a model of Redis and for real servers, and what both must answer.

import type { RedisAnswer, RedisRequest } from '../../../nodes/stores/redis.ts';

export interface RedisSubject {
  ask(request: RedisRequest): Promise<unknown>;
  /** Asks again while time passes, until this is the answer. */
  until(request: RedisRequest, answer: RedisAnswer): Promise<void>;
  killAndStart(): Promise<void>;
}

type Short<One> = One extends unknown ? Omit<One, 'about' | 'withinMs' | 'key'> & { readonly key?: string } : never;
type Ask = Short<RedisRequest>;

type Line =
  | { readonly ask: Ask; readonly answer: RedisAnswer }
  | { readonly until: Ask; readonly answer: RedisAnswer }
  | 'kill and start';

const asked = (short: Ask): RedisRequest => ({ about: 'a', withinMs: 5000, key: 'lock', ...short });
const acquire = (value: string, ttlMs = 60_000) => ({ word: 'acquire', value, ttlMs }) as const;
const counted = (value: string) => ({ ...acquire(value), counter: 'tokens' }) as const;
const extend = (value: string, ttlMs: number) => ({ word: 'extend', value, ttlMs }) as const;
const release = (value: string) => ({ word: 'release', value }) as const;
const LOOK = { word: 'look' } as const;
const valueOf = (value: string | null) => ({ word: 'value', value }) as const;
const NOT_HELD = { word: 'not-held' } as const;
const TAKEN = { word: 'taken' } as const;

const ASKS: readonly Line[] = [
  { ask: LOOK, answer: valueOf(null) },
  { ask: acquire('a'), answer: { word: 'granted' } },
  { ask: acquire('b'), answer: TAKEN },
  { ask: acquire('a'), answer: TAKEN },
  { ask: acquire('a', 0), answer: { word: 'failed', reason: "ERR invalid expire time in 'set' command" } },
  { ask: release('b'), answer: NOT_HELD },
  { ask: extend('b', 60_000), answer: NOT_HELD },
  { ask: LOOK, answer: valueOf('a') },
  // What has expired is nobody's: it is neither extended nor released.
  { ask: extend('a', 100), answer: { word: 'extended' } },
  { until: LOOK, answer: valueOf(null) },
  { ask: extend('a', 60_000), answer: NOT_HELD },
  { ask: release('a'), answer: NOT_HELD },
  // Tokens grow with each grant, and with nothing else.
  { ask: counted('b'), answer: { word: 'granted', token: 1 } },
  { ask: counted('a'), answer: TAKEN },
  { ask: release('a'), answer: NOT_HELD },
  { ask: release('b'), answer: { word: 'released' } },
  { ask: counted('a'), answer: { word: 'granted', token: 2 } },
  { ask: { ...LOOK, key: 'tokens' }, answer: valueOf('2') },
  // What careless clients do.
  { ask: { word: 'delete' }, answer: { word: 'deleted' } },
  { ask: { word: 'delete' }, answer: NOT_HELD },
  { ask: { word: 'expire', ttlMs: 60_000 }, answer: NOT_HELD },
  { ask: acquire('c', 60_000), answer: { word: 'granted' } },
  { ask: { word: 'expire', ttlMs: 1 }, answer: { word: 'extended' } },
  { until: counted('d'), answer: { word: 'granted', token: 3 } },
  'kill and start',
];

const KEPT: readonly Line[] = [
  { until: LOOK, answer: valueOf('d') },
  { ask: counted('e'), answer: TAKEN },
  { ask: release('d'), answer: { word: 'released' } },
  { ask: counted('e'), answer: { word: 'granted', token: 4 } },
];

const FORGOTTEN: readonly Line[] = [
  { until: LOOK, answer: valueOf(null) },
  { ask: release('d'), answer: NOT_HELD },
  { ask: counted('e'), answer: { word: 'granted', token: 1 } },
];

export interface Exchange {
  readonly request: Ask;
  readonly answer: unknown;
}

/** What the subject answers to each ask, and what it must. */
export async function playRedis(
  subject: RedisSubject,
  { isDurable }: { readonly isDurable: boolean },
): Promise<{ readonly answers: readonly Exchange[]; readonly expected: readonly Exchange[] }> {
  const answers: Exchange[] = [];
  const expected: Exchange[] = [];
  for (const line of [...ASKS, ...(isDurable ? KEPT : FORGOTTEN)]) {
    if (line === 'kill and start') await subject.killAndStart();
    else if ('until' in line) await subject.until(asked(line.until), line.answer);
    else {
      answers.push({ request: line.ask, answer: await subject.ask(asked(line.ask)) });
      expected.push({ request: line.ask, answer: line.answer });
    }
  }
  return { answers, expected };
}
