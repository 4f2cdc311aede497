// Feeds the timelines of the faults with what the director hears, and turns what they want into commands, timers and marks.

import { unreachable } from '../../nodes/contract/invariant.ts';
import { isMessageFault } from '../../compose/faults.ts';
import { beginMeddling, ceaseMeddling, hearMeddling, missMeddlers, remindMeddlers } from './director-messages.ts';
import { askAgain, mark } from './director-marks.ts';
import { hitBy, isReached, whyNotHit } from './fault-timeline-state.ts';
import { advance } from './fault-timeline.ts';
import type { Report } from '../../nodes/contract/control.ts';
import type { NodeId } from '../../nodes/contract/ids.ts';
import type { Heard } from './director-messages.ts';
import type { DirectorEffect, DirectorInput, DirectorState } from './director-state.ts';
import type { Timeline, TimelineEffect, TimelineInput } from './fault-timeline-state.ts';

export function feed(state: DirectorState, id: string, input: TimelineInput): DirectorEffect[] {
  const fault = faultOf(state, id);
  return fault ? feedOne(state, fault, input) : [];
}

export function feedAll(state: DirectorState, input: TimelineInput): DirectorEffect[] {
  return state.faults.flatMap((fault) => feedOne(state, fault, input));
}

function feedOne(state: DirectorState, fault: Timeline, input: TimelineInput): DirectorEffect[] {
  return advance(fault, input).flatMap((effect) => perform(state, fault.planned.id, effect));
}

function perform(state: DirectorState, id: string, effect: TimelineEffect): DirectorEffect[] {
  switch (effect.do) {
    case 'arm': {
      state.arming.add(id);
      const { node, gap, which, seen } = effect;
      return [{ do: 'command', node, command: { do: 'arm', hold: id, gap, ...which, seen } }];
    }
    case 'release':
      return [{ do: 'command', node: effect.node, command: { do: 'release', hold: id } }];
    case 'wait':
      return [{ do: 'arm', timer: `${effect.wait} ${id}`, afterMs: effect.afterMs }];
    case 'resolve':
      return [{ do: 'resolve', id, name: effect.name }];
    case 'mark':
      return mark(state, { then: 'advance', fault: id }, effect);
    case 'down':
      for (const node of effect.nodes) state.down.add(node);
      return [...askAgain(state), ...follow(state, missMeddlers(state, effect.nodes))];
    case 'up':
      for (const node of effect.nodes) state.down.delete(node);
      return [...askAgain(state), ...follow(state, remindMeddlers(state, effect.nodes, false))];
    case 'inject': {
      const { fault, about } = effect;
      if (isMessageFault(fault)) return follow(state, beginMeddling(state, id, fault, about));
      return [{ do: 'inject', id, fault }];
    }
    case 'undo':
      if (isMessageFault(effect.fault)) return follow(state, ceaseMeddling(state, id));
      return [{ do: 'undo', id, fault: effect.fault }];
    case 'record':
      return [{ do: 'record', event: effect.event }];
    default:
      return unreachable(effect);
  }
}

/** What hosts that meddle with messages say. */
export function meddled(
  state: DirectorState,
  report: Extract<Report, { say: 'meddling' | 'met' | 'ceased' }>,
): DirectorEffect[] {
  return follow(state, hearMeddling(state, report));
}

/** A node has died by itself. */
export function left(state: DirectorState, node: NodeId): DirectorEffect[] {
  return follow(state, missMeddlers(state, [node]));
}

/** A node's next life serves. */
export function returned(state: DirectorState, node: NodeId): DirectorEffect[] {
  return follow(state, remindMeddlers(state, [node], true));
}

function follow(state: DirectorState, { effects, inputs }: Heard): DirectorEffect[] {
  return [...effects, ...inputs.flatMap(({ id, input }) => feed(state, id, input))];
}

export function counted(
  state: DirectorState,
  { hold: id, count, passed }: Extract<Report, { say: 'counted' }>,
): DirectorEffect[] {
  state.arming.delete(id);
  return feed(state, id, { kind: 'counted', count, ...(passed && { passed }) });
}

export function held(state: DirectorState, id: string, about: string | null): DirectorEffect[] {
  const [first] = state.faults;
  // Now it is known which transaction the others are to hit that wait for the same one.
  const isFirst = first?.planned.id === id && first.stage === 'armed';
  return [...(isFirst ? feedAll(state, { kind: 'same', about }) : []), ...feed(state, id, { kind: 'held', about })];
}

export function injected(
  state: DirectorState,
  { fault: id, evidence, log }: Extract<DirectorInput, { kind: 'injected' }>,
): DirectorEffect[] {
  return [...feed(state, id, { kind: 'injected', evidence }), ...(log ? recordLog(state, id, log) : [])];
}

/** The log as a killed process left it. */
function recordLog(
  state: DirectorState,
  id: string,
  log: NonNullable<Extract<DirectorInput, { kind: 'injected' }>['log']>,
): DirectorEffect[] {
  const fault = faultOf(state, id);
  const hit = fault ? hitBy(fault) : [];
  const [node] = hit;
  if (!node) return [];
  return mark(
    state,
    { then: 'record', body: { kind: 'logged', node, moment: 'after-kill', ...log } },
    { hit, holder: null },
  );
}

export function faultOf(state: DirectorState, id: string): Timeline | undefined {
  return state.faults.find(({ planned }) => planned.id === id);
}

/** What is to be known when the transfers have ended: steps that too few of them reached. */
export function unreached(state: DirectorState): { detail?: string } {
  return notHit(state, (fault) => !isReached(fault) && !isOfSame(fault));
}

/**
 * What is to be known when nobody waits any more: steps that were reached, where no node has said in time that it is held; and those of a certain
 * transaction, which may come to them long after its client has gone.
 */
export function unheard(state: DirectorState): { detail?: string } {
  return notHit(state, (fault) => isReached(fault) || isOfSame(fault));
}

function isOfSame({ planned: { when } }: Timeline): boolean {
  return when.at === 'step' && when.nth === 'same';
}

function notHit(state: DirectorState, isMeant: (fault: Timeline) => boolean): { detail?: string } {
  const faults = state.faults.filter((fault) => fault.stage === 'armed' && isMeant(fault));
  const reasons = faults.map((fault) => whyNotHit(fault, (about) => isOpen(state, about)));
  return reasons.length === 0 ? {} : { detail: `not hit: ${reasons.join('; ')}` };
}

/** Somebody has not answered, or has not ended it. */
function isOpen({ dumps, answering }: DirectorState, about: string): boolean {
  const isIn = (txs: readonly string[]) => txs.includes(about);
  return answering.size > 0 || [...dumps.values()].some((dump) => isIn(dump.inDoubt) || isIn(dump.unfinished));
}
