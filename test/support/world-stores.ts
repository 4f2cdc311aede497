// The stores of a world of locks: models of Redis and ZooKeeper, which are held to the real servers by a script of asks.

import { askRedis, emptyRedis } from '../../nodes/stores/redis-model.ts';
import {
  askZooKeeper,
  emptyZooKeeper,
  killZooKeeperClient,
  meetZooKeeper,
  partZooKeeper,
  passZooKeeper,
} from '../../nodes/stores/zookeeper-model.ts';
import type { RedisRequest } from '../../nodes/stores/redis.ts';
import type { ZooKeeperRequest } from '../../nodes/stores/zookeeper.ts';
import type { NodeId } from '../../nodes/contract/ids.ts';
import type { WorldStore } from './world-store.ts';

/** Servers that know nothing of each other. */
export function worldOfRedis(servers: number): Readonly<Record<string, WorldStore>> {
  return Object.fromEntries(Array.from({ length: servers }, (_, index) => [`redis-${index + 1}`, oneRedis()]));
}

function oneRedis(): WorldStore {
  const model = emptyRedis();
  return {
    ask: ({ by: to, op, request }, at) => [
      { to, op, reply: { kind: 'answer', answer: askRedis(model, request as RedisRequest, at) } },
    ],
  };
}

/** One ensemble, which never fails: its clients do. */
export function worldOfZooKeeper(): Readonly<Record<string, WorldStore>> {
  const model = emptyZooKeeper();
  /** What they had sent begins no session any more. */
  const dead = new Set<NodeId>();
  const zookeeper: WorldStore = {
    ask: ({ by, op, request }, at) =>
      dead.has(by) ? [] : askZooKeeper(model, { by, op, request: request as ZooKeeperRequest }, at),
    pass: (at) => passZooKeeper(model, at),
    part: (by, at) => partZooKeeper(model, by, at),
    meet: (by, at) => meetZooKeeper(model, by, at),
    kill: (by, at) => {
      dead.add(by);
      return killZooKeeperClient(model, by, at);
    },
  };
  return { zookeeper };
}
