// Clients in closed loops. Each has one operation under way, and the next only when that one has ended. They draw for themselves, so that they
// can go on until they are told to stop: a fault is to find somebody at work, however late it comes.
// A client whose operation ended unknown is retired; its successor has a new process number (Knossos, Jepsen).

import { opId } from '../contract/ids.ts';
import { unreachable } from '../contract/invariant.ts';
import { randomStream } from '../contract/random.ts';
import { machineOf } from './machine-of.ts';
import { oldestOf } from './commit-messages.ts';
import type { Outcome } from '../contract/notes.ts';
import type { NodeId, OpId, TxId } from '../contract/ids.ts';
import type { DumpAnswer, Effect, Machine, Reply, Setup, TimerName } from '../contract/machine.ts';
import type { Json } from '../contract/messages.ts';
import type { Drawer, Operation, SealedWorkload } from '../contract/workload.ts';
import type { OperationAnswer } from './commit-messages.ts';
import type { Repeatable } from './once.ts';

/** What the plan gives the client node. */
export interface ClientOptions {
  readonly coordinator: NodeId;
  readonly clients: number;
  /** Of all clients together: after so many the workload has been done. */
  readonly operations: number;
  /** Clients go on when the workload has been done, until `stop`. */
  readonly goesOn: boolean;
  /** Whoever goes on does so at full speed for so long, and then at an easy pace. */
  readonly busyMs: number;
  /** What a client does whose operation ended unknown: repeats its request, to be done once, or has it done anew. Absent: nothing. */
  readonly retry?: 'commit' | 'body';
}

/**
 * `run` begins the workload, or lets it go on after a stop; answered when it has been done. `probe` does lists of its own in the same way.
 * `stop` begins nothing any more; answered when nothing is under way.
 */
export type ClientRequest =
  | { readonly word: 'run' }
  | { readonly word: 'probe'; readonly lists: readonly (readonly Operation[])[] }
  | { readonly word: 'stop' }
  | { readonly word: 'dump' };

interface Loop {
  process: number;
  /** Who draws the operations; null for a list that was given. */
  readonly drawer: Omit<Drawer, 'nth'> | null;
  /** Operations of a list. */
  readonly list: readonly Operation[];
  /** How many are to be done, and how many have been begun. */
  readonly length: number;
  begun: number;
  underWay: OpId | null;
  /** What that is, where it may be asked for again; and since when its end is unknown. */
  request: Operation | null;
  doubtSince: number | null;
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

export interface ClientState {
  readonly self: NodeId;
  readonly seed: number;
  readonly operationMs: number;
  readonly options: ClientOptions;
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

export function commitClient(workload: SealedWorkload): Machine<ClientState> {
  return machineOf<ClientState>(initialState, {
    started: (state, { incarnation }) => {
      state.incarnation = incarnation;
      // Whoever died with an operation under way is retired: the next life's processes are others.
      state.processes = (incarnation - 1) * PROCESSES_A_LIFE;
      return [];
    },
    asked: (state, { by, op, request }) => asked(workload, state, by, op, request as ClientRequest),
    answered: (state, { op, reply, at }) => answered(workload, state, op, { reply, at }),
    expired: (state, { timer, at }) => expired(workload, state, timer, at),
  });
}

function asked(workload: SealedWorkload, state: ClientState, by: NodeId, op: OpId, request: ClientRequest): Effect[] {
  switch (request.word) {
    case 'run':
      return run(workload, state, { by, op });
    case 'probe': {
      const loops = request.lists.map((list) => openLoop(state, { drawer: null, list, length: list.length }));
      return startErrand(workload, state, { by, op, loops, until: 'done' });
    }
    case 'stop':
      state.stopped = true;
      state.errands.push({ by, op, loops: state.loops.map((_, index) => index), until: 'still' });
      return finishErrands(state);
    case 'dump': {
      const dump: DumpAnswer = { word: 'dump', state: { inDoubt: [], unfinished: [], holds: [], content: null } };
      return [{ do: 'answer', to: by, op, answer: dump }];
    }
    default:
      return unreachable(request);
  }
}

/** The workload, shared out among the clients. In a life after the first they begin it anew, with the operations that come next in no life. */
function run(
  workload: SealedWorkload,
  state: ClientState,
  asker: { readonly by: NodeId; readonly op: OpId },
): Effect[] {
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
  const started = startErrand(workload, state, { ...asker, loops, until: 'done' });
  return isFirst && busyMs > 0 ? [{ do: 'arm', timer: BUSY, afterMs: busyMs }, ...started] : started;
}

function openLoop(state: ClientState, loop: Pick<Loop, 'drawer' | 'list' | 'length'>): number {
  return (
    state.loops.push({
      process: state.processes++,
      ...loop,
      begun: 0,
      underWay: null,
      request: null,
      doubtSince: null,
      refusals: 0,
      resting: false,
    }) - 1
  );
}

function startErrand(workload: SealedWorkload, state: ClientState, errand: Errand): Effect[] {
  state.errands.push(errand);
  return [...errand.loops.flatMap((index) => begin(workload, state, index)), ...finishErrands(state)];
}

/** The next operation of this client, at once or after a while, or the answer to its errand when nothing is left to do. */
function proceed(workload: SealedWorkload, state: ClientState, index: number): Effect[] {
  const loop = state.loops[index];
  const isEasy = loop && loop.begun >= loop.length && state.easy && goesOn(state, loop);
  return [...(isEasy ? pause(loop, index, EASY_MS) : begin(workload, state, index)), ...finishErrands(state)];
}

function goesOn({ options, stopped }: ClientState, { drawer }: Loop): boolean {
  return drawer !== null && options.goesOn && !stopped;
}

function begin(workload: SealedWorkload, state: ClientState, index: number): Effect[] {
  const loop = state.loops[index];
  if (!loop || loop.underWay || loop.resting) return [];
  const request = nextOf(workload, state, loop);
  if (!request) return [];
  const op = opId(`${state.self}.${state.incarnation}.${++state.operations}`);
  loop.underWay = op;
  if (state.options.retry) loop.request = request;
  state.askers.set(op, index);
  return [
    { do: 'tell', note: { word: 'invoked', op, process: loop.process, request, uses: workload.usesOf(request) } },
    asking(state, op, request),
    { do: 'arm', timer: operationTimer(op), afterMs: state.operationMs },
  ];
}

function asking({ options, askers }: ClientState, op: OpId, request: Operation): Effect {
  const { coordinator: to, retry } = options;
  const again = (): Repeatable => ({ ...request, floor: oldestOf(askers) });
  return { do: 'ask', to, op, request: retry === 'commit' ? again() : request };
}

function nextOf(workload: SealedWorkload, state: ClientState, loop: Loop): Operation | undefined {
  const { drawer, list, length, begun } = loop;
  if (drawer && state.stopped) return undefined;
  if (begun >= length && !goesOn(state, loop)) return undefined;
  loop.begun++;
  return drawer ? workload.draw(state.params, { ...drawer, nth: begun }) : list[begun];
}

function finishErrands(state: ClientState): Effect[] {
  const isOver = (errand: Errand) => errand.loops.every((index) => isIn(state, errand, state.loops[index]));
  const over = state.errands.filter(isOver);
  if (over.length === 0) return [];
  state.errands = state.errands.filter((errand) => !over.includes(errand));
  return over.map(({ by, op }) => ({ do: 'answer', to: by, op, answer: { word: 'done' } }));
}

/** Whoever goes on has done what it was asked for when it has begun the last of it. */
function isIn(state: ClientState, { until }: Errand, loop: Loop | undefined): boolean {
  if (!loop) return true;
  const isStill = loop.underWay === null;
  if (until === 'still') return isStill;
  const isDone = loop.begun >= loop.length || (loop.drawer !== null && state.stopped);
  return isDone && (isStill || goesOn(state, loop));
}

function answered(
  workload: SealedWorkload,
  state: ClientState,
  op: OpId,
  { reply, at }: { readonly reply: Reply; readonly at: number },
): Effect[] {
  const index = state.askers.get(op);
  // An answer after the operation was given up as unknown changes nothing: unknown already covers both ends.
  if (index === undefined) return [];
  switch (reply.kind) {
    case 'refused': {
      // Of an operation that is asked for again an earlier request may have had its effect.
      const reason = 'not sent: no connection to the coordinator';
      if (state.loops[index]?.doubtSince === null)
        return [...complete(state, index, { outcome: 'failed', reason }), ...rest(state, index)];
      return (
        doubt(state, index, at) ?? [...complete(state, index, { outcome: 'unknown', reason }), ...rest(state, index)]
      );
    }
    case 'lost':
      return (
        doubt(state, index, at) ?? [
          ...complete(state, index, { outcome: 'unknown', reason: 'the connection broke before an answer came' }),
          ...rest(state, index),
        ]
      );
    case 'answer': {
      const end = endOf(reply.answer as OperationAnswer);
      return [...complete(state, index, ofAllAttempts(state, index, end)), ...proceed(workload, state, index)];
    }
    default:
      return unreachable(reply);
  }
}

function endOf(answer: OperationAnswer): End {
  if (answer.word === 'ok') return { outcome: 'ok', about: answer.about, reason: 'the coordinator said committed' };
  return { outcome: 'failed', ...(answer.about === null ? {} : { about: answer.about }), reason: answer.reason };
}

/** Done anew, an operation has failed only this time: what became of it before is as unknown as it was. */
function ofAllAttempts({ options, loops }: ClientState, index: number, end: End): End {
  if (options.retry !== 'body' || end.outcome !== 'failed' || loops[index]?.doubtSince === null) return end;
  return { outcome: 'unknown', reason: `${end.reason}, and an earlier attempt may have committed` };
}

function askAgain(state: ClientState, op: OpId, request: Operation): Effect[] {
  return [asking(state, op, request), { do: 'arm', timer: operationTimer(op), afterMs: state.operationMs }];
}

/** Asks again after a while; null where that is not wanted, or has been tried for long enough. */
function doubt(state: ClientState, index: number, at: number): Effect[] | null {
  const loop = state.loops[index];
  const op = loop?.underWay;
  if (!state.options.retry || !loop || !op) return null;
  loop.doubtSince ??= at;
  if (at - loop.doubtSince > RETRY_US) return null;
  return [
    { do: 'disarm', timer: operationTimer(op) },
    { do: 'arm', timer: retryTimer(op), afterMs: restMs(loop) },
  ];
}

interface End {
  readonly outcome: Outcome;
  readonly about?: TxId;
  readonly reason: string;
}

function complete(state: ClientState, index: number, end: End): Effect[] {
  const loop = state.loops[index];
  const op = loop?.underWay;
  if (!loop || !op) return [];
  const { process } = loop;
  const retried: Effect[] = loop.doubtSince === null ? [] : [{ do: 'disarm', timer: retryTimer(op) }];
  loop.underWay = null;
  loop.request = null;
  loop.doubtSince = null;
  state.askers.delete(op);
  if (end.outcome === 'ok') loop.refusals = 0;
  if (end.outcome === 'unknown') loop.process = state.processes++;
  return [
    { do: 'disarm', timer: operationTimer(op) },
    ...retried,
    { do: 'tell', note: { word: 'completed', op, process, ...end } },
  ];
}

/** While nobody is there to ask, a client waits before its next operation instead of failing its whole list at once. */
function rest(state: ClientState, index: number): Effect[] {
  const loop = state.loops[index];
  return loop ? [...pause(loop, index, restMs(loop)), ...finishErrands(state)] : [];
}

function restMs(loop: Loop): number {
  return Math.min(REST_MS * 2 ** ++loop.refusals, REST_MS_MAX);
}

function pause(loop: Loop, index: number, afterMs: number): Effect[] {
  loop.resting = true;
  return [{ do: 'arm', timer: { word: 'rest', about: opId(`loop-${index}`) }, afterMs }];
}

function expired(workload: SealedWorkload, state: ClientState, timer: TimerName, at: number): Effect[] {
  if (timer.word === BUSY.word) {
    state.easy = true;
    return [];
  }
  if (timer.word === 'rest') {
    const index = Number(timer.about?.slice('loop-'.length));
    const loop = state.loops[index];
    if (loop) loop.resting = false;
    return [...begin(workload, state, index), ...finishErrands(state)];
  }
  const index = state.askers.get(timer.about as OpId);
  if (index === undefined) return [];
  const request = state.loops[index]?.request;
  if (timer.word === 'retry') return request ? askAgain(state, timer.about as OpId, request) : [];
  return (
    doubt(state, index, at) ?? [
      ...complete(state, index, { outcome: 'unknown', reason: `no answer in ${state.operationMs} ms` }),
      ...proceed(workload, state, index),
    ]
  );
}

function initialState({ self, seed, timeouts, options, params }: Setup): ClientState {
  const client = options['client'] as ClientOptions;
  return {
    self,
    seed,
    operationMs: timeouts['operation'] ?? 5000,
    options: client,
    params,
    incarnation: 0,
    operations: 0,
    processes: 0,
    loops: [],
    askers: new Map(),
    errands: [],
    stopped: false,
    easy: client.busyMs === 0,
  };
}

const BUSY: TimerName = { word: 'busy', about: null };
const operationTimer = (op: OpId): TimerName => ({ word: 'operation', about: op });
const retryTimer = (op: OpId): TimerName => ({ word: 'retry', about: op });
const PROCESSES_A_LIFE = 10_000;
const REST_MS = 25;
const REST_MS_MAX = 200;
/** Then an operation that was asked for again and again ends unknown. */
const RETRY_US = 10_000_000;
const EASY_MS = 100;
