// How a node asks Redis, against a server that answers as the test says.

import { expect, test } from 'vitest';
import { openRedis } from '../../../nodes/hosts/redis-client.ts';
import { fakeRedis, type FakeRedis } from '../../support/stores/fake-redis.ts';
import { answerIn, openClient } from '../../support/stores/open-client.ts';
import type { RedisRequest } from '../../../nodes/stores/redis.ts';

const LOOK: RedisRequest = { word: 'look', about: 'a', withinMs: 10_000, key: 'k' };
const ABOUT = { about: 'a', withinMs: 10_000, key: 'k', value: 'v' } as const;

const clientOf = ({ port }: FakeRedis) => openClient<RedisRequest>(openRedis, [`127.0.0.1:${port}`]);

/** Asks until the connection is there again. */
async function lookUntilAnswered(client: ReturnType<typeof clientOf>, redis: FakeRedis): Promise<unknown> {
  const next = redis.next();
  for (;;) {
    const reply = client.ask(LOOK);
    const first = await Promise.race([reply, next]);
    if ('kind' in first) continue;
    first.answer('$1\r\nw');
    return answerIn(await reply);
  }
}

test.each<[RedisRequest, readonly string[], string, unknown]>([
  [{ word: 'acquire', ...ABOUT, ttlMs: 9 }, ['set', 'k', 'v', 'PX', '9', 'NX'], '+OK', { word: 'granted' }],
  [{ word: 'acquire', ...ABOUT, ttlMs: 9 }, ['set', 'k', 'v', 'PX', '9', 'NX'], '$-1', { word: 'taken' }],
  [{ word: 'acquire', ...ABOUT, ttlMs: 9 }, ['set', 'k', 'v', 'PX', '9', 'NX'], '+QUEUED', 'lost'],
  [
    { word: 'acquire', ...ABOUT, ttlMs: 9, counter: 'c' },
    ['eval', '2', 'k', 'c', 'v', '9'],
    ':7',
    { word: 'granted', token: 7 },
  ],
  [{ word: 'acquire', ...ABOUT, ttlMs: 9, counter: 'c' }, ['eval', '2', 'k', 'c', 'v', '9'], '$-1', { word: 'taken' }],
  [{ word: 'extend', ...ABOUT, ttlMs: 9 }, ['eval', '1', 'k', 'v', '9'], ':1', { word: 'extended' }],
  [{ word: 'extend', ...ABOUT, ttlMs: 9 }, ['eval', '1', 'k', 'v', '9'], ':0', { word: 'not-held' }],
  [{ word: 'release', ...ABOUT }, ['eval', '1', 'k', 'v'], ':1', { word: 'released' }],
  [{ word: 'delete', ...ABOUT }, ['del', 'k'], ':1', { word: 'deleted' }],
  [{ word: 'expire', ...ABOUT, ttlMs: 9 }, ['pexpire', 'k', '9'], ':0', { word: 'not-held' }],
  [LOOK, ['get', 'k'], '$1\r\nv', { word: 'value', value: 'v' }],
  [LOOK, ['get', 'k'], '-LOADING wait', { word: 'failed', reason: 'LOADING wait' }],
])('%o is asked as %j, and %s is its answer', async (request, words, line, expected) => {
  await using redis = await fakeRedis();
  const reply = clientOf(redis).ask(request);
  const command = await redis.next();
  expect(command.words.filter((_, index) => words[0] !== 'eval' || index !== 1)).toEqual(words);
  command.answer(line);
  expect(answerIn(await reply)).toEqual(expected);
});

test('an ask that is not answered in its time is lost, and its late answer is nobody else’s', async () => {
  await using redis = await fakeRedis();
  const client = clientOf(redis);
  const first = client.ask({ ...LOOK, withinMs: 20 });
  const late = await redis.next();
  expect(await first).toEqual({ kind: 'lost' });
  const second = client.ask(LOOK);
  const command = await redis.next();
  late.answer('$4\r\nlate');
  command.answer('$2\r\nin');
  expect(answerIn(await second)).toEqual({ word: 'value', value: 'in' });
  expect(client.strays).toBe(0);
});

test('an answer that came in time is read by a process that stood still, be it past the deadline', async () => {
  await using redis = await fakeRedis();
  const reply = clientOf(redis).ask({ ...LOOK, withinMs: 20 });
  (await redis.next()).answer('$1\r\nv');
  const until = performance.now() + 50;
  while (performance.now() < until);
  expect(answerIn(await reply)).toEqual({ word: 'value', value: 'v' });
});

test('what was asked is lost with its connection, is not asked again, and the client connects again by itself', async () => {
  await using redis = await fakeRedis();
  const client = clientOf(redis);
  const reply = client.ask({ word: 'acquire', ...ABOUT, ttlMs: 9 });
  expect((await redis.next()).words[0]).toBe('set');
  redis.breakAll();
  expect(await reply).toEqual({ kind: 'lost' });
  expect(await lookUntilAnswered(client, redis)).toEqual({ word: 'value', value: 'w' });
});

test('what is asked while no server is there is refused, from the first ask on', async () => {
  const redis = await fakeRedis();
  const { port } = redis;
  await redis.close();
  const client = clientOf(redis);
  expect(await client.ask(LOOK)).toEqual({ kind: 'refused' });
  expect(await client.ask(LOOK)).toEqual({ kind: 'refused' });
  await using again = await fakeRedis(port);
  expect(await lookUntilAnswered(client, again)).toEqual({ word: 'value', value: 'w' });
});

test('a connection that stays silent is given up, however long its asks may take', async () => {
  await using redis = await fakeRedis();
  const client = clientOf(redis);
  const reply = client.ask({ ...LOOK, withinMs: 60_000 });
  await redis.next();
  expect(await reply).toEqual({ kind: 'lost' });
});
