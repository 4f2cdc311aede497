// The catalog entries of locks: who is there, in which words they speak, and what each promises. What a lock service promises, its holders
// may still lose: whoever is stopped between its last look at the clock and its write does not know that its time is over.

import { seal } from '../../contract/machine.ts';
import { stakesOf, words, type Word } from '../catalog-parts.ts';
import { lockClient } from './lock-client.ts';
import { lockManager } from './lock-manager.ts';
import { managerLock } from './manager-lock.ts';
import { TO_HOLDER, TO_RESOURCE, type ToHolder, type ToResource } from './messages.ts';
import { optimisticWriter } from './optimistic.ts';
import { redlock } from './redlock.ts';
import { guardedResource } from './resource.ts';
import { zookeeperLock } from './zookeeper-lock.ts';
import type { Phase, Protocol, Role, Size, StoreRole, TimeoutRule, Words } from '../../contract/protocol.ts';
import type { Promised } from '../../contract/properties.ts';
import type { RedisAnswer, RedisRequest } from '../../stores/redis.ts';
import type { ZooKeeperAnswer, ZooKeeperRequest } from '../../stores/zookeeper.ts';
import { TO_MANAGER } from './manager-messages.ts';
import type { ManagerAnswer, ManagerRequest } from './manager-messages.ts';
import type { Recipe } from './recipe.ts';

const RESOURCE: Role = {
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
function clientOf<Own, Held>(
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

const redisClient = (fencing: boolean): Role =>
  clientOf(redlock({ fencing }), {
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
function phasesOf(acquire: string, release: string): Protocol['phases'] {
  return {
    acquire: at({ when: 'after', verb: 'ask', word: acquire }, 'the lock has been asked for, no answer has been heard'),
    granted: at({ when: 'before', verb: 'send', word: 'read' }, 'it has the lock, and has not read yet'),
    write: at({ when: 'before', verb: 'send', word: 'write' }, 'it has looked at its deadline, the write has not left'),
    release: at({ when: 'before', verb: 'ask', word: release }, 'it has written, the lock is not given back yet'),
  };
}

function stakesFor(acquire: string): Protocol['stakes'] {
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

const CLIENTS: Size = { default: 2, least: 2, most: 16, means: 'clients that want the lock, each a node' };

const COMMON_TIMEOUTS: Readonly<Record<string, TimeoutRule>> = {
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
  session: { ms: 2000, means: 'what a client has made goes when the ensemble has not heard it for so long' },
  tick: { ms: 300, means: 'the ensemble counts time in this' },
  ...LOCK_TIMEOUTS,
};

const MANAGER_TIMEOUTS: Readonly<Record<string, TimeoutRule>> = {
  ttl: { ms: 1000, means: 'a lock that is neither renewed nor given back is free after so long' },
  retry: { ms: 50, means: 'who heard no answer asks again after so long' },
  ...LOCK_TIMEOUTS,
};

interface Texts {
  readonly name: string;
  readonly title: string;
  readonly summary: string;
  readonly reference: string;
}

const REDIS_PAGE = 'Redis documentation, "Distributed Locks with Redis"';
const KLEPPMANN = 'Kleppmann, "How to do distributed locking", 2016';

interface RedisKind {
  readonly servers: Size | 'one';
  readonly service: 'redis' | 'redis-durable';
  readonly fencing: boolean;
  readonly promises: readonly Promised[];
}

function onRedis({ servers, service, fencing, promises }: RedisKind, texts: Texts): Protocol {
  const store: StoreRole = {
    count: servers === 'one' ? () => 1 : ({ servers: many = servers.default }) => many,
    service,
    means: 'keeps the lock until it expires, by its own clock',
  };
  return {
    ...texts,
    family: 'lock',
    topology: { clients: CLIENTS, ...(servers !== 'one' && { servers }) },
    roles: { 'lock-client': redisClient(fencing), resource: RESOURCE },
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

function onZookeeper(fencing: boolean, promises: readonly Promised[], texts: Texts): Protocol {
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
        atMost: 20,
        why: 'the ensemble grants no session of less than two ticks, and none of more than twenty',
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

function onManager(fencing: boolean, promises: readonly Promised[], texts: Texts): Protocol {
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

const LEASE =
  'The lock is a key with a time to live: whoever dies leaves it behind for so long. The holder counts its time from before it asked, by a clock ' +
  'that only goes forward, and stops when it is over. Who is stopped between its last look and its write may write when the lock is another’s. ';

export const LOCKS: readonly Protocol[] = [
  onRedis(
    { servers: 'one', service: 'redis', fencing: false, promises: ['progress'] },
    {
      name: 'redis',
      title: 'A lock on one Redis',
      summary: `${LEASE}One server without persistence: when it restarts, or its clock jumps forward, the lock is free while somebody holds it.`,
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
    {
      servers: { default: 5, least: 3, most: 9, means: 'Redis servers that know nothing of each other' },
      service: 'redis-durable',
      fencing: false,
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
      fencing: false,
      promises: ['progress'],
    },
    {
      name: 'redlock:volatile',
      title: 'Redlock on servers that keep nothing over a restart',
      summary: `${LEASE}As redlock, but a server that restarts has forgotten whom it had agreed to: one that comes back within the time to live can make two majorities.`,
      reference: `${REDIS_PAGE}; ${KLEPPMANN}`,
    },
  ),
  onZookeeper(false, ['exclusion-service', 'hand-over', 'progress'], {
    name: 'zookeeper',
    title: 'A lock on ZooKeeper',
    summary:
      'Clients make ephemeral, sequential nodes: the lowest holds the lock, each other watches the one before it. Three servers agree on what there is, so that no ' +
      'clock and no restart gives the lock away while its session lives. A holder that is stopped for longer than its session finds the lock another’s when it goes on.',
    reference: 'ZooKeeper Recipes and Solutions; Hunt, Konar, Junqueira, Reed, USENIX ATC 2010',
  }),
  onZookeeper(true, ['exclusion-service', 'exclusion-effect', 'fencing', 'hand-over', 'progress'], {
    name: 'zookeeper:fencing',
    title: 'A lock on ZooKeeper, with a fencing token',
    summary:
      'As zookeeper, and the transaction number at which the node was made goes with every access: the resource takes no smaller one than it has seen, so that nobody ' +
      'writes who has been succeeded.',
    reference: `ZooKeeper Recipes and Solutions; ${KLEPPMANN}`,
  }),
  onManager(false, ['exclusion-service', 'hand-over', 'progress'], {
    name: 'lock-manager',
    title: 'A lock manager with a queue',
    summary:
      'One node grants each lock to whoever asked first, for a time that the holder renews. What it has granted is on its disk before it is told: after a restart ' +
      'its holders have their whole time again. While it is away nobody gets a lock. A holder that is stopped for longer than its time finds the lock another’s.',
    reference: 'Gray, Reuter, "Transaction Processing", 1993, chapter 8; Burrows, OSDI 2006 (Chubby)',
  }),
  onManager(true, ['exclusion-service', 'exclusion-effect', 'fencing', 'hand-over', 'progress'], {
    name: 'lock-manager:fencing',
    title: 'A lock manager with a queue, whose grants are numbered',
    summary:
      'As lock-manager, and the number of the grant goes with every access: it is on disk before it is told, so that it never falls, and the resource takes no smaller ' +
      'one than it has seen.',
    reference: `Burrows, OSDI 2006 (Chubby: sequencers); ${KLEPPMANN}`,
  }),
  OPTIMISTIC,
];
