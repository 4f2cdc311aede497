// A load without faults: clients in closed loops for a while, and what came of it: throughput, latency, forced writes, messages.
// It measures and judges nothing; whether a protocol keeps its promises is a run's business.

import { opId } from '../../nodes/contract/ids.ts';
import { findProtocol } from '../../nodes/protocols/catalog.ts';
import { invariant } from '../../nodes/contract/invariant.ts';
import { isEngineLost, LabError } from '../../compose/errors.ts';
import { nodesAmong } from '../language/layout.ts';
import { makePlan } from '../plan/plan.ts';
import { defaultsOf } from '../language/topology.ts';
import { defaultWorkload, kindOf } from '../workloads/catalog.ts';
import { lockTimesIn } from '../judging/lock-times.ts';
import { eventsOf } from './run-folder.ts';
import { engineLost, failureText, silenceText } from './cluster-failures.ts';
import { specOf } from './run.ts';
import type { Report, Status } from '../../nodes/contract/control.ts';
import type { TraceEvent } from '../../nodes/contract/events.ts';
import type { NodeId, TxId } from '../../nodes/contract/ids.ts';
import type { Cluster, ClusterEvent, RunningCluster } from '../../compose/cluster.ts';
import type { ClientOptions } from '../../nodes/protocols/client.ts';
import type { Plan } from '../plan/plan-types.ts';

export interface Load {
  readonly protocol: string;
  readonly workload?: string;
  readonly participants: number;
  readonly clients: number;
  readonly seed: number;
  /** Until a time has passed, the first `warmUpMs` of it not counted; or until so many transfers are done, all of them counted. */
  readonly until: { readonly warmUpMs: number; readonly measureMs: number } | { readonly transfers: number };
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

export interface LoadOptions {
  /** Of the run; nodes' last words are kept there. */
  readonly folder: { readonly name: string; readonly path: string };
  readonly onProgress: (text: string) => void;
  readonly interrupted: AbortSignal;
}

/**
 * Starts the cluster, loads it, stops it. Fails with `object-failed` when a node ends by itself or they come to no end, with `engine-lost`,
 * and when interrupted.
 */
export async function measureLoad(cluster: Cluster, load: Load, options: LoadOptions): Promise<LoadResult> {
  const plan = planOf(load);
  const ear = createEar(plan, 'measureMs' in load.until ? 'stop' : 'run', options.interrupted);
  const spec = { ...specOf(plan, options.folder), ...(load.untraced && { untraced: true }) };
  const running = await cluster.start(spec, ear.hear, options.onProgress);
  let traces: Traces;
  try {
    traces = await drive(running, plan, load, ear, options.onProgress);
  } catch (error) {
    // An engine that is lost can be asked for nothing.
    if (!isEngineLost(error)) await running.stop().catch(() => []);
    throw error;
  }
  await running.stop();
  return resultOf(load, plan.askedNode, ear.heard, traces);
}

/** What is read of a load's traces; empty where it left none. */
interface Traces {
  readonly clients: readonly TraceEvent[];
  /** One of them: they all lock alike. */
  readonly participant: readonly TraceEvent[];
}

/** The operations from the first to the last, and what they left. */
async function drive(
  running: RunningCluster,
  plan: Plan,
  load: Load,
  ear: Ear,
  onProgress: (text: string) => void,
): Promise<Traces> {
  await ear.until('connections', (heard) => nodesAmong(plan.nodes).every(({ id }) => heard.linked.has(id)));
  onProgress(`${load.clients} ${load.clients === 1 ? 'client' : 'clients'}`);
  const ask = (word: 'run' | 'stop') => {
    for (const node of plan.drivers) running.command(node, { do: 'ask', op: opId(word), request: { word } });
  };
  ask('run');
  if ('measureMs' in load.until) {
    await ear.pass(load.until.warmUpMs + load.until.measureMs + STATUS_MS);
    ask('stop');
  }
  await ear.until('the last operations', (heard) => plan.drivers.every((node) => heard.done.has(node)));
  // The last decisions are still on their way to the participants.
  await ear.pass(STATUS_MS);
  const nodes = nodesAmong(plan.nodes);
  for (const { id } of nodes) running.command(id, { do: 'finish' });
  await ear.until('the end of every node', (heard) => heard.finished.size === nodes.length);
  if (load.untraced) return { clients: [], participant: [] };
  const keeper = nodes.find(({ id }) => id !== plan.askedNode && !plan.drivers.includes(id));
  const clients = await Promise.all(plan.drivers.map((node) => traceOf(running, node, ear)));
  return { clients: clients.flat(), participant: keeper === undefined ? [] : await traceOf(running, keeper.id, ear) };
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
  const plan = makePlan(
    {
      version: 1,
      name: 'load',
      title: `${clients} clients without faults`,
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
      faults: [],
      expect: { properties: {} },
      timeLimitMs: PATIENCE_MS,
      because: '',
      reference: '',
    },
    seed,
  );
  const client: ClientOptions = {
    ...(plan.options['client'] as ClientOptions),
    ...('measureMs' in until && { goesOn: true, busyMs: until.warmUpMs + until.measureMs + PATIENCE_MS }),
  };
  return { ...plan, options: { ...plan.options, client } };
}

interface Heard {
  readonly linked: Set<NodeId>;
  readonly finished: Set<NodeId>;
  readonly statuses: Map<NodeId, (Status & { readonly at: number })[]>;
  readonly done: Set<NodeId>;
}

interface Ear {
  readonly heard: Heard;
  readonly hear: (event: ClusterEvent) => void;
  /** Waits for this; fails when it does not come in time, a node ends, the engine is lost, or the user interrupts. */
  until(what: string, isEnough: (heard: Heard) => boolean): Promise<void>;
  pass(ms: number): Promise<void>;
}

/** `lastWord` is the errand whose answer is the end of the load. */
function createEar(plan: Plan, lastWord: 'run' | 'stop', interrupted: AbortSignal): Ear {
  const nodes = nodesAmong(plan.nodes);
  const heard: Heard = { linked: new Set(), finished: new Set(), statuses: new Map(), done: new Set() };
  const { promise: failed, reject: fail } = Promise.withResolvers<never>();
  failed.catch(() => {}); // Whoever waits next is told.
  let recheck = () => {};
  const interrupt = () => fail(interrupted.reason);
  interrupted.addEventListener('abort', interrupt, { once: true });
  if (interrupted.aborted) interrupt();

  function report(said: Report): void {
    if (said.say === 'linked' && said.peers.length === nodes.length - 1) heard.linked.add(said.node);
    if (said.say === 'finished') heard.finished.add(said.node);
    if (said.say === 'answered' && said.op === lastWord) heard.done.add(said.node);
    if (said.say === 'status') heard.statuses.set(said.node, [...(heard.statuses.get(said.node) ?? []), said]);
    recheck();
  }

  return {
    heard,
    hear: (event) => {
      if (event.kind === 'report') report(event.report);
      else if (event.kind === 'lost') fail(engineLost('load', event.why));
      else if (event.kind === 'failed') fail(nodesFailed(`${failureText(event)}.`));
      else if (event.kind === 'store-silent') fail(nodesFailed(`${silenceText(event)}.`));
      else if (event.kind === 'exited')
        fail(nodesFailed(`${event.node} ended by itself with code ${event.exitCode}: ${event.lastLines.join(' ')}`));
    },
    until: async (what, isEnough) => {
      const { promise, resolve, reject } = Promise.withResolvers<void>();
      const late = setTimeout(
        () => reject(nodesFailed(`The nodes timed out waiting for ${what} after ${PATIENCE_MS} ms.`)),
        PATIENCE_MS,
      );
      recheck = () => isEnough(heard) && resolve();
      recheck();
      await Promise.race([promise, failed]).finally(() => clearTimeout(late));
    },
    pass: async (ms) => {
      const { promise, resolve } = Promise.withResolvers<void>();
      const timer = setTimeout(resolve, ms);
      await Promise.race([promise, failed]).finally(() => clearTimeout(timer));
    },
  };
}

function nodesFailed(why: string): LabError {
  return new LabError('object-failed', why, { hint: 'Fewer --clients, or a machine with less to do.' });
}

async function traceOf(running: RunningCluster, node: NodeId, ear: Ear): Promise<readonly TraceEvent[]> {
  const remains = await running.collect(node);
  if (remains.problem === null) return eventsOf(remains);
  // The news that the engine is lost may come a moment later.
  await ear.pass(STATUS_MS);
  throw new LabError('object-failed', `The trace of ${node} is lost: ${remains.problem}`);
}

function resultOf(load: Load, asked: NodeId, heard: Heard, traces: Traces): LoadResult {
  const statuses = (heard.statuses.get(asked) ?? []).toSorted((a, b) => a.at - b.at);
  const [from, to] = windowOf(load, statuses);
  const committed = to.committed - from.committed;
  const seconds = (to.at - from.at) / 1e6;
  const last = [...heard.statuses.values()].flatMap((list) => list.at(-1) ?? []);
  const commits = Math.max(1, statuses.at(-1)?.committed ?? 0);
  const boots = last.length;
  const counted = 'transfers' in load.until ? EVER : ([from.at, to.at] as const);
  return {
    clients: load.clients,
    committed,
    aborted: to.aborted - from.aborted,
    seconds,
    commitsPerSecond: seconds > 0 ? committed / seconds : 0,
    latenciesMs: latencies(traces.clients, counted),
    locksMs: lockTimesIn(traces.participant.flatMap((event) => recordIn(event, counted))),
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

type Stamped = Status & { readonly at: number };

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
const PATIENCE_MS = 30_000;
/** How often a node speaks of itself. */
const STATUS_MS = 200;
