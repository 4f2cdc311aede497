// A Redis server as far as locks ask it, as plain data: for tests of machines without servers. The same script of asks is answered by it
// and by real servers alike.

import type { RedisAnswer, RedisRequest } from './redis.ts';

interface Entry {
  value: string;
  /** By the server's own clock; null of what does not expire. */
  expiresAt: number | null;
}

export interface RedisModel {
  /** It has all that it has answered when it comes back from a kill. */
  readonly isDurable: boolean;
  readonly entries: Map<string, Entry>;
  /** How far its clock has been moved, in microseconds: keys expire by that. */
  aheadUs: number;
  /** It has what its primary has told it, and takes no writes. */
  isReplica: boolean;
}

interface Kind {
  readonly isDurable?: boolean;
  readonly isReplica?: boolean;
}

export function emptyRedis({ isDurable = false, isReplica = false }: Kind = {}): RedisModel {
  return { isDurable, entries: new Map(), aheadUs: 0, isReplica };
}

/** Does what it is asked, in one step, and answers. `at` is in microseconds of the clock of machines. */
export function askRedis(model: RedisModel, request: RedisRequest, at: number): RedisAnswer {
  const now = at + model.aheadUs;
  expire(model, now);
  const { key } = request;
  const entry = model.entries.get(key);
  if (model.isReplica && writes(request, entry)) return READ_ONLY;
  switch (request.word) {
    case 'acquire':
      return acquire(model, request, now);
    case 'extend':
      return entry?.value === request.value ? extended(model, key, now + request.ttlMs * 1000) : NOT_HELD;
    case 'release':
      return entry?.value === request.value && model.entries.delete(key) ? { word: 'released' } : NOT_HELD;
    case 'delete':
      return model.entries.delete(key) ? { word: 'deleted' } : NOT_HELD;
    case 'expire':
      return entry ? extended(model, key, now + request.ttlMs * 1000) : NOT_HELD;
    default:
      return { word: 'value', value: entry?.value ?? null };
  }
}

/** Commands that write are refused as such; a script is when it comes to its write. */
function writes(request: RedisRequest, entry: Entry | undefined): boolean {
  if (request.word === 'extend' || request.word === 'release') return entry?.value === request.value;
  return request.word !== 'look';
}

/** Everything that the primary has by now; what it does afterwards the replica does not know. */
export function copyRedis({ entries }: RedisModel, replica: RedisModel): void {
  replica.entries.clear();
  for (const [key, entry] of entries) replica.entries.set(key, { ...entry });
}

export function promoteRedis(replica: RedisModel): void {
  replica.isReplica = false;
}

/** Killed and started again. */
export function restartRedis(model: RedisModel): void {
  if (!model.isDurable) model.entries.clear();
}

/** Its clock jumps, forwards or back. */
export function jumpRedis(model: RedisModel, byMs: number): void {
  model.aheadUs += byMs * 1000;
}

function acquire(
  { entries }: RedisModel,
  { key, value, ttlMs, counter }: Extract<RedisRequest, { word: 'acquire' }>,
  now: number,
): RedisAnswer {
  if (ttlMs <= 0) return { word: 'failed', reason: "ERR invalid expire time in 'set' command" };
  if (entries.has(key)) return { word: 'taken' };
  entries.set(key, { value, expiresAt: now + ttlMs * 1000 });
  if (counter === undefined) return { word: 'granted' };
  const counted = entries.get(counter);
  const token = Number(counted?.value ?? 0) + 1;
  entries.set(counter, { value: String(token), expiresAt: counted?.expiresAt ?? null });
  return { word: 'granted', token };
}

/** A time that is over already deletes the key: that is done, too. */
function extended({ entries }: RedisModel, key: string, expiresAt: number): RedisAnswer {
  const entry = entries.get(key);
  if (entry) entry.expiresAt = expiresAt;
  return { word: 'extended' };
}

function expire({ entries }: RedisModel, now: number): void {
  for (const [key, { expiresAt }] of entries) if (expiresAt !== null && expiresAt <= now) entries.delete(key);
}

const NOT_HELD: RedisAnswer = { word: 'not-held' };
const READ_ONLY: RedisAnswer = { word: 'failed', reason: "READONLY You can't write against a read only replica." };
