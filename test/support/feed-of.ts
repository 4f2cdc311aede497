// Tells a view of a whole history as if it were under way: nodes report what a host would, five times a second, and the lab what it does.

import { next } from '../../cli/feed/follow.ts';
import { openModel } from '../../cli/feed/model.ts';
import { demand } from '../../cli/usage.ts';
import { openTally, type Tally } from '../../nodes/hosts/tally.ts';
import { scenarioWithoutFaults } from '../../scenarios/language/scenario.ts';
import { makePlan } from '../../scenarios/plan/plan.ts';
import type { Line, Model } from '../../cli/feed/model.ts';
import type { HistoryEvent, TraceEvent } from '../../nodes/contract/events.ts';
import type { NodeId } from '../../nodes/contract/ids.ts';
import type { LogRecord } from '../../nodes/contract/records.ts';
import type { ReportBody } from '../../nodes/contract/control.ts';
import type { History } from '../../scenarios/findings.ts';
import type { Plan, PlannedFault } from '../../scenarios/plan/plan-types.ts';

type FaultEvent = Extract<HistoryEvent, { kind: 'fault' }>;

interface Teller {
  incarnation: number;
  tally: Tally;
  durable: LogRecord[];
  toldMs: number;
}

/** The lines of this run, from its history alone. */
export function linesOf(history: History): readonly Line[] {
  const startUs = history.events[0]?.at ?? 0;
  const model = openModel(planOf(history), 0);
  const tellers = new Map<NodeId, Teller>();
  let nowUs = startUs;
  const nowMs = () => (nowUs - startUs) / 1000;
  const tell = (node: NodeId, body: ReportBody) =>
    next(
      model,
      {
        kind: 'report',
        report: { node, incarnation: tellers.get(node)?.incarnation ?? 1, seq: 1, ...body },
      },
      nowMs(),
    );
  const isThere = (node: NodeId) => {
    const state = stateOf(model, node);
    return state !== 'killed' && state !== 'paused' && state !== 'ended';
  };
  const goOnTo = (atUs: number) => {
    for (nowUs += TICK_US; nowUs < atUs; nowUs += TICK_US) {
      for (const [node, teller] of tellers) {
        if (nowMs() - teller.toldMs < STATUS_MS || !isThere(node) || !teller.tally.changed()) continue;
        teller.toldMs = nowMs();
        tell(node, { say: 'status', at: nowUs, ...teller.tally.status() });
      }
      next(model, { kind: 'tick' }, nowMs());
    }
    nowUs = atUs;
  };
  const boot = (event: TraceEvent) => {
    const durable = tellers.get(event.node)?.durable ?? [];
    const tally = openTally({ survived: durable, nowUs: () => nowUs });
    tellers.set(event.node, { incarnation: event.incarnation, tally, durable, toldMs: 0 });
    tell(event.node, { say: 'ready' });
  };
  for (const event of history.events) {
    goOnTo(event.at);
    if (!('seq' in event)) {
      next(model, { kind: 'event', event }, nowMs());
      continue;
    }
    if (event.kind === 'booted') boot(event);
    if (event.kind === 'held') {
      const { hold, about, at, node } = event;
      const teller = tellers.get(node);
      if (teller) tell(node, { say: 'status', at, ...teller.tally.status() });
      tell(node, { say: 'held', hold, about, at });
    }
    if (event.kind === 'appended') tellers.get(event.node)?.tally.appended(event.record);
    if (event.kind === 'durable') {
      tellers.get(event.node)?.durable.push(event.record);
      tellers.get(event.node)?.tally.durable({ ...event, line: '' } as never);
    }
  }
  return model.lines;
}

function stateOf({ nodes }: Model, id: NodeId) {
  return nodes.find((node) => node.id === id)?.state;
}

const TICK_US = 50_000;
const STATUS_MS = 200;

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
