// The faults of a run: each is held for (or waited for), bracketed between two marks, injected, undone. The timeline is the director's.
//
//   armed ─▶ bracketing ─▶ injecting ─▶ injected ─▶ undoing ─▶ (restarting) ─▶ undone
//     └───▶ missed

import { LAB } from '../nodes/contract/machine.ts';
import { formatStep } from '../nodes/contract/step.ts';
import { unreachable } from '../nodes/contract/invariant.ts';
import { nodesOf } from '../compose/faults.ts';
import { faultOf, mark } from './director-state.ts';
import type { Evidence, LabBody } from '../nodes/contract/events.ts';
import type { NodeId } from '../nodes/contract/ids.ts';
import type { AfterMark, DirectorEffect, DirectorInput, DirectorState, FaultState } from './director-state.ts';
import type { Fault, PlannedFault } from './plan-types.ts';

export function startFault(planned: PlannedFault): FaultState {
  return { planned, stage: 'armed', count: 0, held: false, about: null, since: 0, evidence: null };
}

/** Arms the steps of this node that have not been reached yet; after a restart with the count so far. */
export function armSteps(state: DirectorState, node: NodeId): DirectorEffect[] {
  return state.faults.flatMap((fault) => {
    const { when } = fault.planned;
    return when.at === 'step' && when.step.node === node ? armStep(state, fault) : [];
  });
}

/** Nothing yet for a step of the same transaction as the first fault's, while that has not been held. */
function armStep(state: DirectorState, { planned: { id, when }, stage, count }: FaultState): DirectorEffect[] {
  if (stage !== 'armed' || when.at !== 'step') return [];
  const { node, gap } = when.step;
  const which = whichOf(when.nth, state.faults[0]?.about ?? null);
  if (!which) return [];
  state.arming.add(id);
  return [{ do: 'command', node, command: { do: 'arm', hold: id, gap, ...which, seen: count } }];
}

/** The nth to come by, or the one that the first fault is about; null while that one is not known. */
function whichOf(nth: number | 'same', about: string | null): { readonly nth: number; readonly about?: string } | null {
  if (nth !== 'same') return { nth };
  return about === null ? null : { nth: 1, about };
}

/** Faults that are due by the clock, counted from the start of the transfers. */
export function armTimes(state: DirectorState): DirectorEffect[] {
  return state.faults.flatMap(({ planned }): DirectorEffect[] =>
    planned.when.at === 'time' ? [{ do: 'arm', timer: `at ${planned.id}`, afterMs: planned.when.afterMs }] : [],
  );
}

export function counted(state: DirectorState, hold: string, count: number): void {
  state.arming.delete(hold);
  for (const fault of state.faults) if (fault.planned.id === hold) fault.count = count;
}

export function held(state: DirectorState, id: string, about: string | null): DirectorEffect[] {
  const fault = faultOf(state, id);
  if (fault?.stage === 'missed') return letGo(fault);
  if (!fault || fault.stage !== 'armed') return [];
  fault.held = true;
  fault.about = about;
  const bracketed = bracket(state, fault);
  if (fault !== state.faults[0]) return bracketed;
  // Now it is known which transaction the others are to hit that wait for the same one.
  const same = state.faults.filter(({ planned: { when } }) => when.at === 'step' && when.nth === 'same');
  return [...same.flatMap((one) => armStep(state, one)), ...bracketed];
}

export function bracket(state: DirectorState, fault: FaultState): DirectorEffect[] {
  fault.stage = 'bracketing';
  return mark(state, { then: 'inject', fault: fault.planned.id }, fault);
}

/** A mark before or after a fault has arrived. */
export function faultMarked(
  state: DirectorState,
  after: Exclude<AfterMark, { then: 'record' }>,
  at: number,
): DirectorEffect[] {
  const fault = faultOf(state, after.fault);
  if (!fault) return [];
  switch (after.then) {
    case 'inject':
      fault.stage = 'injecting';
      fault.since = at;
      if (stops(fault.planned.fault)) for (const node of nodesOf(fault.planned.fault)) state.down.add(node);
      return [{ do: 'inject', id: after.fault, fault: fault.planned.fault }];
    case 'record-fault':
      return [faultEvent(fault, at), ...release(fault), ...whileItLasts(state, fault)];
    case 'undo':
      fault.since = at;
      return [{ do: 'undo', id: after.fault, fault: fault.planned.fault }];
    case 'record-undone':
      fault.stage = 'undone';
      return [undoneEvent(fault, at)];
    default:
      return unreachable(after);
  }
}

export function injected(
  state: DirectorState,
  { fault: id, evidence, log }: Extract<DirectorInput, { kind: 'injected' }>,
): DirectorEffect[] {
  const fault = faultOf(state, id);
  if (!fault) return [];
  fault.evidence = evidence;
  const [node] = nodesOf(fault.planned.fault);
  const left =
    log && node
      ? mark(state, { then: 'record', body: { kind: 'logged', node, moment: 'after-kill', ...log } }, fault)
      : [];
  return [...mark(state, { then: 'record-fault', fault: id }, fault), ...left];
}

/** A held node that was not killed goes on once the fault is there. */
export function release(fault: FaultState): DirectorEffect[] {
  const { planned, held: isHeld } = fault;
  if (!isHeld || planned.when.at !== 'step') return [];
  return isKill(planned.fault) && nodesOf(planned.fault).includes(planned.when.step.node) ? [] : letGo(fault);
}

function letGo({ planned: { id, when } }: FaultState): DirectorEffect[] {
  return when.at === 'step' ? [{ do: 'command', node: when.step.node, command: { do: 'release', hold: id } }] : [];
}

/** All transfers have come to rest: a step that none of them reached is not to be reached by a probe. */
export function missSteps(state: DirectorState): DirectorEffect[] {
  const missed = state.faults.filter(({ stage }) => stage === 'armed');
  for (const fault of missed) fault.stage = 'missed';
  return missed.flatMap(letGo);
}

/** Faults that will not be injected any more: a node that stands held at one goes on. */
export function releaseAll(state: DirectorState): DirectorEffect[] {
  return state.faults.filter(({ stage }) => stage === 'armed' || stage === 'bracketing').flatMap(release);
}

function whileItLasts(state: DirectorState, fault: FaultState): DirectorEffect[] {
  fault.stage = 'injected';
  // Without evidence there is nothing to observe; what may have been done is still undone.
  const afterMs = fault.evidence?.seen ? fault.planned.then.afterMs : 0;
  return [{ do: 'arm', timer: `undo ${fault.planned.id}`, afterMs }];
}

/** The fault has lasted long enough. */
export function beginUndo(state: DirectorState, fault: FaultState): DirectorEffect[] {
  fault.stage = 'undoing';
  return mark(state, { then: 'undo', fault: fault.planned.id }, fault);
}

export function undone(state: DirectorState, id: string, evidence: Evidence): DirectorEffect[] {
  const fault = faultOf(state, id);
  if (!fault) return [];
  fault.evidence = evidence;
  if (isKill(fault.planned.fault)) {
    if (evidence.seen) {
      fault.stage = 'restarting';
      return [];
    }
  } else if (stops(fault.planned.fault)) for (const node of nodesOf(fault.planned.fault)) state.down.delete(node);
  return mark(state, { then: 'record-undone', fault: id }, fault);
}

/** The fault that this node comes back from, started by the engine and not ready yet. */
export function restartingAt({ faults }: DirectorState, node: NodeId): FaultState | undefined {
  return faults.find(({ stage, planned }) => stage === 'restarting' && nodesOf(planned.fault).includes(node));
}

/** A fault is under way, or is due by the clock. A step that nobody reached is not waited for. */
export function isPending({ stage, planned }: FaultState): boolean {
  return !(stage === 'undone' || stage === 'missed' || (stage === 'armed' && planned.when.at === 'step'));
}

/** Its node is held, and is about to say so. */
function isReached({ planned: { when }, count }: FaultState): boolean {
  return when.at === 'step' && count >= (when.nth === 'same' ? 1 : when.nth);
}

/** What is to be known when the transfers have ended: steps that none of them reached. */
export function unreached({ faults }: DirectorState): { detail?: string } {
  return notHit(faults.filter((fault) => fault.stage === 'armed' && !isReached(fault)));
}

/** What is to be known when nobody waits any more: steps that were reached, where no node has said in time that it is held. */
export function unheard({ faults }: DirectorState): { detail?: string } {
  return notHit(faults.filter((fault) => fault.stage === 'armed' && isReached(fault)));
}

function notHit(faults: readonly FaultState[]): { detail?: string } {
  return faults.length === 0 ? {} : { detail: `not hit: ${faults.map(whyNotHit).join('; ')}` };
}

function whyNotHit(fault: FaultState): string {
  const { when, text } = fault.planned;
  if (when.at === 'time') return text;
  const step = formatStep(when.step);
  if (isReached(fault)) return `${step}: reached, but ${when.step.node} did not say in time that it is held there`;
  if (when.nth === 'same') return `${step}: not reached by the transaction of the first fault`;
  return `${step}: reached by ${fault.count} of ${when.nth} transactions`;
}

function isKill(fault: Fault): boolean {
  return fault.do === 'kill' || fault.do === 'restart';
}

function stops(fault: Fault): boolean {
  return isKill(fault) || fault.do === 'pause';
}

function faultEvent({ planned, since, held: isHeld, evidence }: FaultState, at: number): DirectorEffect {
  const [node] = nodesOf(planned.fault);
  const name = planned.fault.do === 'restart' ? 'kill' : planned.fault.do;
  const body: LabBody = {
    kind: 'fault',
    id: planned.id,
    fault: name,
    node: node ?? LAB,
    since,
    evidence: evidence ?? UNSEEN,
    ...(isHeld ? { hold: planned.id } : {}),
  };
  return { do: 'record', event: { at, ...body } };
}

function undoneEvent({ planned, since, evidence }: FaultState, at: number): DirectorEffect {
  const [node] = nodesOf(planned.fault);
  return {
    do: 'record',
    event: {
      at,
      kind: 'fault',
      id: planned.id,
      fault: planned.then.do,
      node: node ?? LAB,
      since,
      evidence: evidence ?? UNSEEN,
    },
  };
}

const UNSEEN: Evidence = { seen: false, text: 'nothing was seen' };
