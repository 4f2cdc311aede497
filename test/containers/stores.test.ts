// Redis and ZooKeeper as they are, in pods: ready from cold, killed, started again, paused, and gone without a trace.

import { rmSync } from 'node:fs';
import { isDeepStrictEqual } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { nodeId, type NodeId } from '../../nodes/contract/ids.ts';
import { openRedis } from '../../nodes/hosts/redis-client.ts';
import { openZooKeeper } from '../../nodes/hosts/zookeeper-client.ts';
import { whyFixed } from '../../compose/clocks.ts';
import { newUid } from '../../compose/docker-cluster.ts';
import { runLabels } from '../../compose/engine/labels.ts';
import { currentOwner } from '../../compose/engine/owner.ts';
import { ensureServices } from '../../compose/services.ts';
import { clocksOf, openLab, txlabServices, type Lab } from '../support/lab.ts';
import { answered, answerIn, openClient } from '../support/stores/open-client.ts';
import { playRedis, type RedisSubject } from '../support/stores/redis-script.ts';
import { standStores, type StoreStand } from '../support/stores/store-stand.ts';
import { playReplicas, REPLICA_STORY, type ReplicaSubject } from '../support/stores/replica-script.ts';
import { tcpGate } from '../support/stores/tcp-gate.ts';
import { playZooKeeper, ZOOKEEPER_STORY, type ZooKeeperSubject } from '../support/stores/zookeeper-script.ts';
import type { StoreService } from '../../compose/pods/store-service.ts';
import type { Json } from '../../nodes/contract/messages.ts';
import type { RedisRequest } from '../../nodes/stores/redis.ts';
import type { ZooKeeperAnswer, ZooKeeperRequest } from '../../nodes/stores/zookeeper.ts';

let lab: Lab;
beforeAll(async () => {
  lab = await openLab();
});
afterAll(() => rmSync(lab.folder, { recursive: true, force: true }));

const named = (role: string, count: number) => Array.from({ length: count }, (_, index) => `${role}-${index + 1}`);
const redisAt = (address: string) => openClient<RedisRequest>(openRedis, [address]);
const keeperAt = (addresses: readonly string[], self: string) =>
  openClient<ZooKeeperRequest>(openZooKeeper, addresses, { self, timeouts: { session: 2000 } });

const ACQUIRE = { word: 'acquire', about: 'a', withinMs: 1000, key: 'lock', value: 'mine', ttlMs: 60_000 } as const;
const LOOK = { word: 'look', about: 'a', withinMs: 1000, key: 'lock' } as const;
const CREATE = { word: 'create', about: 'a', withinMs: 3000, folder: '/locks', name: 'one-' } as const;
const HEARTBEAT = { word: 'heartbeat', about: 'a', withinMs: 3000 } as const;

const textOf = (dump: Json | undefined) => (typeof dump === 'string' ? dump : '');

describe('redis', () => {
  test('five servers are ready, hold locks apart, and leave nothing', async () => {
    await using stand = await standStores(lab, { service: 'redis', names: named('redis', 5) });
    const clients = stand.addresses.map(redisAt);
    const granted = await Promise.all(clients.map((client) => client.ask(ACQUIRE)));
    expect(granted.map(answerIn)).toEqual(Array.from({ length: 5 }, () => ({ word: 'granted' })));
    const dump = await stand.cluster.dump(nodeId('redis-3'));
    expect(dump).toMatchObject({ lock: { value: 'mine' } });
    expect(await stand.stop()).toEqual([]);
  });

  test.each([
    ['redis', null, 'granted'],
    ['redis-durable', 'mine', 'taken'],
  ])('%s has %s after a kill and a start', async (service, value, word) => {
    await using stand = await standStores(lab, { service, names: ['redis-1'] });
    const [address = ''] = stand.addresses;
    const client = redisAt(address);
    expect(answerIn(await client.ask(ACQUIRE))).toEqual({ word: 'granted' });
    const kill = { do: 'kill', node: nodeId('redis-1') } as const;
    await stand.inject(kill);
    expect(await client.ask(LOOK)).toEqual({ kind: 'refused' });
    await stand.undo(kill);
    expect(await answered(() => client.ask(LOOK))).toEqual({ word: 'value', value });
    expect(answerIn(await client.ask({ ...ACQUIRE, value: 'other' }))).toEqual({ word });
  });

  test.each(['redis', 'redis-durable'])('%s answers the script as its model does', async (service) => {
    await using stand = await standStores(lab, { service, names: ['redis-1'] });
    const client = redisAt(stand.addresses[0] ?? '');
    const kill = { do: 'kill', node: nodeId('redis-1') } as const;
    const subject: RedisSubject = {
      ask: async (request) => answerIn(await client.ask(request)),
      until: async (request, answer) => {
        while (!isDeepStrictEqual(answerIn(await client.ask(request)), answer));
      },
      killAndStart: async () => {
        await stand.inject(kill);
        await stand.undo(kill);
      },
    };
    const { answers, expected } = await playRedis(subject, { isDurable: service === 'redis-durable' });
    expect(answers).toEqual(expected);
  });

  test('a primary and its replica go through their story as with its model', async () => {
    const names = named('redis', 2);
    await using stand = await standStores(lab, { service: 'redis-replicated', names });
    const [primary, replica] = stand.addresses.map(redisAt);
    if (!primary || !replica) throw new Error('no clients');
    const [first, second] = ['redis-1', 'redis-2'].map(nodeId) as [NodeId, NodeId];
    const kill = { do: 'kill', node: first } as const;
    const subject: ReplicaSubject = {
      ask: (of, request) => answered(() => (of === 'redis-1' ? primary : replica).ask(request)),
      cut: () => stand.inject({ do: 'cut', group: [first], from: [second], oneWay: false }),
      promote: () => stand.inject({ do: 'promote', node: second }),
      killAndStart: async () => {
        await stand.inject(kill);
        await stand.undo(kill);
      },
    };
    expect(await playReplicas(subject)).toEqual(REPLICA_STORY);
    // It is a primary by now: there is nothing left to promote.
    await expect(subject.promote()).rejects.toThrow('redis-2 was role:master, and is role:master');
    expect(await stand.stop()).toEqual([]);
  });

  test('a paused server is asked in vain, others answer meanwhile, and it does afterwards what it was asked', async () => {
    await using stand = await standStores(lab, { service: 'redis', names: named('redis', 2) });
    const [paused, other] = stand.addresses.map(redisAt);
    expect(answerIn((await paused?.ask(LOOK)) ?? { kind: 'lost' })).toEqual({ word: 'value', value: null });
    const pause = { do: 'pause', node: nodeId('redis-1') } as const;
    await stand.inject(pause);
    const replies = await Promise.all([paused?.ask({ ...ACQUIRE, withinMs: 100 }), other?.ask(ACQUIRE)]);
    expect(replies).toEqual([{ kind: 'lost' }, { kind: 'answer', answer: { word: 'granted' } }]);
    await stand.undo(pause);
    expect(await answered(() => paused?.ask(LOOK) ?? Promise.reject(new Error('no client')))).toEqual({
      word: 'value',
      value: 'mine',
    });
  });
});

describe('the clock of a redis', () => {
  const jump = (byMs: number) => ({ do: 'clock', node: nodeId('redis-1'), byMs }) as const;
  const timeOf = async (stand: StoreStand) => Number(await stand.cluster.dump(nodeId('redis-1'))) / 1000;
  const more = { dump: txlabServices['redis']?.['x-txlab'].clock ?? '' };

  test.each(['redis', 'redis-durable'])(
    'of the service %s ends a lease when it jumps, and goes back',
    async (service) => {
      await using stand = await standStores(lab, { service, names: ['redis-1', 'redis-2'], clock: true });
      const [moved, other] = stand.addresses.map(redisAt);
      const ask = async (client: typeof moved, request: RedisRequest) =>
        answerIn((await client?.ask(request)) ?? { kind: 'lost' });
      for (const client of [moved, other]) expect(await ask(client, ACQUIRE)).toEqual({ word: 'granted' });
      await stand.inject(jump(70_000));
      expect(await ask(moved, { ...ACQUIRE, value: 'second' })).toEqual({ word: 'granted' });
      expect(await ask(other, { ...ACQUIRE, value: 'second' })).toEqual({ word: 'taken' });
      await stand.undo(jump(70_000));
      expect(await ask(moved, { ...ACQUIRE, value: 'third' })).toEqual({ word: 'taken' });
      expect(await stand.stop()).toEqual([]);
    },
  );

  test('stays moved when its server is killed and started again', async () => {
    await using stand = await standStores(lab, { service: 'redis', names: ['redis-1'], clock: true, more });
    const kill = { do: 'kill', node: nodeId('redis-1') } as const;
    await stand.inject(jump(-3_600_000));
    await stand.inject(kill);
    await stand.undo(kill);
    expect(Date.now() - (await timeOf(stand))).toBeGreaterThan(3_500_000);
    await stand.undo(jump(-3_600_000));
    expect(Date.now() - (await timeOf(stand))).toBeLessThan(100_000);
  });

  test('is right for whoever takes over the pod of a pool in which it was moved', async () => {
    const pool = await lab.standPool(1);
    for (const clock of [true, false, true]) {
      await using stand = await standStores(lab, { service: 'redis', names: ['redis-1'], clock, more });
      expect(stand.progress.includes('leasing 1 of 1 standing pods')).toBe(clock);
      expect(Math.abs(Date.now() - (await timeOf(stand)))).toBeLessThan(1_000_000);
      if (clock) await stand.inject(jump(3_600_000));
    }
    await pool.release();
  });

  test('cannot be moved where the library has no effect on its server, which is found out before', async () => {
    const { engine, sandboxImage } = lab;
    const uid = newUid();
    const labels = runLabels(uid, currentOwner());
    const { services } = await ensureServices(txlabServices, ['redis'], { engine });
    const [redis] = Object.values(services);
    if (!redis) throw new Error('no redis');
    const { library } = clocksOf(engine);
    // A program that is linked statically loads nothing.
    const stone = { ...redis, command: ['sleep', '60'], ready: 'true' };
    const { clock: _, ...blind } = redis;
    const why = (service: StoreService, with_ = library) =>
      whyFixed(engine, { uid, labels, sandboxImage }, { name: 'redis', service, library: with_ });
    expect(await why(redis)).toBeUndefined();
    expect(await why(stone)).toContain('has no effect (redis does not look at its clock)');
    expect(await why(blind)).toContain('no line in compose/stores.yml');
    expect(await why(redis, null)).toContain('no library that does it for machines of the kind');
    expect(await engine.listByLabel(labels)).toEqual([]);
  });
});

describe('a store that does not come up', () => {
  test('for seconds is ready when it does, however often it was asked', async () => {
    const more = {
      command: ['sh', '-c', 'sleep 4; touch /data/up; exec sleep 60'],
      ready: 'echo up | cat | cat | cat | grep -q up && test -e /data/up',
      keepsData: true,
      tmpfs: {},
    };
    await using stand = await standStores(lab, { service: 'redis', names: ['redis-1'], more });
    expect(await stand.stop()).toEqual([]);
  });

  test('is told of as ended, with its exit code and its own words', async () => {
    const more = { command: ['redis-server', '--port', 'none'] };
    await expect(standStores(lab, { service: 'redis', names: ['redis-1'], more })).rejects.toThrow(
      /"kind":"exited","node":"redis-1","exitCode":1.*FATAL CONFIG FILE ERROR/,
    );
  });

  test('is told of as silent after its time, with its own words', async () => {
    const more = { command: ['sh', '-c', 'echo I rest; exec sleep 60'] };
    await expect(standStores(lab, { service: 'redis', names: ['redis-1'], more })).rejects.toThrow(
      '{"kind":"store-silent","node":"redis-1","afterMs":30000,"lastLines":["I rest"]}',
    );
  });
});

describe('zookeeper', () => {
  test('the process of a server is told another time, its neighbours are not, and sessions go on', async () => {
    await using stand = await standStores(lab, { service: 'zookeeper', names: named('zookeeper', 3), clock: true });
    const client = keeperAt(stand.addresses, 'client-2');
    const made = answerIn(await client.ask(CREATE)) as { readonly session: string };
    const jumps = named('zookeeper', 3).map((node, index) => ({
      node: nodeId(node),
      byMs: (index - 1) * 3_600_000 + 60_000,
    }));
    for (const { node, byMs } of jumps) await stand.inject({ do: 'clock', node, byMs });
    const alive = await answered(() => client.ask(HEARTBEAT));
    expect(alive).toMatchObject({ word: 'alive', session: made.session });
    for (const { node, byMs } of jumps) await stand.undo({ do: 'clock', node, byMs });
    expect(await answered(() => client.ask(HEARTBEAT))).toMatchObject({ word: 'alive', session: made.session });
  });

  test('two sessions go through the story as with its model', async () => {
    await using stand = await standStores(lab, { service: 'zookeeper', names: named('zookeeper', 3) });
    const gates = await Promise.all(stand.addresses.map(tcpGate));
    const gated = gates.map(({ address }) => address);
    const clients = { one: keeperAt(gated, 'client-1'), two: keeperAt(stand.addresses, 'client-2') };
    let isApart = false;
    const subject: ZooKeeperSubject = {
      ask: async (by, request) => {
        for (;;) {
          const reply = await clients[by].ask(request);
          if (reply.kind === 'answer') return reply.answer as ZooKeeperAnswer;
          // What has not left is asked again, once the client has found its way back.
          if (reply.kind === 'lost' || isApart) return reply.kind;
        }
      },
      wait: (result) => result,
      part: async () => {
        isApart = true;
        for (const gate of gates) gate.shut();
      },
      meet: async () => {
        isApart = false;
        for (const gate of gates) gate.open();
      },
    };
    expect(await playZooKeeper(subject)).toEqual(ZOOKEEPER_STORY);
    for (const gate of gates) await gate[Symbol.asyncDispose]();
  });

  test('a server that is paused is left for another, with the session, and serves when it is resumed', async () => {
    await using stand = await standStores(lab, { service: 'zookeeper', names: named('zookeeper', 3) });
    const client = openClient<ZooKeeperRequest>(openZooKeeper, stand.addresses, {
      self: 'client-2',
      timeouts: { session: 6000 },
    });
    const made = answerIn(await client.ask(CREATE));
    const pause = { do: 'pause', node: nodeId('zookeeper-2') } as const;
    await stand.inject(pause);
    expect(await client.ask({ ...HEARTBEAT, withinMs: 100 })).toEqual({ kind: 'lost' });
    expect(await answered(() => client.ask(HEARTBEAT))).toEqual({
      ...(made as object),
      word: 'alive',
      path: undefined,
    });
    await stand.undo(pause);
  });

  test('three servers are ready with a quorum, keep a session while their leader dies, and leave nothing', async () => {
    await using stand = await standStores(lab, { service: 'zookeeper', names: named('zookeeper', 3) });
    const client = keeperAt(stand.addresses, 'client-2');
    const made = answerIn(await client.ask(CREATE)) as { readonly path: string; readonly session: string };
    expect(made).toMatchObject({ word: 'created', path: '/locks/one-0000000000', timeoutMs: 2000 });
    const modes = await Promise.all(
      named('zookeeper', 3).map(async (name) => ({ name, text: textOf(await stand.cluster.dump(nodeId(name))) })),
    );
    expect(modes.map(({ text }) => text).join('\n')).toContain(made.path);
    const leader = modes.find(({ text }) => text.includes('Mode: leader'))?.name ?? '';
    const kill = { do: 'kill', node: nodeId(leader) } as const;
    await stand.inject(kill);
    const alive = await answered(() => client.ask(HEARTBEAT));
    expect(alive).toEqual({ word: 'alive', session: made.session, timeoutMs: 2000 });
    await stand.undo(kill);
    expect(await answered(() => client.ask({ ...HEARTBEAT, word: 'list', folder: '/locks' }))).toMatchObject({
      names: ['one-0000000000'],
      session: made.session,
    });
    expect(await stand.stop()).toEqual([]);
  });
});
