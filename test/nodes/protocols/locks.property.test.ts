// Clients of locks under any schedule: messages that take a while or get lost, clients that are stopped or die at any effect. What the
// service and the token promise holds in all of them; what only luck keeps is found broken in some, and so is every planted error.

import { describe, expect, test } from 'vitest';
import { checkAll, judgedIn } from '../../../scenarios/checkers/all.ts';
import { LOCK_PLANTS } from '../../support/planted/locks.ts';
import { playLocks, type WorldOptions } from '../../support/lock-world.ts';
import { worldOfRedis, worldOfZooKeeper, type Jump } from '../../support/world-stores.ts';
import type { Property } from '../../../nodes/contract/properties.ts';
import type { History } from '../../../scenarios/findings.ts';

const SERVERS = {
  redis: 1,
  'redis:fencing': 1,
  redlock: 5,
  'redlock:volatile': 5,
  'redis:textbook': 1,
  'redlock:textbook': 5,
  'redlock:cas': 5,
  zookeeper: 0,
  'zookeeper:fencing': 0,
  'zookeeper:raw': 0,
  'lock-manager': 0,
  'lock-manager:fencing': 0,
  optimistic: 0,
} as const;
type Lock = keyof typeof SERVERS;

/** Of servers of Redis, the clocks may jump; an ensemble may grant sessions that are shorter than what clients ask for. */
interface More extends Partial<WorldOptions> {
  readonly jump?: Jump;
  readonly grantedMs?: number;
}

function historyOf(protocol: Lock, seed: number, { jump, grantedMs, ...more }: More): History {
  const stores = protocol.startsWith('zookeeper') ? worldOfZooKeeper(grantedMs) : worldOfRedis(SERVERS[protocol], jump);
  return playLocks({ protocol, seed, stores, ...more });
}

function violated(protocol: Lock, seed: number, more: More): readonly Property[] {
  const history = historyOf(protocol, seed, more);
  return checkAll(history, judgedIn(history)).flatMap(({ property, judgement }) =>
    judgement === 'violated' ? [property] : [],
  );
}

function violatedIn(protocol: Lock, seeds: number, more: More): ReadonlySet<Property> {
  return new Set(Array.from({ length: seeds }, (_, seed) => violated(protocol, seed + 1, more)).flat());
}

const ROUGH = { pauseShare: 0.05, lossShare: 0.05, crashShare: 0.01, delayMs: 30, workMs: 400 } as const;

describe('whatever happens,', () => {
  test.each(['redis', 'redlock', 'zookeeper', 'zookeeper:raw', 'lock-manager'] as const)(
    '%s grants a lock once at a time',
    (protocol) => {
      expect(violatedIn(protocol, 150, ROUGH)).not.toContain('exclusion-service');
    },
  );

  test.each(['redis:fencing', 'redlock:cas', 'zookeeper:fencing', 'lock-manager:fencing', 'optimistic'] as const)(
    'no write falls between the accesses of another holder with %s',
    (protocol) => {
      const found = violatedIn(protocol, 150, ROUGH);
      expect([...found].filter((property) => property !== 'exclusion-belief')).toEqual([]);
    },
  );
});

test.each(['redis', 'zookeeper', 'lock-manager'] as const)(
  'a free lock of %s does not stay free for long while somebody waits and nothing fails',
  (protocol) => {
    expect(violatedIn(protocol, 40, { ...ROUGH, crashShare: 0 })).not.toContain('hand-over');
    expect(violatedIn(protocol, 40, { ...ROUGH, pauseShare: 0 })).not.toContain('hand-over');
  },
);

test.each(['zookeeper', 'zookeeper:raw'] as const)(
  '%s grants a lock once at a time where sessions are shorter than clients have asked for',
  (protocol) => {
    expect(violatedIn(protocol, 150, { ...ROUGH, grantedMs: 900 })).not.toContain('exclusion-service');
  },
);

test('holders of zookeeper whose sessions are shorter than they have asked for have time for their work', () => {
  const found = violatedIn('zookeeper', 40, { lossShare: 0.1, crashShare: 0.01, workMs: 400, grantedMs: 900 });
  expect([...found]).toEqual([]);
});

describe('where nobody is stopped,', () => {
  test.each(['redis', 'redlock', 'zookeeper', 'lock-manager'] as const)(
    'holders of %s keep each other out, whatever gets lost',
    (protocol) => {
      const found = violatedIn(protocol, 40, { lossShare: 0.1, crashShare: 0.01, workMs: 400 });
      // Of several servers each client may have a few, for as long as messages get lost: then nobody has a majority.
      expect([...found].filter((property) => protocol !== 'redlock' || property !== 'hand-over')).toEqual([]);
    },
  );
});

test.each(['zookeeper', 'lock-manager'] as const)(
  '%s grants a lock to whoever stood in its queue before another asked, whatever happens',
  (protocol) => {
    for (const more of [{}, { grantedMs: 900 }, { clients: 5, workMs: 100 }])
      expect(violatedIn(protocol, 60, { ...ROUGH, ...more })).not.toContain('fairness');
  },
);

describe('of two locks at once,', () => {
  test.each(['redis', 'zookeeper', 'lock-manager'] as const)(
    '%s grants each once at a time, whatever happens',
    (protocol) => {
      expect(violatedIn(protocol, 40, { ...ROUGH, order: 'opposite' })).not.toContain('exclusion-service');
    },
  );

  test.each(['zookeeper:fencing', 'lock-manager:fencing'] as const)(
    'no write falls between the accesses of another holder with %s, whatever happens',
    (protocol) => {
      const found = violatedIn(protocol, 40, { ...ROUGH, order: 'sorted' });
      expect([...found].filter((property) => property !== 'exclusion-belief')).toEqual([]);
    },
  );

  test.each(['redis', 'zookeeper', 'lock-manager'] as const)(
    'clients of %s that ask in one order never wait for each other, whatever happens',
    (protocol) => {
      expect(violatedIn(protocol, 60, { ...ROUGH, order: 'sorted' })).not.toContain('deadlock-freedom');
    },
  );

  test.each(['redis', 'zookeeper', 'lock-manager'] as const)(
    'clients of %s that ask in opposite orders do in some schedule',
    (protocol) => {
      const shows = (seed: number) =>
        violated(protocol, seed, { order: 'opposite', betweenMs: 20, workMs: 20 }).includes('deadlock-freedom');
      expect(SEEDS.some(shows)).toBe(true);
    },
  );
});

describe('where clocks of servers jump,', () => {
  const AT_WORK = { workMs: 400, extends: false } as const;

  test.each([
    ['redis', 1],
    ['redis:fencing', 1],
    ['redlock', 3],
  ] as const)('forward past the lease, some schedule gives the lock of %s to two', (protocol, servers) => {
    const jump = { atMs: 1300, byMs: 1500, servers };
    expect(violatedIn(protocol, 30, { ...AT_WORK, jump })).toContain('exclusion-service');
  });

  test('a token keeps the write of the earlier holder away', () => {
    const jump = { atMs: 1300, byMs: 1500, servers: 1 };
    const found = violatedIn('redis:fencing', 100, { ...AT_WORK, ...ROUGH, jump });
    expect([...found].filter((property) => !property.startsWith('exclusion-'))).toEqual([]);
    expect(found).not.toContain('exclusion-effect');
  });

  test.each([
    ['redis', 1],
    ['redlock', 1],
    ['redlock', 5],
  ] as const)('back, holders of %s (%d moved) keep each other out', (protocol, servers) => {
    const jump = { atMs: 1300, byMs: -1500, servers };
    const found = violatedIn(protocol, 20, { ...AT_WORK, lossShare: 0.05, crashShare: 0.01, jump });
    // The lock of who has died lives longer than its lease.
    expect([...found].filter((property) => property !== 'hand-over')).toEqual([]);
  });
});

test.each(['redis', 'redlock', 'zookeeper', 'lock-manager'] as const)(
  'nobody waits in vain for %s, whatever gets lost',
  (protocol) => {
    const ends = Array.from({ length: 40 }, (_, seed) =>
      historyOf(protocol, seed + 1, { lossShare: 0.1, workMs: 20 }).events.flatMap((event) =>
        event.kind === 'told' && event.note.word === 'completed' ? [event.note] : [],
      ),
    ).flat();
    expect(ends.filter(({ reason }) => reason.includes('in time'))).toEqual([]);
  },
);

test('a holder that is stopped for longer than its lease writes over what others have written', () => {
  expect(SEEDS.some((seed) => violated('redlock', seed, { pauseShare: 0.05 }).includes('exclusion-effect'))).toBe(true);
});

test.each([
  // Its time counts from the answer.
  ['redis:textbook', { pauseShare: 0.05, workMs: 400 }, 'exclusion-effect'],
  ['redlock:textbook', { pauseShare: 0.05, workMs: 400 }, 'exclusion-effect'],
  // EXPIRE has shortened it.
  ['redis:textbook', { workMs: 500, clients: 4 }, 'exclusion-effect'],
  // Values have no order: whoever is paused before it registers takes the lock from its holder.
  // It looks at no time, and is told nothing.
  ['zookeeper:raw', { pauseShare: 0.05, workMs: 400 }, 'exclusion-effect'],
  ['redlock:cas', { pauseShare: 0.05, workMs: 400 }, 'exclusion-belief'],
] as const)('%s under %o breaks %s in some schedule', (protocol, more, property) => {
  expect(SEEDS.some((seed) => violated(protocol, seed, more).includes(property))).toBe(true);
});

test('a class that tries ten times fails where others work for longer, and nothing else is wrong', () => {
  const more = { workMs: 280, extends: false, operations: 3 } as const;
  const history = historyOf('redis:textbook', 1, { ...more, clients: 8 });
  const reasons = history.events.flatMap((event) =>
    event.kind === 'told' && event.note.word === 'completed' ? [event.note.reason] : [],
  );
  expect(reasons).toContain('could not acquire the lock in 10 tries');
  expect(violated('redis:textbook', 1, { ...more, clients: 8 })).toEqual([]);
});

const SEEDS = Array.from({ length: 300 }, (_, index) => index + 1);

/** Of a plant: where it shows, and as what. */
const SHOWN: readonly (readonly [keyof typeof LOCK_PLANTS, Lock, More, Property])[] = [
  ['lock: released whoever holds it', 'redis', { pauseShare: 0.05, workMs: 200 }, 'exclusion-service'],
  ['lock: its time counts from the reply', 'redis', { pauseShare: 0.05, pauseMs: 1500 }, 'exclusion-service'],
  ['lock: a quorum of one less', 'redlock', {}, 'exclusion-service'],
  ['lock: an error counts as a yes', 'redis', { lossShare: 0.1, workMs: 200 }, 'exclusion-service'],
  ['lock: a refused extension counts', 'redis', { pauseShare: 0.05, workMs: 1500 }, 'exclusion-service'],
  ['lock: an extension makes the key anew', 'redis', { pauseShare: 0.05, workMs: 1500 }, 'exclusion-effect'],
  [
    'lock manager: nobody held it before the restart',
    'lock-manager',
    { crashShare: 0.02, downMs: 100, workMs: 400 },
    'exclusion-service',
  ],
  ['zookeeper lock: a create that was lost is asked again', 'zookeeper', { lossShare: 0.1, workMs: 50 }, 'hand-over'],
  ['lock: one value for all', 'redis', { pauseShare: 0.05, workMs: 200 }, 'exclusion-service'],
  ['lock: nobody looks at the deadline', 'redis', { workMs: 1500, extends: false }, 'exclusion-effect'],
  [
    'zookeeper lock: a watch that fires is taken for the lock',
    'zookeeper',
    { pauseShare: 0.05, workMs: 50 },
    'exclusion-service',
  ],
  ['lock manager: who has asked last is first', 'lock-manager', { workMs: 20 }, 'fairness'],
  ['zookeeper lock: whole names are compared', 'zookeeper', { workMs: 50 }, 'fairness'],
  ['lock manager: the next is not told', 'lock-manager', { workMs: 20 }, 'hand-over'],
  ['zookeeper lock: nobody looks at the deadline', 'zookeeper', { pauseShare: 0.05, workMs: 400 }, 'exclusion-effect'],
  [
    'zookeeper lock: its session is as long as it asked for',
    'zookeeper',
    { pauseShare: 0.05, workMs: 400, grantedMs: 900 },
    'exclusion-service',
  ],
];

test.each(SHOWN)('planted: %s', (plant, protocol, more, property) => {
  const options = { ...more, plant: LOCK_PLANTS[plant] };
  const shows = (seed: number) => violated(protocol, seed, options).includes(property);
  expect(SEEDS.find(shows), `some schedule shows ${property}`).toBeDefined();
});
