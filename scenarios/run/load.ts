// A load without faults: clients in closed loops for a while, and what came of it: throughput, latency, forced writes, messages.
// It measures and judges nothing; whether a protocol keeps its promises is a run's business.

import { findProtocol } from '../../nodes/protocols/catalog.ts';
import { invariant } from '../../nodes/contract/invariant.ts';
import { nodesAmong } from '../language/layout.ts';
import { defaultsOf } from '../language/topology.ts';
import { defaultWorkload, kindOf } from '../workloads/catalog.ts';
import { lockTimesIn } from '../judging/lock-times.ts';
import { driveLoad, planLoad, STATUS_MS } from './load-driver.ts';
import type { Status } from '../../nodes/contract/control.ts';
import type { TraceEvent } from '../../nodes/contract/events.ts';
import type { NodeId, TxId } from '../../nodes/contract/ids.ts';
import type { Cluster } from '../../compose/cluster.ts';
import type { Plan } from '../plan/plan-types.ts';
import type { LoadOptions, Ran, Stamped, Until } from './load-driver.ts';

export interface Load {
  readonly protocol: string;
  readonly workload?: string;
  readonly participants: number;
  readonly clients: number;
  readonly seed: number;
  readonly until: Until;
  /** Without traces there are no latencies. */
  readonly untraced?: boolean;
}

export interface LoadResult {
  readonly clients: number;
  /** Within the time that is counted, by the coordinator's durable decisions. */
  readonly committed: number;
  readonly aborted: number;
  readonly seconds: number;
  readonly commitsPerSecond: number;
  /** From a client's invocation to its answer, ascending, in milliseconds; of transfers that ended ok. Empty without traces. */
  readonly latenciesMs: readonly number[];
  /** From the durable promise of one participant to the decision that it knew, ascending, in milliseconds. Empty without traces. */
  readonly locksMs: readonly number[];
  /** Over the whole load and all nodes, boot records excluded. Checkpoints count. */
  readonly forcedPerCommit: number;
  readonly messagesPerCommit: number;
  /** Commits for each time that the coordinator waited for its disk: what group commit saves. */
  readonly commitsPerSync: number;
}

/** Fails as {@link driveLoad} does. */
export async function measureLoad(cluster: Cluster, load: Load, options: LoadOptions): Promise<LoadResult> {
  const plan = planOf(load);
  // One participant: they all lock alike.
  const keeper = nodesAmong(plan.nodes).find(({ id }) => id !== plan.askedNode && !plan.drivers.includes(id));
  const { clients, until, untraced } = load;
  const traced = keeper ? [keeper.id] : [];
  const ran = await driveLoad(cluster, plan, { clients, until, traced, ...(untraced && { untraced }) }, options);
  return resultOf(load, plan, ran, keeper?.id);
}

/** As calm as the workload can be: nobody waits for another's locks. */
function planOf({
  protocol: name,
  workload: kind = defaultWorkload('commit').name,
  participants,
  clients,
  seed,
  until,
}: Load): Plan {
  const protocol = findProtocol(name);
  invariant(protocol, `a load of an unknown protocol: ${name}`);
  return planLoad({
    protocol: name,
    topology: { ...defaultsOf(protocol.topology), participants },
    // A slow moment is no failure here: hardly anybody gives up or inquires.
    timeouts: Object.fromEntries(Object.entries(protocol.timeouts).map(([timeout, { ms }]) => [timeout, CALM * ms])),
    workload: {
      kind,
      clients,
      transactions: 'transfers' in until ? until.transfers : clients,
      ...kindOf(kind).calm(clients),
    },
    clients,
    until,
    seed,
  });
}

function resultOf(
  load: Load,
  { askedNode, drivers }: Plan,
  { statuses: said, traces }: Ran,
  keeper?: NodeId,
): LoadResult {
  const statuses = [...(said.get(askedNode) ?? [])].toSorted((a, b) => a.at - b.at);
  const [from, to] = windowOf(load, statuses);
  const committed = to.committed - from.committed;
  const seconds = (to.at - from.at) / 1e6;
  const last = [...said.values()].flatMap((list) => list.at(-1) ?? []);
  const commits = Math.max(1, statuses.at(-1)?.committed ?? 0);
  const boots = last.length;
  const counted = 'transfers' in load.until ? EVER : ([from.at, to.at] as const);
  return {
    clients: load.clients,
    committed,
    aborted: to.aborted - from.aborted,
    seconds,
    commitsPerSecond: seconds > 0 ? committed / seconds : 0,
    latenciesMs: latencies(
      drivers.flatMap((node) => traces.get(node) ?? []),
      counted,
    ),
    locksMs: lockTimesIn((traces.get(keeper ?? askedNode) ?? []).flatMap((event) => recordIn(event, counted))),
    forcedPerCommit: (sum(last, 'forced') - boots) / commits,
    messagesPerCommit: sum(last, 'sent') / commits,
    commitsPerSync: committed / Math.max(1, to.syncs - from.syncs),
  };
}

type Times = readonly [number, number];
const EVER: Times = [0, Number.POSITIVE_INFINITY];

function recordIn(event: TraceEvent, [from, to]: Times) {
  if ((event.kind !== 'durable' && event.kind !== 'appended') || event.at < from || event.at > to) return [];
  return [{ at: event.at, mark: event.record.mark, about: event.record.about as TxId | null }];
}

/** From the first word after the warm-up to the last before the stop. */
function windowOf({ until }: Load, statuses: readonly Stamped[]): readonly [Stamped, Stamped] {
  const begun = statuses.findLast(({ committed }) => committed === 0) ?? statuses[0];
  const end = statuses.at(-1);
  invariant(begun && end, 'the coordinator said nothing of itself');
  if ('transfers' in until) return [begun, end];
  const opens = begun.at + until.warmUpMs * 1000;
  const closes = opens + until.measureMs * 1000;
  const from = statuses.find(({ at }) => at >= opens) ?? begun;
  return [from, statuses.findLast(({ at }) => at <= closes + STATUS_MS * 1000 && at > from.at) ?? end];
}

function sum(list: readonly Status[], name: 'forced' | 'sent'): number {
  return list.reduce((total, status) => total + status[name], 0);
}

function latencies(trace: readonly TraceEvent[], [from, to]: Times): readonly number[] {
  const invoked = new Map<string, number>();
  const taken: number[] = [];
  for (const event of trace) {
    if (event.kind !== 'told') continue;
    if (event.note.word === 'invoked') invoked.set(event.note.op, event.at);
    if (event.note.word !== 'completed' || event.note.outcome !== 'ok') continue;
    const since = invoked.get(event.note.op);
    if (since !== undefined && since >= from && event.at <= to) taken.push((event.at - since) / 1000);
  }
  return taken.toSorted((a, b) => a - b);
}

const CALM = 5;
