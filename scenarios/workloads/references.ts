// What scenarios know of customers and their orders.

import { referenceOp, type ReferenceOp, type ReferenceParams } from '../../nodes/workloads/references.ts';
import { invariant } from '../../nodes/contract/invariant.ts';
import { share, whole } from './fields.ts';
import { anyKind, type Impossible } from './workload-kind.ts';
import type { NodeId } from '../../nodes/contract/ids.ts';
import type { Workload } from '../language/scenario-types.ts';

interface References extends Workload {
  readonly contention: number;
  readonly deletes: number;
  readonly stay: number;
}

export const references = anyKind<References>({
  name: 'references',
  title: 'Customers at one service, their orders at others',
  summary:
    'The first participant guards customers, the others their orders. An order is placed for a customer who is there; a customer is deleted who has no ' +
    'orders. No order may be without its customer. A read-only vote is safe where nobody decides at another site by what was seen, as with transfers. ' +
    'Here both do: a customer that was seen and let go at the vote can be deleted before the order is there. A read that is promised and locked until ' +
    'the decision prevents it.',
  reference:
    'Berenson, Bernstein, Gray, Melton, O’Neil, O’Neil, SIGMOD 1995 (write skew); Mohan, Lindsay, Obermarck, TODS 11(4), 1986',
  words: { operation: 'operation', operations: 'operations', key: 'record', keys: 'records', site: 'service' },
  fields: {
    contention: share('of operations about the one customer that all clients work on').default(0.3),
    deletes: share('of operations that delete a customer; the others place and cancel orders').default(0.15),
    stay: whole(1, 1000, 'operations of a client about the same customers, before it moves on to new ones').default(4),
  },
  impossible: (_, sites) => lonely(sites),
  sitesOf: () => 1,
  calm: () => ({ contention: 0, deletes: 0.1, stay: 8 }),
  prepare: (own, sites) => {
    const params = paramsOf(own, sites);
    return {
      initial: Object.fromEntries(sites.map((site) => [site, {}])),
      params: { ...params },
      probes: probesFor(params),
    };
  },
});

function lonely(sites: readonly NodeId[]): readonly Impossible[] {
  if (sites.length > 1) return [];
  const message = 'Customers and orders need a participant each.';
  return [{ path: ['kind'], complaint: { found: 'references', message, allowed: ['at least two participants'] } }];
}

function paramsOf({ clients, contention, deletes, stay }: References, sites: readonly NodeId[]): ReferenceParams {
  const [customers, ...orders] = sites;
  invariant(customers, 'nobody keeps customers');
  return { customers, orders, clients, contention, deletes, stay };
}

/** Customers side by side, of the first two stretches of time: each operation once, so that both records are written. */
function probesFor(params: ReferenceParams): readonly (readonly ReferenceOp[])[] {
  const words = ['place', 'cancel', 'delete'] as const;
  return Array.from({ length: 2 * (params.clients + 1) }, (_, customer) =>
    words.map((word) => referenceOp(word, customer, params)),
  );
}
