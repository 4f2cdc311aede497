// The services of stores: what compose/stores.yml says, with the images that are found or got for them.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { ensureServices, readServices } from '../../compose/services.ts';
import { nodeId } from '../../nodes/contract/ids.ts';
import { PROTOCOLS } from '../../nodes/protocols/catalog.ts';
import { STORE_CLIENTS } from '../../nodes/hosts/stores.ts';
import { fakeEngine } from './engine/fake-engine.ts';

const FILE = join(import.meta.dirname, '..', '..', 'compose', 'stores.yml');
const all = readServices(FILE);

/** Has every image, under its own name as id. */
function engineWithImages() {
  const asked: string[] = [];
  const engine = fakeEngine({
    inspectImage: async (reference) => {
      asked.push(reference);
      return { id: `id of ${reference}`, references: [reference], labels: {}, sizeBytes: 1 };
    },
  });
  return { engine, asked };
}

test('every service of the compose file has a client in the node program', () => {
  // Some protocols ask by another client than that of the service.
  const others = PROTOCOLS.flatMap(({ stores = {} }) => Object.values(stores).flatMap(({ client }) => client ?? []));
  expect([...Object.keys(all), ...others].toSorted()).toEqual([...STORE_CLIENTS.keys()].toSorted());
});

test('nothing in the compose file is taken for a variable by Compose', () => {
  expect(readFileSync(FILE, 'utf8')).not.toContain('$');
});

test('services of one image get it once, an own image where one is named, and people hear of it', async () => {
  const { engine, asked } = engineWithImages();
  const said: string[] = [];
  const options = { engine, own: { redis: 'my/redis:8' }, onProgress: (text: string) => void said.push(text) };
  const { services, images } = await ensureServices(all, ['redis', 'redis-durable'], options);
  expect(asked).toEqual(['my/redis:8']);
  expect(Object.values(services).map(({ image }) => image)).toEqual(['id of my/redis:8', 'id of my/redis:8']);
  expect(Object.keys(images)).toEqual(['redis']);
  expect(said).toEqual(['images of stores: redis (present)']);
});

test('a service of the compose file runs as it says there, with the lines by which it is met', async () => {
  const { services } = await ensureServices(all, ['redis', 'redis-durable', 'zookeeper'], engineWithImages());
  expect(services['redis']).toMatchObject({ user: '999:999', writableRoot: false, keepsData: false, port: 6379 });
  expect(services['redis']?.command?.join(' ')).toContain('--save  --appendonly no');
  expect(services['redis-durable']?.keepsData).toBe(true);
  expect(services['redis-durable']?.command?.join(' ')).toContain('--appendonly yes --appendfsync always');
  expect(services['zookeeper']).toMatchObject({ writableRoot: true, env: { ZOO_TICK_TIME: '300' }, port: 2181 });
});

test('each server of an ensemble is told its number and all the others', async () => {
  const { services } = await ensureServices(all, ['redis', 'zookeeper'], engineWithImages());
  const names = ['zookeeper-1', 'zookeeper-2'].map(nodeId);
  expect(services['zookeeper']?.among?.(nodeId('zookeeper-2'), names).env).toEqual({
    ...services['zookeeper']?.env,
    ZOO_MY_ID: '2',
    ZOO_SERVERS: 'server.1=zookeeper-1:2888:3888;2181 server.2=zookeeper-2:2888:3888;2181',
  });
  expect(services['redis']?.among).toBeUndefined();
});

test('each server that has a primary is told its name, and one of them can be promoted', async () => {
  const { services } = await ensureServices(all, ['redis', 'redis-replicated'], engineWithImages());
  const { command = [], among, promote } = services['redis-replicated'] ?? {};
  const names = ['redis-1', 'redis-2'].map(nodeId);
  expect(names.map((name) => among?.(name, names).command)).toEqual([
    command,
    [...command, '--replicaof', 'redis-1', '6379'],
  ]);
  expect(promote).toContain('REPLICAOF NO ONE');
  expect(services['redis']?.promote).toBeUndefined();
});

test('a service that nobody has described, and an image that nobody makes, are errors of the program', async () => {
  await expect(ensureServices(all, ['etcd'], engineWithImages())).rejects.toThrow('no service etcd');
  const strange = { redis: { ...all['redis'], image: 'valkey:8' } } as typeof all;
  await expect(ensureServices(strange, ['redis'], engineWithImages())).rejects.toThrow(
    'no recipe for the image valkey:8',
  );
});
