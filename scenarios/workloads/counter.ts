// What scenarios know of counters under a lock.

import * as z from 'zod';
import { increment, type CounterParams, type Increment } from '../../nodes/workloads/counter.ts';
import { invariant } from '../../nodes/contract/invariant.ts';
import { whole } from './fields.ts';
import { anyKind } from './workload-kind.ts';
import type { NodeId } from '../../nodes/contract/ids.ts';
import type { Workload } from '../language/scenario-types.ts';

interface Counters extends Workload {
  readonly counters: number;
  readonly work: number;
  readonly extend: boolean;
}

export const counter = anyKind<Counters>({
  name: 'counter',
  families: ['lock', 'guard'],
  title: 'A counter that only the holder of its lock may touch',
  summary:
    'Each client is a node of its own. It acquires the lock, reads the counter, works for a while, writes it one greater, and gives the lock back. ' +
    'The counter takes every write, as a file does; with a token, none that is older than one it has seen. Two holders at once show as an increment that is lost.',
  reference: 'Kleppmann, "How to do distributed locking", 2016',
  words: { operation: 'increment', operations: 'increments', key: 'counter', keys: 'counters', site: 'resource' },
  fields: {
    clients: whole(2, 16, 'clients that want the lock, each a node of its own').default(2),
    transactions: whole(1, 100_000, 'increments of all clients together').default(60),
    counters: whole(1, 100, 'counters, each with a lock of its own').default(1),
    work: whole(0, 600_000, 'milliseconds that a holder works between reading and writing').default(5),
    extend: z.boolean().default(true).describe('true or false: whether a holder that works for long extends its lease'),
  },
  impossible: () => [],
  sitesOf: () => 1,
  calm: (clients) => ({ counters: clients, work: 0, extend: true }),
  prepare: (own, sites) => {
    const params = paramsOf(own, sites);
    return {
      initial: Object.fromEntries(sites.map((site) => [site, null])),
      params: { ...params },
      probes: [probesFor(params)],
    };
  },
});

function paramsOf({ counters, work, extend }: Counters, [site]: readonly NodeId[]): CounterParams {
  invariant(site, 'nobody keeps the counters');
  return { site, counters, workMs: work, extends: extend };
}

/** Each counter once: a lock that nobody gave back shows. */
function probesFor({ site, counters }: CounterParams): readonly Increment[] {
  return Array.from({ length: counters }, (_, nth) => increment(site, nth));
}
