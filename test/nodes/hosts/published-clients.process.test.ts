// Published clients of locks, against a server that answers as the test says: what a node is told is what they tell, and no more.

import { expect, test } from 'vitest';
import { openRedlock } from '../../../nodes/hosts/redlock-npm.ts';
import { openSemaphore } from '../../../nodes/hosts/redis-semaphore.ts';
import { fakeRedis, type FakeCommand, type FakeRedis } from '../../support/stores/fake-redis.ts';
import { answerIn, openClient } from '../../support/stores/open-client.ts';
import type { LibraryRequest } from '../../../nodes/stores/lock-library.ts';

const ABOUT = { about: 'a', key: 'k' } as const;
const acquire = (ttlMs: number): LibraryRequest => ({ word: 'acquire', ...ABOUT, ttlMs });
const nowUs = () => Number(process.hrtime.bigint() / 1000n);

/** What a connection begins with is answered by itself. */
const GREETINGS: Readonly<Record<string, string>> = { hello: '%1\r\n+proto\r\n:3', client: '+OK', info: '$0\r\n' };

/** The next command that is about a lock. */
async function next(redis: FakeRedis): Promise<FakeCommand> {
  for (;;) {
    const command = await redis.next();
    const greeting = GREETINGS[command.words[0]?.toLowerCase() ?? ''];
    if (greeting === undefined) return command;
    command.answer(greeting);
  }
}

const clientOf = (open: typeof openRedlock, { port }: FakeRedis) =>
  openClient<LibraryRequest>(open, [`127.0.0.1:${port}`]);

test('redlock from npm returns a lock that is over already', async () => {
  await using redis = await fakeRedis();
  const reply = clientOf(openRedlock, redis).ask(acquire(1));
  (await next(redis)).answer(':1');
  const answer = answerIn(await reply) as { readonly word: string; readonly until: number };
  expect(answer.word).toBe('granted');
  expect(answer.until).toBeLessThan(nowUs());
});

test('redlock from npm says in its own words that it could not extend a lock which is over', async () => {
  await using redis = await fakeRedis();
  const client = clientOf(openRedlock, redis);
  const reply = client.ask(acquire(1));
  (await next(redis)).answer(':1');
  await reply;
  const extended = await client.ask({ word: 'extend', ...ABOUT, ttlMs: 1 });
  expect(answerIn(extended)).toEqual({ word: 'failed', reason: 'Cannot extend an already-expired lock.' });
});

test('redis-semaphore tells no time, and says that a lock is lost when the server has refused to extend it', async () => {
  await using redis = await fakeRedis();
  const client = clientOf(openSemaphore, redis);
  const reply = client.ask(acquire(10));
  const set = await next(redis);
  expect(set.words.map((word) => word.toUpperCase())).toEqual(expect.arrayContaining(['SET', 'MUTEX:K', 'PX', 'NX']));
  set.answer('+OK');
  expect(answerIn(await reply)).toEqual({ word: 'granted' });
  const gone = client.ask({ word: 'watch', ...ABOUT });
  // It asks to extend, and then to delete what it may still have.
  (await next(redis)).answer(':0');
  (await next(redis)).answer(':0');
  expect(answerIn(await gone)).toEqual({ word: 'gone' });
});

test('a lock of redis-semaphore that is given back is watched no longer', async () => {
  await using redis = await fakeRedis();
  const client = clientOf(openSemaphore, redis);
  const reply = client.ask(acquire(60_000));
  (await next(redis)).answer('+OK');
  await reply;
  const gone = client.ask({ word: 'watch', ...ABOUT });
  const released = client.ask({ word: 'release', ...ABOUT });
  (await next(redis)).answer(':1');
  expect(answerIn(await released)).toEqual({ word: 'released' });
  expect(answerIn(await gone)).toEqual({ word: 'gone' });
});
