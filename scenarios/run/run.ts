// Executes a plan on a cluster: has the director conducted, keeps every event, collects what the nodes left, has it judged.
// With the conductor it is the asynchronous part of a run; what is done when is the director's, and what it shows is judged by a pure function.

import { setImmediate as nextTurn } from 'node:timers/promises';
import { HISTORY_VERSION } from '../../nodes/contract/events.ts';
import { isEngineLost, LabError, messageOf } from '../../compose/errors.ts';
import { invariant } from '../../nodes/contract/invariant.ts';
import { engineLost } from './cluster-failures.ts';
import { conduct } from './conductor.ts';
import { mayMean } from '../../compose/faults.ts';
import { watchLeaders } from './leaders.ts';
import { findProtocol } from '../../nodes/protocols/catalog.ts';
import { nodesAmong, storesAmong } from '../language/layout.ts';
import { eventsOf } from './run-folder.ts';
import { historyText, judgeInPieces } from '../judging/judge-run.ts';
import type { HistoryEvent, LabEvent } from '../../nodes/contract/events.ts';
import type { Report } from '../../nodes/contract/control.ts';
import type { NodeId } from '../../nodes/contract/ids.ts';
import type { Setup } from '../../nodes/contract/machine.ts';
import type { StoreRole } from '../../nodes/contract/protocol.ts';
import type { Cluster, ClusterSpec, RunningCluster } from '../../compose/cluster.ts';
import type { History, Verdict } from '../findings.ts';
import type { Plan } from '../plan/plan-types.ts';
import type { RunFolder } from './run-folder.ts';

/** What people and dashboards see while it happens: the same events that are judged, and progress around them. */
export type Feed =
  | { readonly kind: 'progress'; readonly text: string }
  | { readonly kind: 'event'; readonly event: LabEvent }
  | { readonly kind: 'report'; readonly report: Report }
  /** Who leads the servers of this role, or that nobody does; of no meaning for the verdict. */
  | { readonly kind: 'leader'; readonly role: string; readonly leader: NodeId | null };

export interface RunOptions {
  readonly plan: Plan;
  readonly cluster: Cluster;
  readonly folder: RunFolder;
  readonly version: string;
  readonly onFeed: (feed: Feed) => void;
  /** Ends the run early; what has happened so far is kept and judged. */
  readonly interrupted: AbortSignal;
  /** Leaves the cluster standing, for people who want to look. */
  readonly keep: boolean;
}

export interface RunResult {
  readonly history: History;
  readonly verdict: Verdict;
  /** What the run left behind in the engine; empty is the promise. */
  readonly left: readonly string[];
}

export async function executeRun(options: RunOptions): Promise<RunResult> {
  const { plan, cluster, folder } = options;
  folder.write('plan.json', plan);
  const lab: LabEvent[] = [];
  const record = (event: LabEvent) => {
    lab.push(event);
    folder.keep(event);
    options.onFeed({ kind: 'event', event });
  };
  record(headerOf(options));

  const onReport = (report: Report) => options.onFeed({ kind: 'report', report });
  const conductor = conduct({ plan, record, onReport, interrupted: options.interrupted });
  const running = await cluster.start(specOf(plan, folder), conductor.onClusterEvent, (text) =>
    options.onFeed({ kind: 'progress', text }),
  );
  const watch = watchLeaders(running, plan, (role, leader) => options.onFeed({ kind: 'leader', role, leader }));
  try {
    await conductor.drive(watch.running).finally(watch.end);
    demandEngine(lab);
    options.onFeed({ kind: 'progress', text: 'collecting logs and traces' });
    const traces = await collect(running, plan, lab.at(-1)?.at ?? 0, record);
    const text = historyText(lab, traces);
    folder.finish(text);
    // The history is safe, and nothing is wanted of the cluster any more: the engine removes it while it is judged.
    const stopping = options.keep ? Promise.resolve([]) : running.stop();
    stopping.catch(() => {}); // Looked at once the verdict is written down.
    const count = lab.length + traces.reduce((sum, trace) => sum + trace.length, 0);
    options.onFeed({ kind: 'progress', text: `judging ${count} events` });
    const { history, verdict } = await finishInTurns(judgeInPieces(text, plan));
    folder.write('verdict.json', verdict);
    return { history, verdict, left: await stopping };
  } catch (error) {
    // An engine that is lost can be asked for nothing; the watcher waits for it, saves the traces and cleans up.
    if (!options.keep && !isEngineLost(error)) await running.stop().catch(() => []);
    throw error;
  }
}

/** Between two pieces the engine's answers are heard. */
async function finishInTurns<Result>(work: Iterator<undefined, Result, undefined>): Promise<Result> {
  for (;;) {
    const piece = work.next();
    if (piece.done) return piece.value;
    await nextTurn();
  }
}

/** Without the engine there are no traces and no verdict; what the lab saw stays in its own file. */
function demandEngine(lab: readonly LabEvent[]): void {
  const ended = lab.findLast((event) => event.kind === 'ended');
  if (ended?.kind !== 'ended' || ended.why !== 'engine-lost') return;
  throw engineLost('run', ended.detail ?? 'no detail');
}

function headerOf({ plan, folder, version }: RunOptions): LabEvent {
  const { protocol, seed, nodes, sites, workload, initial, timeouts, promises, whiles, forced } = plan;
  const stores = storesAmong(nodes).map(({ id }) => id);
  return {
    at: 0,
    kind: 'run',
    version: HISTORY_VERSION,
    txlab: version,
    run: folder.name,
    family: plan.family,
    protocol,
    workload,
    seed,
    nodes: nodesAmong(nodes).map(({ id }) => id),
    ...(stores.length > 0 && { stores }),
    roles: Object.fromEntries(nodes.map(({ id, role }) => [id, role])),
    sites,
    timeouts,
    promises,
    ...(whiles && { whiles }),
    ...(forced && { forced }),
    initial,
  };
}

/** What a cluster needs to know of a plan. */
export function specOf(plan: Plan, folder: Pick<RunFolder, 'name' | 'path'>): ClusterSpec {
  const ours = nodesAmong(plan.nodes);
  const nodes = ours.map(({ id }) => id);
  const stores = storesAmong(plan.nodes).map(({ id, role }) => {
    const { service, client } = storeOf(plan, role);
    return { id, service, ...(client !== undefined && { client }), ...(isMoved(plan, id) && { clock: true }) };
  });
  const setupOf = (self: NodeId): Setup => ({
    self,
    nodes,
    ...(stores.length > 0 && { stores: stores.map(({ id }) => id) }),
    seed: plan.seed,
    workload: plan.workload,
    initial: plan.initial,
    params: plan.params,
    timeouts: plan.timeouts,
    options: plan.options,
  });
  return {
    run: folder.name,
    folder: folder.path,
    protocol: plan.protocol,
    nodes: ours.map(({ id, role }) => ({ id, role, setup: setupOf(id), ...(isFilled(plan, id) && { disk: true }) })),
    ...(stores.length > 0 && { stores }),
  };
}

/** What runs in the pods of a plan's stores. */
export function servicesOf(plan: Plan): readonly string[] {
  return [...new Set(storesAmong(plan.nodes).map(({ role }) => storeOf(plan, role).service))];
}

/** Only such a node pays for it: what is written to a disk in memory is durable at once. */
function isFilled({ faults }: Plan, node: NodeId): boolean {
  return faults.some(({ fault }) => fault.do === 'fill' && fault.node === node);
}

/** Of those, the stores whose clocks are moved, by what runs there. */
export function movedIn(plan: Plan): ReadonlyMap<NodeId, string> {
  const moved = storesAmong(plan.nodes).filter(({ id }) => isMoved(plan, id));
  return new Map(moved.map(({ id, role }) => [id, storeOf(plan, role).service]));
}

function isMoved({ faults }: Plan, store: NodeId): boolean {
  return faults.some(({ fault }) => fault.do === 'clock' && mayMean(fault.node, store));
}

function storeOf({ protocol }: Plan, role: string): StoreRole {
  const store = findProtocol(protocol)?.stores?.[role];
  invariant(store, `${protocol} has no store ${role}`);
  return store;
}

/** Traces and logs of every node; what is missing is recorded as missing. */
async function collect(
  running: RunningCluster,
  plan: Plan,
  at: number,
  record: (event: LabEvent) => void,
): Promise<readonly (readonly HistoryEvent[])[]> {
  return Promise.all(
    nodesAmong(plan.nodes).map(async ({ id }) => {
      try {
        const remains = await running.collect(id);
        if (remains.problem) record({ at, kind: 'trace-lost', node: id, detail: remains.problem });
        record({ at, kind: 'logged', node: id, moment: 'end', ...remains.log });
        return eventsOf(remains);
      } catch (error) {
        if (error instanceof LabError && error.code === 'run-folder') throw error;
        record({ at, kind: 'trace-lost', node: id, detail: messageOf(error) });
        return [];
      }
    }),
  );
}
