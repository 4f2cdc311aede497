// The director: the stages of a run as a machine. It waits for the nodes, lets the clients run until every fault has come and ended,
// waits until everything is at rest, probes, and closes. Both arms drive it; it does nothing itself. A fault has a timeline of its own.
//
//   linking ─▶ running ─▶ settling ─▶ probing ─▶ closing ─▶ finishing ─▶ ended

import { opId } from '../../nodes/contract/ids.ts';
import { unreachable } from '../../nodes/contract/invariant.ts';
import {
  counted,
  faultOf,
  feed,
  feedAll,
  held,
  injected,
  left,
  meddled,
  returned,
  unheard,
  unreached,
} from './director-faults.ts';
import { askAgain, record, takeMark } from './director-marks.ts';
import { alive, clients, storesAlive } from './director-state.ts';
import { storesAmong } from '../language/layout.ts';
import { isPending, isRestarting } from './fault-timeline-state.ts';
import { startTimeline } from './fault-timeline.ts';
import type { LabBody } from '../../nodes/contract/events.ts';
import type { StateDump } from '../../nodes/contract/notes.ts';
import type { Report } from '../../nodes/contract/control.ts';
import type { NodeId } from '../../nodes/contract/ids.ts';
import type { DumpAnswer } from '../../nodes/contract/machine.ts';
import type { Request } from '../../nodes/contract/messages.ts';
import type { DirectorEffect, DirectorInput, DirectorState, Why } from './director-state.ts';
import type { Plan } from '../plan/plan-types.ts';

export type { DirectorEffect, DirectorInput, DirectorState };

export function startDirector(plan: Plan): DirectorState {
  return {
    plan,
    stage: 'linking',
    ready: new Set(),
    links: new Map(),
    down: new Set(),
    faults: plan.faults.map(startTimeline),
    meddled: new Map(),
    arming: new Set(),
    marks: new Map(),
    markCount: 0,
    lastAt: 0,
    counted: new Set(),
    stops: 0,
    stopped: new Set(),
    stopping: false,
    dumps: new Map(),
    answering: new Set(),
    dumpRound: 0,
    dumping: null,
    looks: 0,
    cutShort: false,
    finished: new Set(),
  };
}

export function direct(state: DirectorState, input: DirectorInput): DirectorEffect[] {
  if (state.stage === 'ended') return [];
  switch (input.kind) {
    case 'started':
      return [{ do: 'arm', timer: 'limit', afterMs: state.plan.timeLimitMs }];
    case 'report':
      return reported(state, input.report);
    case 'exited':
      return exited(state, input);
    case 'resolved':
      return feed(state, input.id, { kind: 'resolved', nodes: input.nodes });
    case 'injected':
      return injected(state, input);
    case 'undone':
      return undone(state, input);
    case 'store-ready':
      return ready(state, input.node);
    case 'store-dumped':
      return storeDumped(state, input);
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
      return [...counted(state, report), ...begin(state)];
    case 'held':
      state.lastAt = Math.max(state.lastAt, report.at);
      return [...unsettle(state, report.hold), ...held(state, report.hold, report.about)];
    case 'meddling':
    case 'met':
    case 'ceased':
      return meddled(state, report);
    case 'marked':
      return marked(state, report.id, report.at);
    case 'answered':
      return answered(state, report.node, report.op, report.answer as { word: string });
    case 'told':
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
  const isBack = isComingBack(state, node);
  state.ready.add(node);
  state.down.delete(node);
  const heard = [...askAgain(state), ...returned(state, node), ...feedAll(state, { kind: 'ready', node })];
  return [...heard, ...(isBack ? runAgain(state, node) : begin(state))];
}

/** A store that was started again answers when that is seen: it says nothing itself. */
function undone(
  state: DirectorState,
  { fault: id, evidence }: Extract<DirectorInput, { kind: 'undone' }>,
): DirectorEffect[] {
  const effects = feed(state, id, { kind: 'undone', evidence });
  const back = storesAmong(state.plan.nodes).filter((store) => isComingBack(state, store.id));
  return [...effects, ...back.flatMap((store) => ready(state, store.id))];
}

/** The engine has started it after a fault, and it is not ready yet. */
function isComingBack({ faults }: DirectorState, node: NodeId): boolean {
  return faults.some((fault) => isRestarting(fault, node));
}

/** A client that was killed has forgotten what it was asked to do. Its next life is asked anew: the same operations, as new ones. */
function runAgain(state: DirectorState, node: NodeId): DirectorEffect[] {
  return state.stage === 'running' && clients(state).includes(node) ? [askToRun(node)] : [];
}

/** Everybody serves and hears everybody, and no step can be missed any more: the transfers begin. */
function begin(state: DirectorState): DirectorEffect[] {
  if (state.stage !== 'linking' || state.arming.size > 0) return [];
  if (!state.plan.nodes.every(({ id }) => state.ready.has(id)) || !isLinked(state)) return [];
  state.stage = 'running';
  return [
    ...record(state, { kind: 'phase', phase: 'serving' }),
    ...feedAll(state, { kind: 'began' }),
    ...clients(state).map(askToRun),
  ];
}

function marked(state: DirectorState, id: string, at: number): DirectorEffect[] {
  const after = takeMark(state, id, at);
  if (!after) return [];
  if (after.then === 'record') return [{ do: 'record', event: { at, ...after.body } }];
  return [...feed(state, after.fault, { kind: 'marked', at }), ...nextPhase(state)];
}

function exited(
  state: DirectorState,
  { node, exitCode, oomKilled, lastLines }: Extract<DirectorInput, { kind: 'exited' }>,
): DirectorEffect[] {
  // Killed by the lab: its evidence is recorded with the fault.
  if (state.down.has(node) && !isComingBack(state, node)) return [];
  state.down.add(node);
  const body: LabBody = { kind: 'exited', node, byLab: false, exitCode, oomKilled, lastLines };
  return [
    { do: 'record', event: { at: state.lastAt, ...body } },
    ...askAgain(state),
    ...left(state, node),
    ...close(state, 'node-failed', `${node} ended by itself with exit code ${exitCode}`),
  ];
}

// ── stages after the faults ──

/** When the workload is done and no fault is under way any more, the clients stop; when they have, everything may settle. */
function nextPhase(state: DirectorState): DirectorEffect[] {
  if (state.stage !== 'running' || state.stopping || state.faults.some(isPending)) return [];
  if (!clients(state).every((node) => state.counted.has(node))) return [];
  state.stopping = true;
  state.stops++;
  state.stopped.clear();
  return clients(state).map((node) => ask(node, `stop-${state.stops}`, { word: 'stop' }));
}

function settle(state: DirectorState): DirectorEffect[] {
  if (!clients(state).every((node) => state.stopped.has(node))) return [];
  state.stage = 'settling';
  return [
    ...record(state, { kind: 'phase', phase: 'healed', ...unreached(state) }),
    { do: 'arm', timer: 'settle', afterMs: settleMs(state.plan) },
    ...dumpAll(state),
  ];
}

/** The clients may have stopped before a node says that it is held: the fault comes first, and finds them at work again. */
function unsettle(state: DirectorState, hold: string): DirectorEffect[] {
  if (!state.stopping || faultOf(state, hold)?.stage !== 'armed') return [];
  if (state.stage !== 'running' && state.stage !== 'settling') return [];
  const looking = state.stage === 'settling' ? STOP_LOOKING : [];
  state.stage = 'running';
  state.stopping = false;
  state.looks = 0;
  state.dumpRound++;
  return [...looking, ...clients(state).map(askToRun)];
}

function answered(state: DirectorState, node: NodeId, op: string, answer: { word: string }): DirectorEffect[] {
  if (op === 'run') {
    state.counted.add(node);
    return nextPhase(state);
  }
  if (op === `stop-${state.stops}` && state.stopping) {
    state.stopped.add(node);
    return state.stage === 'running' ? settle(state) : [];
  }
  if (op === 'probe') return closing(state);
  if (op === `dump-${state.dumpRound}`) return dumped(state, node, (answer as DumpAnswer).state);
  return [];
}

function dumped(state: DirectorState, node: NodeId, dump: StateDump): DirectorEffect[] {
  state.dumps.set(node, dump);
  state.answering.delete(node);
  if (state.dumping || state.answering.size > 0) return [];
  const atRest = alive(state)
    .flatMap((id) => state.dumps.get(id) ?? [])
    .every(({ inDoubt, unfinished }) => inDoubt.length === 0 && unfinished.length === 0);
  return atRest && isLinked(state)
    ? settled(state)
    : [{ do: 'arm', timer: 'look-again', afterMs: Math.min(2 ** ++state.looks, LOOK_AGAIN_MS_MAX) }];
}

/** Everybody who is alive hears everybody. After a heal that takes a round of dialling: a probe that is sent before it would be lost. */
function isLinked(state: DirectorState): boolean {
  const nodes = alive(state);
  return nodes.every((node) => (state.links.get(node) ?? 0) >= nodes.length - 1);
}

function dumpAll(state: DirectorState): DirectorEffect[] {
  state.dumpRound++;
  state.answering = new Set(alive(state));
  return alive(state).map((node) => ask(node, `dump-${state.dumpRound}`, { word: 'dump' }));
}

function settled(state: DirectorState): DirectorEffect[] {
  state.looks = 0;
  if (state.stage === 'settling') {
    state.stage = 'probing';
    const body: LabBody = { kind: 'phase', phase: 'probing', ...unheard(state) };
    // A step that no transfer reached is not to be reached by a probe.
    const giveUp = feedAll(state, { kind: 'missed' });
    const isAnswered = !state.down.has(state.plan.askedNode);
    const probes = clients(state)
      .slice(0, isAnswered ? 1 : 0)
      .map((node) => ask(node, 'probe', { word: 'probe', lists: state.plan.probes }));
    // Nobody is there who would take a probe: the node that does is gone for good.
    const next = isAnswered ? probes : closing(state);
    return [...STOP_LOOKING, ...giveUp, ...record(state, body), ...next];
  }
  if (state.stage !== 'closing' || state.dumping) return [];
  state.dumping = new Set(storesAlive(state));
  const asked = [...state.dumping].map((node): DirectorEffect => ({ do: 'dump', node }));
  return asked.length === 0 ? conclude(state) : [...STOP_LOOKING, ...asked];
}

/** What stores hold stands beside what nodes answer of themselves. */
function storeDumped(
  state: DirectorState,
  { node, content }: Extract<DirectorInput, { kind: 'store-dumped' }>,
): DirectorEffect[] {
  if (state.stage !== 'closing' || !state.dumping?.delete(node)) return [];
  if (content !== undefined) state.dumps.set(node, { inDoubt: [], unfinished: [], holds: [], content });
  return state.dumping.size === 0 ? conclude(state) : [];
}

function conclude(state: DirectorState): DirectorEffect[] {
  const states = [...state.dumps].flatMap(([node, dump]) => record(state, { kind: 'dumped', node, state: dump }));
  return [
    ...STOP_LOOKING,
    ...record(state, { kind: 'phase', phase: 'settled' }),
    ...states,
    ...close(state, 'complete', ''),
  ];
}

function closing(state: DirectorState): DirectorEffect[] {
  if (state.stage !== 'probing') return [];
  state.stage = 'closing';
  state.dumps.clear();
  return [{ do: 'arm', timer: 'settle', afterMs: settleMs(state.plan) }, ...dumpAll(state)];
}

/** Asks every living node to write down what it has buffered, then ends. */
function close(state: DirectorState, why: Why, detail: string): DirectorEffect[] {
  if (state.stage === 'finishing' || state.stage === 'ended') return [];
  state.stage = 'finishing';
  state.cutShort = why === 'time-limit' || why === 'interrupted';
  const body: LabBody = { kind: 'ended', why, ...(detail === '' ? {} : { detail }) };
  const ended: DirectorEffect[] =
    why === 'complete' ? record(state, body) : [{ do: 'record', event: { at: state.lastAt, ...body } }];
  const nodes = alive(state).filter((node) => state.ready.has(node));
  return [
    ...ended,
    ...feedAll(state, { kind: 'closed' }),
    ...nodes.map((node): DirectorEffect => ({ do: 'command', node, command: { do: 'finish' } })),
    { do: 'disarm', timer: 'limit' },
    { do: 'arm', timer: 'finish', afterMs: FINISH_MS },
    ...(nodes.length === 0 ? end(state) : []),
  ];
}

function whenFinished(state: DirectorState): DirectorEffect[] {
  const waiting = alive(state).some((node) => state.ready.has(node) && !state.finished.has(node));
  return state.stage === 'finishing' && !waiting ? end(state) : [];
}

/** Who may still be at work while the traces of others are read. In a run that came to its end all were at rest by then. */
function unwritten(state: DirectorState): DirectorEffect[] {
  if (!state.cutShort) return [];
  const late = alive(state).filter((node) => state.ready.has(node) && !state.finished.has(node));
  const detail = `it did not say in ${FINISH_MS} ms that it had written everything down`;
  return late.map((node) => ({
    do: 'record',
    event: { at: state.lastAt, kind: 'trace-lost', node, detail },
  }));
}

function end(state: DirectorState): DirectorEffect[] {
  state.stage = 'ended';
  return [{ do: 'disarm', timer: 'finish' }, { do: 'end' }];
}

function expired(state: DirectorState, timer: string): DirectorEffect[] {
  const [word, id = ''] = timer.split(' ');
  switch (word) {
    case 'limit':
      return close(state, 'time-limit', `after ${state.plan.timeLimitMs} ms, while ${state.stage}`);
    case 'at':
    case 'undo':
      return [...feed(state, id, { kind: 'expired', wait: word }), ...nextPhase(state)];
    case 'look-again':
      return dumpAll(state);
    case 'settle':
      return settled(state);
    case 'finish':
      return [...unwritten(state), ...end(state)];
    default:
      return [];
  }
}

// ── small words ──

const askToRun = (node: NodeId): DirectorEffect => ask(node, 'run', { word: 'run' });

function ask(node: NodeId, op: string, request: Request & Readonly<Record<string, unknown>>): DirectorEffect {
  return { do: 'command', node, command: { do: 'ask', op: opId(op), request } };
}

/** Three times the longest wait after which a node asks or tells again: enough for whoever can come to rest. */
function settleMs({ timeouts }: Plan): number {
  const retries = Object.entries(timeouts).flatMap(([name, ms]) => (BOUNDS.includes(name) ? [] : [ms]));
  return 3 * 4 * Math.max(...retries, 100);
}

/** Timeouts after which nobody asks again: when a client gives up, and when a doubt is called blocking. */
const BOUNDS = ['operation', 'blocked'];
const LOOK_AGAIN_MS_MAX = 20;
const STOP_LOOKING: DirectorEffect[] = [
  { do: 'disarm', timer: 'settle' },
  { do: 'disarm', timer: 'look-again' },
];
const FINISH_MS = 3000;
