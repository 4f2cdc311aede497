// What scenarios know of counters under a lock.

import * as z from 'zod';
import { increment, type CounterParams, type Increment, type Order } from '../../nodes/workloads/counter.ts';
import { invariant } from '../../nodes/contract/invariant.ts';
import { whole } from './fields.ts';
import { anyKind, type Impossible } from './workload-kind.ts';
import type { Family } from '../../nodes/contract/properties.ts';
import type { NodeId } from '../../nodes/contract/ids.ts';
import type { Workload } from '../language/scenario-types.ts';

interface Counters extends Workload {
  readonly counters: number;
  readonly work: number;
  readonly extend: boolean;
  readonly order?: Order;
  readonly between: number;
}

export const counter = anyKind<Counters>({
  name: 'counter',
  families: ['lock', 'guard'],
  title: 'A counter that only the holder of its lock may touch',
  summary:
    'Each client is a node of its own. It acquires the lock, reads the counter, works for a while, writes it one greater, and gives the lock back. ' +
    'The counter takes every write, as a file does; with a token, none that is older than one it has seen. Two holders at once show as an increment that is lost. ' +
    'With an order, each increment is of two counters and needs both locks at once: clients that ask for them in opposite orders wait for each other.',
  reference: 'Kleppmann, "How to do distributed locking", 2016',
  words: { operation: 'increment', operations: 'increments', key: 'counter', keys: 'counters', site: 'resource' },
  fields: {
    clients: whole(2, 16, 'clients that want the lock, each a node of its own').default(2),
    transactions: whole(1, 100_000, 'increments of all clients together').default(60),
    counters: whole(1, 100, 'counters, each with a lock of its own').default(1),
    work: whole(0, 600_000, 'milliseconds that a holder works between reading and writing').default(5),
    extend: z.boolean().default(true).describe('true or false: whether a holder that works for long extends its lease'),
    order: z
      .enum(['sorted', 'opposite'])
      .optional()
      .describe(
        'sorted or opposite: each increment is of two counters, whose locks all clients ask for in the same order, or every other client the other way round; of one counter where it is left out',
      ),
    between: whole(
      0,
      600_000,
      'milliseconds that a client with its first lock works before it asks for the second',
    ).default(0),
  },
  impossible: (own, _, family) => [...unlocked(own, family), ...alone(own)],
  sitesOf: () => 1,
  calm: (clients) => ({ counters: clients, work: 0, extend: true, between: 0 }),
  prepare: (own, sites) => {
    const params = paramsOf(own, sites);
    return {
      initial: Object.fromEntries(sites.map((site) => [site, null])),
      params: { ...params },
      probes: [probesFor(params)],
    };
  },
});

function unlocked({ order }: Counters, family: Family): readonly Impossible[] {
  if (order === undefined || family === 'lock') return [];
  const message = 'Nobody asks for a lock here, so there is no order to ask for two of them.';
  return [{ path: ['order'], complaint: { found: order, message, allowed: ['no order'] } }];
}

function alone({ order, counters, between }: Counters): readonly Impossible[] {
  if (order === undefined && between > 0) {
    const message = 'Between two locks there is nothing where each increment needs one.';
    return [{ path: ['between'], complaint: { found: String(between), message, allowed: ['an order beside it'] } }];
  }
  if (order === undefined || counters > 1) return [];
  const message = 'An increment that needs two locks needs two counters.';
  return [{ path: ['counters'], complaint: { found: String(counters), message, allowed: ['at least 2'] } }];
}

function paramsOf({ counters, work, extend, order, between }: Counters, [site]: readonly NodeId[]): CounterParams {
  invariant(site, 'nobody keeps the counters');
  const pairs = order === undefined ? {} : { order, betweenMs: between };
  return { site, counters, workMs: work, extends: extend, ...pairs };
}

/** Each counter by itself, once: a lock that nobody gave back shows. */
function probesFor({ site, counters }: CounterParams): readonly Increment[] {
  return Array.from({ length: counters }, (_, nth) => increment(site, nth));
}
