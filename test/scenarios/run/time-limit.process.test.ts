// A run that its time limit ends while transfers are under way, on a cluster whose traces are read one long after the other.

import { setTimeout as wait } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { fakeCluster } from '../../support/fake-cluster.ts';
import { tempFolder } from '../../support/temp-folder.ts';
import { scenarioWithoutFaults } from '../../../scenarios/language/scenario.ts';
import { makePlan } from '../../../scenarios/plan/plan.ts';
import { executeRun } from '../../../scenarios/run/run.ts';
import { makeRunFolder } from '../../../scenarios/run/run-folder.ts';
import type { Cluster, RunningCluster } from '../../../compose/cluster.ts';
import type { NodeId } from '../../../nodes/contract/ids.ts';

const BETWEEN_MS = 60;

/** Each node's remains are read when those of the one before are there, and some time is over. */
function slowlyCollected(running: RunningCluster): RunningCluster {
  let last: Promise<unknown> = Promise.resolve();
  const collect = async (node: NodeId) => {
    const before = last;
    const mine = (async () => {
      await before;
      await wait(BETWEEN_MS);
      return running.collect(node);
    })();
    last = mine;
    return mine;
  };
  return { ...running, collect };
}

function slowlyRead(): Cluster {
  const cluster = fakeCluster();
  return { ...cluster, start: async (...given) => slowlyCollected(await cluster.start(...given)) };
}

test.each(['2pc', '2pc-presumed-commit', '3pc'])(
  'what nodes would have done after the limit is not held against any of them: %s',
  async (protocol) => {
    const scenario = scenarioWithoutFaults({ clients: 4, transactions: 100_000, protocol });
    if (!scenario.ok) throw new Error(scenario.problems.map(({ message }) => message).join('\n'));
    const { verdict, history } = await executeRun({
      plan: { ...makePlan(scenario.value, 1), timeLimitMs: 150 },
      cluster: slowlyRead(),
      folder: makeRunFolder(tempFolder(), { scenario: 'limit', seed: 1, now: new Date(0) }),
      version: 'test',
      onFeed: () => {},
      interrupted: new AbortController().signal,
      keep: false,
    });
    expect(verdict.findings.filter(({ judgement }) => judgement === 'violated')).toEqual([]);
    expect(verdict.word).toBe('inconclusive');
    expect(verdict.reasons[0]).toContain('ended by its time limit');
    expect(history.events.filter(({ kind }) => kind === 'durable').length).toBeGreaterThan(50);
  },
);
