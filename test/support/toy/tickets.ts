// A workload as small as can be: each site has one counter, and an operation adds one to all of them. It shows how much room there is.

import { anyKind } from '../../../scenarios/workloads/workload-kind.ts';
import { conclude, unknown } from '../../../scenarios/checkers/conclude.ts';
import { sitesAtRest } from '../../../scenarios/checkers/rest.ts';
import type { NodeId, TxId } from '../../../nodes/contract/ids.ts';
import type { Operation, Workload } from '../../../nodes/contract/workload.ts';
import type { ContentReader, WorkloadProperty } from '../../../scenarios/checkers/judging.ts';
import type { Workload as Planned } from '../../../scenarios/language/scenario-types.ts';

interface Draw extends Operation {
  readonly word: 'draw';
  readonly sites: readonly NodeId[];
}
interface Counter {
  readonly drawn: TxId[];
}

export const tickets: Workload<{ readonly sites: readonly NodeId[] }, Draw, number, Counter> = {
  name: 'tickets',
  words: ['draw'],
  draw: ({ sites }) => ({ word: 'draw', sites }),
  usesOf: ({ sites }) => sites.map((site) => ({ site, key: 'tickets', mode: 'write' })),
  partsOf: ({ sites }) => Object.fromEntries(sites.map((site) => [site, 1])),
  resource: {
    open: () => ({ drawn: [] }),
    refusal: () => null,
    locksOf: () => [{ key: 'tickets', mode: 'write' }],
    isReadOnly: () => false,
    apply: ({ drawn }, about) => void drawn.push(about),
    toJson: ({ drawn }) => [...drawn],
    restore: (json) => ({ drawn: json as unknown as TxId[] }),
  },
};

export const ticketKind = anyKind<Planned>({
  name: 'tickets',
  title: 'Tickets of several rolls, drawn together',
  summary: 'Every site must have given out as many.',
  reference: '',
  words: { operation: 'draw', operations: 'draws', key: 'roll', keys: 'rolls', site: 'booth' },
  fields: {},
  impossible: () => [],
  sitesOf: (_, sites) => sites,
  calm: () => ({}),
  prepare: (_, sites) => ({ initial: {}, params: { sites }, probes: [[{ word: 'draw', sites } as Draw]] }),
});

const drawnIn = (content: unknown) => (Array.isArray(content) ? (content as TxId[]) : []);

export const ticketReader: ContentReader = {
  operation: 'draw',
  key: 'roll',
  tracesIn: (content) => drawnIn(content).map((tx) => ({ tx, key: 'tickets' })),
};

export const even: WorkloadProperty = {
  means: 'every site has given out as many tickets',
  kind: 'safety',
  needs: ['atomicity'],
  checker: (history) => {
    const { dumps, gaps } = sitesAtRest(history);
    if (dumps.size === 0) return unknown('even', 'No site reported its state.');
    const counts = [...dumps.values()].map(({ state }) => drawnIn(state.content).length);
    const broken = new Set(counts).size === 1 ? [] : [{ reason: `${counts.join(', ')} tickets are gone.`, events: [] }];
    return conclude('even', { broken, gaps, holds: `${counts[0]} tickets are gone everywhere.` });
  },
};
