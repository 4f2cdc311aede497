// Drives a load without faults: starts the cluster, lets the clients do the workload for a while, and gathers what the nodes said of
// themselves and traced.

import { opId } from '../../nodes/contract/ids.ts';
import { isEngineLost, LabError } from '../../compose/errors.ts';
import { nodesAmong } from '../language/layout.ts';
import { eventsOf } from './run-folder.ts';
import { engineLost, failureText, silenceText } from './cluster-failures.ts';
import { makePlan } from '../plan/plan.ts';
import { specOf } from './run.ts';
import type { Report, Status } from '../../nodes/contract/control.ts';
import type { TraceEvent } from '../../nodes/contract/events.ts';
import type { NodeId } from '../../nodes/contract/ids.ts';
import type { Cluster, ClusterEvent, RunningCluster } from '../../compose/cluster.ts';
import type { ClientOptions } from '../../nodes/protocols/client.ts';
import type { Topology } from '../../nodes/contract/protocol.ts';
import type { Workload } from '../language/scenario-types.ts';
import type { Plan } from '../plan/plan-types.ts';

/** Until a time has passed, the first `warmUpMs` of it not counted; or until so many operations are done, all of them counted. */
export type Until = { readonly warmUpMs: number; readonly measureMs: number } | { readonly transfers: number };

export interface Driven {
  readonly clients: number;
  readonly until: Until;
  /** Nodes trace nothing. */
  readonly untraced?: boolean;
  /** Whose traces are wanted, beside those of the nodes that drive the workload. */
  readonly traced?: readonly NodeId[];
}

/** What of a load its plan depends on, beside what all loads have alike. */
export interface Laid {
  readonly protocol: string;
  readonly topology: Topology;
  readonly timeouts: Readonly<Record<string, number>>;
  readonly workload: Workload;
  readonly clients: number;
  readonly until: Until;
  readonly seed: number;
}

/** Without faults and claims. Until a time has passed clients go on, however much they have done. */
export function planLoad({ protocol, topology, timeouts, workload, clients, until, seed }: Laid): Plan {
  const title = `${clients} clients without faults`;
  const scenario = { version: 1, name: 'load', title, protocol, topology, timeouts, workload } as const;
  const plan = makePlan(
    { ...scenario, faults: [], expect: { properties: {} }, timeLimitMs: PATIENCE_MS, because: '', reference: '' },
    seed,
  );
  const client: ClientOptions = {
    ...(plan.options['client'] as ClientOptions),
    ...('measureMs' in until && { goesOn: true, busyMs: until.warmUpMs + until.measureMs + PATIENCE_MS }),
  };
  return { ...plan, options: { ...plan.options, client } };
}

export interface LoadOptions {
  /** Of the run; nodes' last words are kept there. */
  readonly folder: { readonly name: string; readonly path: string };
  readonly onProgress: (text: string) => void;
  readonly interrupted: AbortSignal;
}

export type Stamped = Status & { readonly at: number };

/** What came of a load. */
export interface Ran {
  /** What each node said of itself, in the order in which it was heard. */
  readonly statuses: ReadonlyMap<NodeId, readonly Stamped[]>;
  /** Empty where nothing was traced. */
  readonly traces: ReadonlyMap<NodeId, readonly TraceEvent[]>;
}

/**
 * Starts the cluster, loads it, stops it. Fails with `object-failed` when a node ends by itself or they come to no end, with `engine-lost`,
 * and when interrupted.
 */
export async function driveLoad(cluster: Cluster, plan: Plan, driven: Driven, options: LoadOptions): Promise<Ran> {
  const ear = createEar(plan, 'measureMs' in driven.until ? 'stop' : 'run', options.interrupted);
  const spec = { ...specOf(plan, options.folder), ...(driven.untraced && { untraced: true }) };
  const running = await cluster.start(spec, ear.hear, options.onProgress);
  let traces: Ran['traces'];
  try {
    traces = await drive(running, plan, driven, ear, options.onProgress);
  } catch (error) {
    // An engine that is lost can be asked for nothing.
    if (!isEngineLost(error)) await running.stop().catch(() => []);
    throw error;
  }
  await running.stop();
  return { statuses: ear.heard.statuses, traces };
}

/** The operations from the first to the last, and what they left. */
async function drive(
  running: RunningCluster,
  plan: Plan,
  { clients, until, untraced, traced = [] }: Driven,
  ear: Ear,
  onProgress: (text: string) => void,
): Promise<Ran['traces']> {
  const nodes = nodesAmong(plan.nodes);
  const stores = plan.nodes.length - nodes.length;
  await ear.until('connections', (heard) => nodes.every(({ id }) => heard.linked.has(id)));
  if (stores > 0) await ear.until('the stores', (heard) => heard.ready.size === stores);
  onProgress(`${clients} ${clients === 1 ? 'client' : 'clients'}`);
  const ask = (word: 'run' | 'stop') => {
    for (const node of plan.drivers) running.command(node, { do: 'ask', op: opId(word), request: { word } });
  };
  ask('run');
  if ('measureMs' in until) {
    await ear.pass(until.warmUpMs + until.measureMs + STATUS_MS);
    ask('stop');
  }
  await ear.until('the last operations', (heard) => plan.drivers.every((node) => heard.done.has(node)));
  // The last decisions are still on their way to the participants.
  await ear.pass(STATUS_MS);
  for (const { id } of nodes) running.command(id, { do: 'finish' });
  await ear.until('the end of every node', (heard) => heard.finished.size === nodes.length);
  if (untraced) return new Map();
  const wanted = [...new Set([...plan.drivers, ...traced])];
  return new Map(await Promise.all(wanted.map(async (node) => [node, await traceOf(running, node, ear)] as const)));
}

interface Heard {
  readonly linked: Set<NodeId>;
  readonly finished: Set<NodeId>;
  readonly statuses: Map<NodeId, Stamped[]>;
  /** Stores that answer. */
  readonly ready: Set<NodeId>;
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
  const heard: Heard = {
    linked: new Set(),
    finished: new Set(),
    statuses: new Map(),
    done: new Set(),
    ready: new Set(),
  };
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
      else if (event.kind === 'store-ready') {
        heard.ready.add(event.node);
        recheck();
      } else if (event.kind === 'lost') fail(engineLost('load', event.why));
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

/** Long enough that nobody ends by himself meanwhile. */
export const PATIENCE_MS = 30_000;
/** How often a node speaks of itself. */
export const STATUS_MS = 200;
