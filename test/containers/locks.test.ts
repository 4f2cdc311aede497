// Locks on real Redis servers and a real ZooKeeper ensemble: what their tables demand, and errors planted in their clients that must be caught.

import { rmSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { bundlePlantedProgram, openLab, planOf } from '../support/lab.ts';
import { planted, type PlantName } from '../support/planted/plants.ts';
import { sideBySide } from '../support/side-by-side.ts';
import type { Lab } from '../support/lab.ts';

let lab: Lab;
let program: string;
let pool: Awaited<ReturnType<Lab['standPool']>>;
beforeAll(async () => {
  lab = await openLab();
  // In it servers stay from one run to the next, where they can.
  pool = await lab.standPool(PODS);
  program = await bundlePlantedProgram(lab);
});
afterAll(async () => {
  await pool.release();
  rmSync(lab.folder, { recursive: true, force: true });
});

/** For as many runs as go side by side. */
const PODS = 16;

/** A different seed each time, said when it fails. */
const SEED = Number(process.env['TXLAB_SEED'] ?? Math.floor(Math.random() * 1_000_000));

/** Of the catalog, one of each kind; `txlab run --all --protocol redis` and the like run them all. */
const SHORT = [
  'redis-lock-baseline',
  'redis-pause-past-ttl',
  'redis-fencing-saves-the-resource',
  'redis-pause-before-replies-are-read',
  'redis-restart-without-persistence',
  'redis-clock-back',
  'redlock-clock-jump',
  'redis-evicts-the-lock',
  'redis-evicts-the-lock-with-fencing',
  'redis-full-refuses-the-lock',
  'redis-failover-lost-lock',
  'redis-failover-after-replication',
  'redlock-pause-past-ttl',
  'redlock-restart-without-persistence',
  'zookeeper-lock-baseline',
  'zookeeper-clock-jump',
  'zookeeper-session-expiry',
  'zookeeper-fencing-saves-the-resource',
  'lock-manager-fencing-saves-the-resource',
  'lock-manager-killed',
  'redlock-cas-pause-past-ttl',
  'redlock-npm-late-replies',
  'zookeeper-raw-holder-cut-off',
  'redis-two-locks-in-opposite-order',
  'lock-manager-two-locks-in-one-order',
  'optimistic-paused-before-its-write',
  'optimistic-lost-answer',
];

interface Row {
  readonly scenario: string;
  readonly plant?: PlantName;
}

/** Which scenario catches it, and what is said of it. */
const ERRORS = [
  ['lock: released whoever holds it', 'redis-late-release', 'exclusion-service'],
  ['lock: one value for all', 'redis-late-release', 'exclusion-service'],
  ['lock: its time counts from the reply', 'redis-late-answer-refused', 'exclusion-effect'],
  ['lock: a quorum of one less', 'redlock-restart-with-persistence', 'exclusion-service'],
  ['lock: an error counts as a yes', 'redis-server-paused', 'exclusion-service'],
  ['lock: a refused extension counts', 'redis-restart-noticed', 'exclusion-effect'],
  ['lock: nobody looks at the deadline', 'redis-holder-cut-off', 'exclusion-effect'],
  ['zookeeper lock: nobody looks at the deadline', 'zookeeper-holder-cut-off', 'exclusion-effect'],
  ['zookeeper lock: its session is as long as it asked for', 'zookeeper-session-shortened', 'exclusion-service'],
  ['lock manager: who has asked last is first', 'lock-manager-in-the-order-of-the-queue', 'fairness'],
  ['zookeeper lock: whole names are compared', 'zookeeper-in-the-order-of-the-queue', 'fairness'],
  ['fencing: the greatest token is forgotten', 'redis-fencing-resource-restarts', 'exclusion-effect'],
] as const satisfies readonly (readonly [PlantName, string, string])[];

const caught = ERRORS.map(([plant, scenario, property]) => ({ plant, scenario, property }));
const honest = SHORT.map((scenario): Row => ({ scenario }));
const resultOf = sideBySide<Row, Awaited<ReturnType<Lab['run']>>>([...honest, ...caught], ({ scenario, plant }) => {
  const plan = planOf(scenario, SEED);
  return plant ? lab.run(planted(plan, plant), { program }) : lab.run(plan);
});

describe(`with seed ${SEED}`, () => {
  test.each(honest)('$scenario comes out as its table demands, and leaves nothing behind', async (row) => {
    const { verdict, left } = await resultOf(row);
    expect(verdict.word, verdict.reasons.join('\n')).toBe('as expected');
    expect(left).toEqual([]);
  });

  test.each(caught)('an error is caught: $plant, by $scenario', async (row) => {
    const { verdict } = await resultOf(row);
    const reasons = verdict.reasons.join('\n');
    expect(verdict.word, reasons).toBe('not as expected');
    expect(reasons).toContain(`${row.property} is violated`);
  });
});
