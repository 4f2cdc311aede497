// A writer without a lock: it reads the counter and its version, works, and writes if the version is still the same. Who lost the race reads
// again and tries with what is there now, after a while that it draws. A write that was not answered is sent again as the same one: the resource
// knows it, and takes it once (Kung, Robinson, TODS 1981; compare-and-set by version).

import { txId } from '../../contract/ids.ts';
import { complete, type Doer, type End, loopExpired, openLoops, proceed, serve, startLife } from '../client-loops.ts';
import { machineOf } from '../machine-of.ts';
import { randomBelow, randomStream, type Random } from '../../contract/random.ts';
import type { LoopRequest, LoopState } from '../client-loops.ts';
import type { OpId, TxId } from '../../contract/ids.ts';
import type { Effect, Machine, Setup, TimerName } from '../../contract/machine.ts';
import type { SealedWorkload } from '../../contract/workload.ts';
import type { CounterParams, Increment } from '../../workloads/counter.ts';
import type { ToHolder, ToResource } from './messages.ts';

/** Each try has a name of its own: what another wrote between two of them is no harm. */
interface Try {
  readonly about: TxId;
  readonly op: OpId;
  readonly increment: Increment;
  /** When the operation began, and how often it has been tried. */
  readonly since: number;
  readonly nth: number;
  stage: 'reading' | 'working' | 'writing' | 'resting';
  value: number;
  version: number;
}

export interface OptimisticState extends LoopState {
  readonly operationMs: number;
  readonly resourceMs: number;
  readonly retryMs: number;
  readonly random: Random;
  tries: Map<TxId, Try>;
  counter: number;
}

export function optimisticWriter(workload: SealedWorkload): Machine<OptimisticState> {
  const doer: Doer<OptimisticState> = {
    workload,
    begin: (state, op, request, at) => begin(state, { op, increment: request as Increment, since: at, nth: 1 }),
  };
  return machineOf<OptimisticState, ToHolder>(open, {
    started: (state, { incarnation }) => {
      startLife(state, incarnation);
      return [];
    },
    asked: (state, { request, ...asker }) => serve(doer, state, request as LoopRequest, asker, [...state.tries.keys()]),
    received: (state, { message, at }) => {
      const tried = state.tries.get(message.about);
      return tried ? hear(doer, state, tried, message, at) : [];
    },
    expired: (state, { timer, at }) => {
      const looped = loopExpired(doer, state, timer, at);
      const tried = looped ? undefined : state.tries.get(timer.about as TxId);
      return looped ?? (tried ? expire(doer, state, tried, timer, at) : []);
    },
  });
}

function open(setup: Setup): OptimisticState {
  const { operation = 5000, resource = 500, retry = 20 } = setup.timeouts;
  return {
    ...openLoops(setup),
    operationMs: operation,
    resourceMs: resource,
    retryMs: retry,
    random: randomStream(setup.seed, `${setup.self} back-off`),
    tries: new Map(),
    counter: 0,
  };
}

function begin(state: OptimisticState, given: Pick<Try, 'op' | 'increment' | 'since' | 'nth'>): Effect[] {
  const { self: coordinator, incarnation } = state;
  const about = txId({ coordinator, incarnation, counter: ++state.counter });
  const tried: Try = { about, ...given, stage: 'reading', value: 0, version: 0 };
  state.tries.set(about, tried);
  const note = { word: 'began', about, op: given.op, participants: [given.increment.site] } as const;
  return [{ do: 'tell', note }, ...say(state, tried)];
}

/** What this try waits for an answer to, for the first time or again. */
function say({ resourceMs }: OptimisticState, { about, stage, increment, value, version }: Try): Effect[] {
  const { site: to, key } = increment;
  const message: ToResource =
    stage === 'writing'
      ? { word: 'write', about, key, value: value + 1, ifVersion: version }
      : { word: 'read', about, key };
  return [
    { do: 'send', to, message },
    { do: 'arm', timer: timer('resource', about), afterMs: resourceMs },
  ];
}

function hear(
  doer: Doer<OptimisticState>,
  state: OptimisticState,
  tried: Try,
  message: ToHolder,
  at: number,
): Effect[] {
  const { about, stage } = tried;
  const heard: Effect = { do: 'disarm', timer: timer('resource', about) };
  switch (message.word) {
    case 'value': {
      if (stage !== 'reading') return [];
      Object.assign(tried, { stage: 'working', value: message.value, version: message.version ?? 0 });
      const { workMs } = state.params as unknown as CounterParams;
      return [heard, { do: 'arm', timer: timer('work', about), afterMs: workMs }];
    }
    case 'written':
      return [
        heard,
        ...finish(doer, state, tried, { outcome: 'ok', about, reason: 'the resource has written it' }, at),
      ];
    case 'stale':
      return [heard, ...again(doer, state, tried, at)];
  }
}

/** Another was quicker: this try has certainly written nothing. */
function again(doer: Doer<OptimisticState>, state: OptimisticState, tried: Try, at: number): Effect[] {
  const { about, since } = tried;
  if (at - since > state.operationMs * US)
    return finish(doer, state, tried, { outcome: 'failed', about, reason: 'others were quicker each time' }, at);
  tried.stage = 'resting';
  const afterMs = 1 + randomBelow(state.random, state.retryMs * Math.min(tried.nth, MOST));
  return [{ do: 'arm', timer: timer('again', about), afterMs }];
}

function expire(
  doer: Doer<OptimisticState>,
  state: OptimisticState,
  tried: Try,
  { word }: TimerName,
  at: number,
): Effect[] {
  const { about, op, increment, since, nth, stage } = tried;
  if (word === 'work' && stage === 'working') {
    tried.stage = 'writing';
    return say(state, tried);
  }
  if (word === 'again' && stage === 'resting') {
    state.tries.delete(about);
    return begin(state, { op, increment, since, nth: nth + 1 });
  }
  if (word !== 'resource') return [];
  if (at - since <= state.operationMs * US) return say(state, tried);
  const outcome = stage === 'writing' ? 'unknown' : 'failed';
  return finish(doer, state, tried, { outcome, about, reason: 'the resource did not answer' }, at);
}

function finish(
  doer: Doer<OptimisticState>,
  state: OptimisticState,
  { about, op }: Try,
  end: End,
  at: number,
): Effect[] {
  state.tries.delete(about);
  const index = state.askers.get(op);
  return index === undefined ? [] : [...complete(state, index, end), ...proceed(doer, state, index, at)];
}

const timer = (word: string, about: TxId): TimerName => ({ word, about });
const US = 1000;
/** Longer waits than so many times the first do not help. */
const MOST = 8;
