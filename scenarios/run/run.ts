// Executes a plan on a cluster: interprets the director's effects, keeps every event, collects what the nodes left, has it judged.
// The only asynchronous part of a run; what is done when is the director's, and what it shows is judged by a pure function.

import { setImmediate as nextTurn } from 'node:timers/promises';
import { HISTORY_VERSION } from '../../nodes/contract/events.ts';
import { isEngineLost, LabError, messageOf } from '../../compose/errors.ts';
import { invariant, unreachable } from '../../nodes/contract/invariant.ts';
import { direct, startDirector } from './director.ts';
import { findProtocol } from '../../nodes/protocols/catalog.ts';
import { nodesAmong, storesAmong } from '../language/layout.ts';
import { eventsOf } from './run-folder.ts';
import { historyText, judgeInPieces } from '../judging/judge-run.ts';
import type { HistoryEvent, LabEvent } from '../../nodes/contract/events.ts';
import type { Report } from '../../nodes/contract/control.ts';
import type { NodeId } from '../../nodes/contract/ids.ts';
import type { Setup } from '../../nodes/contract/machine.ts';
import type { Cluster, ClusterEvent, ClusterSpec, RunningCluster } from '../../compose/cluster.ts';
import type { DirectorEffect, DirectorInput } from './director.ts';
import type { History, Verdict } from '../findings.ts';
import type { Plan } from '../plan/plan-types.ts';
import type { RunFolder } from './run-folder.ts';

/** What people and dashboards see while it happens: the same events that are judged, and progress around them. */
export type Feed =
  | { readonly kind: 'progress'; readonly text: string }
  | { readonly kind: 'event'; readonly event: LabEvent }
  | { readonly kind: 'report'; readonly report: Report };

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

  const conductor = conduct(options, record);
  const running = await cluster.start(specOf(plan, folder), conductor.onClusterEvent, (text) =>
    options.onFeed({ kind: 'progress', text }),
  );
  try {
    await conductor.drive(running);
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

export function engineLost(work: 'run' | 'load', why: string): LabError {
  return new LabError('engine-lost', `The engine was lost in the middle of the ${work}: ${why}`, {
    hint: `docker info; once the engine answers, try again: what this ${work} left is removed at the next start`,
  });
}

export function failureText({ node, why, lastLines }: Extract<ClusterEvent, { kind: 'failed' }>): string {
  return `${node} said what no node says, ${why}; ${lastWords(lastLines)}`;
}

export function silenceText({ node, afterMs, lastLines }: Extract<ClusterEvent, { kind: 'store-silent' }>): string {
  return `${node} did not answer in ${afterMs} ms; ${lastWords(lastLines)}`;
}

function lastWords(lines: readonly string[]): string {
  return lines.length === 0 ? 'it said nothing else' : `its last lines: ${lines.slice(-3).join(' | ')}`;
}

function headerOf({ plan, folder, version }: RunOptions): LabEvent {
  const { protocol, seed, nodes, sites, workload, initial, timeouts, promises, whiles } = plan;
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
    initial,
  };
}

/** What a cluster needs to know of a plan. */
export function specOf(plan: Plan, folder: Pick<RunFolder, 'name' | 'path'>): ClusterSpec {
  const ours = nodesAmong(plan.nodes);
  const nodes = ours.map(({ id }) => id);
  const stores = storesAmong(plan.nodes).map(({ id, role }) => ({ id, service: serviceOf(plan, role) }));
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

/** Only such a node pays for it: what is written to a disk in memory is durable at once. */
function isFilled({ faults }: Plan, node: NodeId): boolean {
  return faults.some(({ fault }) => fault.do === 'fill' && fault.node === node);
}

function serviceOf({ protocol }: Plan, role: string): string {
  const store = findProtocol(protocol)?.stores?.[role];
  invariant(store, `${protocol} has no store ${role}`);
  return store.service;
}

interface Conductor {
  readonly onClusterEvent: (event: ClusterEvent) => void;
  /** Resolves when the director has ended the run. */
  readonly drive: (running: RunningCluster) => Promise<void>;
}

/** Gives the director its inputs one at a time and does what it says. */
function conduct({ plan, onFeed, interrupted }: RunOptions, record: (event: LabEvent) => void): Conductor {
  const state = startDirector(plan);
  const { promise: ended, resolve: end, reject: fail } = Promise.withResolvers<void>();
  const guarded = guardedBy(fail);
  const timers = openTimers((timer) => guarded(() => give({ kind: 'expired', timer })));
  const early: DirectorInput[] = [];
  let cluster: RunningCluster | null = null;

  /** Before the cluster has started, inputs wait for somebody who can act on the effects. */
  function give(input: DirectorInput): void {
    if (!cluster) early.push(input);
    else for (const effect of direct(state, input)) perform(effect, cluster);
  }

  function perform(effect: DirectorEffect, running: RunningCluster): void {
    switch (effect.do) {
      case 'command':
        return running.command(effect.node, effect.command);
      case 'resolve':
      case 'inject':
      case 'undo':
        outcomeOf(effect, running).then(give).catch(fail);
        return;
      case 'dump':
        running
          .dump(effect.node)
          .then((content) => give({ kind: 'store-dumped', node: effect.node, content }))
          .catch(fail);
        return;
      case 'arm':
        return timers.arm(effect.timer, effect.afterMs);
      case 'disarm':
        return timers.disarm(effect.timer);
      case 'record':
        return record(effect.event);
      case 'end':
        timers.disarmAll();
        return end();
      default:
        return unreachable(effect);
    }
  }

  return {
    onClusterEvent: (event) =>
      guarded(() => {
        if (event.kind === 'lost') return give({ kind: 'stopped', why: 'engine-lost', detail: event.why });
        if (event.kind === 'exited' || event.kind === 'store-ready') return give(event);
        if (event.kind === 'store-silent')
          return give({ kind: 'stopped', why: 'node-failed', detail: silenceText(event) });
        if (event.kind === 'failed') return give({ kind: 'stopped', why: 'node-failed', detail: failureText(event) });
        onFeed({ kind: 'report', report: event.report });
        give({ kind: 'report', report: event.report });
      }),
    drive: async (running) => {
      cluster = running;
      const interrupt = () => give({ kind: 'stopped', why: 'interrupted', detail: '' });
      interrupted.addEventListener('abort', interrupt);
      guarded(() => {
        give({ kind: 'started' });
        for (const input of early) give(input);
        if (interrupted.aborted) interrupt();
      });
      try {
        await ended;
      } finally {
        timers.disarmAll();
        interrupted.removeEventListener('abort', interrupt);
      }
    },
  };
}

/** A full disk, say, must end the run, not the process. */
function guardedBy(fail: (error: unknown) => void): (act: () => void) => void {
  return (act) => {
    try {
      act();
    } catch (error) {
      fail(error);
    }
  };
}

/** What the director hears of what the cluster was told to do. */
async function outcomeOf(
  effect: Extract<DirectorEffect, { do: 'resolve' | 'inject' | 'undo' }>,
  running: RunningCluster,
): Promise<DirectorInput> {
  switch (effect.do) {
    case 'resolve':
      return { kind: 'resolved', id: effect.id, nodes: await running.resolve(effect.name) };
    case 'inject':
      return { kind: 'injected', fault: effect.id, ...(await running.inject(effect.fault)) };
    case 'undo':
      return { kind: 'undone', fault: effect.id, evidence: await running.undo(effect.fault) };
    default:
      return unreachable(effect);
  }
}

/** One for each name: arming it again forgets when it was to expire. */
function openTimers(onExpired: (timer: string) => void) {
  const timers = new Map<string, NodeJS.Timeout>();
  const disarm = (timer: string) => clearTimeout(timers.get(timer));
  return {
    disarm,
    arm: (timer: string, afterMs: number): void => {
      disarm(timer);
      timers.set(
        timer,
        setTimeout(() => onExpired(timer), afterMs),
      );
    },
    disarmAll: (): void => {
      for (const timer of timers.values()) clearTimeout(timer);
    },
  };
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
