// Who is said to lead, of a cluster that only pretends: it answers one question after the other.

import { expect, test } from 'vitest';
import { nodeId } from '../../../nodes/contract/ids.ts';
import { scenarioFromSentence } from '../../../scenarios/language/scenario.ts';
import { makePlan } from '../../../scenarios/plan/plan.ts';
import { watchLeaders } from '../../../scenarios/run/leaders.ts';
import type { RunningCluster } from '../../../compose/cluster.ts';

const EVIDENCE = { seen: true, text: 'done' };
const kill = (node: string) => ({ do: 'kill', node: nodeId(node) }) as const;

function watch(answers: readonly (string | null)[], protocol = 'zookeeper') {
  const scenario = scenarioFromSentence('pause lock-client-1 at 1s', { protocol });
  if (!scenario.ok) throw new Error('the sentence is none');
  const left = [...answers];
  const said: (string | null)[] = [];
  const waiting: (() => void)[] = [];
  const cluster = {
    resolve: async () => {
      const leader = left.shift();
      return leader ? [nodeId(leader)] : [];
    },
    inject: async () => ({ evidence: EVIDENCE }),
    undo: async () => EVIDENCE,
  } as unknown as RunningCluster;
  const { running, end } = watchLeaders(cluster, makePlan(scenario.value, 1), (_, leader) => {
    said.push(leader);
    waiting.splice(0).forEach((go) => go());
  });
  /** Until so many have been said. */
  const until = async (count: number) => {
    while (said.length < count) await new Promise<void>((resolve) => waiting.push(resolve));
    return said;
  };
  return { running, end, until, said, left };
}

test('it is said at the beginning', async () => {
  const { until } = watch(['zookeeper-2']);
  expect(await until(1)).toEqual(['zookeeper-2']);
});

test('it is asked again when a server is hit, until somebody leads', async () => {
  const { running, until } = watch(['zookeeper-2', null, 'zookeeper-3']);
  await until(1);
  await running.inject(kill('zookeeper-2'));
  expect(await until(3)).toEqual(['zookeeper-2', null, 'zookeeper-3']);
});

test('it is asked again when a server is back, and not when a client is hit', async () => {
  const { running, until, said } = watch(['zookeeper-2', 'zookeeper-2']);
  await until(1);
  await running.inject(kill('lock-client-1'));
  expect(said).toHaveLength(1);
  await running.undo(kill('zookeeper-1'));
  expect(await until(2)).toEqual(['zookeeper-2', 'zookeeper-2']);
});

test('nobody is asked of servers that know nothing of each other', async () => {
  const { running, left } = watch(['redis-1'], 'redlock');
  await running.inject(kill('redis-1'));
  expect(left).toEqual(['redis-1']);
});

test('nothing is said once the run is over', async () => {
  const { running, end, until, said } = watch(['zookeeper-2', 'zookeeper-3']);
  await until(1);
  end();
  await running.inject(kill('zookeeper-2'));
  expect(said).toEqual(['zookeeper-2']);
});
