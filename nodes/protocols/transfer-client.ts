// The workload: bank clients in a closed loop. Each client has one transfer under way, and the next only when that one has ended.
// A client whose transfer ended unknown is retired; its successor has a new process number (Knossos, Jepsen).

import { opId } from '../contract/ids.ts';
import { unreachable } from '../contract/invariant.ts';
import type { Outcome, Transfer } from '../contract/events.ts';
import type { NodeId, OpId, TxId } from '../contract/ids.ts';
import type { DumpAnswer, Effect, Input, Machine, Reply, Setup, TimerName } from '../contract/machine.ts';
import type { TransferAnswer } from './transfers.ts';

/** What the plan gives the client node: one list of transfers for each client. */
export interface ClientOptions {
  readonly coordinator: NodeId;
  readonly loops: readonly (readonly Transfer[])[];
  /** Begin each list anew at its end, until `stop`: a load that is bounded by time. */
  readonly repeat?: boolean;
}

/** `run` does every client's list; `probe` does lists of its own in the same way; `stop` ends all lists after the transfers under way. */
export type ClientRequest =
  | { readonly word: 'run' }
  | { readonly word: 'probe'; readonly lists: readonly (readonly Transfer[])[] }
  | { readonly word: 'stop' }
  | { readonly word: 'dump' };

interface Loop {
  process: number;
  todo: readonly Transfer[];
  next: number;
  underWay: OpId | null;
  refusals: number;
}

/** Somebody who asked for a list to be done, answered when it is. */
interface Errand {
  readonly by: NodeId;
  readonly op: OpId;
  readonly loops: readonly number[];
}

export interface ClientState {
  readonly self: NodeId;
  readonly operationMs: number;
  readonly coordinator: NodeId;
  readonly lists: readonly (readonly Transfer[])[];
  readonly repeat: boolean;
  incarnation: number;
  operations: number;
  processes: number;
  loops: Loop[];
  /** Which loop's each transfer under way is. */
  askers: Map<OpId, number>;
  errands: Errand[];
}

export const transferClient: Machine<ClientState> = { initial: initialState, next };

function next(state: ClientState, input: Input): Effect[] {
  switch (input.kind) {
    case 'started':
      state.incarnation = input.incarnation;
      // Whoever died with a transfer under way is retired: the next life's processes are others.
      state.processes = (input.incarnation - 1) * PROCESSES_A_LIFE;
      return [];
    case 'asked':
      return asked(state, input.by, input.op, input.request as ClientRequest);
    case 'answered':
      return answered(state, input.op, input.reply);
    case 'expired':
      return expired(state, input.timer);
    case 'received':
      return [];
    default:
      return unreachable(input);
  }
}

function asked(state: ClientState, by: NodeId, op: OpId, request: ClientRequest): Effect[] {
  switch (request.word) {
    case 'run':
      return startErrand(state, { by, op }, state.lists);
    case 'probe':
      return startErrand(state, { by, op }, request.lists);
    case 'stop':
      for (const loop of state.loops) loop.todo = [];
      return [
        { do: 'answer', to: by, op, answer: { word: 'done' } },
        ...state.loops.flatMap((_, index) => proceed(state, index)),
      ];
    case 'dump': {
      const dump: DumpAnswer = { word: 'dump', state: { inDoubt: [], unfinished: [], locks: [], accounts: {} } };
      return [{ do: 'answer', to: by, op, answer: dump }];
    }
    default:
      return unreachable(request);
  }
}

function startErrand(
  state: ClientState,
  asker: { by: NodeId; op: OpId },
  lists: readonly (readonly Transfer[])[],
): Effect[] {
  const loops = lists.map((todo) => {
    state.loops.push({ process: state.processes++, todo, next: 0, underWay: null, refusals: 0 });
    return state.loops.length - 1;
  });
  state.errands.push({ ...asker, loops });
  return loops.flatMap((index) => proceed(state, index));
}

/** The next transfer of this client, or the answer to its errand when nothing is left to do. */
function proceed(state: ClientState, index: number): Effect[] {
  const loop = state.loops[index];
  if (!loop || loop.underWay) return [];
  if (state.repeat && loop.next === loop.todo.length) loop.next = 0;
  const transfer = loop.todo[loop.next];
  if (!transfer) return finishErrands(state);
  loop.next++;
  const op = opId(`${state.self}.${state.incarnation}.${++state.operations}`);
  loop.underWay = op;
  state.askers.set(op, index);
  return [
    { do: 'tell', note: { about: 'invoked', op, process: loop.process, request: transfer } },
    { do: 'ask', to: state.coordinator, op, request: transfer },
    { do: 'arm', timer: operationTimer(op), afterMs: state.operationMs },
  ];
}

function finishErrands(state: ClientState): Effect[] {
  const isDone = (errand: Errand) => errand.loops.every((index) => isIdle(state.loops[index]));
  const done = state.errands.filter(isDone);
  state.errands = state.errands.filter((errand) => !isDone(errand));
  return done.map(({ by, op }) => ({ do: 'answer', to: by, op, answer: { word: 'done' } }));
}

function isIdle(loop: Loop | undefined): boolean {
  return !loop || (loop.underWay === null && loop.next >= loop.todo.length);
}

function answered(state: ClientState, op: OpId, reply: Reply): Effect[] {
  const index = state.askers.get(op);
  // An answer after the operation was given up as unknown changes nothing: unknown already covers both ends.
  if (index === undefined) return [];
  switch (reply.kind) {
    case 'refused':
      return [
        ...complete(state, index, { outcome: 'failed', reason: 'not sent: no connection to the coordinator' }),
        ...rest(state, index),
      ];
    case 'lost':
      return [
        ...complete(state, index, { outcome: 'unknown', reason: 'the connection broke before an answer came' }),
        ...rest(state, index),
      ];
    case 'answer':
      return [...complete(state, index, endOf(reply.answer as TransferAnswer)), ...proceed(state, index)];
    default:
      return unreachable(reply);
  }
}

function endOf(answer: TransferAnswer): End {
  if (answer.word === 'ok') return { outcome: 'ok', tx: answer.tx, reason: 'the coordinator said committed' };
  return { outcome: 'failed', ...(answer.tx === null ? {} : { tx: answer.tx }), reason: answer.reason };
}

interface End {
  readonly outcome: Outcome;
  readonly tx?: TxId;
  readonly reason: string;
}

function complete(state: ClientState, index: number, end: End): Effect[] {
  const loop = state.loops[index];
  const op = loop?.underWay;
  if (!loop || !op) return [];
  const { process } = loop;
  loop.underWay = null;
  state.askers.delete(op);
  if (end.outcome === 'ok') loop.refusals = 0;
  if (end.outcome === 'unknown') loop.process = state.processes++;
  return [
    { do: 'disarm', timer: operationTimer(op) },
    { do: 'tell', note: { about: 'completed', op, process, ...end } },
  ];
}

/** While nobody is there to ask, a client waits before its next transfer instead of failing its whole list at once. */
function rest(state: ClientState, index: number): Effect[] {
  const loop = state.loops[index];
  if (!loop) return [];
  loop.refusals++;
  return [
    {
      do: 'arm',
      timer: { word: 'rest', about: opId(`loop-${index}`) },
      afterMs: Math.min(REST_MS * 2 ** loop.refusals, REST_MS_MAX),
    },
  ];
}

function expired(state: ClientState, timer: TimerName): Effect[] {
  if (timer.word === 'rest') return proceed(state, Number(timer.about?.slice('loop-'.length)));
  const index = state.askers.get(timer.about as OpId);
  if (index === undefined) return [];
  return [
    ...complete(state, index, { outcome: 'unknown', reason: `no answer in ${state.operationMs} ms` }),
    ...proceed(state, index),
  ];
}

function initialState(setup: Setup): ClientState {
  const { coordinator, loops, repeat = false } = setup.options['client'] as ClientOptions;
  return {
    self: setup.self,
    operationMs: setup.timeouts['operation'] ?? 5000,
    coordinator,
    lists: loops,
    repeat,
    incarnation: 0,
    operations: 0,
    processes: 0,
    loops: [],
    askers: new Map(),
    errands: [],
  };
}

const operationTimer = (op: OpId): TimerName => ({ word: 'operation', about: op });
const PROCESSES_A_LIFE = 10_000;
const REST_MS = 25;
const REST_MS_MAX = 200;
