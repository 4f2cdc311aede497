// The catalog entries of locks: who is there, in which words they speak, and what each promises. What a lock service promises, its holders
// may still lose: whoever is stopped between its last look at the clock and its write does not know that its time is over.

import { seal } from '../../contract/machine.ts';
import { stakesOf, words, type Word } from '../catalog-parts.ts';
import {
  CLIENTS,
  COMMON_TIMEOUTS,
  KLEPPMANN,
  LEASE,
  onManager,
  onRedis,
  onZookeeper,
  REDIS_PAGE,
  RESOURCE,
} from './makers.ts';
import { TO_HOLDER, type ToHolder, type ToResource } from './messages.ts';
import { optimisticWriter } from './optimistic.ts';
import type { Protocol } from '../../contract/protocol.ts';

const OPTIMISTIC: Protocol = {
  name: 'optimistic',
  family: 'guard',
  title: 'Optimistic concurrency: write if the version is still the same',
  summary:
    'No lock. A writer reads the counter with its version, works, and writes if nobody has written since; who was too late reads again. Nobody waits for ' +
    'anybody, so that no pause, clock or crash can do harm; the price is the work that is done again, which grows with the number of writers.',
  reference: 'Kung, Robinson, TODS 6(2), 1981',
  topology: { clients: CLIENTS },
  roles: {
    writer: {
      count: ({ clients = 2 }) => clients,
      drives: true,
      machine: (workload) => seal(optimisticWriter(workload)),
      hears: TO_HOLDER,
      words: {
        receive: words<Word<ToHolder>>('value', 'written', 'stale'),
        send: words<Word<ToResource>>('read', 'write'),
        expire: words('resource', 'work', 'again', 'rest', 'busy'),
      },
    },
    resource: RESOURCE,
  },
  phases: {
    write: {
      role: 'writer',
      gap: { when: 'before', verb: 'send', word: 'write' },
      means: 'it has read and worked, the write has not left',
    },
  },
  promises: ['exclusion-effect', 'progress'],
  timeouts: {
    ...COMMON_TIMEOUTS,
    resource: { ms: 300, means: 'a writer that heard no answer says the same again' },
    retry: { ms: 20, means: 'who was too late tries again within about so long, and longer each time' },
  },
  stakes: stakesOf(
    'writer',
    ['before', 'send', 'write', undefined, 'in flight', 'has read, and not written'],
    ['after', 'send', 'write', undefined, 'in flight', 'its write is on its way'],
  ),
};

const FAILOVER =
  'The primary, redis-1, answers before it has told its replica, redis-2. A client asks the one that it takes for the primary, and turns to the ' +
  'other when it hears nothing or is told that it asks a replica. ';

const CACHE =
  'A cache shares the server, and soon after a lock is taken it fills the little memory that there is, for some two seconds. ';

const EVICTION_PAGES = `${REDIS_PAGE}; "Key eviction"`;

const FAILOVER_PAGES = `${REDIS_PAGE}; "Redis replication"`;

/** On a server that has other tenants. */
const ON_SHARED_REDIS: readonly Protocol[] = [
  onRedis(
    { servers: 'one', service: 'redis-evicting', promises: ['progress'] },
    {
      name: 'redis:evicting',
      title: 'A lock on a Redis that evicts keys when its memory is full',
      summary: `${LEASE}${CACHE}Its policy is allkeys-random: a lock is a key like any other, and once it is evicted the next who asks has it while the holder is at work.`,
      reference: EVICTION_PAGES,
    },
  ),
  onRedis(
    { servers: 'one', service: 'redis-evicting-volatile', fencing: true, promises: ['progress', 'fencing'] },
    {
      name: 'redis:evicting-fencing',
      title: 'A lock on a Redis that evicts keys, with a fencing token',
      summary: `${LEASE}${CACHE}Its policy is volatile-ttl: the lock, which has the least time to live, is the first to go, and the counter of tokens stays, for it has none. The write of the holder that has lost its lock is refused. A policy of all keys takes the counter, too.`,
      reference: `${EVICTION_PAGES}; ${KLEPPMANN}`,
    },
  ),
  onRedis(
    { servers: 'one', service: 'redis-full', promises: ['progress'] },
    {
      name: 'redis:full',
      title: 'A lock on a Redis that refuses writes when its memory is full',
      summary: `${LEASE}${CACHE}Its policy is noeviction: no lock is lost, and none can be taken until there is room again; what is held can be given back.`,
      reference: EVICTION_PAGES,
    },
  ),
];

export const LOCKS: readonly Protocol[] = [
  onRedis(
    { servers: 'one', service: 'redis', promises: ['progress'] },
    {
      name: 'redis',
      title: 'A lock on one Redis',
      summary: `${LEASE}One server without persistence: when it restarts, its clock jumps forward, or it evicts the key for want of memory (redis:evicting), the lock is free while somebody holds it.`,
      reference: REDIS_PAGE,
    },
  ),
  onRedis(
    { servers: 'one', service: 'redis', fencing: true, promises: ['progress', 'fencing'] },
    {
      name: 'redis:fencing',
      title: 'A lock on one Redis, with a fencing token',
      summary: `${LEASE}With the lock comes a number that grows, and the resource takes no smaller one than it has seen. The number begins anew when the server loses its data: then the older holder is the one that is taken.`,
      reference: `${REDIS_PAGE}; ${KLEPPMANN}`,
    },
  ),
  onRedis(
    { servers: 'replicated', service: 'redis-replicated', fencing: false, promises: ['progress'] },
    {
      name: 'redis:failover',
      title: 'A lock on a Redis with a replica, which may be promoted',
      summary: `${LEASE}${FAILOVER}A lock that the primary has given out and not yet told its replica is free when that one is promoted, and two primaries at once give out two.`,
      reference: FAILOVER_PAGES,
    },
  ),
  onRedis(
    { servers: 'replicated', service: 'redis-replicated', fencing: true, promises: ['progress', 'fencing'] },
    {
      name: 'redis:failover-fencing',
      title: 'A lock on a Redis with a replica, with a fencing token',
      summary: `${LEASE}${FAILOVER}With the lock comes a number that grows, and the resource takes no smaller one than it has seen. The number lives beside the lock, and is lost with it: a promoted replica may give out the same again.`,
      reference: `${FAILOVER_PAGES}; ${KLEPPMANN}`,
    },
  ),
  ...ON_SHARED_REDIS,
  onRedis(
    {
      servers: { default: 5, least: 3, most: 9, means: 'Redis servers that know nothing of each other' },
      service: 'redis-durable',
      promises: ['progress'],
    },
    {
      name: 'redlock',
      title: 'Redlock: a majority of independent Redis servers',
      summary: `${LEASE}The same key in a majority of servers, each of which writes to disk before it answers: one of them may fail, and its clock may jump, as long as the holder has it in enough of the others. There is no token that grows.`,
      reference: `${REDIS_PAGE}; ${KLEPPMANN}; Antirez, "Is Redlock safe?", 2016`,
    },
  ),
  onRedis(
    {
      servers: { default: 5, least: 3, most: 9, means: 'Redis servers that know nothing of each other' },
      service: 'redis',
      promises: ['progress'],
    },
    {
      name: 'redlock:volatile',
      title: 'Redlock on servers that keep nothing over a restart',
      summary: `${LEASE}As redlock, but a server that restarts has forgotten whom it had agreed to: one that comes back within the time to live can make two majorities.`,
      reference: `${REDIS_PAGE}; ${KLEPPMANN}`,
    },
  ),
  onZookeeper(false, ['exclusion-service', 'hand-over', 'fairness', 'progress'], {
    name: 'zookeeper',
    title: 'A lock on ZooKeeper',
    summary:
      'Clients make ephemeral, sequential nodes: the lowest holds the lock, each other watches the one before it. Three servers agree on what there is, so that no ' +
      'clock and no restart gives the lock away while its session lives. A holder that is stopped for longer than its session finds the lock another’s when it goes on.',
    reference: 'ZooKeeper Recipes and Solutions; Hunt, Konar, Junqueira, Reed, USENIX ATC 2010',
  }),
  onZookeeper(true, ['exclusion-service', 'exclusion-effect', 'fencing', 'hand-over', 'fairness', 'progress'], {
    name: 'zookeeper:fencing',
    title: 'A lock on ZooKeeper, with a fencing token',
    summary:
      'As zookeeper, and the transaction number at which the node was made goes with every access: the resource takes no smaller one than it has seen, so that nobody ' +
      'writes who has been succeeded.',
    reference: `ZooKeeper Recipes and Solutions; ${KLEPPMANN}`,
  }),
  onManager(false, ['exclusion-service', 'hand-over', 'fairness', 'progress'], {
    name: 'lock-manager',
    title: 'A lock manager with a queue',
    summary:
      'One node grants each lock to whoever asked first, for a time that the holder renews. What it has granted is on its disk before it is told: after a restart ' +
      'its holders have their whole time again. While it is away nobody gets a lock. A holder that is stopped for longer than its time finds the lock another’s.',
    reference: 'Gray, Reuter, "Transaction Processing", 1993, chapter 8; Burrows, OSDI 2006 (Chubby)',
  }),
  onManager(true, ['exclusion-service', 'exclusion-effect', 'fencing', 'hand-over', 'fairness', 'progress'], {
    name: 'lock-manager:fencing',
    title: 'A lock manager with a queue, whose grants are numbered',
    summary:
      'As lock-manager, and the number of the grant goes with every access: it is on disk before it is told, so that it never falls, and the resource takes no smaller ' +
      'one than it has seen.',
    reference: `Burrows, OSDI 2006 (Chubby: sequencers); ${KLEPPMANN}`,
  }),
  OPTIMISTIC,
];
