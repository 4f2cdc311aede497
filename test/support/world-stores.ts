// The stores of a world of locks: models of Redis and ZooKeeper, which are held to the real servers by a script of asks.

import { askRedis, emptyRedis, jumpRedis } from '../../nodes/stores/redis-model.ts';
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
import type { WorldStore } from './lock-world.ts';

/** A clock that jumps once. */
export interface Jump {
  /** Of a world, which begins at a second. */
  readonly atMs: number;
  readonly byMs: number;
  /** The clocks of so many servers. */
  readonly servers: number;
}

/** Servers that know nothing of each other. */
export function worldOfRedis(servers: number, jump?: Jump): Readonly<Record<string, WorldStore>> {
  const one = (index: number) => oneRedis(jump && index < jump.servers ? jump : undefined);
  return Object.fromEntries(Array.from({ length: servers }, (_, index) => [`redis-${index + 1}`, one(index)]));
}

function oneRedis(jump?: Jump): WorldStore {
  const model = emptyRedis();
  let due = jump;
  return {
    ask: ({ by: to, op, request }, at) => {
      if (due && at >= due.atMs * 1000) {
        jumpRedis(model, due.byMs);
        due = undefined;
      }
      return [{ to, op, reply: { kind: 'answer', answer: askRedis(model, request as RedisRequest, at) } }];
    },
  };
}

/** One ensemble, which never fails: its clients do. */
export function worldOfZooKeeper(): Readonly<Record<string, WorldStore>> {
  const model = emptyZooKeeper();
  const zookeeper: WorldStore = {
    ask: ({ by, op, request }, at) => askZooKeeper(model, { by, op, request: request as ZooKeeperRequest }, at),
    pass: (at) => passZooKeeper(model, at),
    part: (by, at) => partZooKeeper(model, by, at),
    meet: (by, at) => meetZooKeeper(model, by, at),
    kill: (by, at) => killZooKeeperClient(model, by, at),
  };
  return { zookeeper };
}
