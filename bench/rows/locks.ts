// Rows 17 to 19: how often a lock is had and given back in a second, alone and by many, and how evenly, against published clients on the same
// servers. Nothing is done under the lock.

import { measureLockLoad, type LockLoadResult } from '../../scenarios/run/lock-load.ts';
import { openCurator, type RunCurator } from '../peers/curator.ts';
import { runLibrary } from '../peers/lock-libraries.ts';
import type { EnsuredServices } from '../../compose/services.ts';
import type { Benchmark, Side } from '../contest.ts';
import type { Lab } from '../lab.ts';

const CURATOR = 'InterProcessMutex of Curator';
const LIBRARIES = 'the faster of redlock and redis-semaphore';

export const locks: Benchmark = {
  name: 'locks',
  rows: [
    ...[1, 50].map((clients) => ({
      number: '17',
      what: `Redlock had and given back, ${clients === 1 ? '1 client' : `${clients} clients, a lock for each`}`,
      unit: '/s' as const,
      ours: `redlock ${clients}`,
      peer: { name: LIBRARIES, quantity: `libraries ${clients}` },
      bar: { at: 'least' as const, required: 0.8, goal: 1 },
    })),
    {
      number: '18',
      what: 'one Redlock, 10 clients that try again after 10 ms',
      unit: '/s',
      ours: 'redlock contended',
      peer: { name: 'redis-semaphore', quantity: 'semaphore contended' },
      bar: { at: 'least', required: 0.8, goal: 1 },
    },
    {
      number: '18',
      what: 'how evenly 10 clients get it (Jain)',
      unit: '',
      ours: 'redlock fairness',
      peer: { name: 'all alike', value: 1 },
      bar: { at: 'least', required: 0.9, goal: 0.95 },
    },
    ...(['1', '50', 'contended'] as const).map((clients) => ({
      number: '19',
      what: `ZooKeeper lock, ${clients === 'contended' ? 'one lock, 10 clients' : clients === '1' ? '1 client' : '50 clients, a lock for each'}`,
      unit: '/s' as const,
      ours: `zookeeper ${clients}`,
      peer: { name: CURATOR, quantity: `curator ${clients}` },
    })),
    {
      number: '19',
      what: 'how evenly 10 clients get it (Jain)',
      unit: '',
      ours: 'zookeeper fairness',
      peer: { name: CURATOR, quantity: 'curator fairness' },
    },
  ],
  open: async (lab) => {
    const services = await lab.services(['redis-durable', 'zookeeper']);
    const absent: Record<string, string> = {};
    const { zookeeper } = services;
    const curator = zookeeper && (await openCurator(lab, zookeeper).catch((error: Error) => error));
    if (curator instanceof Error)
      for (const clients of ['1', '50', 'contended', 'fairness']) absent[`curator ${clients}`] = curator.message;
    return {
      sides: [
        ...ours(lab, services),
        ...peers(lab, services),
        ...(typeof curator === 'function' ? besideCurator(curator) : []),
      ],
      absent,
      [Symbol.asyncDispose]: () => Promise.resolve(),
    };
  },
};

interface Given {
  readonly protocol: string;
  readonly clients: number;
  readonly locks: 'one' | 'each';
  readonly timeouts?: Readonly<Record<string, number>>;
}

function ours(lab: Lab, services: EnsuredServices['services']): readonly Side[] {
  const load = (given: Given): Promise<LockLoadResult> =>
    measureLockLoad(
      lab.cluster(services),
      { ...given, bare: true, until: WINDOW, seed: 1 },
      { folder: lab.runFolder(), onProgress: () => {}, interrupted: lab.interrupted },
    );
  return (['redlock', 'zookeeper'] as const).flatMap((protocol): readonly Side[] => [
    ...[1, 50].map((clients) => ({
      name: `${protocol} ${clients}`,
      round: async () => ({ [`${protocol} ${clients}`]: (await load({ protocol, clients, locks: 'each' })).perSecond }),
    })),
    {
      name: `${protocol} contended`,
      round: async () => {
        const timeouts = protocol === 'redlock' ? { timeouts: { retry: RETRY_MS } } : {};
        const { perSecond, fairness } = await load({ protocol, clients: 10, locks: 'one', ...timeouts });
        return { [`${protocol} contended`]: perSecond, [`${protocol} fairness`]: fairness };
      },
    },
  ]);
}

function peers(lab: Lab, { 'redis-durable': service }: EnsuredServices['services']): readonly Side[] {
  if (!service) return [];
  const run = (library: 'redlock' | 'redis-semaphore', clients: number, what: 'one' | 'each') =>
    runLibrary(lab, service, { library, clients, locks: what, ...WINDOW });
  return [
    ...[1, 50].map((clients) => ({
      name: `libraries ${clients}`,
      round: async () => {
        const redlock = await run('redlock', clients, 'each');
        const semaphore = await run('redis-semaphore', clients, 'each');
        return { [`libraries ${clients}`]: Math.max(redlock.perSecond, semaphore.perSecond) };
      },
    })),
    {
      name: 'semaphore contended',
      round: async () => ({ 'semaphore contended': (await run('redis-semaphore', 10, 'one')).perSecond }),
    },
  ];
}

function besideCurator(run: RunCurator): readonly Side[] {
  return [
    ...[1, 50].map((clients) => ({
      name: `curator ${clients}`,
      round: async () => ({ [`curator ${clients}`]: (await run({ clients, locks: 'each', ...WINDOW })).perSecond }),
    })),
    {
      name: 'curator contended',
      round: async () => {
        const { perSecond, fairness } = await run({ clients: 10, locks: 'one', ...WINDOW });
        return { 'curator contended': perSecond, 'curator fairness': fairness };
      },
    },
  ];
}

/** As redis-semaphore waits: whoever waits for longer leaves the lock free for longer, which says nothing of a client. */
const RETRY_MS = 10;
const WINDOW = { warmUpMs: 3000, measureMs: 3000 } as const;
