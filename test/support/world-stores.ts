// The stores of a world of locks: models of Redis and ZooKeeper, which are held to the real servers by a script of asks.

import { askRedis, copyRedis, emptyRedis, jumpRedis, promoteRedis } from '../../nodes/stores/redis-model.ts';
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

export interface Failover {
  /** The primary dies and its replica is promoted then, in microseconds. */
  readonly at: number;
  /** What the primary has done so shortly before it has told nobody. */
  readonly lagUs: number;
}

/** A primary and its replica. */
export function worldOfFailover({ at: promotedAt, lagUs }: Failover): Readonly<Record<string, WorldStore>> {
  const primary = emptyRedis();
  const replica = emptyRedis({ isReplica: true });
  const asked = (model: typeof primary, { request }: Asked, at: number) =>
    ({ kind: 'answer', answer: askRedis(model, request as RedisRequest, at) }) as const;
  return {
    'redis-1': {
      ask: (asks, at) => {
        const { by: to, op } = asks;
        if (at >= promotedAt) return [{ to, op, reply: { kind: 'refused' } }];
        const reply = asked(primary, asks, at);
        if (at < promotedAt - lagUs) copyRedis(primary, replica);
        return [{ to, op, reply }];
      },
    },
    'redis-2': {
      ask: (asks, at) => {
        if (at >= promotedAt) promoteRedis(replica);
        return [{ to: asks.by, op: asks.op, reply: asked(replica, asks, at) }];
      },
    },
  };
}

type Asked = Parameters<WorldStore['ask']>[0];

/** One ensemble, which never fails: its clients do. It grants sessions of so long. */
export function worldOfZooKeeper(timeoutMs?: number): Readonly<Record<string, WorldStore>> {
  const model = emptyZooKeeper(timeoutMs === undefined ? {} : { timeoutMs });
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
