// Clients of commit protocols: an operation is one request to the coordinator, which carries every part, and its answer.

import { unreachable } from '../contract/invariant.ts';
import {
  complete,
  type Doer,
  type End,
  loopExpired,
  openLoops,
  proceed,
  rest,
  restMs,
  serve,
  startLife,
} from './client-loops.ts';
import { machineOf } from './machine-of.ts';
import { oldestOf } from './commit-messages.ts';
import type { LoopOptions, LoopRequest, LoopState } from './client-loops.ts';
import type { NodeId, OpId } from '../contract/ids.ts';
import type { Effect, Machine, Reply, Setup, TimerName } from '../contract/machine.ts';
import type { Operation, SealedWorkload } from '../contract/workload.ts';
import type { OperationAnswer } from './commit-messages.ts';
import type { Repeatable } from './once.ts';

export interface ClientOptions extends LoopOptions {
  readonly coordinator: NodeId;
  /** What a client does whose operation ended unknown: repeats its request, to be done once, or has it done anew. Absent: nothing. */
  readonly retry?: 'commit' | 'body';
}

/** Of an operation under way that may be asked for again. */
interface Asking {
  readonly request: Operation;
  /** Since when its end is unknown. */
  doubtSince: number | null;
}

export interface ClientState extends LoopState {
  readonly operationMs: number;
  readonly options: ClientOptions;
  /** Nothing where clients ask for nothing again. */
  readonly asking: Map<OpId, Asking>;
}

export function commitClient(workload: SealedWorkload): Machine<ClientState> {
  const doer: Doer<ClientState> = { workload, begin: ask };
  return machineOf<ClientState>(initialState, {
    started: (state, { incarnation }) => {
      startLife(state, incarnation);
      return [];
    },
    asked: (state, { request, ...asker }) => serve(doer, state, request as LoopRequest, asker),
    answered: (state, { op, reply, at }) => answered(doer, state, op, { reply, at }),
    expired: (state, { timer, at }) => loopExpired(doer, state, timer, at) ?? expired(doer, state, timer, at),
  });
}

function ask(state: ClientState, op: OpId, request: Operation): Effect[] {
  if (state.options.retry) state.asking.set(op, { request, doubtSince: null });
  return [asking(state, op, request), { do: 'arm', timer: operationTimer(op), afterMs: state.operationMs }];
}

function asking({ options, askers }: ClientState, op: OpId, request: Operation): Effect {
  const { coordinator: to, retry } = options;
  const again = (): Repeatable => ({ ...request, floor: oldestOf(askers) });
  return { do: 'ask', to, op, request: retry === 'commit' ? again() : request };
}

function answered(
  doer: Doer<ClientState>,
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
      if (!isInDoubt(state, op)) return [...end(state, index, { outcome: 'failed', reason }), ...rest(state, index)];
      return doubt(state, op, at) ?? [...end(state, index, { outcome: 'unknown', reason }), ...rest(state, index)];
    }
    case 'lost':
      return (
        doubt(state, op, at) ?? [
          ...end(state, index, { outcome: 'unknown', reason: 'the connection broke before an answer came' }),
          ...rest(state, index),
        ]
      );
    case 'answer': {
      const said = ofAllAttempts(state, op, endOf(reply.answer as OperationAnswer));
      return [...end(state, index, said), ...proceed(doer, state, index, at)];
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
function ofAllAttempts(state: ClientState, op: OpId, end: End): End {
  if (state.options.retry !== 'body' || end.outcome !== 'failed' || !isInDoubt(state, op)) return end;
  return { outcome: 'unknown', reason: `${end.reason}, and an earlier attempt may have committed` };
}

/** An earlier request for it may have had its effect. */
function isInDoubt({ asking }: ClientState, op: OpId): boolean {
  return (asking.get(op)?.doubtSince ?? null) !== null;
}

/** Asks again after a while; null where that is not wanted, or has been tried for long enough. */
function doubt(state: ClientState, op: OpId, at: number): Effect[] | null {
  const loop = state.loops[state.askers.get(op) ?? -1];
  const about = state.asking.get(op);
  if (!state.options.retry || !loop || !about) return null;
  about.doubtSince ??= at;
  if (at - about.doubtSince > RETRY_US) return null;
  return [
    { do: 'disarm', timer: operationTimer(op) },
    { do: 'arm', timer: retryTimer(op), afterMs: restMs(loop) },
  ];
}

function end(state: ClientState, index: number, how: End): Effect[] {
  const op = state.loops[index]?.underWay;
  if (!op) return [];
  const disarmed: Effect[] = [{ do: 'disarm', timer: operationTimer(op) }];
  if (isInDoubt(state, op)) disarmed.push({ do: 'disarm', timer: retryTimer(op) });
  state.asking.delete(op);
  return [...disarmed, ...complete(state, index, how)];
}

function expired(doer: Doer<ClientState>, state: ClientState, timer: TimerName, at: number): Effect[] {
  const op = timer.about as OpId;
  const index = state.askers.get(op);
  if (index === undefined) return [];
  if (timer.word === 'retry') {
    const again = state.asking.get(op);
    if (!again) return [];
    return [asking(state, op, again.request), { do: 'arm', timer: operationTimer(op), afterMs: state.operationMs }];
  }
  return (
    doubt(state, op, at) ?? [
      ...end(state, index, { outcome: 'unknown', reason: `no answer in ${state.operationMs} ms` }),
      ...proceed(doer, state, index, at),
    ]
  );
}

function initialState(setup: Setup): ClientState {
  const client = setup.options['client'] as ClientOptions;
  return { ...openLoops(setup), operationMs: setup.timeouts['operation'] ?? 5000, options: client, asking: new Map() };
}

const operationTimer = (op: OpId): TimerName => ({ word: 'operation', about: op });
const retryTimer = (op: OpId): TimerName => ({ word: 'retry', about: op });
/** Then an operation that was asked for again and again ends unknown. */
const RETRY_US = 10_000_000;
