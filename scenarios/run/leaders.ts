// Who leads each ensemble of stores, for people who look on: asked when the run begins and whenever one of its servers is hit or comes back,
// until somebody does. Nothing is judged by it.

import { setTimeout as pass } from 'node:timers/promises';
import { endsOf } from '../../compose/faults.ts';
import { findProtocol } from '../../nodes/protocols/catalog.ts';
import { storesAmong } from '../language/layout.ts';
import type { RunningCluster } from '../../compose/cluster.ts';
import type { NodeFault } from '../../compose/faults.ts';
import type { NodeId } from '../../nodes/contract/ids.ts';
import type { Plan } from '../plan/plan-types.ts';

/** Nobody while the servers look for one. */
export type OnLeader = (role: string, leader: NodeId | null) => void;

export interface LeaderWatch {
  /** The same cluster, whose faults are followed. */
  readonly running: RunningCluster;
  readonly end: () => void;
}

export function watchLeaders(running: RunningCluster, plan: Plan, onLeader: OnLeader): LeaderWatch {
  const stores = findProtocol(plan.protocol)?.stores ?? {};
  const roles = Object.keys(stores).filter((role) => stores[role]?.ensemble);
  /** Whoever asks anew ends what was asked before. */
  const asked = new Map<string, number>();
  let hasEnded = false;

  async function look(role: string): Promise<void> {
    const turn = (asked.get(role) ?? 0) + 1;
    asked.set(role, turn);
    for (let tries = 0; tries < TRIES && !hasEnded && asked.get(role) === turn; tries++) {
      const [leader = null] = await running.resolve({ role, select: 'leader' });
      if (hasEnded || asked.get(role) !== turn) return;
      onLeader(role, leader);
      if (leader !== null) return;
      await pass(BETWEEN_MS, undefined, { ref: false });
    }
  }

  /** An engine that is lost is told of by whoever needs it. */
  const lookAt = (some: readonly string[]) => {
    for (const role of some) look(role).catch(() => {});
  };
  const hitBy = (fault: NodeFault): readonly string[] => {
    const hit = endsOf(fault);
    return roles.filter((role) => storesAmong(plan.nodes).some((node) => node.role === role && hit.includes(node.id)));
  };
  const followed = async <Result>(fault: NodeFault, done: Promise<Result>): Promise<Result> => {
    const result = await done;
    lookAt(hitBy(fault));
    return result;
  };

  lookAt(roles);
  return {
    running: {
      ...running,
      inject: (fault) => followed(fault, running.inject(fault)),
      undo: (fault) => followed(fault, running.undo(fault)),
    },
    end: () => {
      hasEnded = true;
    },
  };
}

const BETWEEN_MS = 300;
/** Half a minute: servers that have found nobody by then will not. */
const TRIES = 100;
