// The same faults for each of several locks: what is done to a holder, to its way to the lock service, and to the servers of that.

import { namesOf } from '../language/layout.ts';
import { scenarioOfFaults } from '../language/scenario.ts';
import { defaultsOf } from '../language/topology.ts';
import type { Protocol } from '../../nodes/contract/protocol.ts';
import type { Overrides, Scenario } from '../language/scenario.ts';
import type { Parsed } from '../language/problem.ts';
import type { Row } from './comparison.ts';

/** The first row is without a fault. */
export function lockComparisonOf(protocols: readonly Protocol[], overrides: Overrides): Parsed<readonly Row[]> {
  const rows: Row[] = [];
  for (const { title, faults, workload, timeouts } of ROWS) {
    const scenarios = new Map<string, Scenario | null>();
    for (const protocol of protocols) {
      const given = givenOf(protocol);
      const told = faults(given);
      if (told === null) {
        scenarios.set(protocol.name, null);
        continue;
      }
      const draft = { name: 'compared', title, faults: told, workload: workload(given.leaseMs) };
      const own = { protocol: protocol.name, timeouts: { ...timeouts, ...overrides.timeouts } };
      const parsed = scenarioOfFaults(draft, { ...overrides, ...own });
      if (!parsed.ok) return parsed;
      scenarios.set(protocol.name, parsed.value);
    }
    const isAny = [...scenarios.values()].some((scenario) => scenario !== null);
    if (isAny) rows.push({ title, scenarios });
  }
  return { ok: true, value: rows };
}

interface Given {
  /** One of those that want the lock. */
  readonly client: string;
  readonly otherClient: string;
  /** Who gives the lock out; nobody where there is none. */
  readonly servers: readonly string[];
  /** Of these, one whose clock can be moved; none where the servers are our own. */
  readonly moved: string | undefined;
  /** So many that the others are no majority. */
  readonly most: readonly string[];
  /** Of servers of which the first is the primary of the others. */
  readonly replicas: readonly string[];
  /** After so long the service gives the lock to somebody else. */
  readonly leaseMs: number;
  readonly hasLock: boolean;
}

function givenOf(protocol: Protocol): Given {
  const servers = serversOf(protocol);
  const [driver = ''] = Object.keys(protocol.roles).filter((role) => protocol.roles[role]?.drives);
  const { ttl, session } = protocol.timeouts;
  return {
    client: `${driver}-1`,
    otherClient: `${driver}-2`,
    servers,
    moved: storesOf(protocol)[0],
    most: servers.slice(0, Math.floor(servers.length / 2) + 1),
    replicas: Object.values(protocol.stores ?? {}).some(({ replicated }) => replicated) ? servers.slice(1) : [],
    leaseMs: ttl?.ms ?? session?.ms ?? 1000,
    hasLock: protocol.family === 'lock',
  };
}

interface ComparedFault {
  readonly title: string;
  /** Null where a protocol has nothing that it could be done to. */
  readonly faults: (given: Given) => readonly string[] | null;
  readonly workload: (leaseMs: number) => object;
  /** Where the protocol's own would be over before the faults are there. */
  readonly timeouts?: Readonly<Record<string, string>>;
}

const SHORT = () => ({ transactions: 60 });
/** Most of a lease, so that what happens meanwhile finds somebody at work. */
const LONG = (leaseMs: number) => ({ transactions: 6, work: Math.floor(leaseMs * 0.7), extend: false });
const atWork = ({ client }: Given) => `at ${client} after send read of transaction 2`;

const ROWS: readonly ComparedFault[] = [
  { title: 'nothing fails', faults: () => [], workload: () => ({ transactions: 200, work: 0 }) },
  {
    title: 'the holder is paused right before its write, for longer than its lease',
    faults: ({ client, leaseMs }) => [`pause ${client} during write of transaction 5 for ${2 * leaseMs + 500}ms`],
    workload: SHORT,
  },
  {
    title: 'a client is paused before it hears that it has the lock',
    faults: ({ client, leaseMs, hasLock }) =>
      hasLock ? [`pause ${client} during acquire of transaction 5 for ${2 * leaseMs + 500}ms`] : null,
    workload: SHORT,
  },
  {
    title: 'the holder dies',
    faults: ({ client, leaseMs }) => [
      `kill ${client} during write of transaction 5 then restart after ${2 * leaseMs}ms`,
    ],
    workload: SHORT,
  },
  {
    title: 'the holder is cut off from the lock service',
    faults: (given) =>
      given.servers.length === 0
        ? null
        : [`cut ${given.client} from ${given.servers.join(', ')} ${atWork(given)} for ${2 * given.leaseMs}ms`],
    workload: (leaseMs) => ({ transactions: 6, work: Math.floor(leaseMs * 1.2) }),
  },
  {
    title: 'one server dies while somebody holds the lock, and comes back at once',
    faults: (given) => kills(given, given.servers.slice(0, 1), 100),
    workload: LONG,
  },
  {
    title: 'most servers die while somebody holds the lock, and come back',
    faults: (given) => kills(given, given.most, given.leaseMs),
    workload: LONG,
  },
  {
    title: "a server's clock jumps forward past the lease while somebody holds the lock",
    faults: (given) =>
      given.moved === undefined
        ? null
        : [`clock ${given.moved} forward ${2 * given.leaseMs}ms ${atWork(given)} then heal after ${given.leaseMs}ms`],
    workload: LONG,
  },
  {
    title: 'the primary dies before its replica has heard of the lock, and that one is promoted',
    faults: failsOver,
    workload: () => ({ transactions: 4, work: 4000, extend: false }),
    timeouts: { ttl: '9s', server: '2s' },
  },
];

function kills(given: Given, servers: readonly string[], afterMs: number): readonly string[] | null {
  if (servers.length === 0) return null;
  return servers.map((server) => `kill ${server} ${atWork(given)} then restart after ${afterMs}ms`);
}

/** The replica hears of nothing from before the first holder asks; the other client comes when that one is at work. */
function failsOver({ client, otherClient, servers: [primary], replicas: [replica] }: Given): readonly string[] | null {
  if (primary === undefined || replica === undefined) return null;
  const dies = `at ${client} after send read of transaction 1`;
  return [
    `pause ${otherClient} before ask acquire of transaction 1 for 2s`,
    `cut ${primary} from ${replica} at ${client} before ask acquire of transaction 1 for 10s`,
    `kill ${primary} ${dies} then restart after 8s`,
    `promote ${replica} ${dies}`,
  ];
}

function serversOf(protocol: Protocol): readonly string[] {
  const { roles, topology } = protocol;
  const sizes = defaultsOf(topology);
  const ours = Object.entries(roles).filter(([, { drives, isSite }]) => !drives && !isSite);
  return [...ours.flatMap(([role, { count }]) => namesOf(role, count, sizes)), ...storesOf(protocol)];
}

function storesOf({ stores = {}, topology }: Protocol): readonly string[] {
  const sizes = defaultsOf(topology);
  return Object.entries(stores).flatMap(([role, { count }]) => namesOf(role, count, sizes));
}
