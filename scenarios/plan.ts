// Scenario and seed to plan: pure and total. The same scenario and seed give the same plan, byte for byte.

import { findProtocol } from '../nodes/protocols/catalog.ts';
import { nodeId, type NodeId } from '../nodes/contract/ids.ts';
import { planFault } from './fault-plan.ts';
import { accountName, drawLoops, probesFor } from './transfers.ts';
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
  const loops = drawLoops(workload, banks, seed);
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
      client: { coordinator: nodeId('coordinator'), loops } satisfies ClientOptions,
    },
    faults,
    probes: probesFor(workload, banks),
    expect,
    promises: findProtocol(protocol)?.promises ?? [],
    okAtLeast: scenario.okAtLeast ?? enough(workload, faults),
    timeLimitMs,
  };
}

/** Every account of every bank holds the same at first. */
function openingOf(
  { accounts, balance }: Workload,
  banks: readonly NodeId[],
): Readonly<Record<NodeId, Readonly<Record<string, number>>>> {
  const opening = Object.fromEntries(Array.from({ length: accounts }, (_, index) => [accountName(index), balance]));
  return Object.fromEntries(banks.map((bank) => [bank, opening]));
}

/** Half of what must have been asked before the first fault, or of everything when there is none: no run passes by doing nothing. */
function enough({ transactions }: Workload, faults: readonly PlannedFault[]): number {
  const before = faults.flatMap(({ when }) => (when.at === 'step' && when.nth !== 'same' ? [when.nth - 1] : []));
  const asked = faults.length === 0 ? transactions : Math.min(...before);
  return Number.isFinite(asked) ? Math.max(1, Math.floor(asked / 2)) : 1;
}
