// What the director knows, hears and does; and the two questions that everybody asks of it: who lives, and who is a client.

import { nodesAmong, storesAmong, type PlannedNode } from '../language/layout.ts';
import type { ClusterEvent, Injected } from '../../compose/cluster.ts';
import type { MessageFault, NodeFault, Selected } from '../../compose/faults.ts';
import type { Command, Report } from '../../nodes/contract/control.ts';
import type { Evidence, LabBody, LabEvent } from '../../nodes/contract/events.ts';
import type { Json } from '../../nodes/contract/messages.ts';
import type { StateDump } from '../../nodes/contract/notes.ts';
import type { NodeId } from '../../nodes/contract/ids.ts';
import type { Timeline } from './fault-timeline-state.ts';
import type { Plan } from '../plan/plan-types.ts';

export type DirectorInput =
  | { readonly kind: 'started' }
  | { readonly kind: 'report'; readonly report: Report }
  | Extract<ClusterEvent, { kind: 'exited' | 'store-ready' }>
  /** What a store holds; undefined where it could not be asked. */
  | { readonly kind: 'store-dumped'; readonly node: NodeId; readonly content: Json | undefined }
  /** Which nodes a name means that a fault has asked for; none where nobody is that. */
  | { readonly kind: 'resolved'; readonly id: string; readonly nodes: readonly NodeId[] }
  | ({ readonly kind: 'injected'; readonly fault: string } & Injected)
  | { readonly kind: 'undone'; readonly fault: string; readonly evidence: Evidence }
  | { readonly kind: 'expired'; readonly timer: string }
  | { readonly kind: 'stopped'; readonly why: Why; readonly detail: string };

export type DirectorEffect =
  | { readonly do: 'command'; readonly node: NodeId; readonly command: Command }
  | { readonly do: 'resolve'; readonly id: string; readonly name: Selected }
  | { readonly do: 'inject'; readonly id: string; readonly fault: NodeFault }
  | { readonly do: 'undo'; readonly id: string; readonly fault: NodeFault }
  /** Of a store. */
  | { readonly do: 'dump'; readonly node: NodeId }
  | { readonly do: 'arm'; readonly timer: string; readonly afterMs: number }
  | { readonly do: 'disarm'; readonly timer: string }
  | { readonly do: 'record'; readonly event: LabEvent }
  | { readonly do: 'end' };

export type Why = Extract<LabBody, { kind: 'ended' }>['why'];
type Stage = 'linking' | 'running' | 'settling' | 'probing' | 'closing' | 'finishing' | 'ended';

/** What happens when the mark that was asked for arrives. */
export type AfterMark =
  | { readonly then: 'advance'; readonly fault: string }
  | { readonly then: 'record'; readonly body: LabBody };

/** Nodes that had better not be asked: those that a fault hits, and the one that is held for it. */
export interface Avoid {
  readonly hit: readonly NodeId[];
  readonly holder: NodeId | null;
}

export interface AskedMark {
  readonly after: AfterMark;
  readonly avoid: Avoid;
  /** Who was asked; null while there is nobody alive to ask. */
  witness: NodeId | null;
}

/** A fault on messages that has begun. */
export interface Meddled {
  readonly fault: MessageFault;
  /** The one transaction whose messages it is about. */
  readonly about: string | null;
  stage: 'beginning' | 'lasting' | 'ending' | 'ended';
  /** Hosts that have not said that they began, or ended. */
  readonly waiting: Set<NodeId>;
  readonly met: Map<NodeId, Met>;
}

/** What one host has done. A node that died has forgotten how often it did so, and its next life counts anew. */
export interface Met {
  before: number;
  count: number;
  readonly about: (string | null)[];
  readonly to: Set<NodeId>;
}

export interface DirectorState {
  readonly plan: Plan;
  stage: Stage;
  readonly ready: Set<NodeId>;
  readonly links: Map<NodeId, number>;
  readonly down: Set<NodeId>;
  readonly faults: readonly Timeline[];
  /** Faults on messages that have begun, by their ids. */
  readonly meddled: Map<string, Meddled>;
  /** Steps that their nodes have been told of and have not yet said to be armed. */
  readonly arming: Set<string>;
  readonly marks: Map<string, AskedMark>;
  markCount: number;
  lastAt: number;
  /** Clients that have done the workload; those that go on do so until they are stopped. */
  readonly counted: Set<NodeId>;
  /** How often they were told to stop, and who has since. */
  stops: number;
  readonly stopped: Set<NodeId>;
  /** They have been told to stop, and not to go on again. */
  stopping: boolean;
  /** The last that each has answered since the stage began: who is asked again when time is up counts with that. */
  readonly dumps: Map<NodeId, StateDump>;
  /** Who has been asked and has not answered yet. */
  answering: Set<NodeId>;
  dumpRound: number;
  /** Stores that are asked at rest what they hold and have not answered; null before they are asked. */
  dumping: Set<NodeId> | null;
  /** How often the nodes were found at work since the stage began: the next look waits longer. */
  looks: number;
  /** It is ended before all are at rest, by its limit or by hand. Where the engine is lost nobody can be told, and whoever saves traces stops the nodes first. */
  cutShort: boolean;
  finished: Set<NodeId>;
}

/** Nodes, which can be told and asked; no store can. */
export function alive(state: DirectorState): NodeId[] {
  return living(state, nodesAmong(state.plan.nodes));
}

export function storesAlive(state: DirectorState): NodeId[] {
  return living(state, storesAmong(state.plan.nodes));
}

function living({ down }: DirectorState, among: readonly PlannedNode[]): NodeId[] {
  return among.map(({ id }) => id).filter((id) => !down.has(id));
}

export function clients(state: DirectorState): NodeId[] {
  return [...state.plan.drivers];
}
