// Scenario and seed to plan: pure and total. The same scenario and seed give the same plan, byte for byte.

import { findProtocol } from '../nodes/protocols/catalog.ts';
import { nodeId, type NodeId } from '../nodes/contract/ids.ts';
import { planFault } from './fault-plan.ts';
import { openingOf, probesFor } from './transfers.ts';
import { worldOf } from './world.ts';
import type { Scenario, Workload } from './scenario-types.ts';
import type { ClientOptions } from '../nodes/protocols/transfer-client.ts';
import type { Plan, PlannedFault } from './plan-types.ts';

export function makePlan(scenario: Scenario, seed: number): Plan {
  const { name, title, protocol, timeouts, workload, expect, timeLimitMs } = scenario;
  const world = worldOf(scenario);
  const faults = scenario.faults.map((sentence, index) =>
    planFault(sentence, `fault-${index + 1}`, { world, timeouts }),
  );
  const banks = world.nodes.filter(({ role }) => role === 'participant').map(({ id }) => id);
  return {
    version: 1,
    scenario: name,
    title,
    protocol,
    seed,
    nodes: world.nodes,
    timeouts,
    options: {
      participant: { opening: openingOf(workload, banks) },
      ...(scenario.voters && { voters: scenario.voters }),
      client: clientOptions(workload, banks, faults),
    },
    faults,
    probes: probesFor(workload, banks),
    expect,
    promises: findProtocol(protocol)?.promises ?? [],
    okAtLeast: scenario.okAtLeast ?? enough(workload, faults),
    timeLimitMs,
  };
}

/** A fault is to find clients at work, and the system is to be used again afterwards: they go on until every planned fault has come and ended. */
function clientOptions(
  { transactions, balance: _balance, ...numbers }: Workload,
  banks: readonly NodeId[],
  faults: readonly PlannedFault[],
): ClientOptions {
  const due = faults.flatMap(({ when }) => (when.at === 'time' ? [when.afterMs] : []));
  return {
    coordinator: nodeId('coordinator'),
    clients: numbers.clients,
    operations: transactions,
    goesOn: faults.length > 0,
    busyMs: due.length === 0 ? 0 : Math.max(...due) + INJECTED_MS,
    params: { banks, ...numbers },
  };
}

/** By then a fault that is due by the clock has been injected, on a busy machine too. */
const INJECTED_MS = 2000;

/** Half of what must have been asked before the first fault, or of everything when there is none: no run passes by doing nothing. */
function enough({ transactions }: Workload, faults: readonly PlannedFault[]): number {
  const before = faults.flatMap(({ when }) => (when.at === 'step' && when.nth !== 'same' ? [when.nth - 1] : []));
  const asked = faults.length === 0 ? transactions : Math.min(...before);
  return Number.isFinite(asked) ? Math.max(1, Math.floor(asked / 2)) : 1;
}
