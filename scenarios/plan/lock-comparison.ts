// The same faults for each of several locks: what is done to a holder, to its way to the lock service, and to the servers of that.

import { scenarioOfFaults } from '../language/scenario.ts';
import type { Protocol } from '../../nodes/contract/protocol.ts';
import type { Overrides, Scenario } from '../language/scenario.ts';
import type { Parsed } from '../language/problem.ts';
import type { Row } from './comparison.ts';

/** The first row is without a fault. */
export function lockComparisonOf(protocols: readonly Protocol[], overrides: Overrides): Parsed<readonly Row[]> {
  const rows: Row[] = [];
  for (const { title, faults, workload } of ROWS) {
    const scenarios = new Map<string, Scenario | null>();
    for (const protocol of protocols) {
      const lease = leaseOf(protocol);
      const servers = serversOf(protocol);
      const told = faults({ servers, most: servers.slice(0, Math.floor(servers.length / 2) + 1), leaseMs: lease });
      const draft = { name: 'compared', title, protocol: protocol.name, faults: told, workload: workload(lease) };
      const parsed = scenarioOfFaults(draft, { ...overrides, protocol: protocol.name });
      if (!parsed.ok) return parsed;
      scenarios.set(protocol.name, parsed.value);
    }
    rows.push({ title, scenarios });
  }
  return { ok: true, value: rows };
}

interface Given {
  readonly servers: readonly string[];
  /** So many that the others are no majority. */
  readonly most: readonly string[];
  /** After so long the service gives the lock to somebody else. */
  readonly leaseMs: number;
}

interface ComparedFault {
  readonly title: string;
  readonly faults: (given: Given) => readonly string[];
  readonly workload: (leaseMs: number) => object;
}

const SHORT = () => ({ transactions: 60 });
/** Most of a lease, so that what happens meanwhile finds somebody at work. */
const LONG = (leaseMs: number) => ({ transactions: 6, work: Math.floor(leaseMs * 0.7), extend: false });
const AT_WORK = 'at lock-client-1 after send read of transaction 2';

const ROWS: readonly ComparedFault[] = [
  { title: 'nothing fails', faults: () => [], workload: () => ({ transactions: 200, work: 0 }) },
  {
    title: 'the holder is paused right before its write, for longer than its lease',
    faults: ({ leaseMs }) => [`pause lock-client-1 during write of transaction 5 for ${2 * leaseMs + 500}ms`],
    workload: SHORT,
  },
  {
    title: 'a client is paused before it hears that it has the lock',
    faults: ({ leaseMs }) => [`pause lock-client-1 during acquire of transaction 5 for ${2 * leaseMs + 500}ms`],
    workload: SHORT,
  },
  {
    title: 'the holder dies',
    faults: ({ leaseMs }) => [`kill lock-client-1 during write of transaction 5 then restart after ${2 * leaseMs}ms`],
    workload: SHORT,
  },
  {
    title: 'the holder is cut off from the lock service',
    faults: ({ servers, leaseMs }) => [`cut lock-client-1 from ${servers.join(', ')} ${AT_WORK} for ${2 * leaseMs}ms`],
    workload: (leaseMs) => ({ transactions: 6, work: Math.floor(leaseMs * 1.2) }),
  },
  {
    title: 'one server dies while somebody holds the lock, and comes back at once',
    faults: ({ servers }) => [`kill ${servers[0] ?? ''} ${AT_WORK} then restart after 100ms`],
    workload: LONG,
  },
  {
    title: 'most servers die while somebody holds the lock, and come back',
    faults: ({ most, leaseMs }) => most.map((server) => `kill ${server} ${AT_WORK} then restart after ${leaseMs}ms`),
    workload: LONG,
  },
];

function serversOf({ stores = {}, topology }: Protocol): readonly string[] {
  const sizes = Object.fromEntries(Object.entries(topology).map(([name, size]) => [name, size.default]));
  return Object.entries(stores).flatMap(([role, { count }]) =>
    Array.from({ length: count === 'one' ? 1 : count(sizes) }, (_, index) => `${role}-${index + 1}`),
  );
}

function leaseOf({ timeouts }: Protocol): number {
  return timeouts['ttl']?.ms ?? timeouts['session']?.ms ?? 1000;
}
