// Rows 12 to 15 and the cost of the trace: commits a second, latency, forced writes, against two PostgreSQL servers and against
// the barest two-phase commit in the same kind of containers.

import { findCommitProtocol } from '../../nodes/protocols/catalog.ts';
import { measureLoad } from '../../scenarios/run/load.ts';
import { quantile } from '../../scenarios/judging/statistics.ts';
import { runBare } from '../peers/bare.ts';
import { startPostgres } from '../peers/postgres.ts';
import type { Load, LoadResult } from '../../scenarios/run/load.ts';
import type { Benchmark, Side } from '../contest.ts';
import type { Lab } from '../lab.ts';
import type { Postgres } from '../peers/postgres.ts';

const minimum = findCommitProtocol('2pc')?.cost(2).commit.forcedWrites ?? Number.NaN;

export const commits: Benchmark = {
  name: 'commits',
  rows: [
    {
      number: '12',
      what: '2PC commits, 32 clients',
      unit: '/s',
      ours: 'txlab 32',
      peer: { name: 'two PostgreSQL servers', quantity: 'postgres 32' },
      bar: { at: 'least', required: 1.3, goal: 2 },
    },
    {
      number: '13',
      what: '2PC latency, 1 client',
      unit: 'ms',
      ours: 'txlab latency',
      peer: { name: 'two PostgreSQL servers', quantity: 'postgres latency' },
      bar: { at: 'most', required: 2, goal: 1.3 },
    },
    // The skeleton writes no trace: nodes are held to it as every run has them, and without one; what the trace costs is told beside it.
    ...[32, 256].map((clients) => ({
      number: '14',
      what: `2PC commits without trace, ${clients} clients`,
      unit: '/s' as const,
      ours: `untraced ${clients}`,
      peer: { name: 'bare 2PC skeleton', quantity: `bare ${clients}` },
      bar: { at: 'least' as const, required: 0.5, goal: 0.7 },
    })),
    ...[1, 32, 256].map((clients) => ({
      number: '14',
      what: `the same with the full trace, ${clients} ${clients === 1 ? 'client' : 'clients'}`,
      unit: '/s' as const,
      ours: `txlab ${clients}`,
      peer: { name: 'bare 2PC skeleton', quantity: `bare ${clients}` },
      ...(clients === 1 ? {} : { bar: { at: 'least' as const, required: 0.5, goal: 0.7 } }),
    })),
    ...[32, 256].map((clients) => ({
      number: '14',
      what: `cost of the full trace, ${clients} clients`,
      unit: '/s' as const,
      ours: `txlab ${clients}`,
      peer: { name: 'txlab without trace', quantity: `untraced ${clients}` },
    })),
    {
      number: '15',
      what: 'forced writes of a commit, 1 client',
      unit: '',
      ours: 'forced',
      peer: { name: 'published minimum', value: minimum },
      bar: { at: 'most', required: 1, goal: 1 },
    },
    {
      number: '15',
      what: 'commits per fdatasync of the coordinator, 64 clients',
      unit: '',
      ours: 'commits per sync',
      peer: { name: 'no group commit', value: 1 },
      bar: { at: 'least', required: 8, goal: 16 },
    },
  ],
  open: async (lab) => {
    const absent: Record<string, string> = {};
    const postgres = await startPostgres(lab).catch((error: Error) => {
      for (const quantity of ['postgres 32', 'postgres latency']) absent[quantity] = error.message;
      return null;
    });
    return {
      sides: [...txlab(lab), ...bare(lab), ...(postgres ? besidePostgres(postgres) : [])],
      absent,
      [Symbol.asyncDispose]: async () => postgres?.[Symbol.asyncDispose](),
    };
  },
};

function load(lab: Lab, given: Pick<Load, 'clients' | 'until' | 'untraced'>): Promise<LoadResult> {
  return measureLoad(
    lab.cluster(),
    { protocol: '2pc', participants: 2, seed: 1, ...given },
    { folder: lab.runFolder(), onProgress: () => {}, interrupted: lab.interrupted },
  );
}

function txlab(lab: Lab): readonly Side[] {
  const at = (clients: number) => load(lab, { clients, until: WINDOW });
  return [
    {
      name: 'txlab 1',
      round: async () => {
        const { commitsPerSecond, latenciesMs } = await at(1);
        return { 'txlab 1': commitsPerSecond, 'txlab latency': quantile(latenciesMs, 0.5) };
      },
    },
    ...[32, 256].map((clients) => ({
      name: `txlab ${clients}`,
      round: async () => ({ [`txlab ${clients}`]: (await at(clients)).commitsPerSecond }),
    })),
    { name: 'txlab 64', round: async () => ({ 'commits per sync': (await at(64)).commitsPerSync }) },
    ...[32, 256].map((clients) => ({
      name: `txlab ${clients} untraced`,
      round: async () => ({
        [`untraced ${clients}`]: (await load(lab, { clients, until: WINDOW, untraced: true })).commitsPerSecond,
      }),
    })),
    // Few enough that no checkpoint falls among them.
    {
      name: 'txlab counted',
      round: async () => ({ forced: (await load(lab, { clients: 1, until: { transfers: 200 } })).forcedPerCommit }),
    },
  ];
}

function bare(lab: Lab): readonly Side[] {
  return [1, 32, 256].map((clients) => ({
    name: `bare ${clients}`,
    round: async () => ({ [`bare ${clients}`]: (await runBare(lab, { clients, ...WINDOW })).perSecond }),
  }));
}

function besidePostgres(postgres: Postgres): readonly Side[] {
  return [
    {
      name: 'postgres 1',
      round: async () => ({ 'postgres latency': (await postgres.commitFor(1, WINDOW.measureMs)).medianMs }),
    },
    {
      name: 'postgres 32',
      round: async () => ({ 'postgres 32': (await postgres.commitFor(32, WINDOW.measureMs)).perSecond }),
    },
  ];
}

/** Long enough before it is measured that what the runtime compiles on the way is compiled, here and in the peers. */
const WINDOW = { warmUpMs: 3000, measureMs: 2000 } as const;
