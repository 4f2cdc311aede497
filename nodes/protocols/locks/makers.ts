// What the catalog entries of locks are made of: roles and their words, phases, stakes and timeouts by service.

import { seal } from '../../contract/machine.ts';
import { stakesOf, words, type Word } from '../catalog-parts.ts';
import { lockClient } from './lock-client.ts';
import { lockManager } from './lock-manager.ts';
import { managerLock } from './manager-lock.ts';
import { TO_HOLDER, TO_RESOURCE, type ToHolder, type ToResource } from './messages.ts';
import { redisFailover } from './redis-failover.ts';
import { redlock, type RedlockKind } from './redlock.ts';
import { guardedResource } from './resource.ts';
import { zookeeperLock } from './zookeeper-lock.ts';
import type { Phase, Protocol, Role, Size, StoreRole, TimeoutRule, Words } from '../../contract/protocol.ts';
import type { Promised } from '../../contract/properties.ts';
import type { RedisAnswer, RedisRequest } from '../../stores/redis.ts';
import type { ZooKeeperAnswer, ZooKeeperRequest } from '../../stores/zookeeper.ts';
import { TO_MANAGER } from './manager-messages.ts';
import type { ManagerAnswer, ManagerRequest } from './manager-messages.ts';
import type { Recipe } from './recipe.ts';

export const RESOURCE: Role = {
  count: 'one',
  isSite: true,
  machine: (workload) => seal(guardedResource(workload)),
  hears: TO_RESOURCE,
  words: {
    receive: words<Word<ToResource>>('read', 'write'),
    send: words<Word<ToHolder>>('value', 'written', 'stale'),
    force: words('read', 'write'),
    append: words('read'),
  },
};

const CLIENT_EXPIRES = words('operation', 'resource', 'lease', 'work', 'rest', 'busy');

/** Of a client of some service, whose words these are beside those that it has with the resource. */
export function clientOf<Own, Held>(
  recipe: Recipe<Own, Held>,
  { ask, receive, expire }: Required<Pick<Words, 'ask' | 'receive' | 'expire'>>,
): Role {
  return {
    count: ({ clients = 2 }) => clients,
    drives: true,
    machine: (workload) => seal(lockClient(workload, recipe)),
    hears: TO_HOLDER,
    words: {
      ask,
      receive: [...words<Word<ToHolder>>('value', 'written', 'stale'), ...receive, 'refused', 'lost'],
      send: words<Word<ToResource>>('read', 'write'),
      expire: [...CLIENT_EXPIRES, ...expire],
    },
  };
}

const redisClient = <Own, Held>(recipe: Recipe<Own, Held>): Role =>
  clientOf(recipe, {
    ask: words<Word<RedisRequest>>('acquire', 'extend', 'release'),
    receive: words<Word<RedisAnswer>>('granted', 'taken', 'extended', 'released', 'not-held', 'failed'),
    expire: words('retry', 'extend'),
  });

const zookeeperClient = (fencing: boolean): Role =>
  clientOf(zookeeperLock({ fencing }), {
    ask: words<Word<ZooKeeperRequest>>('create', 'list', 'look', 'watch', 'delete', 'heartbeat'),
    receive: words<Word<ZooKeeperAnswer>>(
      'created',
      'listed',
      'found',
      'missing',
      'gone',
      'deleted',
      'alive',
      'expired',
      'failed',
    ),
    expire: words('again', 'heartbeat'),
  });

const managerClient = (fencing: boolean): Role =>
  clientOf(managerLock({ fencing }), {
    ask: words<Word<ManagerRequest>>('acquire', 'renew', 'release'),
    receive: words<Word<ManagerAnswer>>('granted', 'renewed', 'released', 'not-held'),
    expire: words('again', 'waited', 'extend'),
  });

const MANAGER: Role = {
  count: 'one',
  machine: () => seal(lockManager),
  hears: TO_MANAGER,
  words: {
    receive: words<Word<ManagerRequest>>('acquire', 'renew', 'release'),
    answer: words<Word<ManagerAnswer>>('granted', 'renewed', 'released', 'not-held'),
    force: words('grant'),
    append: words('end'),
    expire: words('lease'),
  },
};

const at = (gap: Phase['gap'], means: string): Phase => ({ role: 'lock-client', gap, means });

/** `acquire` and `release` are asked in the words of the service. */
export function phasesOf(acquire: string, release: string): Protocol['phases'] {
  return {
    acquire: at({ when: 'after', verb: 'ask', word: acquire }, 'the lock has been asked for, no answer has been heard'),
    granted: at({ when: 'before', verb: 'send', word: 'read' }, 'it has the lock, and has not read yet'),
    write: at({ when: 'before', verb: 'send', word: 'write' }, 'it has looked at its deadline, the write has not left'),
    release: at({ when: 'before', verb: 'ask', word: release }, 'it has written, the lock is not given back yet'),
  };
}

export function stakesFor(acquire: string): Protocol['stakes'] {
  return stakesOf(
    'lock-client',
    ['before', 'ask', acquire, undefined, 'in flight', 'about to ask for the lock'],
    ['after', 'ask', acquire, undefined, 'in flight', 'the lock is asked for'],
    ['before', 'send', 'read', undefined, 'holding', 'holds the lock'],
    ['after', 'send', 'read', undefined, 'holding', 'holds the lock'],
    ['before', 'send', 'write', undefined, 'holding', 'holds the lock, and has looked at its deadline'],
    ['after', 'send', 'write', undefined, 'holding', 'holds the lock, its write is on its way'],
  );
}

export const CLIENTS: Size = { default: 2, least: 2, most: 16, means: 'clients that want the lock, each a node' };

export const COMMON_TIMEOUTS: Readonly<Record<string, TimeoutRule>> = {
  resource: { ms: 1000, means: 'a holder waits so long for the resource' },
  operation: { ms: 20_000, means: 'a client that does not get the lock gives up' },
};

const LOCK_TIMEOUTS: Readonly<Record<string, TimeoutRule>> = {
  ...COMMON_TIMEOUTS,
  deadlock: { ms: 1000, means: 'clients that wait for each other in a circle for longer than this are in a deadlock' },
};

const REDIS_TIMEOUTS: Readonly<Record<string, TimeoutRule>> = {
  ttl: { ms: 1000, means: 'a lock that is not given back is free after so long, by the clock of the server' },
  server: { ms: 200, means: 'a server that has not answered by then counts as one that has not agreed' },
  retry: { ms: 30, means: 'who did not get the lock tries again after about so long' },
  ...LOCK_TIMEOUTS,
};

const ZOOKEEPER_TIMEOUTS: Readonly<Record<string, TimeoutRule>> = {
  session: {
    ms: 2000,
    means:
      'what a client has made goes when the ensemble has not heard it for so long; it grants no more than twenty ticks',
  },
  tick: { ms: 300, means: 'the ensemble counts time in this' },
  ...LOCK_TIMEOUTS,
};

const MANAGER_TIMEOUTS: Readonly<Record<string, TimeoutRule>> = {
  ttl: { ms: 1000, means: 'a lock that is neither renewed nor given back is free after so long' },
  retry: { ms: 50, means: 'who heard no answer asks again after so long' },
  ...LOCK_TIMEOUTS,
};

export interface Texts {
  readonly name: string;
  readonly title: string;
  readonly summary: string;
  readonly reference: string;
}

export const REDIS_PAGE = 'Redis documentation, "Distributed Locks with Redis"';
export const KLEPPMANN = 'Kleppmann, "How to do distributed locking", 2016';

type RedisService =
  | 'redis'
  | 'redis-durable'
  | 'redis-replicated'
  | 'redis-evicting'
  | 'redis-evicting-volatile'
  | 'redis-full';

interface RedisKind extends RedlockKind {
  /** `replicated`: a primary and its replica, of which a client asks one at a time. */
  readonly servers: Size | 'one' | 'replicated';
  readonly service: RedisService;
  readonly promises: readonly Promised[];
}

export function onRedis({ servers, service, promises, ...kind }: RedisKind, texts: Texts): Protocol {
  const isSized = typeof servers === 'object';
  const store: StoreRole = {
    count: isSized ? ({ servers: many = servers.default }) => many : () => (servers === 'one' ? 1 : 2),
    service,
    ...(servers === 'replicated' && { replicated: true }),
    means: 'keeps the lock until it expires, by its own clock',
  };
  const client = servers === 'replicated' ? redisClient(redisFailover(kind)) : redisClient(redlock(kind));
  return {
    ...texts,
    family: 'lock',
    topology: { clients: CLIENTS, ...(isSized && { servers }) },
    roles: { 'lock-client': client, resource: RESOURCE },
    stores: { redis: store },
    phases: phasesOf('acquire', 'release'),
    promises,
    timeouts: REDIS_TIMEOUTS,
    relations: [
      { small: 'server', large: 'ttl', times: 2, why: 'a lock would be over before its servers have answered' },
      { small: 'ttl', large: 'operation', times: 2, why: 'a client would give up before a lost lock is free again' },
    ],
    stakes: stakesFor('acquire'),
  };
}

export function onZookeeper(fencing: boolean, promises: readonly Promised[], texts: Texts): Protocol {
  return {
    ...texts,
    family: 'lock',
    topology: { clients: CLIENTS },
    roles: { 'lock-client': zookeeperClient(fencing), resource: RESOURCE },
    stores: {
      zookeeper: {
        count: () => 3,
        service: 'zookeeper',
        ensemble: true,
        means: 'one of three servers that agree on what there is',
      },
    },
    phases: phasesOf('create', 'delete'),
    promises,
    timeouts: ZOOKEEPER_TIMEOUTS,
    relations: [
      {
        small: 'tick',
        large: 'session',
        times: 2,
        why: 'the ensemble grants no session of less than two ticks',
      },
      {
        small: 'session',
        large: 'operation',
        times: 2,
        why: 'a client would give up before a lost lock is free again',
      },
    ],
    stakes: stakesFor('create'),
  };
}

export function onManager(fencing: boolean, promises: readonly Promised[], texts: Texts): Protocol {
  return {
    ...texts,
    family: 'lock',
    topology: { clients: CLIENTS },
    roles: { 'lock-client': managerClient(fencing), 'lock-manager': MANAGER, resource: RESOURCE },
    phases: phasesOf('acquire', 'release'),
    promises,
    timeouts: MANAGER_TIMEOUTS,
    relations: [
      { small: 'ttl', large: 'operation', times: 2, why: 'a client would give up before a lost lock is free again' },
    ],
    stakes: stakesFor('acquire'),
  };
}

export const LEASE =
  'The lock is a key with a time to live: whoever dies leaves it behind for so long. The holder counts its time from before it asked, by a clock ' +
  'that only goes forward, and stops when it is over. Who is stopped between its last look and its write may write when the lock is another’s. ';
