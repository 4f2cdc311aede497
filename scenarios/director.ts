// The director: the timeline of a run as a machine. It waits for the nodes, lets the clients run, holds the step, has the fault
// injected while the node is held, sees its evidence, ends it, probes, and closes. Both arms drive it; it does nothing itself.
//
//   linking ─▶ running ─▶ settling ─▶ probing ─▶ closing ─▶ finishing ─▶ ended
//                │ each fault: armed ─▶ held ─▶ bracketed ─▶ injected ─▶ (for a while) ─▶ undone

import { LAB } from '../nodes/contract/machine.ts';
import { opId } from '../nodes/contract/ids.ts';
import { formatStep } from '../nodes/contract/step.ts';
import { unreachable } from '../nodes/contract/invariant.ts';
import { nodesOf } from '../compose/faults.ts';
import type { ClusterEvent, Injected } from '../compose/cluster.ts';
import type { Command, Report } from '../nodes/contract/control.ts';
import type { Evidence, LabBody, LabEvent, StateDump } from '../nodes/contract/events.ts';
import type { NodeId } from '../nodes/contract/ids.ts';
import type { DumpAnswer, Request } from '../nodes/contract/machine.ts';
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

type Why = Extract<LabBody, { kind: 'ended' }>['why'];
type Phase = 'linking' | 'running' | 'settling' | 'probing' | 'closing' | 'finishing' | 'ended';

interface FaultState {
  readonly planned: PlannedFault;
  /** `restarting`: the engine has started the node, which has not said ready. */
  stage: 'armed' | 'bracketing' | 'injecting' | 'injected' | 'undoing' | 'restarting' | 'undone';
  count: number;
  held: boolean;
  since: number;
  evidence: Evidence | null;
}

/** What happens when the mark that was asked for arrives. */
type AfterMark =
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
  readonly marks: Map<string, AfterMark>;
  markCount: number;
  lastAt: number;
  workloadDone: boolean;
  dumps: Map<NodeId, StateDump>;
  dumpRound: number;
  finished: Set<NodeId>;
}

export function startDirector(plan: Plan): DirectorState {
  return {
    plan,
    phase: 'linking',
    ready: new Set(),
    links: new Map(),
    down: new Set(),
    faults: plan.faults.map((planned) => ({
      planned,
      stage: 'armed',
      count: 0,
      held: false,
      since: 0,
      evidence: null,
    })),
    marks: new Map(),
    markCount: 0,
    lastAt: 0,
    workloadDone: false,
    dumps: new Map(),
    dumpRound: 0,
    finished: new Set(),
  };
}

export function direct(state: DirectorState, input: DirectorInput): DirectorEffect[] {
  if (state.phase === 'ended') return [];
  switch (input.kind) {
    case 'started':
      return [{ do: 'arm', timer: 'limit', afterMs: state.plan.timeLimitMs }];
    case 'report':
      return reported(state, input.report);
    case 'exited':
      return exited(state, input);
    case 'injected':
      return injected(state, input);
    case 'undone':
      return undone(state, input.fault, input.evidence);
    case 'expired':
      return expired(state, input.timer);
    case 'stopped':
      return close(state, input.why, input.detail);
    default:
      return unreachable(input);
  }
}

// ── reports ──

function reported(state: DirectorState, report: Report): DirectorEffect[] {
  switch (report.say) {
    case 'ready':
      return ready(state, report.node);
    case 'linked':
      state.links.set(report.node, report.peers.length);
      return begin(state);
    case 'counted':
      for (const fault of state.faults) if (fault.planned.id === report.hold) fault.count = report.count;
      return [];
    case 'held':
      state.lastAt = Math.max(state.lastAt, report.at);
      return held(state, report.hold);
    case 'marked':
      return marked(state, report.id, report.at);
    case 'answered':
      return answered(state, report.node, report.op, report.answer as { word: string });
    case 'status':
      state.lastAt = Math.max(state.lastAt, report.at);
      return [];
    case 'finished':
      state.finished.add(report.node);
      return whenFinished(state);
    case 'failed':
      return [];
    default:
      return unreachable(report);
  }
}

function ready(state: DirectorState, node: NodeId): DirectorEffect[] {
  state.ready.add(node);
  state.down.delete(node);
  const restarting = state.faults.find(
    ({ stage, planned }) => stage === 'restarting' && nodesOf(planned.fault).includes(node),
  );
  if (!restarting) return begin(state);
  return [...armAt(state, node), ...mark(state, { then: 'record-undone', fault: restarting.planned.id })];
}

/** Everybody serves and hears everybody: the transfers begin. */
function begin(state: DirectorState): DirectorEffect[] {
  const { nodes } = state.plan;
  if (state.phase !== 'linking') return [];
  if (!nodes.every(({ id }) => state.ready.has(id) && (state.links.get(id) ?? 0) >= nodes.length - 1)) return [];
  state.phase = 'running';
  return [
    ...record(state, { kind: 'phase', phase: 'serving' }),
    ...nodes.flatMap(({ id }) => armAt(state, id)),
    ...state.faults.flatMap(({ planned }): DirectorEffect[] =>
      planned.when.at === 'time' ? [{ do: 'arm', timer: `at ${planned.id}`, afterMs: planned.when.afterMs }] : [],
    ),
    ...clients(state).map((node) => ask(node, 'run', { word: 'run' })),
  ];
}

/** Arms the steps of this node that have not been reached yet; after a restart with the count so far. */
function armAt(state: DirectorState, node: NodeId): DirectorEffect[] {
  return state.faults.flatMap(({ planned, stage, count }): DirectorEffect[] => {
    if (stage !== 'armed' || planned.when.at !== 'step' || planned.when.step.node !== node) return [];
    const { step, nth } = planned.when;
    return [{ do: 'command', node, command: { do: 'arm', hold: planned.id, gap: step.gap, nth, seen: count } }];
  });
}

// ── faults ──

function held(state: DirectorState, id: string): DirectorEffect[] {
  const fault = faultOf(state, id);
  if (!fault || fault.stage !== 'armed') return [];
  fault.held = true;
  return bracket(state, fault);
}

function bracket(state: DirectorState, fault: FaultState): DirectorEffect[] {
  fault.stage = 'bracketing';
  return mark(state, { then: 'inject', fault: fault.planned.id }, fault);
}

function marked(state: DirectorState, id: string, at: number): DirectorEffect[] {
  const after = state.marks.get(id);
  if (!after) return [];
  state.marks.delete(id);
  state.lastAt = Math.max(state.lastAt, at);
  if (after.then === 'record') return [{ do: 'record', event: { at, ...after.body } }];
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
      return [undoneEvent(fault, at), ...nextPhase(state)];
    default:
      return unreachable(after);
  }
}

function injected(
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
function release({ planned, held: isHeld }: FaultState): DirectorEffect[] {
  if (!isHeld || planned.when.at !== 'step') return [];
  const { node } = planned.when.step;
  if (isKill(planned.fault) && nodesOf(planned.fault).includes(node)) return [];
  return [{ do: 'command', node, command: { do: 'release', hold: planned.id } }];
}

function whileItLasts(state: DirectorState, fault: FaultState): DirectorEffect[] {
  fault.stage = 'injected';
  // Without evidence there is nothing to observe; what may have been done is still undone.
  const afterMs = fault.evidence?.seen ? fault.planned.then.afterMs : 0;
  return [{ do: 'arm', timer: `undo ${fault.planned.id}`, afterMs }];
}

function undone(state: DirectorState, id: string, evidence: Evidence): DirectorEffect[] {
  const fault = faultOf(state, id);
  if (!fault) return [];
  fault.evidence = evidence;
  if (isKill(fault.planned.fault)) {
    if (evidence.seen) {
      fault.stage = 'restarting';
      return [];
    }
  } else for (const node of nodesOf(fault.planned.fault)) state.down.delete(node);
  return mark(state, { then: 'record-undone', fault: id }, fault);
}

function exited(
  state: DirectorState,
  { node, exitCode, oomKilled, lastLines }: Extract<DirectorInput, { kind: 'exited' }>,
): DirectorEffect[] {
  // Killed by the lab: its evidence is recorded with the fault.
  if (
    state.down.has(node) &&
    !state.faults.some((fault) => fault.stage === 'restarting' && nodesOf(fault.planned.fault).includes(node))
  )
    return [];
  state.down.add(node);
  const body: LabBody = { kind: 'exited', node, byLab: false, exitCode, oomKilled, lastLines };
  return [
    { do: 'record', event: { at: state.lastAt, ...body } },
    ...close(state, 'node-failed', `${node} ended by itself with exit code ${exitCode}`),
  ];
}

// ── phases after the faults ──

/** Leaves `running` when the transfers are done and no fault is under way. */
function nextPhase(state: DirectorState): DirectorEffect[] {
  if (state.phase !== 'running' || !state.workloadDone) return [];
  const pending = state.faults.some(
    ({ stage, planned }) => !(stage === 'undone' || (stage === 'armed' && planned.when.at === 'step')),
  );
  if (pending) return [];
  state.phase = 'settling';
  return [
    ...record(state, { kind: 'phase', phase: 'healed', ...unreached(state) }),
    { do: 'arm', timer: 'settle', afterMs: settleMs(state.plan) },
    ...dumpAll(state),
  ];
}

function unreached(state: DirectorState): { detail?: string } {
  const missing = state.faults.filter(({ stage }) => stage === 'armed');
  if (missing.length === 0) return {};
  const text = missing.map(({ planned, count }) =>
    planned.when.at === 'step'
      ? `${formatStep(planned.when.step)}: reached by ${count} of ${planned.when.nth} transactions`
      : planned.text,
  );
  return { detail: `not hit: ${text.join('; ')}` };
}

function answered(state: DirectorState, node: NodeId, op: string, answer: { word: string }): DirectorEffect[] {
  if (op === 'run') {
    state.workloadDone = true;
    return nextPhase(state);
  }
  if (op === 'probe') return closing(state);
  if (op === `dump-${state.dumpRound}`) return dumped(state, node, (answer as DumpAnswer).state);
  return [];
}

function dumped(state: DirectorState, node: NodeId, dump: StateDump): DirectorEffect[] {
  state.dumps.set(node, dump);
  if (state.dumps.size < alive(state).length) return [];
  const atRest = [...state.dumps.values()].every(
    ({ inDoubt, unfinished }) => inDoubt.length === 0 && unfinished.length === 0,
  );
  return atRest ? settled(state) : [{ do: 'arm', timer: 'look-again', afterMs: LOOK_AGAIN_MS }];
}

function dumpAll(state: DirectorState): DirectorEffect[] {
  state.dumpRound++;
  state.dumps = new Map();
  return alive(state).map((node) => ask(node, `dump-${state.dumpRound}`, { word: 'dump' }));
}

function settled(state: DirectorState): DirectorEffect[] {
  const stopLooking: DirectorEffect[] = [
    { do: 'disarm', timer: 'settle' },
    { do: 'disarm', timer: 'look-again' },
  ];
  if (state.phase === 'settling') {
    state.phase = 'probing';
    const probes = clients(state)
      .slice(0, 1)
      .map((node) => ask(node, 'probe', { word: 'probe', transfers: state.plan.probes }));
    return [...stopLooking, ...record(state, { kind: 'phase', phase: 'probing' }), ...probes];
  }
  if (state.phase !== 'closing') return [];
  const states = [...state.dumps].flatMap(([node, dump]) => record(state, { kind: 'dumped', node, state: dump }));
  return [
    ...stopLooking,
    ...record(state, { kind: 'phase', phase: 'settled' }),
    ...states,
    ...close(state, 'complete', ''),
  ];
}

function closing(state: DirectorState): DirectorEffect[] {
  if (state.phase !== 'probing') return [];
  state.phase = 'closing';
  return [{ do: 'arm', timer: 'settle', afterMs: settleMs(state.plan) }, ...dumpAll(state)];
}

/** Asks every living node to write down what it has buffered, then ends. */
function close(state: DirectorState, why: Why, detail: string): DirectorEffect[] {
  if (state.phase === 'finishing' || state.phase === 'ended') return [];
  state.phase = 'finishing';
  const body: LabBody = { kind: 'ended', why, ...(detail === '' ? {} : { detail }) };
  const ended: DirectorEffect[] =
    why === 'complete' ? record(state, body) : [{ do: 'record', event: { at: state.lastAt, ...body } }];
  const nodes = alive(state).filter((node) => state.ready.has(node));
  const holds = state.faults.filter(({ stage }) => stage === 'armed' || stage === 'bracketing').flatMap(release);
  return [
    ...ended,
    ...holds,
    ...nodes.map((node): DirectorEffect => ({ do: 'command', node, command: { do: 'finish' } })),
    { do: 'disarm', timer: 'limit' },
    { do: 'arm', timer: 'finish', afterMs: FINISH_MS },
    ...(nodes.length === 0 ? end(state) : []),
  ];
}

function whenFinished(state: DirectorState): DirectorEffect[] {
  const waiting = alive(state).some((node) => state.ready.has(node) && !state.finished.has(node));
  return state.phase === 'finishing' && !waiting ? end(state) : [];
}

function end(state: DirectorState): DirectorEffect[] {
  state.phase = 'ended';
  return [{ do: 'disarm', timer: 'finish' }, { do: 'end' }];
}

function expired(state: DirectorState, timer: string): DirectorEffect[] {
  const [word, id] = timer.split(' ');
  const fault = id === undefined ? undefined : faultOf(state, id);
  switch (word) {
    case 'limit':
      return close(state, 'time-limit', `after ${state.plan.timeLimitMs} ms, while ${state.phase}`);
    case 'at':
      return fault ? bracket(state, fault) : [];
    case 'undo':
      if (!fault) return [];
      fault.stage = 'undoing';
      return mark(state, { then: 'undo', fault: fault.planned.id }, fault);
    case 'look-again':
      return dumpAll(state);
    case 'settle':
      return settled(state);
    case 'finish':
      return end(state);
    default:
      return [];
  }
}

// ── small words ──

function faultOf(state: DirectorState, id: string): FaultState | undefined {
  return state.faults.find(({ planned }) => planned.id === id);
}

function isKill(fault: Fault): boolean {
  return fault.do === 'kill' || fault.do === 'restart';
}

function stops(fault: Fault): boolean {
  return isKill(fault) || fault.do === 'pause';
}

function alive(state: DirectorState): NodeId[] {
  return state.plan.nodes.map(({ id }) => id).filter((id) => !state.down.has(id));
}

function clients(state: DirectorState): NodeId[] {
  return state.plan.nodes.filter(({ role }) => role === 'client').map(({ id }) => id);
}

function ask(node: NodeId, op: string, request: Request & Readonly<Record<string, unknown>>): DirectorEffect {
  return { do: 'command', node, command: { do: 'ask', op: opId(op), request } };
}

/** Asks a node that the fault does not hit for its clock. */
function mark(state: DirectorState, after: AfterMark, fault?: FaultState): DirectorEffect[] {
  const hit = fault ? nodesOf(fault.planned.fault) : [];
  const holder = fault?.planned.when.at === 'step' ? fault.planned.when.step.node : LAB;
  const order = [...clients(state), ...alive(state)];
  const witness = order.find((node) => !hit.includes(node) && node !== holder && !state.down.has(node)) ?? order[0];
  if (!witness) return [];
  const id = `mark-${++state.markCount}`;
  state.marks.set(id, after);
  return [{ do: 'command', node: witness, command: { do: 'mark', id } }];
}

function record(state: DirectorState, body: LabBody): DirectorEffect[] {
  return mark(state, { then: 'record', body });
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

/** Three times the longest wait after which a node asks or tells again: enough for whoever can come to rest. */
function settleMs({ timeouts }: Plan): number {
  const retries = ['inquiry', 'resend', 'vote'].map((name) => timeouts[name] ?? 0);
  return 3 * 4 * Math.max(...retries, 100);
}

const UNSEEN: Evidence = { seen: false, text: 'nothing was seen' };
const LOOK_AGAIN_MS = 50;
const FINISH_MS = 3000;
