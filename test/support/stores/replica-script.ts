// One story of a primary and its replica, for models and for real servers: what each answers before the replica is promoted and after.

import type { RedisAnswer, RedisRequest } from '../../../nodes/stores/redis.ts';

export interface ReplicaSubject {
  ask(of: 'redis-1' | 'redis-2', request: RedisRequest): Promise<unknown>;
  /** What the primary does from now on its replica does not hear. */
  cut(): Promise<void>;
  promote(): Promise<void>;
  killAndStart(): Promise<void>;
}

const asked = { about: 'a', withinMs: 5000, key: 'lock' } as const;
const acquire = (value: string, key = 'lock'): RedisRequest => ({
  ...asked,
  word: 'acquire',
  key,
  value,
  ttlMs: 60_000,
  counter: 'tokens',
});
const plain = (value: string): RedisRequest => ({ ...asked, word: 'acquire', value, ttlMs: 60_000 });
const release = (value: string): RedisRequest => ({ ...asked, word: 'release', value });
const look = (key = 'lock'): RedisRequest => ({ ...asked, word: 'look', key });

/** Asks again while what was told to the primary is on its way. */
async function until(subject: ReplicaSubject, request: RedisRequest, value: string | null): Promise<void> {
  for (;;) {
    const answer = (await subject.ask('redis-2', request)) as RedisAnswer;
    if (answer.word === 'value' && answer.value === value) return;
  }
}

/** The first words of what was answered: servers of one version say more than those of another. */
function short(answer: unknown): string {
  const { word, ...more } = answer as RedisAnswer;
  if (word !== 'failed') return [word, ...Object.values(more)].join(' ');
  return `${word} ${String((more as { reason?: string }).reason).split(' ')[0]}`;
}

/** A line for each ask, in order. */
export async function playReplicas(subject: ReplicaSubject): Promise<readonly string[]> {
  const lines: string[] = [];
  const ask = async (of: 'redis-1' | 'redis-2', request: RedisRequest) => {
    lines.push(`${of} ${request.word}: ${short(await subject.ask(of, request))}`);
  };
  await ask('redis-1', acquire('a'));
  await until(subject, look(), 'a');
  await ask('redis-2', plain('b'));
  await ask('redis-2', acquire('b'));
  await ask('redis-2', release('b'));
  await ask('redis-2', release('a'));
  // A primary without persistence comes back empty, and so does its replica.
  await subject.killAndStart();
  await until(subject, look(), null);
  await ask('redis-1', acquire('c'));
  await until(subject, look(), 'c');
  await subject.cut();
  await ask('redis-1', release('c'));
  await ask('redis-1', acquire('d'));
  await subject.promote();
  // What it had been told it keeps; what it had not it never hears of.
  await ask('redis-2', acquire('e'));
  await ask('redis-2', release('c'));
  await ask('redis-2', acquire('e'));
  await ask('redis-1', look());
  await ask('redis-2', look());
  return lines;
}

export const REPLICA_STORY: readonly string[] = [
  'redis-1 acquire: granted 1',
  'redis-2 acquire: failed READONLY',
  'redis-2 acquire: failed READONLY',
  'redis-2 release: not-held',
  'redis-2 release: failed READONLY',
  'redis-1 acquire: granted 1',
  'redis-1 release: released',
  'redis-1 acquire: granted 2',
  'redis-2 acquire: taken',
  'redis-2 release: released',
  // The same number as the old primary's.
  'redis-2 acquire: granted 2',
  'redis-1 look: value d',
  'redis-2 look: value e',
];
