// The catalog entries of clients as they are shown, proposed and shipped, with the flaws that they have: what they believe is what they are
// told, and no more. They promise what they keep.

import { invariant } from '../../contract/invariant.ts';
import { words, type Word } from '../catalog-parts.ts';
import {
  CLIENTS,
  clientOf,
  COMMON_TIMEOUTS,
  KLEPPMANN,
  LEASE,
  onRedis,
  phasesOf,
  REDIS_PAGE,
  RESOURCE,
  stakesFor,
} from './makers.ts';
import { LOCKS } from './catalog.ts';
import { libraryLock, type LibraryKind } from './library-lock.ts';
import { rawZooKeeperLock } from './zookeeper-raw.ts';
import { textbookLock } from './textbook.ts';
import type { Protocol, Size, TimeoutRelation, TimeoutRule } from '../../contract/protocol.ts';
import type { LibraryAnswer, LibraryRequest } from '../../stores/lock-library.ts';
import type { RedisAnswer, RedisRequest } from '../../stores/redis.ts';
import type { ZooKeeperAnswer, ZooKeeperRequest } from '../../stores/zookeeper.ts';
import type { Texts } from './makers.ts';

const SERVERS: Size = { default: 5, least: 3, most: 9, means: 'Redis servers that know nothing of each other' };

const TTL: TimeoutRule = {
  ms: 1000,
  means: 'a lock that is not given back is free after so long, by the clock of the server',
};

const TTL_AND_OPERATION: TimeoutRelation = {
  small: 'ttl',
  large: 'operation',
  times: 2,
  why: 'a client would give up before a lost lock is free again',
};

function textbook(servers: Size | 'one', texts: Texts): Protocol {
  return {
    ...texts,
    family: 'lock',
    topology: { clients: CLIENTS, ...(servers !== 'one' && { servers }) },
    roles: {
      'lock-client': clientOf(textbookLock, {
        ask: words<Word<RedisRequest>>('acquire', 'expire', 'release'),
        receive: words<Word<RedisAnswer>>('granted', 'taken', 'extended', 'released', 'not-held', 'failed'),
        expire: words('retry', 'extend'),
      }),
      resource: RESOURCE,
    },
    stores: {
      redis: {
        count: servers === 'one' ? () => 1 : ({ servers: many = servers.default }) => many,
        service: servers === 'one' ? 'redis' : 'redis-durable',
        means: 'keeps the lock until it expires, by its own clock',
      },
    },
    phases: phasesOf('acquire', 'release'),
    promises: [],
    timeouts: {
      ttl: TTL,
      retry: { ms: 100, means: 'who did not get the lock tries again after so long, ten times' },
      ...COMMON_TIMEOUTS,
    },
    relations: [TTL_AND_OPERATION],
    stakes: stakesFor('acquire'),
  };
}

function rawZooKeeper(texts: Texts): Protocol {
  const honest = LOCKS.find(({ name }) => name === 'zookeeper');
  invariant(honest, 'there is no lock on ZooKeeper');
  const { zookeeper } = honest.stores ?? {};
  invariant(zookeeper, 'a lock on ZooKeeper without an ensemble');
  return {
    ...honest,
    ...texts,
    roles: {
      'lock-client': clientOf(rawZooKeeperLock, {
        ask: words<Word<ZooKeeperRequest>>('create', 'list', 'watch', 'delete'),
        receive: words<Word<ZooKeeperAnswer>>('created', 'listed', 'missing', 'gone', 'deleted', 'expired', 'failed'),
        expire: [],
      }),
      resource: RESOURCE,
    },
    stores: { zookeeper: { ...zookeeper, client: 'zookeeper-raw' } },
    promises: ['exclusion-service'],
  };
}

interface Published extends LibraryKind {
  readonly client: string;
}

function published({ client, ...kind }: Published, texts: Texts): Protocol {
  return {
    ...texts,
    family: 'lock',
    topology: { clients: CLIENTS, servers: SERVERS },
    roles: {
      'lock-client': clientOf(libraryLock(kind), {
        ask: words<Word<LibraryRequest>>('acquire', kind.signals ? 'watch' : 'extend', 'release'),
        receive: words<Word<LibraryAnswer>>('granted', kind.signals ? 'gone' : 'extended', 'released', 'failed'),
        expire: kind.signals ? [] : words('extend'),
      }),
      resource: RESOURCE,
    },
    stores: {
      redis: {
        count: ({ servers: many = SERVERS.default }) => many,
        service: 'redis-durable',
        client,
        ensemble: true,
        means: 'keeps the lock until it expires, by its own clock; the library asks all of them',
      },
    },
    phases: phasesOf('acquire', 'release'),
    promises: [],
    timeouts: { ttl: TTL, ...COMMON_TIMEOUTS },
    relations: [TTL_AND_OPERATION],
    stakes: stakesFor('acquire'),
  };
}

const CLASS =
  'The class that articles show, as an exhibit. It takes the lock for its own for a whole time to live from when it reads the answer, however late that ' +
  'is; its value is made once for each object; it extends by EXPIRE, which sets the time of whoever’s key is there, and adds what it asked for to what it ' +
  'had; after ten tries, 0.1 s apart, it gives up. ';

export const EXHIBITS: readonly Protocol[] = [
  onRedis(
    {
      servers: SERVERS,
      service: 'redis-durable',
      registers: true,
      promises: ['progress', 'exclusion-effect'],
    },
    {
      name: 'redlock:cas',
      title: 'Redlock, and a resource that takes writes of one lock at a time',
      summary: `${LEASE}A holder registers the random value of its lock with its first access, and the resource takes writes only of the value that registered last. Values have no order: who was stopped and registers late turns out who holds the lock. It is safe as a compare and set is, not as mutual exclusion.`,
      reference: `Antirez, "Is Redlock safe?", 2016; ${KLEPPMANN}`,
    },
  ),
  published(
    { client: 'redlock-npm', signals: false },
    {
      name: 'redlock:npm',
      title: 'Redlock by redlock 5.0.0-beta.2 from npm',
      summary:
        'An exhibit of a published client, with its own settings on ioredis as it comes. The holder goes by the expiration that the library returns. The library ' +
        'does not look at it: a lock that is over when its answers are read is returned all the same. It counts by the clock of the wall and from before the first of its tries, leaves what a ' +
        'minority has granted in place between its tries, has no time limit for a server, and gives up after eleven tries, about 0.2 s apart.',
      reference: `redlock 5.0.0-beta.2 (npm); what it should be: ${REDIS_PAGE}`,
    },
  ),
  published(
    { client: 'redis-semaphore', signals: true },
    {
      name: 'redlock:semaphore',
      title: 'Redlock by RedlockMutex of redis-semaphore 5.8.0 from npm',
      summary:
        'An exhibit of a published client, with its own settings on ioredis as it comes. It tells no time: the holder takes the lock for its own until the library ' +
        'says that it is lost, which it looks for after eight tenths of the time to live. Nobody looks at how long the answers took, each server is waited ' +
        'for without a limit, and after 10 s it gives up.',
      reference: `redis-semaphore 5.8.0 (npm); what it should be: ${REDIS_PAGE}`,
    },
  ),
  rawZooKeeper({
    name: 'zookeeper:raw',
    title: 'A lock on ZooKeeper by node-zookeeper-client 1.1.3 as it comes',
    summary:
      'An exhibit of a published client, without what `zookeeper` adds to it. The library has no time limit for reading: cut off, or with a server that stands ' +
      'still, it takes itself for connected for ever, and its holder for the holder. The recipe keeps no deadline of its own, pays no heed to `disconnected`, and ' +
      'puts nothing into the name of its node by which it could find it again. When its session has expired the client is of no more use.',
    reference: 'node-zookeeper-client 1.1.3 (npm); ZooKeeper Recipes and Solutions',
  }),
  textbook('one', {
    name: 'redis:textbook',
    title: 'A lock on one Redis, as articles show it',
    summary: `${CLASS}One server without persistence.`,
    reference: `After the class of many articles; what it should be: ${REDIS_PAGE}`,
  }),
  textbook(SERVERS, {
    name: 'redlock:textbook',
    title: 'Redlock, as articles show it',
    summary: `${CLASS}It asks the servers one after the other, waits for each as long as the lock lives, leaves out nothing for their clocks, and leaves behind what a minority has granted.`,
    reference: `After the class of many articles; what it should be: ${REDIS_PAGE}; ${KLEPPMANN}`,
  }),
];
