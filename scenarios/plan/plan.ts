// Scenario and seed to plan: pure and total. The same scenario and seed give the same plan, byte for byte.

import type { Role } from '../../nodes/contract/protocol.ts';
import { promisesOf, whilesOf } from '../checkers/properties.ts';
import { invariant } from '../../nodes/contract/invariant.ts';
import type { NodeId } from '../../nodes/contract/ids.ts';
import { planFaults } from './fault-plan.ts';
import { kindOf } from '../workloads/catalog.ts';
import { layoutOf, type Layout } from '../language/layout.ts';
import type { Scenario, Workload } from '../language/scenario-types.ts';
import type { ClientOptions } from '../../nodes/protocols/client.ts';
import type { Plan, PlannedFault } from './plan-types.ts';

export function makePlan(scenario: Scenario, seed: number): Plan {
  const { name, title, protocol, timeouts, workload, expect, timeLimitMs } = scenario;
  const layout = layoutOf(scenario);
  const faults = scenario.faults
    .flatMap((sentence) => planFaults(sentence, { layout, timeouts }))
    .map((fault, index): PlannedFault => ({ id: `fault-${index + 1}`, ...fault }));
  const { initial, params, probes } = kindOf(workload.kind).prepare(workload, layout.guards);
  return {
    version: 1,
    scenario: name,
    title,
    protocol,
    seed,
    nodes: layout.nodes,
    drivers: driversOf(layout),
    askedNode: whoIsAsked(layout),
    sites: layout.sites,
    family: layout.protocol.family,
    workload: workload.kind,
    initial,
    params,
    timeouts,
    options: {
      ...(scenario.voters && { voters: scenario.voters }),
      ...(scenario.checkpoint !== undefined && { checkpoint: scenario.checkpoint }),
      client: clientOptions(layout, workload, faults),
    },
    faults,
    probes,
    expect,
    promises: promisedHere(layout, workload),
    ...whilesOf(layout.protocol.promises),
    forced: forcedIn(layout),
    okAtLeast: scenario.okAtLeast ?? enough(workload, faults),
    timeLimitMs,
  };
}

/** Whoever has its operation done anew may have it done twice: that is no promise of the protocol's. */
function promisedHere({ protocol: { promises, family } }: Layout, { kind, retry }: Workload): Plan['promises'] {
  const all = promisesOf(promises, { family, workload: kind });
  return retry === 'body' ? all.filter((property) => property !== 'validity') : all;
}

/** A fault is to find clients at work, and the system is to be used again afterwards: they go on until every planned fault has come and ended. */
function clientOptions(
  layout: Layout,
  { clients, transactions, retry = 'never' }: Workload,
  faults: readonly PlannedFault[],
): ClientOptions {
  const drivers = driversOf(layout).length;
  const due = faults.flatMap(({ when }) => (when.at === 'time' ? [when.afterMs] : []));
  return {
    coordinator: whoIsAsked(layout),
    clients: Math.ceil(clients / drivers),
    operations: Math.ceil(transactions / drivers),
    goesOn: faults.length > 0,
    busyMs: due.length === 0 ? 0 : Math.max(...due) + INJECTED_MS,
    ...(retry !== 'never' && { retry }),
  };
}

function driversOf({ protocol, nodes }: Layout): readonly NodeId[] {
  return nodes.flatMap(({ id, role }) => (protocol.roles[role]?.drives ? [id] : []));
}

function forcedIn({ protocol }: Layout): NonNullable<Plan['forced']> {
  const always = ({ words: { force = [], append = [] } }: Role) => force.filter((word) => !append.includes(word));
  return Object.fromEntries(Object.entries(protocol.roles).map(([role, of]) => [role, always(of)]));
}

/** The first node that takes the operations of the workload; where clients do them by themselves, the one that guards what they are about. */
function whoIsAsked({ protocol, nodes }: Layout): NodeId {
  const asked =
    nodes.find(({ role }) => protocol.roles[role]?.operations === 'receive') ??
    nodes.find(({ role }) => protocol.roles[role]?.isSite);
  invariant(asked, `${protocol.name} has no role that takes operations`);
  return asked.id;
}

/** By then a fault that is due by the clock has been injected, on a busy machine too. */
const INJECTED_MS = 2000;

/** Half of what must have been asked before the first fault, or of everything when there is none: no run passes by doing nothing. */
function enough({ transactions }: Workload, faults: readonly PlannedFault[]): number {
  const before = faults.flatMap(({ when }) => (when.at === 'step' && when.nth !== 'same' ? [when.nth - 1] : []));
  const asked = faults.length === 0 ? transactions : Math.min(...before);
  return Number.isFinite(asked) ? Math.max(1, Math.floor(asked / 2)) : 1;
}
