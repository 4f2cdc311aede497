// A load on a lock, on a cluster that only pretends: its client's trace is written here.

import { expect, test } from 'vitest';
import { atOnce } from '../../support/at-once.ts';
import { nodeId } from '../../../nodes/contract/ids.ts';
import { eventLine, headLine, timeLine } from '../../../nodes/contract/trace-text.ts';
import { measureLockLoad, type LockLoad } from '../../../scenarios/run/lock-load.ts';
import { randomStream } from '../../../nodes/contract/random.ts';
import { counter, type CounterParams } from '../../../nodes/workloads/counter.ts';
import type { ClusterEvent, ClusterSpec, Cluster } from '../../../compose/cluster.ts';
import type { TraceBody } from '../../../nodes/contract/events.ts';

const CLIENT = nodeId('lock-client-1');
const told = (at: number, note: object) => timeLine(at, at) + eventLine({ kind: 'told', note } as TraceBody);
const about = (nth: number) => `lock-client-1.1.${nth}`;

/** One operation: asked for, wanted, had and ended at these microseconds. */
const operation = (nth: number, process: number, times: readonly number[], outcome = 'ok') => {
  const [asked = 0, wanted = 0, had = 0, ended = 0] = times;
  return [
    [asked, { word: 'invoked', op: `op-${nth}`, process }],
    [wanted, { word: 'began', about: about(nth), op: `op-${nth}`, participants: [] }],
    [had, { word: 'granted', about: about(nth), key: 'counter-1' }],
    [ended, { word: 'completed', op: `op-${nth}`, process, outcome }],
  ] as const;
};

const TRACE = [
  // Before the warm-up is over.
  ...operation(1, 0, [0, 0, 100, 900]),
  ...operation(2, 0, [1000, 1000, 1200, 1500]),
  ...operation(3, 0, [1500, 1500, 1600, 2000]),
  ...operation(4, 1, [1000, 1100, 1700, 2400]),
  ...operation(5, 1, [2400, 2400, 2500, 2600], 'failed'),
  // After the end.
  ...operation(6, 1, [2600, 2600, 2700, 3100]),
].toSorted(([a], [b]) => a - b);

function pretend() {
  let given: ClusterSpec | null = null;
  const asked: string[] = [];
  const text = headLine({ node: CLIENT, incarnation: 1 }) + TRACE.map(([at, note]) => told(at, note)).join('');
  const cluster: Cluster = {
    refuse: () => null,
    start: async (spec, onEvent: (event: ClusterEvent) => void) => {
      given = spec;
      const say = (node: string, body: object) =>
        onEvent({ kind: 'report', report: { node, incarnation: 1, seq: 0, ...body } as never });
      const ids = spec.nodes.map(({ id }) => id);
      for (const id of ids) say(id, { say: 'linked', peers: ids.filter((peer) => peer !== id) });
      for (const { id } of spec.stores ?? []) onEvent({ kind: 'store-ready', node: id });
      return {
        command: (node, command) => {
          if (command.do === 'ask') {
            asked.push(`${node} ${command.op}`);
            say(node, { say: 'answered', op: command.op, answer: { word: 'done' } });
          }
          if (command.do === 'finish') say(node, { say: 'finished' });
        },
        resolve: async () => [],
        inject: () => Promise.reject(new Error('a load has no faults')),
        undo: () => Promise.reject(new Error('a load has no faults')),
        dump: async () => undefined,
        collect: async () => ({ log: { incarnation: 1, records: [] }, traces: [text], problem: null }),
        stop: async () => [],
        [Symbol.asyncDispose]: async () => {},
      };
    },
  };
  return { cluster, asked, setup: () => given?.nodes.find(({ id }) => id === CLIENT)?.setup };
}

const load: LockLoad = {
  protocol: 'redis',
  clients: 3,
  locks: 'each',
  until: { warmUpMs: 1, measureMs: 2 },
  seed: 1,
};
const options = {
  folder: { name: 'load', path: '/nowhere' },
  onProgress: () => {},
  interrupted: new AbortController().signal,
};

test('what ended within the time is counted: how often, how long the lock was waited for, how long all took', async () => {
  const result = await atOnce(() => measureLockLoad(pretend().cluster, load, options));
  expect(result).toMatchObject({
    done: 3,
    failed: 1,
    perSecond: 1500,
    acquireMs: [0.1, 0.2, 0.6],
    wholeMs: [0.5, 0.5, 1.4],
  });
});

test('a client that never had the lock counts against fairness', async () => {
  const { fairness } = await atOnce(() => measureLockLoad(pretend().cluster, load, options));
  expect(fairness).toBeCloseTo(9 / (3 * 5));
});

test('one node drives all clients, and the others stand idle', async () => {
  const { cluster, asked } = pretend();
  await atOnce(() => measureLockLoad(cluster, load, options));
  expect(asked).toEqual(['lock-client-1 run', 'lock-client-1 stop']);
});

test('each client has a lock of its own, or all have one', async () => {
  const keysOf = async (locks: LockLoad['locks']) => {
    const { cluster, setup } = pretend();
    await atOnce(() => measureLockLoad(cluster, { ...load, locks }, options));
    const given = setup();
    const params = given?.params as unknown as CounterParams;
    const random = randomStream(1, 'drawn');
    return [0, 1, 2].map((client) => counter.draw(params, { node: CLIENT, client, nth: 0, random }).key);
  };
  expect(await keysOf('each')).toEqual(['counter-1', 'counter-2', 'counter-3']);
  expect(await keysOf('one')).toEqual(['counter-1', 'counter-1', 'counter-1']);
});

test('a load goes by the times of its protocol, or by others where they are given', async () => {
  const retryOf = async (timeouts?: LockLoad['timeouts']) => {
    const { cluster, setup } = pretend();
    await atOnce(() => measureLockLoad(cluster, { ...load, ...(timeouts && { timeouts }) }, options));
    return setup()?.timeouts['retry'];
  };
  expect(await retryOf()).toBe(30);
  expect(await retryOf({ retry: 10 })).toBe(10);
});
