// The timeline of one fault as a machine: it knows nothing of the run's stages, other faults, dumps or clients. Whoever feeds it does its effects.
//
//   armed ─▶ (resolving) ─▶ bracketing ─▶ injecting ─▶ proving ─▶ (confirming) ─▶ injected (─▶ standing) ─▶ ending ─▶ undoing ─▶ (restarting) ─▶ concluding ─▶ undone
//     │           └──────▶ excusing: nobody is what the name means ────────────────────────────────────────────────────────────────────────────▶┘
//     └───▶ missed
//
// What nothing ends is undone as soon as it is proved.
// Bracketing, proving, ending and concluding wait for a mark: the times of a fault are those of a node that it does not hit.

import { LAB } from '../../nodes/contract/machine.ts';
import { invariant, unreachable } from '../../nodes/contract/invariant.ts';
import { endsOf, formatTarget, isBetween, nodesOf, replaceTargets } from '../../compose/faults.ts';
import { hitBy, isRestarting } from './fault-timeline-state.ts';
import type { Evidence } from '../../nodes/contract/events.ts';
import type { NodeId } from '../../nodes/contract/ids.ts';
import type { Fault, Selected, Target } from '../../compose/faults.ts';
import type { Stage, Timeline, TimelineEffect, TimelineInput, Wait, Which } from './fault-timeline-state.ts';
import type { PlannedFault } from '../plan/plan-types.ts';

export function startTimeline(planned: PlannedFault): Timeline {
  return {
    planned,
    stage: 'armed',
    fault: null,
    asking: [],
    meant: new Map(),
    count: 0,
    same: null,
    passed: false,
    held: false,
    about: null,
    since: 0,
    until: 0,
    evidence: UNSEEN,
  };
}

export function advance(state: Timeline, input: TimelineInput): TimelineEffect[] {
  switch (input.kind) {
    case 'ready':
      return ready(state, input.node);
    case 'began':
      return waitForTime(state);
    case 'same':
      return sameKnown(state, input.about);
    case 'counted':
      state.count = input.count;
      state.passed ||= input.passed === true;
      return [];
    case 'held':
      return held(state, input.about);
    case 'expired':
      return expired(state, input.wait);
    case 'resolved':
      return resolved(state, input.nodes);
    case 'marked':
      return marked(state, input.at);
    case 'injected':
      return injected(state, input.evidence);
    case 'undone':
      return undone(state, input.evidence);
    case 'missed':
      return missed(state);
    case 'closed':
      return closed(state);
    default:
      return unreachable(input);
  }
}

// ── until it is due ──

function ready(state: Timeline, node: NodeId): TimelineEffect[] {
  if (isRestarting(state, node)) return askMark(state, 'concluding');
  const { when } = state.planned;
  return when.at === 'step' && when.step.node === node ? armStep(state) : [];
}

/** After a restart of its node with the count so far. While it is not known which transaction is meant, the node remembers who passes. */
function armStep({ planned: { when }, stage, count, same }: Timeline): TimelineEffect[] {
  if (stage !== 'armed' || when.at !== 'step') return [];
  return [{ do: 'arm', node: when.step.node, gap: when.step.gap, which: whichOf(when.nth, same), seen: count }];
}

function whichOf(nth: number | 'same', about: string | null): Which {
  if (nth !== 'same') return { nth };
  return about === null ? { nth: 1, watch: true } : { nth: 1, about };
}

function sameKnown(state: Timeline, about: string | null): TimelineEffect[] {
  const { when } = state.planned;
  if (when.at !== 'step' || when.nth !== 'same') return [];
  state.same = about;
  return about === null ? [] : armStep(state);
}

function waitForTime({ planned: { when } }: Timeline): TimelineEffect[] {
  return when.at === 'time' ? [{ do: 'wait', wait: 'at', afterMs: when.afterMs }] : [];
}

function held(state: Timeline, about: string | null): TimelineEffect[] {
  if (state.stage === 'missed') return letGo(state);
  if (state.stage !== 'armed') return [];
  state.held = true;
  state.about = about;
  return due(state);
}

function expired(state: Timeline, wait: Wait): TimelineEffect[] {
  if (wait === 'at') return state.stage === 'armed' ? due(state) : [];
  if (state.stage !== 'injected') return [];
  if (!isNever(state)) return askMark(state, 'ending');
  state.stage = 'standing';
  return [];
}

/** What was never seen is undone like anything else. */
function isNever({ planned, evidence }: Timeline): boolean {
  return planned.then.never === true && evidence.seen;
}

function missed(state: Timeline): TimelineEffect[] {
  if (state.stage !== 'armed') return [];
  state.stage = 'missed';
  return letGo(state);
}

/** A node that stands held for a fault which will not come any more goes on. */
function closed(state: Timeline): TimelineEffect[] {
  return BEFORE_INJECTION.includes(state.stage) ? release(state) : [];
}

const BEFORE_INJECTION: readonly Stage[] = ['armed', 'resolving', 'excusing', 'bracketing'];

// ── whom it hits ──

function due(state: Timeline): TimelineEffect[] {
  state.asking = namesOf(state.planned.fault);
  return state.asking.length > 0 ? askName(state, 'resolving') : bracket(state);
}

function askName(state: Timeline, stage: 'resolving' | 'confirming'): TimelineEffect[] {
  state.stage = stage;
  const [name] = state.asking;
  return name ? [{ do: 'resolve', name }] : [];
}

function resolved(state: Timeline, nodes: readonly NodeId[]): TimelineEffect[] {
  if (state.stage !== 'resolving' && state.stage !== 'confirming') return [];
  const [name, ...others] = state.asking;
  if (!name) return [];
  state.asking = others;
  return state.stage === 'resolving' ? meant(state, name, nodes) : confirmed(state, name, nodes);
}

function meant(state: Timeline, name: Selected, nodes: readonly NodeId[]): TimelineEffect[] {
  if (nodes.length === 0) return excuse(state, `nobody is ${formatTarget(name)}`);
  state.meant.set(formatTarget(name), nodes);
  return state.asking.length > 0 ? askName(state, 'resolving') : bracket(state);
}

function bracket(state: Timeline): TimelineEffect[] {
  const { fault } = state.planned;
  state.fault = replaceTargets(fault, (target) =>
    typeof target === 'string' ? [target] : (state.meant.get(formatTarget(target)) ?? []),
  );
  if (!state.fault) return excuse(state, `${meaningOf(state)}: a ${fault.do} hits one node alone`);
  const both = isBetween(state.fault) ? inBoth(state.fault) : undefined;
  return both === undefined
    ? askMark(state, 'bracketing')
    : excuse(state, `${meaningOf(state)}: ${both} is on both sides`);
}

function inBoth({ group, from }: { readonly group: readonly NodeId[]; readonly from: readonly NodeId[] }) {
  return group.find((node) => from.includes(node));
}

/** There is nothing to do and nothing to undo: what is recorded is a fault without evidence. */
function excuse(state: Timeline, text: string): TimelineEffect[] {
  state.evidence = { seen: false, text };
  return askMark(state, 'excusing');
}

/** A name that means others by now may have meant them when the fault came: nobody knows what was hit. */
function confirmed(state: Timeline, name: Selected, nodes: readonly NodeId[]): TimelineEffect[] {
  const before = state.meant.get(formatTarget(name)) ?? [];
  if (!areSame(before, nodes)) {
    const now = nodes.length === 0 ? 'nobody' : nodes.join(', ');
    state.evidence = { seen: false, text: `${formatTarget(name)} was ${before.join(', ')}, and is ${now} since` };
    return lasts(state);
  }
  return state.asking.length > 0 ? askName(state, 'confirming') : lasts(state);
}

function areSame(some: readonly NodeId[], others: readonly NodeId[]): boolean {
  return some.length === others.length && some.every((node) => others.includes(node));
}

function namesOf(fault: Fault<Target>): readonly Selected[] {
  const targets = endsOf(fault);
  return targets.filter((target) => typeof target !== 'string');
}

function meaningOf({ meant: names }: Timeline): string {
  return [...names].map(([name, nodes]) => `${name} is ${nodes.join(', ')}`).join('; ');
}

// ── between marks ──

function askMark(
  state: Timeline,
  stage: 'excusing' | 'bracketing' | 'proving' | 'ending' | 'concluding',
): TimelineEffect[] {
  state.stage = stage;
  const { when } = state.planned;
  return [{ do: 'mark', hit: hitBy(state), holder: when.at === 'step' ? when.step.node : null }];
}

function marked(state: Timeline, at: number): TimelineEffect[] {
  switch (state.stage) {
    case 'bracketing':
      return inject(state, at);
    case 'proving':
      return proved(state, at);
    case 'ending':
      state.stage = 'undoing';
      state.since = at;
      return [{ do: 'undo', fault: known(state) }];
    case 'concluding':
      state.stage = 'undone';
      return [undoneEvent(state, at)];
    case 'excusing':
      state.stage = 'undone';
      state.since = at;
      return [faultEvent(state, at), ...(state.held ? letGo(state) : [])];
    case 'armed':
    case 'missed':
    case 'resolving':
    case 'injecting':
    case 'confirming':
    case 'injected':
    case 'standing':
    case 'undoing':
    case 'restarting':
    case 'undone':
      return [];
    default:
      return unreachable(state.stage);
  }
}

function inject(state: Timeline, at: number): TimelineEffect[] {
  const fault = known(state);
  state.stage = 'injecting';
  state.since = at;
  return [
    ...(stops(fault) ? [{ do: 'down', nodes: nodesOf(fault) } as const] : []),
    { do: 'inject', fault, about: state.about },
  ];
}

function injected(state: Timeline, evidence: Evidence): TimelineEffect[] {
  if (state.stage !== 'injecting') return [];
  state.evidence = evidence;
  return askMark(state, 'proving');
}

/** Whoever is stopped is what its name says no more: another soon is, and a slow machine asks after that. What counts is who said so right before. */
function proved(state: Timeline, at: number): TimelineEffect[] {
  state.until = at;
  state.asking = state.evidence.seen && !stops(known(state)) ? namesOf(state.planned.fault) : [];
  return state.asking.length > 0 ? askName(state, 'confirming') : lasts(state);
}

function lasts(state: Timeline): TimelineEffect[] {
  if (state.planned.then.do === 'nothing') {
    state.stage = 'undone';
    return [faultEvent(state, state.until), ...release(state)];
  }
  state.stage = 'injected';
  // Without evidence there is nothing to observe; what may have been done is still undone.
  const afterMs = state.evidence.seen ? state.planned.then.afterMs : 0;
  return [faultEvent(state, state.until), ...release(state), { do: 'wait', wait: 'undo', afterMs }];
}

function undone(state: Timeline, evidence: Evidence): TimelineEffect[] {
  if (state.stage !== 'undoing') return [];
  state.evidence = evidence;
  const fault = known(state);
  if (isKill(fault) && evidence.seen) {
    state.stage = 'restarting';
    return [];
  }
  const goesOn = stops(fault) && !isKill(fault);
  return [...(goesOn ? [{ do: 'up', nodes: nodesOf(fault) } as const] : []), ...askMark(state, 'concluding')];
}

/** A held node that was not killed goes on once the fault is there. */
function release(state: Timeline): TimelineEffect[] {
  const { when, fault } = state.planned;
  if (!state.held || when.at !== 'step') return [];
  return isKill(fault) && hitBy(state).includes(when.step.node) ? [] : letGo(state);
}

function letGo({ planned: { when } }: Timeline): TimelineEffect[] {
  return when.at === 'step' ? [{ do: 'release', node: when.step.node }] : [];
}

function known({ fault }: Timeline): Fault {
  invariant(fault, 'a fault is injected or undone before it is known whom it hits');
  return fault;
}

function isKill(fault: Fault<Target>): boolean {
  return fault.do === 'kill' || fault.do === 'restart';
}

function stops(fault: Fault): boolean {
  return isKill(fault) || fault.do === 'pause';
}

// ── what is recorded ──

function faultEvent(state: Timeline, at: number): TimelineEffect {
  const { planned, since, held: isHeld, evidence } = state;
  const name = planned.fault.do === 'restart' ? 'kill' : planned.fault.do;
  const meaning = evidence.seen && state.meant.size > 0 ? `${meaningOf(state)}: ` : '';
  return {
    do: 'record',
    event: {
      at,
      kind: 'fault',
      id: planned.id,
      fault: name,
      node: hitBy(state)[0] ?? LAB,
      since,
      evidence: { ...evidence, text: `${meaning}${evidence.text}` },
      ...(isHeld ? { hold: planned.id } : {}),
      ...(isNever(state) && { ends: 'never' }),
    },
  };
}

function undoneEvent(state: Timeline, at: number): TimelineEffect {
  const { planned, since, evidence } = state;
  const { do: fault } = planned.then;
  invariant(fault !== 'nothing', 'what nothing ends has been undone');
  const node = hitBy(state)[0] ?? LAB;
  return { do: 'record', event: { at, kind: 'fault', id: planned.id, fault, node, since, evidence } };
}

const UNSEEN: Evidence = { seen: false, text: 'nothing was seen' };
