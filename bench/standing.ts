// A cluster of txlab's that stands for a whole benchmark, with a coordinator, a client and two participants, and nothing to do.

import { findScenario } from '../scenarios/language/scenario-catalog.ts';
import { makePlan } from '../scenarios/plan/plan.ts';
import { specOf } from '../scenarios/run/run.ts';
import { nodeId, opId } from '../nodes/contract/ids.ts';
import { timed } from './contest.ts';
import { listenToReports } from './reports.ts';
import type { Transfer } from '../nodes/workloads/transfers.ts';
import type { NodeId } from '../nodes/contract/ids.ts';
import type { Cluster, RunningCluster } from '../compose/cluster.ts';
import type { Labels } from '../compose/engine/port.ts';
import type { Plan } from '../scenarios/plan/plan-types.ts';
import type { Lab, Objects } from './lab.ts';
import type { Reports } from './reports.ts';

export const COORDINATOR = nodeId('coordinator');
export const CLIENT = nodeId('client');

export interface StandingCluster extends AsyncDisposable {
  readonly running: RunningCluster;
  readonly reports: Reports;
  readonly labels: Labels;
  /** Resolves when every node hears every other again. Ask before a node is killed. */
  readonly linkedAgain: () => Promise<unknown>;
  /** Asks the client for transfers, one after the other; resolves when they have ended. */
  readonly transfer: (transfers: readonly Transfer[]) => Promise<void>;
}

/** Resolves when every node hears every other. */
export async function standCluster(lab: Lab, cluster: Cluster & Objects = lab.cluster()): Promise<StandingCluster> {
  const plan = baseline();
  const reports = listenToReports();
  const allLinked = () =>
    Promise.all(plan.nodes.map(({ id }) => reports.next(`the connections of ${id}`, isLinked(id, plan))));
  const linked = allLinked();
  const running = await cluster.start(specOf(plan, lab.runFolder()), reports.hear, () => {});
  await linked;
  let errands = 0;
  return {
    running,
    reports,
    labels: cluster.labels,
    linkedAgain: allLinked,
    transfer: async (transfers) => {
      const op = opId(`bench-${++errands}`);
      const done = reports.next('the end of transfers', (report) => report.say === 'answered' && report.op === op);
      running.command(CLIENT, { do: 'ask', op, request: { word: 'probe', lists: [transfers] } as { word: string } });
      await done;
    },
    [Symbol.asyncDispose]: async () => {
      await running.stop();
    },
  };
}

/** Kills the coordinator and starts it again: milliseconds until it is ready. Resolves when every node hears every other again. */
export async function restartNode({ running, reports, linkedAgain }: StandingCluster): Promise<number> {
  const linked = linkedAgain();
  const ready = reports.next('the restarted node', (said) => said.node === COORDINATOR && said.say === 'ready');
  const fault = { do: 'kill', node: COORDINATOR } as const;
  const taken = await timed(async () => {
    await running.inject(fault);
    await running.undo(fault);
    await ready;
  });
  await linked;
  return taken;
}

/** The plan of a run without faults, for clusters that a benchmark drives by hand. */
export function baseline(): Plan {
  const found = findScenario('two-phase-baseline');
  if (!found.ok) throw new Error('the catalog has no two-phase-baseline');
  return makePlan(found.value, 1);
}

function isLinked(node: NodeId, { nodes }: Plan): Parameters<Reports['next']>[1] {
  return (report) => report.node === node && report.say === 'linked' && report.peers.length === nodes.length - 1;
}

/** Between the two participants, on one of their 16 accounts. */
export function transferOn(account: number): Transfer {
  const name = `a${String(account % 16).padStart(2, '0')}`;
  const [from, to] = ['participant-1', 'participant-2'].map((bank) => ({ bank: nodeId(bank), account: name }));
  return { word: 'transfer', from, to, amount: 1 } as Transfer;
}
