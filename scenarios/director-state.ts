// What the director knows, hears and does; and its marks: the times that it asks nodes for.

import { LAB } from '../nodes/contract/machine.ts';
import { nodesOf } from '../compose/faults.ts';
import type { ClusterEvent, Injected } from '../compose/cluster.ts';
import type { Command, Report } from '../nodes/contract/control.ts';
import type { Evidence, LabBody, LabEvent, StateDump } from '../nodes/contract/events.ts';
import type { NodeId } from '../nodes/contract/ids.ts';
import type { Fault, Plan, PlannedFault } from './plan-types.ts';

export type DirectorInput =
  | { readonly kind: 'started' }
  | { readonly kind: 'report'; readonly report: Report }
  | Extract<ClusterEvent, { kind: 'exited' }>
  | ({ readonly kind: 'injected'; readonly fault: string } & Injected)
  | { readonly kind: 'undone'; readonly fault: string; readonly evidence: Evidence }
  | { readonly kind: 'expired'; readonly timer: string }
  | { readonly kind: 'stopped'; readonly why: Why; readonly detail: string };

export type DirectorEffect =
  | { readonly do: 'command'; readonly node: NodeId; readonly command: Command }
  | { readonly do: 'inject'; readonly id: string; readonly fault: Fault }
  | { readonly do: 'undo'; readonly id: string; readonly fault: Fault }
  | { readonly do: 'arm'; readonly timer: string; readonly afterMs: number }
  | { readonly do: 'disarm'; readonly timer: string }
  | { readonly do: 'record'; readonly event: LabEvent }
  | { readonly do: 'end' };

export type Why = Extract<LabBody, { kind: 'ended' }>['why'];
type Phase = 'linking' | 'running' | 'settling' | 'probing' | 'closing' | 'finishing' | 'ended';

export interface FaultState {
  readonly planned: PlannedFault;
  /** `restarting`: the engine has started the node, which has not said ready. `missed`: its step was not reached by any transfer. */
  stage: 'armed' | 'bracketing' | 'injecting' | 'injected' | 'undoing' | 'restarting' | 'undone' | 'missed';
  count: number;
  held: boolean;
  /** The transaction that was held, or the operation. */
  about: string | null;
  since: number;
  evidence: Evidence | null;
}

/** What happens when the mark that was asked for arrives. */
export type AfterMark =
  | { readonly then: 'inject'; readonly fault: string }
  | { readonly then: 'record-fault'; readonly fault: string }
  | { readonly then: 'undo'; readonly fault: string }
  | { readonly then: 'record-undone'; readonly fault: string }
  | { readonly then: 'record'; readonly body: LabBody };

export interface DirectorState {
  readonly plan: Plan;
  phase: Phase;
  readonly ready: Set<NodeId>;
  readonly links: Map<NodeId, number>;
  readonly down: Set<NodeId>;
  readonly faults: FaultState[];
  /** Steps that their nodes have been told of and have not yet said to be armed. */
  readonly arming: Set<string>;
  readonly marks: Map<string, AfterMark>;
  markCount: number;
  lastAt: number;
  /** Clients that have done the workload; those that go on do so until they are stopped. */
  readonly counted: Set<NodeId>;
  /** How often they were told to stop, and who has since. */
  stops: number;
  readonly stopped: Set<NodeId>;
  /** They have been told to stop, and not to go on again. */
  stopping: boolean;
  dumps: Map<NodeId, StateDump>;
  dumpRound: number;
  /** How often the nodes were found at work since the phase began: the next look waits longer. */
  looks: number;
  finished: Set<NodeId>;
}

/** Asks a node that the fault does not hit for its clock. */
export function mark(state: DirectorState, after: AfterMark, fault?: FaultState): DirectorEffect[] {
  const hit = fault ? nodesOf(fault.planned.fault) : [];
  const holder = fault?.planned.when.at === 'step' ? fault.planned.when.step.node : LAB;
  const order = [...clients(state), ...alive(state)];
  const witness = order.find((node) => !hit.includes(node) && node !== holder && !state.down.has(node)) ?? order[0];
  if (!witness) return [];
  const id = `mark-${++state.markCount}`;
  state.marks.set(id, after);
  return [{ do: 'command', node: witness, command: { do: 'mark', id } }];
}

/** Records what the lab did or saw, at the time of a node's next mark. */
export function record(state: DirectorState, body: LabBody): DirectorEffect[] {
  return mark(state, { then: 'record', body });
}

/** What was waiting for this mark; nothing for a mark that nobody asked for. */
export function takeMark(state: DirectorState, id: string, at: number): AfterMark | undefined {
  const after = state.marks.get(id);
  if (!after) return undefined;
  state.marks.delete(id);
  state.lastAt = Math.max(state.lastAt, at);
  return after;
}

export function faultOf(state: DirectorState, id: string): FaultState | undefined {
  return state.faults.find(({ planned }) => planned.id === id);
}

export function alive(state: DirectorState): NodeId[] {
  return state.plan.nodes.map(({ id }) => id).filter((id) => !state.down.has(id));
}

export function clients(state: DirectorState): NodeId[] {
  return state.plan.nodes.filter(({ role }) => role === 'client').map(({ id }) => id);
}
