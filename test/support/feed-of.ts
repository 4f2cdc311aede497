// Tells a view of a whole history as if it were under way, with as much of a plan as its faults show.

import { retold } from '../../cli/page/retold.ts';
import { demand } from '../../cli/usage.ts';
import { scenarioWithoutFaults } from '../../scenarios/language/scenario.ts';
import { makePlan } from '../../scenarios/plan/plan.ts';
import type { Line } from '../../cli/feed/model.ts';
import type { HistoryEvent } from '../../nodes/contract/events.ts';
import type { History } from '../../scenarios/findings.ts';
import type { Plan, PlannedFault } from '../../scenarios/plan/plan-types.ts';

type FaultEvent = Extract<HistoryEvent, { kind: 'fault' }>;

/** The lines of this run, from its history alone. */
export function linesOf(history: History): readonly Line[] {
  return retold(history, planOf(history));
}

/** As much of a plan as a view reads. */
function planOf({ run, events }: History): Plan {
  const base = makePlan(demand(scenarioWithoutFaults({})), 1);
  const [node] = base.nodes;
  if (node === undefined) throw new Error('a plan has nodes');
  const faults = events.filter((event): event is FaultEvent => event.kind === 'fault');
  const first = faults.filter((fault, index) => faults.findIndex(({ id }) => id === fault.id) === index);
  const serving = events.find((event) => event.kind === 'phase')?.at ?? run.at;
  return {
    ...base,
    nodes: run.nodes.map((id) => ({ ...node, id })),
    timeouts: run.timeouts,
    faults: first.map((fault) => plannedOf(fault, { faults, serving })),
  };
}

function plannedOf(
  begun: FaultEvent,
  { faults, serving }: { readonly faults: readonly FaultEvent[]; readonly serving: number },
): PlannedFault {
  const ended = faults.findLast(({ id }) => id === begun.id);
  const isOver = ended !== undefined && ended !== begun;
  const afterMs = isOver ? Math.max(Math.floor((ended.since - begun.at) / 1000), 0) : 0;
  const { id, hold, node, fault } = begun;
  const step = { node, gap: { side: 'before', word: 'x' } };
  return {
    id,
    text: id,
    fault: fault === 'cut' ? { do: 'cut', group: [node], from: [], oneWay: false } : { do: fault, node },
    when: hold === undefined ? { at: 'time', afterMs: (begun.since - serving) / 1000 } : { at: 'step', step, nth: 1 },
    then: { do: ended?.fault ?? 'heal', afterMs, ...(isOver ? {} : { never: true }) },
  } as unknown as PlannedFault;
}
