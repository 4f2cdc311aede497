// What the timeline of a fault knows, hears and wants; and what others ask of it.

import { formatStep } from '../../nodes/contract/step.ts';
import { nodesOf } from '../../compose/faults.ts';
import type { Evidence, LabEvent } from '../../nodes/contract/events.ts';
import type { NodeId } from '../../nodes/contract/ids.ts';
import type { Gap } from '../../nodes/contract/step.ts';
import type { Fault, Selected } from '../../compose/faults.ts';
import type { PlannedFault } from '../plan/plan-types.ts';

export interface Timeline {
  readonly planned: PlannedFault;
  /** `standing`: it is never to end, and has been looked at for long enough. `restarting`: the engine has started the node, which has not said ready. `missed`: its step was not reached in time. */
  stage: Stage;
  /** What is injected and undone; null while it is not known whom it hits. */
  fault: Fault | null;
  /** Names that are still to be asked for, and what the others meant when the fault was due. */
  asking: readonly Selected[];
  readonly meant: Map<string, readonly NodeId[]>;
  /** How many transactions have come to its step. */
  count: number;
  /** The one transaction that it waits for, where it waits for the same as another fault; null until that is known. */
  same: string | null;
  /** That one had passed the step when its node was told which one it is. */
  passed: boolean;
  held: boolean;
  /** The transaction, or operation, that its step was held for. */
  about: string | null;
  /** The times of the marks around what is being done. */
  since: number;
  until: number;
  evidence: Evidence;
}

export type Stage =
  | 'armed'
  | 'missed'
  | 'resolving'
  | 'excusing'
  | 'bracketing'
  | 'injecting'
  | 'proving'
  | 'confirming'
  | 'injected'
  | 'standing'
  | 'ending'
  | 'undoing'
  | 'restarting'
  | 'concluding'
  | 'undone';

export type TimelineInput =
  /** A node serves, for the first time or again. */
  | { readonly kind: 'ready'; readonly node: NodeId }
  /** Times are counted from now. */
  | { readonly kind: 'began' }
  /** The transaction is known that all are to hit which wait for the same. */
  | { readonly kind: 'same'; readonly about: string | null }
  | { readonly kind: 'counted'; readonly count: number; readonly passed?: true }
  | { readonly kind: 'held'; readonly about: string | null }
  /** What was waited for is over. */
  | { readonly kind: 'expired'; readonly wait: Wait }
  /** Empty where nobody is what was asked for. */
  | { readonly kind: 'resolved'; readonly nodes: readonly NodeId[] }
  | { readonly kind: 'marked'; readonly at: number }
  | { readonly kind: 'injected'; readonly evidence: Evidence }
  | { readonly kind: 'undone'; readonly evidence: Evidence }
  /** Nobody comes to its step any more. */
  | { readonly kind: 'missed' }
  /** Nothing is begun any more. */
  | { readonly kind: 'closed' };

export type TimelineEffect =
  | { readonly do: 'arm'; readonly node: NodeId; readonly gap: Gap; readonly which: Which; readonly seen: number }
  | { readonly do: 'release'; readonly node: NodeId }
  | { readonly do: 'wait'; readonly wait: Wait; readonly afterMs: number }
  | { readonly do: 'resolve'; readonly name: Selected }
  /** Asks for the time of a node that is neither hit nor held. */
  | { readonly do: 'mark'; readonly hit: readonly NodeId[]; readonly holder: NodeId | null }
  /** These answer nothing from now on, or do so again. */
  | { readonly do: 'down' | 'up'; readonly nodes: readonly NodeId[] }
  /** Of a fault at a step, `about` is what was held there. */
  | { readonly do: 'inject'; readonly fault: Fault; readonly about: string | null }
  | { readonly do: 'undo'; readonly fault: Fault }
  | { readonly do: 'record'; readonly event: LabEvent };

/** Until a fault is due by the clock, or until it has lasted long enough. */
export type Wait = 'at' | 'undo';
export type Which = { readonly nth: number; readonly about?: string; readonly watch?: true };

/** The nodes that it hits, as far as they are known. */
export function hitBy({ fault, planned }: Timeline): readonly NodeId[] {
  return nodesOf(fault ?? planned.fault);
}

/** Whether this node comes back from it, started by the engine and not ready yet. */
export function isRestarting(state: Timeline, node: NodeId): boolean {
  return state.stage === 'restarting' && hitBy(state).includes(node);
}

/** It is under way, or is due by the clock. A step that nobody reached is not waited for. */
export function isPending({ stage, planned }: Timeline): boolean {
  return !(
    stage === 'undone' ||
    stage === 'standing' ||
    stage === 'missed' ||
    (stage === 'armed' && planned.when.at === 'step')
  );
}

/** Its node is held, and is about to say so. */
export function isReached({ planned: { when }, count }: Timeline): boolean {
  return when.at === 'step' && count >= (when.nth === 'same' ? 1 : when.nth);
}

/** `isOpen`: of a transaction, whether somebody may still be at work on it. */
export function whyNotHit(state: Timeline, isOpen: (about: string) => boolean): string {
  const { when, text } = state.planned;
  if (when.at === 'time') return text;
  const step = formatStep(when.step);
  if (isReached(state)) return `${step}: reached, but ${when.step.node} did not say in time that it is held there`;
  if (when.nth === 'same') return `${step}: ${whyNotSame(state, isOpen)}`;
  return `${step}: reached by ${state.count} of ${when.nth} transactions`;
}

function whyNotSame({ same, passed }: Timeline, isOpen: (about: string) => boolean): string {
  if (same === null) return 'the first fault hit no transaction that this could be the same as';
  if (passed) return 'passed by the transaction of the first fault before it could be armed for it';
  if (isOpen(same)) return 'not awaited any longer, though the transaction of the first fault had not ended everywhere';
  return 'not reached by the transaction of the first fault';
}
