// Clients of a Redis whose replica is promoted, under any schedule: what the copy has heard of is nobody else's, and what it has not is given
// out again.

import { expect, test } from 'vitest';
import { checkAll, judgedIn } from '../../../scenarios/checkers/all.ts';
import { playLocks, type WorldOptions } from '../../support/lock-world.ts';
import { worldOfFailover } from '../../support/world-stores.ts';
import { seal } from '../../../nodes/contract/machine.ts';
import { lockClient } from '../../../nodes/protocols/locks/lock-client.ts';
import { redisFailover } from '../../../nodes/protocols/locks/redis-failover.ts';
import type { Reply } from '../../../nodes/contract/machine.ts';
import type { SealedWorkload } from '../../../nodes/contract/workload.ts';
import type { Property } from '../../../nodes/contract/properties.ts';

type Lock = 'redis:failover' | 'redis:failover-fencing';

const ROUGH = { pauseShare: 0.05, lossShare: 0.05, crashShare: 0.01, delayMs: 30, workMs: 400 } as const;
const SEEDS = Array.from({ length: 60 }, (_, index) => index + 1);

/** The primary dies at another moment under each seed, all of them while clients are at work. */
function played(protocol: Lock, seed: number, lagMs: number, more: Partial<WorldOptions>) {
  const stores = worldOfFailover({ at: 1_000_000 + seed * 83_000, lagUs: lagMs * 1000 });
  return playLocks({ protocol, seed, stores, ...more });
}

function violatedIn(protocol: Lock, lagMs: number, more: Partial<WorldOptions>): ReadonlySet<Property> {
  return new Set(
    SEEDS.flatMap((seed) => {
      const history = played(protocol, seed, lagMs, more);
      const findings = checkAll(history, judgedIn(history));
      return findings.flatMap(({ property, judgement }) => (judgement === 'violated' ? [property] : []));
    }),
  );
}

test('a lock that the replica has heard of is granted once at a time, whatever happens', () => {
  expect(violatedIn('redis:failover', 0, ROUGH)).not.toContain('exclusion-service');
});

test('where nobody is stopped, holders keep each other out over a failover, whatever gets lost', () => {
  const lossy = { lossShare: 0.1, crashShare: 0.01, workMs: 400 } as const;
  // Whoever turns to a replica in vain leaves the lock free meanwhile.
  expect([...violatedIn('redis:failover', 0, lossy)].filter((property) => property !== 'hand-over')).toEqual([]);
});

test('a lock that the replica has not heard of is given out again', () => {
  expect([...violatedIn('redis:failover', 300, { workMs: 400 })].toSorted()).toEqual([
    'counting',
    'exclusion-belief',
    'exclusion-effect',
    'exclusion-service',
  ]);
});

test('a token that the replica has not heard of is given out again, and the resource takes both', () => {
  const found = violatedIn('redis:failover-fencing', 300, { workMs: 400 });
  expect([...found].toSorted()).toEqual(['counting', 'exclusion-belief', 'exclusion-effect', 'exclusion-service']);
});

test('planted: that a replica takes no writes is taken for its yes', () => {
  const honest = redisFailover({});
  const yes = (reply: Reply): Reply =>
    reply.kind === 'answer' && reply.answer.word === 'failed' ? { kind: 'answer', answer: { word: 'granted' } } : reply;
  const client = (_: unknown, workload: SealedWorkload) =>
    seal(
      lockClient(workload, {
        ...honest,
        answered: (own, held, { reply, ...heard }) => honest.answered(own, held, { ...heard, reply: yes(reply) }),
      }),
    );
  const plant = { roles: { 'lock-client': client } };
  expect(violatedIn('redis:failover', 0, { lossShare: 0.1, workMs: 200, plant })).toContain('exclusion-service');
});

test('nobody waits in vain when the primary has died', () => {
  const ends = SEEDS.slice(0, 40).flatMap((seed) =>
    played('redis:failover', seed, 100, { lossShare: 0.1, workMs: 20 }).events.flatMap((event) =>
      event.kind === 'told' && event.note.word === 'completed' ? [event.note] : [],
    ),
  );
  expect(ends.length).toBeGreaterThan(0);
  expect(ends.filter(({ reason }) => reason.includes('in time'))).toEqual([]);
});
