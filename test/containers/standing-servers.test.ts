// Servers of stores that stay in a standing pool from one run to the next.

import { rmSync } from 'node:fs';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { allOf } from '../../compose/pods/all-of.ts';
import { nodeId } from '../../nodes/contract/ids.ts';
import { openRedis } from '../../nodes/hosts/redis-client.ts';
import { openZooKeeper } from '../../nodes/hosts/zookeeper-client.ts';
import { openLab, type Lab } from '../support/lab.ts';
import { answered, answerIn, openClient } from '../support/stores/open-client.ts';
import { standStores } from '../support/stores/store-stand.ts';
import type { RedisRequest } from '../../nodes/stores/redis.ts';
import type { ZooKeeperRequest } from '../../nodes/stores/zookeeper.ts';

let lab: Lab;
beforeAll(async () => {
  lab = await openLab();
});
afterAll(() => rmSync(lab.folder, { recursive: true, force: true }));

let pool: Awaited<ReturnType<Lab['standPool']>>;
beforeEach(async () => {
  pool = await lab.standPool(1);
});
afterEach(async () => {
  const group = await groupOf();
  await pool.release();
  expect(await idsOf(group)).toEqual([]);
});

const ACQUIRE = { word: 'acquire', about: 'a', withinMs: 1000, key: 'lock', value: 'mine', ttlMs: 60_000 } as const;
const LOOK = { word: 'look', about: 'a', withinMs: 1000, key: 'lock' } as const;
const HEARTBEAT = { word: 'heartbeat', about: 'a', withinMs: 3000 } as const;
const CUT = { do: 'cut', group: [nodeId('redis-1')], from: [nodeId('redis-2')], oneWay: false } as const;

const redisAt = (address = '') => openClient<RedisRequest>(openRedis, [address]);
const named = (role: string, count: number) => Array.from({ length: count }, (_, index) => `${role}-${index + 1}`);

const STAYING = 'leasing 2 standing servers of redis';
const pair = () => standStores(lab, { service: 'redis-durable', names: named('redis', 2) });
const idsOf = async (group: string) =>
  (await lab.engine.listByLabel({ 'txlab.servers': group })).map(({ id }) => id).toSorted();
const groupOf = async () =>
  (await lab.engine.listByLabel({ txlab: '1' })).flatMap(({ labels }) => labels['txlab.servers'] ?? [])[0] ?? '';

test('stay for the next run, which finds nothing of the one before', async () => {
  const first = await pair();
  expect(first.progress).toContain('2 servers of redis are made, and stay in the pool');
  expect(answerIn(await redisAt(first.addresses[0]).ask(ACQUIRE))).toEqual({ word: 'granted' });
  const ids = await idsOf(await groupOf());
  expect(await first.stop()).toEqual([]);
  const second = await pair();
  expect(second.progress).toContain(STAYING);
  expect(second.addresses).toEqual(first.addresses);
  expect(answerIn(await redisAt(second.addresses[0]).ask(LOOK))).toEqual({ word: 'value', value: null });
  expect(await idsOf(await groupOf())).toEqual(ids);
  await second.stop();
});

test('are leased by one run at a time', async () => {
  const [one, two] = [await pair(), await pair()];
  expect(new Set([...one.addresses, ...two.addresses]).size).toBe(4);
  await one.stop();
  const again = await pair();
  expect(again.addresses).toEqual(one.addresses);
  await allOf([two.stop(), again.stop()]);
});

test.each([
  ['is paused', { do: 'pause', node: nodeId('redis-2') }],
  ['is dead', { do: 'kill', node: nodeId('redis-2') }],
] as const)('go with the run in which one of them %s at the end', async (_, fault) => {
  const first = await pair();
  await first.inject(fault);
  const group = await groupOf();
  await first.stop();
  expect(await idsOf(group)).toEqual([]);
  const second = await pair();
  expect(second.progress).not.toContain(STAYING);
  await second.stop();
});

test('that were cut off serve the next run', async () => {
  const first = await pair();
  await first.inject(CUT);
  await first.stop();
  const second = await pair();
  expect(second.progress).toContain(STAYING);
  expect(answerIn(await redisAt(second.addresses[0]).ask(ACQUIRE))).toEqual({ word: 'granted' });
  await second.stop();
});

test('that have ended meanwhile are made anew', async () => {
  await (await pair()).stop();
  const [server = ''] = (await lab.engine.listByLabel({ 'txlab.store': 'redis-1' })).map(({ id }) => id);
  await lab.engine.kill(server, 'SIGKILL');
  await lab.engine.waitExit(server, 10_000);
  const second = await pair();
  expect(second.progress).toContain('2 servers of redis are made, and stay in the pool');
  await second.stop();
});

test('of an ensemble keep their quorum, and a server that ends by itself is told of', async () => {
  const three = () => standStores(lab, { service: 'zookeeper', names: named('zookeeper', 3) });
  await (await three()).stop();
  const second = await three();
  expect(second.progress).toContain('leasing 3 standing servers of zookeeper');
  const client = openClient<ZooKeeperRequest>(openZooKeeper, second.addresses, { timeouts: { session: 2000 } });
  const session = await answered(() => client.ask(HEARTBEAT));
  expect(session).toMatchObject({ word: 'alive' });
  const [server = ''] = (await lab.engine.listByLabel({ 'txlab.store': 'zookeeper-2' })).map(({ id }) => id);
  await lab.engine.kill(server, 'SIGTERM');
  await expect
    .poll(() => second.events)
    .toContainEqual(expect.objectContaining({ kind: 'exited', node: 'zookeeper-2' }));
  await second.stop();
});
