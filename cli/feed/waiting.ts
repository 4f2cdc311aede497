// Who waits in a run under way, and for how long: by the checkers' own rule, from what has been heard so far. Where that leaves a moment open,
// it counts less, lest somebody be called blocked whom the verdict does not.

import { waited } from '../../scenarios/checkers/waiting.ts';
import type { Span } from '../../scenarios/checkers/spans.ts';
import { boundMs, engineUs, isRunning } from './model.ts';
import type { Doubt, FaultModel, Model, NodeModel, NodeState } from './model.ts';

/** How much of a stay in doubt counts so far, in milliseconds. */
export function waitedMs(model: Model, node: NodeModel, { since }: Pick<Doubt, 'since'>): number {
  const whole = { from: since, to: Math.max(knownUntil(model, node), since) };
  const windows = model.faults.flatMap((fault) => windowOf(model, fault) ?? []);
  const around = {
    absences: node.absences,
    windows: [...windows, ...model.deaths],
    certain: [...windows.map(({ certain }) => certain), ...model.deaths],
    held: model.nodes.flatMap(({ absences }) => absences.filter(({ held }) => held)),
  };
  return waited(whole, around, boundMs(model)).countedMs;
}

/** A node says within this time what has changed; until then it may know an outcome already that nobody here has heard of. */
function knownUntil(model: Model, { last }: NodeModel): number {
  return Math.max(engineUs(model) - REPORTS_US, last?.at ?? 0);
}

const REPORTS_US = 250_000;

interface Window extends Span {
  readonly certain: Span;
}

function windowOf(model: Model, fault: FaultModel): Window | null {
  if (fault.began === null) return dueWindow(model, fault);
  const { since, at } = fault.began;
  return { from: since, to: fault.ended?.at ?? FOR_EVER, certain: { from: at, to: certainEnd(fault, at) } };
}

/** A fault that is due may be there any moment. */
function dueWindow({ servedUs }: Model, { planned: { when } }: FaultModel): Window | null {
  if (when.at !== 'time' || servedUs === null) return null;
  return { from: servedUs + when.afterMs * 1000, to: FOR_EVER, certain: NEVER };
}

/** The lab undoes it no earlier than planned. A dead node runs again some time after that: when, nobody hears before it is ready, which may be long after. */
function certainEnd({ planned: { then }, ended }: FaultModel, at: number): number {
  if (ended !== null) return ended.since;
  return then.never ? FOR_EVER : at + then.afterMs * 1000;
}

const FOR_EVER = Number.POSITIVE_INFINITY;
const NEVER: Span = { from: FOR_EVER, to: FOR_EVER };

/** From this moment of the engine's clock on the node is in this state. */
export function become(node: NodeModel, state: NodeState, atUs: number): void {
  node.state = state;
  const held = state === 'held';
  const last = node.absences.at(-1);
  const open = last?.to === FOR_EVER ? last : undefined;
  const isAway = !isRunning(node) && state !== 'starting';
  if (open && (!isAway || open.held !== held)) open.to = Math.max(atUs, open.from);
  if (isAway && open?.held !== held) node.absences.push({ from: atUs, to: FOR_EVER, held });
}

/** A node that was dead says that it is ready. */
export function runAgain(model: Model, node: NodeModel): void {
  const now = engineUs(model);
  for (const death of model.deaths) if (death.node === node.id && death.to === FOR_EVER) death.to = now;
  become(node, 'up', now);
}
