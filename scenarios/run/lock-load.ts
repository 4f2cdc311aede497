// What a lock costs when nothing fails: how often it is had and given back in a second, how long a client waits for it, and how evenly clients
// get it. All clients are in one node, each for itself, as in a program that uses the lock.

import { findProtocol } from '../../nodes/protocols/catalog.ts';
import { invariant } from '../../nodes/contract/invariant.ts';
import { jainOf } from '../judging/lock-facts.ts';
import { defaultsOf } from '../language/topology.ts';
import { kindOf } from '../workloads/catalog.ts';
import { driveLoad, planLoad } from './load-driver.ts';
import type { ClientOptions } from '../../nodes/protocols/client.ts';
import type { CounterParams } from '../../nodes/workloads/counter.ts';
import type { TraceEvent } from '../../nodes/contract/events.ts';
import type { NodeId } from '../../nodes/contract/ids.ts';
import type { Cluster } from '../../compose/cluster.ts';
import type { Plan } from '../plan/plan-types.ts';
import type { LoadOptions, Until } from './load-driver.ts';

export interface LockLoad {
  readonly protocol: string;
  readonly clients: number;
  /** One lock for all clients, or one for each. */
  readonly locks: 'one' | 'each';
  readonly until: Extract<Until, { readonly measureMs: number }>;
  readonly seed: number;
  /** The lock is had and given back, and nothing done with it. */
  readonly bare?: boolean;
  /** Other times than the protocol's own, by its names for them. */
  readonly timeouts?: Readonly<Record<string, number>>;
}

export interface LockLoadResult {
  readonly clients: number;
  readonly locks: LockLoad['locks'];
  /** Within the time that is counted: operations that ended ok, and others. */
  readonly done: number;
  readonly failed: number;
  readonly perSecond: number;
  /** From wanting the lock to having it, ascending, in milliseconds; empty where there is no lock. */
  readonly acquireMs: readonly number[];
  /** From asked for to given back, ascending, in milliseconds. */
  readonly wholeMs: readonly number[];
  /** Jain's index of the operations by client. */
  readonly fairness: number;
  /** What stores and other nodes were asked for each operation that ended ok. */
  readonly asksPerDone: number;
}

/** Fails as {@link driveLoad} does. */
export async function measureLockLoad(cluster: Cluster, load: LockLoad, options: LoadOptions): Promise<LockLoadResult> {
  const plan = planOf(load);
  const [driver] = plan.drivers;
  invariant(driver, `${load.protocol} has no clients`);
  const { clients, until } = load;
  const { traces } = await driveLoad(cluster, plan, { clients, until }, options);
  return resultOf(load, traces.get(driver) ?? [], driver);
}

/** One of the client nodes drives all clients; the others stand idle. */
function planOf({ protocol: name, clients, locks, until, seed, bare, timeouts }: LockLoad): Plan {
  const protocol = findProtocol(name);
  invariant(protocol, `a load of an unknown protocol: ${name}`);
  const kind = 'counter';
  const counters = locks === 'one' ? 1 : clients;
  const plan = planLoad({
    protocol: name,
    topology: { ...defaultsOf(protocol.topology), clients: 2 },
    timeouts: {
      ...Object.fromEntries(Object.entries(protocol.timeouts).map(([timeout, { ms }]) => [timeout, ms])),
      ...timeouts,
    },
    workload: { kind, clients: 2, transactions: clients, ...kindOf(kind).calm(clients), counters },
    clients,
    until,
    seed,
  });
  const client: ClientOptions = { ...(plan.options['client'] as ClientOptions), clients, operations: clients };
  const params: Partial<CounterParams> = { ...(bare && { bare }), ...(locks === 'each' && { ownKeys: true }) };
  return {
    ...plan,
    drivers: plan.drivers.slice(0, 1),
    params: { ...(plan.params as object), ...params },
    options: { ...plan.options, client },
  };
}

interface Operation {
  readonly process: number;
  readonly from: number;
  wanted: number | null;
  had: number | null;
  to: number | null;
  ok: boolean;
}

function resultOf({ clients, locks, until }: LockLoad, trace: readonly TraceEvent[], driver: NodeId): LockLoadResult {
  const operations = operationsIn(trace, driver);
  const begun = Math.min(...operations.map(({ from }) => from));
  const opens = begun + until.warmUpMs * 1000;
  const closes = opens + until.measureMs * 1000;
  const ended = operations.filter(({ to }) => to !== null && to >= opens && to < closes);
  const done = ended.filter(({ ok }) => ok);
  const ms = (from: number | null, to: number | null) => (from === null || to === null ? [] : [(to - from) / 1000]);
  const counts = [...Map.groupBy(done, ({ process }) => process).values()].map(({ length }) => length);
  const asks = trace.filter(
    ({ kind, node, at }) => (kind === 'asked' || kind === 'sent') && node === driver && at >= opens && at < closes,
  );
  return {
    clients,
    locks,
    done: done.length,
    failed: ended.length - done.length,
    perSecond: done.length / (until.measureMs / 1000),
    acquireMs: done.flatMap(({ wanted, had }) => ms(wanted, had)).toSorted((a, b) => a - b),
    wholeMs: done.flatMap(({ from, to }) => ms(from, to)).toSorted((a, b) => a - b),
    // Whoever got nothing counts, too.
    fairness: jainOf([...counts, ...Array.from({ length: Math.max(0, clients - counts.length) }, () => 0)]),
    asksPerDone: asks.length / Math.max(1, done.length),
  };
}

function operationsIn(trace: readonly TraceEvent[], driver: NodeId): readonly Operation[] {
  const byOp = new Map<string, Operation>();
  const byAbout = new Map<string, Operation>();
  for (const event of trace) {
    if (event.kind !== 'told' || event.node !== driver) continue;
    const { note, at } = event;
    switch (note.word) {
      case 'invoked':
        byOp.set(note.op, { process: note.process, from: at, wanted: null, had: null, to: null, ok: false });
        break;
      case 'began': {
        const operation = byOp.get(note.op);
        if (!operation) break;
        operation.wanted ??= at;
        byAbout.set(note.about, operation);
        break;
      }
      case 'granted': {
        const operation = byAbout.get(note.about);
        if (operation) operation.had ??= at;
        break;
      }
      case 'completed': {
        const operation = byOp.get(note.op);
        if (!operation) break;
        operation.to = at;
        operation.ok = note.outcome === 'ok';
        break;
      }
      default:
    }
  }
  return [...byOp.values()];
}
