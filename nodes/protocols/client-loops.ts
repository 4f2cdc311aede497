// Clients in closed loops. Each has one operation under way, and the next only when that one has ended. They draw for themselves, so that they
// can go on until they are told to stop: a fault is to find somebody at work, however late it comes. What an operation is (a request to a
// coordinator, a critical section) is its doer's.
// A client whose operation ended unknown is retired; its successor has a new process number (Knossos, Jepsen).

import { opId } from '../contract/ids.ts';
import { unreachable } from '../contract/invariant.ts';
import { randomStream } from '../contract/random.ts';
import type { Outcome } from '../contract/notes.ts';
import type { NodeId, OpId, TxId } from '../contract/ids.ts';
import type { DumpAnswer, Effect, Setup, TimerName } from '../contract/machine.ts';
import type { Json } from '../contract/messages.ts';
import type { Drawer, Operation, SealedWorkload } from '../contract/workload.ts';

/** What the plan gives every node that drives the workload. */
export interface LoopOptions {
  readonly clients: number;
  /** Of all clients of the node together: after so many the workload has been done. */
  readonly operations: number;
  /** Clients go on when the workload has been done, until `stop`. */
  readonly goesOn: boolean;
  /** Whoever goes on does so at full speed for so long, and then at an easy pace. */
  readonly busyMs: number;
}

/**
 * `run` begins the workload, or lets it go on after a stop; answered when it has been done. `probe` does lists of its own in the same way.
 * `stop` begins nothing any more; answered when nothing is under way.
 */
export type LoopRequest =
  | { readonly word: 'run' }
  | { readonly word: 'probe'; readonly lists: readonly (readonly Operation[])[] }
  | { readonly word: 'stop' }
  | { readonly word: 'dump' };

export interface Loop {
  process: number;
  /** Who draws the operations; null for a list that was given. */
  readonly drawer: Pick<Drawer, 'client' | 'random'> | null;
  /** Operations of a list. */
  readonly list: readonly Operation[];
  /** How many are to be done, and how many have been begun. */
  readonly length: number;
  begun: number;
  underWay: OpId | null;
  refusals: number;
  /** Until its timer expires. */
  resting: boolean;
}

/** Somebody who asked for loops to be done, or to stand still; answered when they are. */
interface Errand {
  readonly by: NodeId;
  readonly op: OpId;
  readonly loops: readonly number[];
  readonly until: 'done' | 'still';
}

export interface LoopState {
  readonly self: NodeId;
  readonly seed: number;
  readonly options: LoopOptions;
  readonly params: Json;
  incarnation: number;
  operations: number;
  processes: number;
  loops: Loop[];
  /** Which loop's each operation under way is. */
  askers: Map<OpId, number>;
  errands: Errand[];
  stopped: boolean;
  /** Whoever goes on beyond its count does so at an easy pace. */
  easy: boolean;
}

/** How operations of this workload are done. */
export interface Doer<State> {
  readonly workload: SealedWorkload;
  /** The effects of beginning it at this time; whoever began it ends it by {@link complete}. */
  readonly begin: (state: State, op: OpId, request: Operation, at: number) => readonly Effect[];
}

export function openLoops({ self, seed, options, params }: Setup): LoopState {
  const own = options['client'] as LoopOptions;
  return {
    self,
    seed,
    options: own,
    params,
    incarnation: 0,
    operations: 0,
    processes: 0,
    loops: [],
    askers: new Map(),
    errands: [],
    stopped: false,
    easy: own.busyMs === 0,
  };
}

export function startLife(state: LoopState, incarnation: number): void {
  state.incarnation = incarnation;
  // Whoever died with an operation under way is retired: the next life's processes are others.
  state.processes = (incarnation - 1) * PROCESSES_A_LIFE;
}

interface Asker {
  readonly by: NodeId;
  readonly op: OpId;
  readonly at: number;
}

/** What the lab asks of clients. `unfinished` is what a dump is to say of work that has begun. */
export function serve<State extends LoopState>(
  doer: Doer<State>,
  state: State,
  request: LoopRequest,
  { by, op, at }: Asker,
  unfinished: readonly TxId[] = [],
): Effect[] {
  switch (request.word) {
    case 'run':
      return run(doer, state, { by, op, at });
    case 'probe': {
      const loops = request.lists.map((list) => openLoop(state, { drawer: null, list, length: list.length }));
      return startErrand(doer, state, { by, op, loops, until: 'done' }, at);
    }
    case 'stop':
      state.stopped = true;
      state.errands.push({ by, op, loops: state.loops.map((_, index) => index), until: 'still' });
      return finishErrands(state);
    case 'dump': {
      const dump: DumpAnswer = { word: 'dump', state: { inDoubt: [], unfinished, holds: [], content: null } };
      return [{ do: 'answer', to: by, op, answer: dump }];
    }
    default:
      return unreachable(request);
  }
}

/** The workload, shared out among the clients. In a life after the first they begin it anew, with the operations that come next in no life. */
function run<State extends LoopState>(doer: Doer<State>, state: State, { by, op, at }: Asker): Effect[] {
  const { clients, operations, busyMs } = state.options;
  state.stopped = false;
  const isFirst = state.loops.length === 0;
  if (isFirst) {
    for (let client = 0; client < clients; client++) {
      const length = Math.floor(operations / clients) + (client < operations % clients ? 1 : 0);
      openLoop(state, {
        drawer: { client, random: randomStream(state.seed, `${state.self}-${client}`) },
        list: [],
        length,
      });
    }
  }
  const loops = state.loops.flatMap(({ drawer }, index) => (drawer ? [index] : []));
  const started = startErrand(doer, state, { by, op, loops, until: 'done' }, at);
  return isFirst && busyMs > 0 ? [{ do: 'arm', timer: BUSY, afterMs: busyMs }, ...started] : started;
}

function openLoop(state: LoopState, loop: Pick<Loop, 'drawer' | 'list' | 'length'>): number {
  return (
    state.loops.push({
      process: state.processes++,
      ...loop,
      begun: 0,
      underWay: null,
      refusals: 0,
      resting: false,
    }) - 1
  );
}

function startErrand<State extends LoopState>(doer: Doer<State>, state: State, errand: Errand, at: number): Effect[] {
  state.errands.push(errand);
  return [...errand.loops.flatMap((index) => begin(doer, state, index, at)), ...finishErrands(state)];
}

/** The next operation of this client, at once or after a while, or the answer to its errand when nothing is left to do. */
export function proceed<State extends LoopState>(doer: Doer<State>, state: State, index: number, at: number): Effect[] {
  const loop = state.loops[index];
  const isEasy = loop && loop.begun >= loop.length && state.easy && goesOn(state, loop);
  const next = isEasy ? pause(loop, index, EASY_MS) : begin(doer, state, index, at);
  return state.errands.length === 0 ? next : [...next, ...finishErrands(state)];
}

function goesOn({ options, stopped }: LoopState, { drawer }: Loop): boolean {
  return drawer !== null && options.goesOn && !stopped;
}

function begin<State extends LoopState>(doer: Doer<State>, state: State, index: number, at: number): Effect[] {
  const loop = state.loops[index];
  if (!loop || loop.underWay || loop.resting) return [];
  const request = nextOf(doer.workload, state, loop);
  if (!request) return [];
  const op = opId(`${state.self}.${state.incarnation}.${++state.operations}`);
  loop.underWay = op;
  state.askers.set(op, index);
  const uses = doer.workload.usesOf(request);
  return [
    { do: 'tell', note: { word: 'invoked', op, process: loop.process, request, uses } },
    ...doer.begin(state, op, request, at),
  ];
}

function nextOf(workload: SealedWorkload, state: LoopState, loop: Loop): Operation | undefined {
  const { drawer, list, length, begun } = loop;
  if (drawer && state.stopped) return undefined;
  if (begun >= length && !goesOn(state, loop)) return undefined;
  loop.begun++;
  if (!drawer) return list[begun];
  return workload.draw(state.params, { node: state.self, client: drawer.client, random: drawer.random, nth: begun });
}

function finishErrands(state: LoopState): Effect[] {
  if (state.errands.length === 0) return [];
  const isOver = (errand: Errand) => errand.loops.every((index) => isIn(state, errand, state.loops[index]));
  const over = state.errands.filter(isOver);
  if (over.length === 0) return [];
  state.errands = state.errands.filter((errand) => !over.includes(errand));
  return over.map(({ by, op }) => ({ do: 'answer', to: by, op, answer: { word: 'done' } }));
}

/** Whoever goes on has done what it was asked for when it has begun the last of it. */
function isIn(state: LoopState, { until }: Errand, loop: Loop | undefined): boolean {
  if (!loop) return true;
  const isStill = loop.underWay === null;
  if (until === 'still') return isStill;
  const isDone = loop.begun >= loop.length || (loop.drawer !== null && state.stopped);
  return isDone && (isStill || goesOn(state, loop));
}

export interface End {
  readonly outcome: Outcome;
  readonly about?: TxId;
  readonly reason: string;
}

/** The operation under way has ended so; what comes next is {@link proceed} or {@link rest}. */
export function complete(state: LoopState, index: number, end: End): Effect[] {
  const loop = state.loops[index];
  const op = loop?.underWay;
  if (!loop || !op) return [];
  const { process } = loop;
  loop.underWay = null;
  state.askers.delete(op);
  if (end.outcome === 'ok') loop.refusals = 0;
  if (end.outcome === 'unknown') loop.process = state.processes++;
  return [{ do: 'tell', note: { word: 'completed', op, process, ...end } }];
}

/** While nobody is there to ask, a client waits before its next operation instead of failing its whole list at once. */
export function rest(state: LoopState, index: number): Effect[] {
  const loop = state.loops[index];
  return loop ? [...pause(loop, index, restMs(loop)), ...finishErrands(state)] : [];
}

/** Longer from one refusal to the next. */
export function restMs(loop: Loop): number {
  return Math.min(REST_MS * 2 ** ++loop.refusals, REST_MS_MAX);
}

function pause(loop: Loop, index: number, afterMs: number): Effect[] {
  loop.resting = true;
  return [{ do: 'arm', timer: { word: 'rest', about: opId(`loop-${index}`) }, afterMs }];
}

/** Of the timers that loops have; null for any other. */
export function loopExpired<State extends LoopState>(
  doer: Doer<State>,
  state: State,
  timer: TimerName,
  at: number,
): Effect[] | null {
  if (timer.word === BUSY.word) {
    state.easy = true;
    return [];
  }
  if (timer.word !== 'rest') return null;
  const index = Number(timer.about?.slice('loop-'.length));
  const loop = state.loops[index];
  if (loop) loop.resting = false;
  return [...begin(doer, state, index, at), ...finishErrands(state)];
}

const BUSY: TimerName = { word: 'busy', about: null };
const PROCESSES_A_LIFE = 10_000;
const REST_MS = 25;
const REST_MS_MAX = 200;
const EASY_MS = 100;
