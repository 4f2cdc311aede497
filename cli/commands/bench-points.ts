// What `bench` measures of a protocol, by its family: each point on nodes of its own, then all of them as a table and as a document.

import { isOfLocks } from '../../nodes/contract/properties.ts';
import { measureLoad, type LoadResult } from '../../scenarios/run/load.ts';
import { measureLockLoad, type LockLoadResult } from '../../scenarios/run/lock-load.ts';
import { defaultWorkload } from '../../scenarios/workloads/catalog.ts';
import { loadDocument, loadTable, lockLoadDocument, lockLoadTable } from '../reports/bench-table.ts';
import { Usage } from '../usage.ts';
import type { Cluster } from '../../compose/cluster.ts';
import type { Protocol } from '../../nodes/contract/protocol.ts';
import type { LoadOptions } from '../../scenarios/run/load-driver.ts';

export interface Measured {
  /** Each is measured on its own, on fresh nodes. */
  readonly clients?: readonly number[];
  readonly durationMs: number;
  readonly workload?: string;
  readonly participants?: number;
  readonly seed: number;
}

/** One line of the table. */
export interface Point {
  readonly text: string;
  readonly measure: (cluster: Cluster, options: LoadOptions) => Promise<void>;
}

export interface Measurement {
  readonly title: string;
  /** Of stores, which it needs. */
  readonly services: readonly string[];
  readonly points: readonly Point[];
  /** Of what has been measured. */
  readonly table: () => readonly string[];
  readonly document: () => object;
}

export function measurementOf(protocol: Protocol, flags: Measured): Measurement {
  return isOfLocks(protocol.family) ? ofLock(protocol, flags) : ofCommits(protocol.name, flags);
}

function ofCommits(protocol: string, flags: Measured): Measurement {
  const { workload = defaultWorkload('commit').name, participants = 2, seed } = flags;
  const results: LoadResult[] = [];
  const points = numbersOf(flags, CLIENTS.commit).map((clients): Point => ({
    text: `${clients} at a time`,
    measure: async (cluster, options) => {
      const load = { protocol, workload, clients, until: untilOf(flags), participants, seed };
      results.push(await measureLoad(cluster, load, options));
    },
  }));
  return {
    title: `${participants} participants, ${workload}`,
    services: [],
    points,
    table: () => loadTable(results),
    document: () => ({ workload, participants, results: results.map(loadDocument) }),
  };
}

/** Each number of clients with a lock for each, and where they are several with one lock for all. */
function ofLock({ name: protocol, stores = {} }: Protocol, flags: Measured): Measurement {
  for (const option of ['workload', 'participants'] as const)
    if (flags[option] !== undefined)
      throw new Usage(
        `--${option} is of commit protocols, and ${protocol} is a lock: its clients want a counter.\nTry: txlab bench ${protocol}`,
      );
  const { seed } = flags;
  const results: LockLoadResult[] = [];
  const points = numbersOf(flags, CLIENTS.locks).flatMap((clients) =>
    (['each', 'one'] as const).flatMap((locks): Point[] => {
      if (locks === 'one' && clients === 1) return [];
      return [
        {
          text: `${clients} at a time, ${locks === 'one' ? 'one lock for all' : 'a lock for each'}`,
          measure: async (cluster, options) => {
            const load = { protocol, clients, locks, until: untilOf(flags), seed };
            results.push(await measureLockLoad(cluster, load, options));
          },
        },
      ];
    }),
  );
  return {
    title: 'the counter is read and written under the lock',
    services: Object.values(stores).map(({ service }) => service),
    points,
    table: () => lockLoadTable(results),
    document: () => ({ results: results.map(lockLoadDocument) }),
  };
}

function numbersOf({ clients }: Measured, otherwise: string): readonly number[] {
  return clients ?? otherwise.split(',').map(Number);
}

function untilOf({ durationMs }: Measured) {
  return { warmUpMs: WARM_UP_MS, measureMs: durationMs };
}

/** Where nothing is said. */
export const CLIENTS = { commit: '1,32,256', locks: '1,8,32' } as const;

/** Fresh processes compile what they run while they run it. */
export const WARM_UP_MS = 1500;
