// How a node asks ZooKeeper, against a server that answers as the test says.

import { expect, test } from 'vitest';
import { openZooKeeper } from '../../../nodes/hosts/zookeeper-client.ts';
import { fakeZooKeeper, list, stat, text, type FakeZooKeeper } from '../../support/stores/fake-zookeeper.ts';
import { answerIn, openClient } from '../../support/stores/open-client.ts';
import type { ZooKeeperRequest } from '../../../nodes/stores/zookeeper.ts';

const SESSION_MS = 600;
const ABOUT = { about: 'a', withinMs: 10_000 } as const;
const HEARTBEAT: ZooKeeperRequest = { word: 'heartbeat', ...ABOUT };
const WATCH: ZooKeeperRequest = { word: 'watch', ...ABOUT, withinMs: 1, path: '/l/n' };
const FOUND = stat(0x1_0000_0007n, 0x10ffn);
const NO_NODE = -101;
const EXPIRED = -112;
const NOT_EMPTY = -111;
const [CREATE_TYPE, DELETE_TYPE, EXISTS_TYPE, LIST_TYPE] = [1, 2, 3, 12];

const clientOf = (servers: readonly FakeZooKeeper[], self = 'client-1') =>
  openClient<ZooKeeperRequest>(
    openZooKeeper,
    servers.map(({ address }) => address),
    { self, timeouts: { session: SESSION_MS } },
  );
const inSession = (session: number, said: object) => ({
  ...said,
  session: session.toString().padStart(16, '0'),
  timeoutMs: SESSION_MS,
});

/** Asks again until it is answered: the client finds its way by itself. */
async function answered(client: ReturnType<typeof clientOf>, request: ZooKeeperRequest): Promise<unknown> {
  for (;;) {
    const reply = await client.ask(request);
    if (reply.kind === 'answer') return reply.answer;
  }
}

test.each<[ZooKeeperRequest, number, string, Parameters<Awaited<ReturnType<FakeZooKeeper['next']>>['answer']>, object]>(
  [
    [
      { word: 'create', ...ABOUT, folder: '/l', name: 'n-' },
      CREATE_TYPE,
      '/l/n-',
      [text('/l/n-7')],
      { word: 'created', path: '/l/n-7' },
    ],
    [
      { word: 'list', ...ABOUT, folder: '/l' },
      LIST_TYPE,
      '/l',
      [list(['b', 'a'])],
      { word: 'listed', names: ['b', 'a'] },
    ],
    [{ word: 'list', ...ABOUT, folder: '/l' }, LIST_TYPE, '/l', [undefined, NO_NODE], { word: 'listed', names: [] }],
    [
      { word: 'look', ...ABOUT, path: '/l/n' },
      EXISTS_TYPE,
      '/l/n',
      [FOUND],
      { word: 'found', owner: '00000000000010ff', zxid: 4_294_967_303 },
    ],
    [{ word: 'look', ...ABOUT, path: '/l/n' }, EXISTS_TYPE, '/l/n', [undefined, NO_NODE], { word: 'missing' }],
    [{ word: 'delete', ...ABOUT, path: '/l/n' }, DELETE_TYPE, '/l/n', [], { word: 'deleted' }],
    [{ word: 'delete', ...ABOUT, path: '/l/n' }, DELETE_TYPE, '/l/n', [undefined, NO_NODE], { word: 'missing' }],
    [
      { word: 'delete', ...ABOUT, path: '/l/n' },
      DELETE_TYPE,
      '/l/n',
      [undefined, NOT_EMPTY],
      { word: 'failed', reason: 'NOT_EMPTY' },
    ],
    [WATCH, EXISTS_TYPE, '/l/n', [undefined, NO_NODE], { word: 'gone' }],
    [HEARTBEAT, EXISTS_TYPE, '/', [FOUND], { word: 'alive' }],
    [HEARTBEAT, EXISTS_TYPE, '/', [undefined, EXPIRED], { word: 'expired' }],
  ],
)('%o is asked as %d of %s, and its answer is understood', async (request, type, path, answer, said) => {
  await using server = await fakeZooKeeper();
  const reply = clientOf([server]).ask(request);
  const asked = await server.next();
  expect([asked.type, asked.path]).toEqual([type, path]);
  asked.answer(...answer);
  expect(answerIn(await reply)).toEqual(inSession(1, said));
});

test('the folder of a node is made where it is missing, and the node after it', async () => {
  await using server = await fakeZooKeeper();
  const reply = clientOf([server]).ask({ word: 'create', ...ABOUT, folder: '/l', name: 'n-' });
  (await server.next()).answer(undefined, NO_NODE);
  const folder = await server.next();
  expect(folder.path).toBe('/l');
  folder.answer(text('/l'));
  (await server.next()).answer(text('/l/n-0'));
  expect(answerIn(await reply)).toMatchObject({ word: 'created', path: '/l/n-0' });
});

test('a watch lasts longer than any deadline, until its node is deleted', async () => {
  await using server = await fakeZooKeeper();
  const client = clientOf([server]);
  const watch = client.ask(WATCH);
  (await server.next()).answer(FOUND);
  const beat = client.ask({ ...HEARTBEAT, withinMs: 50 });
  expect((await server.next()).path).toBe('/');
  expect(await beat).toEqual({ kind: 'lost' });
  server.notify('/l/n');
  expect(answerIn(await watch)).toEqual(inSession(1, { word: 'gone' }));
});

test('what was asked or watched is lost with its connection, and the session goes on with the next', async () => {
  await using server = await fakeZooKeeper();
  const client = clientOf([server]);
  const replies = [client.ask(WATCH), client.ask(HEARTBEAT)];
  (await server.next()).answer(FOUND);
  await server.next();
  server.breakAll();
  expect(await Promise.all(replies)).toEqual([{ kind: 'lost' }, { kind: 'lost' }]);
  const alive = answered(client, HEARTBEAT);
  (await server.next()).answer(FOUND);
  expect(await alive).toEqual(inSession(1, { word: 'alive' }));
  expect(server.asked).toEqual([0n, 1n]);
});

test('a session that has expired is told once, and the next ask is in another', async () => {
  await using server = await fakeZooKeeper();
  const client = clientOf([server]);
  const first = client.ask(HEARTBEAT);
  (await server.next()).answer(FOUND);
  await first;
  server.greets = 'expired';
  server.breakAll();
  expect(await answered(client, HEARTBEAT)).toEqual(inSession(1, { word: 'expired' }));
  const alive = answered(client, HEARTBEAT);
  (await server.next()).answer(FOUND);
  expect(await alive).toEqual(inSession(2, { word: 'alive' }));
});

test('an end that the answer to an ask has told is not told again', async () => {
  await using server = await fakeZooKeeper();
  const client = clientOf([server]);
  const first = client.ask(HEARTBEAT);
  server.greets = 'expired';
  (await server.next()).answer(undefined, EXPIRED);
  expect(answerIn(await first)).toEqual(inSession(1, { word: 'expired' }));
  server.breakAll();
  await expect.poll(() => server.asked.length).toBeGreaterThan(1);
  const alive = answered(client, HEARTBEAT);
  (await server.next()).answer(FOUND);
  expect(await alive).toEqual(inSession(2, { word: 'alive' }));
});

test('a server that falls silent is left for the next, and so is one that takes a connection and says nothing', async () => {
  await using first = await fakeZooKeeper();
  await using second = await fakeZooKeeper();
  await using third = await fakeZooKeeper();
  // By its number.
  const client = clientOf([third, first, second], 'client-2');
  second.greets = 'silent';
  first.isMute = true;
  const lost = client.ask(HEARTBEAT);
  await first.next();
  expect(await lost).toEqual({ kind: 'lost' });
  const alive = answered(client, HEARTBEAT);
  (await third.next()).answer(FOUND);
  expect(await alive).toMatchObject({ word: 'alive' });
  expect([first, second, third].map(({ asked }) => asked[0])).toEqual([0n, 1n, 1n]);
});
