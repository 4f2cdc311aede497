// The catalog entries of clients as they are shown, proposed and shipped, with the flaws that they have: what they believe is what they are
// told, and no more. They promise what they keep.

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
} from './catalog.ts';
import { textbookLock } from './textbook.ts';
import type { Protocol, Size, TimeoutRelation, TimeoutRule } from '../../contract/protocol.ts';
import type { RedisAnswer, RedisRequest } from '../../stores/redis.ts';
import type { Texts } from './catalog.ts';

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
