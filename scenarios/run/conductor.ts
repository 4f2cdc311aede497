// Gives the director its inputs one at a time, and has done what it says: by the cluster, by timers, or by whoever records.

import { unreachable } from '../../nodes/contract/invariant.ts';
import { failureText, silenceText } from './cluster-failures.ts';
import { direct, startDirector } from './director.ts';
import type { ClusterEvent, RunningCluster } from '../../compose/cluster.ts';
import type { LabEvent } from '../../nodes/contract/events.ts';
import type { Report } from '../../nodes/contract/control.ts';
import type { DirectorEffect, DirectorInput, DirectorState } from './director.ts';
import type { Plan } from '../plan/plan-types.ts';

export interface Conductor {
  readonly onClusterEvent: (event: ClusterEvent) => void;
  /** Resolves when the director has ended the run. */
  readonly drive: (running: RunningCluster) => Promise<void>;
}

/** What there is to conduct. */
interface Score {
  readonly plan: Plan;
  readonly record: (event: LabEvent) => void;
  readonly onReport: (report: Report) => void;
  /** Ends the run early. */
  readonly interrupted: AbortSignal;
}

/** A run that is under way. */
interface Conducted extends Score {
  readonly state: DirectorState;
  readonly timers: Timers;
  /** Inputs that came before the cluster had started: they wait for somebody who can act on the effects. */
  readonly early: DirectorInput[];
  readonly end: () => void;
  readonly fail: (error: unknown) => void;
  cluster: RunningCluster | null;
}

export function conduct(score: Score): Conductor {
  const { promise: ended, resolve: end, reject: fail } = Promise.withResolvers<void>();
  const run: Conducted = {
    ...score,
    state: startDirector(score.plan),
    timers: openTimers((timer) => guarded(run, () => give(run, { kind: 'expired', timer }))),
    early: [],
    end,
    fail,
    cluster: null,
  };
  return {
    onClusterEvent: (event) => guarded(run, () => hear(run, event)),
    drive: async (running) => {
      const interrupt = () => give(run, { kind: 'stopped', why: 'interrupted', detail: '' });
      run.cluster = running;
      run.interrupted.addEventListener('abort', interrupt);
      guarded(run, () => {
        give(run, { kind: 'started' });
        for (const input of run.early) give(run, input);
        if (run.interrupted.aborted) interrupt();
      });
      try {
        await ended;
      } finally {
        run.timers.disarmAll();
        run.interrupted.removeEventListener('abort', interrupt);
      }
    },
  };
}

function hear(run: Conducted, event: ClusterEvent): void {
  switch (event.kind) {
    case 'lost':
      return give(run, { kind: 'stopped', why: 'engine-lost', detail: event.why });
    case 'exited':
    case 'store-ready':
      return give(run, event);
    case 'store-silent':
      return give(run, { kind: 'stopped', why: 'node-failed', detail: silenceText(event) });
    case 'failed':
      return give(run, { kind: 'stopped', why: 'node-failed', detail: failureText(event) });
    case 'report':
      run.onReport(event.report);
      return give(run, { kind: 'report', report: event.report });
    default:
      return unreachable(event);
  }
}

/** What the director does about it is done at once. */
function give(run: Conducted, input: DirectorInput): void {
  const { state, cluster, early } = run;
  if (!cluster) early.push(input);
  else for (const effect of direct(state, input)) perform(run, effect, cluster);
}

function perform(run: Conducted, effect: DirectorEffect, cluster: RunningCluster): void {
  const { timers } = run;
  switch (effect.do) {
    case 'command':
      return cluster.command(effect.node, effect.command);
    case 'resolve':
    case 'inject':
    case 'undo':
    case 'dump':
      outcomeOf(effect, cluster)
        .then((input) => give(run, input))
        .catch(run.fail);
      return;
    case 'arm':
      return timers.arm(effect.timer, effect.afterMs);
    case 'disarm':
      return timers.disarm(effect.timer);
    case 'record':
      return run.record(effect.event);
    case 'end':
      timers.disarmAll();
      return run.end();
    default:
      return unreachable(effect);
  }
}

/** A full disk, say, must end the run, not the process. */
function guarded({ fail }: Conducted, act: () => void): void {
  try {
    act();
  } catch (error) {
    fail(error);
  }
}

/** What the director hears of what the cluster was told to do. */
async function outcomeOf(
  effect: Extract<DirectorEffect, { do: 'resolve' | 'inject' | 'undo' | 'dump' }>,
  running: RunningCluster,
): Promise<DirectorInput> {
  switch (effect.do) {
    case 'resolve':
      return { kind: 'resolved', id: effect.id, nodes: await running.resolve(effect.name) };
    case 'inject':
      return { kind: 'injected', fault: effect.id, ...(await running.inject(effect.fault)) };
    case 'undo':
      return { kind: 'undone', fault: effect.id, evidence: await running.undo(effect.fault) };
    case 'dump':
      return { kind: 'store-dumped', node: effect.node, content: await running.dump(effect.node) };
    default:
      return unreachable(effect);
  }
}

interface Timers {
  arm(timer: string, afterMs: number): void;
  disarm(timer: string): void;
  disarmAll(): void;
}

/** One for each name: arming it again forgets when it was to expire. */
function openTimers(onExpired: (timer: string) => void): Timers {
  const timers = new Map<string, NodeJS.Timeout>();
  const disarm = (timer: string) => clearTimeout(timers.get(timer));
  return {
    disarm,
    arm: (timer, afterMs) => {
      disarm(timer);
      timers.set(
        timer,
        setTimeout(() => onExpired(timer), afterMs),
      );
    },
    disarmAll: () => {
      for (const timer of timers.values()) clearTimeout(timer);
    },
  };
}
