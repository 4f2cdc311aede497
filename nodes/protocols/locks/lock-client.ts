// A client of a lock: it acquires the lock, reads the resource, works, writes, and gives the lock back. It looks at its deadline before it
// reads and before it writes, which is all that a client can do for itself: between that look and the write it may be stopped for ever so long.
// Where an operation needs two locks it keeps the first while it waits for the second, and whatever ends one of them ends the operation.

import { txId } from '../../contract/ids.ts';
import { keysOf } from '../../workloads/counter.ts';
import { complete, type Doer, type End, loopExpired, openLoops, proceed, serve, startLife } from '../client-loops.ts';
import { machineOf } from '../machine-of.ts';
import type { LoopRequest, LoopState } from '../client-loops.ts';
import type { NodeId, OpId, TxId } from '../../contract/ids.ts';
import type { Effect, Machine, Setup, TimerName } from '../../contract/machine.ts';
import type { LockNote } from '../../contract/notes.ts';
import type { SealedWorkload } from '../../contract/workload.ts';
import type { CounterParams, Guard, Increment } from '../../workloads/counter.ts';
import type { ToHolder, ToResource } from './messages.ts';
import type { LockNews, Recipe, Step, Term } from './recipe.ts';

/**
 * `between`: it has the first of two locks, and works before it asks for the second. `writing`: the writes may have left. `yielding`: what it has
 * is being given back, and how the operation ends is known.
 */
type Stage = 'acquiring' | 'between' | 'reading' | 'working' | 'writing' | 'yielding';

/** One acquisition of one lock, and what it was for. */
interface Lock<Held> {
  readonly about: TxId;
  readonly key: string;
  readonly held: Held;
  isHad: boolean;
  /** Its own deadline. */
  until: number;
  /** What it shows to the resource. */
  guard: Guard;
  /** What its counter said; null until it is known. */
  value: number | null;
  /** What the resource has said of its write. */
  written: 'yes' | 'no' | 'unknown';
  /** It is given back. */
  isOver: boolean;
}

/** One operation. */
interface Section<Held> {
  readonly op: OpId;
  readonly increment: Increment;
  readonly locks: Lock<Held>[];
  stage: Stage;
  hasSent: boolean;
  isLost: boolean;
  end: End | null;
}

export interface LockClientState<Own, Held> extends LoopState {
  readonly own: Own;
  readonly operationMs: number;
  /** How long the resource may take to answer. */
  readonly resourceMs: number;
  sections: Section<Held>[];
  counter: number;
}

/** One input about one acquisition. */
interface Turn<Own, Held> {
  readonly recipe: Recipe<Own, Held>;
  readonly doer: Doer<LockClientState<Own, Held>>;
  readonly state: LockClientState<Own, Held>;
  readonly section: Section<Held>;
  readonly lock: Lock<Held>;
  readonly at: number;
}

export function lockClient<Own, Held>(
  workload: SealedWorkload,
  recipe: Recipe<Own, Held>,
): Machine<LockClientState<Own, Held>> {
  type State = LockClientState<Own, Held>;
  const doer: Doer<State> = {
    workload,
    begin: (state, op, request, at) => begin(recipe, state, { op, increment: request as Increment, at }),
  };
  /** Of an acquisition that is over nothing is heard any more. */
  const about = (state: State, name: TxId, at: number, react: (turn: Turn<Own, Held>) => Effect[]): Effect[] => {
    for (const section of state.sections) {
      const lock = section.locks.find((one) => one.about === name);
      if (lock) return react({ recipe, doer, state, section, lock, at });
    }
    return [];
  };
  return machineOf<State, ToHolder>((setup) => openClient(recipe, setup), {
    started: (state, { incarnation }) => {
      startLife(state, incarnation);
      return [];
    },
    asked: (state, { request, ...asker }) => serve(doer, state, request as LoopRequest, asker, unfinished(state)),
    answered: (state, { op, reply, at }) =>
      about(state, askedFor(op), at, (turn) =>
        follow(turn, recipe.answered(state.own, turn.lock.held, { op, reply, at })),
      ),
    received: (state, { message, at }) => about(state, message.about, at, (turn) => hear(turn, message)),
    expired: (state, { timer, at }) =>
      loopExpired(doer, state, timer, at) ?? about(state, timer.about as TxId, at, (turn) => expire(turn, timer)),
  });
}

function openClient<Own, Held>(recipe: Recipe<Own, Held>, setup: Setup): LockClientState<Own, Held> {
  const { operation = 5000, resource = 500 } = setup.timeouts;
  return {
    ...openLoops(setup),
    own: recipe.open(setup),
    operationMs: operation,
    resourceMs: resource,
    sections: [],
    counter: 0,
  };
}

function unfinished<Own, Held>({ sections }: LockClientState<Own, Held>): readonly TxId[] {
  return sections.flatMap(({ locks }) => locks.filter(({ isOver }) => !isOver).map(({ about }) => about));
}

/** Asks of an acquisition bear its name before a slash. */
function askedFor(op: OpId): TxId {
  return op.slice(0, op.indexOf('/')) as TxId;
}

interface Begun {
  readonly op: OpId;
  readonly increment: Increment;
  readonly at: number;
}

function begin<Own, Held>(
  recipe: Recipe<Own, Held>,
  state: LockClientState<Own, Held>,
  { op, increment, at }: Begun,
): Effect[] {
  const fresh = { stage: 'acquiring', hasSent: false, isLost: false, end: null } as const;
  const section: Section<Held> = { op, increment, locks: [], ...fresh };
  state.sections.push(section);
  return acquire({ recipe, state, section, at }, increment.key);
}

/** Each lock is an acquisition with a name of its own. */
function acquire<Own, Held>(
  { recipe, state, section, at }: Pick<Turn<Own, Held>, 'recipe' | 'state' | 'section' | 'at'>,
  key: string,
): Effect[] {
  const { self: coordinator, incarnation } = state;
  const { op, increment } = section;
  const about = txId({ coordinator, incarnation, counter: ++state.counter });
  const { held, effects } = recipe.acquire(state.own, { about, key }, at);
  const fresh = { isHad: false, until: 0, guard: {}, value: null, written: 'unknown', isOver: false } as const;
  section.locks.push({ about, key, held, ...fresh });
  section.stage = 'acquiring';
  return [
    { do: 'tell', note: { word: 'began', about, op, participants: [increment.site] } },
    { do: 'arm', timer: { word: 'operation', about }, afterMs: state.operationMs },
    ...effects,
  ];
}

/** What the recipe has done, and what its news mean here. */
function follow<Own, Held>(turn: Turn<Own, Held>, { effects, news }: Step): Effect[] {
  return news ? [...effects, ...learn(turn, news)] : [...effects];
}

function learn<Own, Held>(turn: Turn<Own, Held>, news: LockNews): Effect[] {
  const { section, lock, recipe } = turn;
  const { about, key } = lock;
  switch (news.is) {
    case 'waiting':
      return [{ do: 'tell', note: { word: 'waits', about, site: recipe.service as NodeId, key, mode: 'write' } }];
    case 'granted':
      return section.stage === 'acquiring' ? enter(turn, news) : [];
    case 'extended': {
      const { asked, until } = news;
      const note = { word: 'extended', about, asked, until, ...believe(lock, news) } as const;
      return [{ do: 'tell', note }, ...leaseTimers(turn)];
    }
    case 'gave-up':
      section.end = { outcome: 'failed', about, reason: news.reason };
      return leave(turn, 'done');
    case 'lost':
      return leave(turn, 'lost');
    case 'released':
      return finish(turn, news.owned);
  }
}

/** The lock is its own: now it may read, or ask for the other one. */
function enter<Own, Held>(turn: Turn<Own, Held>, news: Extract<LockNews, { is: 'granted' }>): Effect[] {
  const { section, lock, recipe, state } = turn;
  const { about, key } = lock;
  const { asked, until, token, lock: registered } = news;
  const shown = token === undefined ? {} : { token };
  lock.isHad = true;
  lock.guard = registered === undefined ? shown : { lock: registered };
  const site = recipe.service as NodeId;
  const own = believe(lock, news);
  const note = { word: 'granted', about, site, key, mode: 'write', asked, until, ...own, ...shown } as const;
  const had: Effect[] = [{ do: 'tell', note }, ...leaseTimers(turn)];
  if ((state.params as unknown as CounterParams).bare) {
    section.end = { outcome: 'ok', about, reason: 'it had the lock' };
    return [...had, ...leave(turn, 'done')];
  }
  const isLast = section.locks.length === keysOf(section.increment).length;
  return [...had, ...(isLast ? read(turn) : between(turn))];
}

/** Its own deadline is what it believes; what that is it tells where the service's rules are others. */
function believe<Held>(lock: Lock<Held>, { until, believed }: Term): Pick<Term, 'believed'> {
  lock.until = believed === undefined ? until : (believed ?? Number.POSITIVE_INFINITY);
  return believed === undefined ? {} : { believed };
}

/** It keeps the first lock, and works before it asks for the second. */
function between<Own, Held>({ section, lock: { about }, state: { params } }: Turn<Own, Held>): Effect[] {
  section.stage = 'between';
  const { betweenMs = 0 } = params as unknown as CounterParams;
  return [disarm('operation', about), { do: 'arm', timer: { word: 'work', about }, afterMs: betweenMs }];
}

function read<Own, Held>({ section, state }: Turn<Own, Held>): Effect[] {
  section.stage = 'reading';
  return section.locks.flatMap((lock) => {
    const { about, key, guard } = lock;
    return access(section, state, { word: 'read', about, key, ...guard });
  });
}

function access<Own, Held>(
  { increment }: Section<Held>,
  { resourceMs }: LockClientState<Own, Held>,
  message: ToResource,
): Effect[] {
  return [
    { do: 'send', to: increment.site, message },
    { do: 'arm', timer: { word: 'resource', about: message.about }, afterMs: resourceMs },
  ];
}

/** Its own deadline; and before, where it works for long, the time to ask for more. */
function leaseTimers<Own, Held>({ recipe, state: { params }, lock: { about, until }, at }: Turn<Own, Held>): Effect[] {
  // Whoever has no deadline waits to be told.
  if (until === Number.POSITIVE_INFINITY) return [];
  const leftMs = Math.max(0, Math.floor((until - at) / US));
  const extendsIt = recipe.extend !== null && (params as unknown as CounterParams).extends;
  return [
    { do: 'arm', timer: { word: 'lease', about }, afterMs: leftMs },
    ...(extendsIt ? [{ do: 'arm', timer: { word: 'extend', about }, afterMs: Math.floor(leftMs / 3) } as const] : []),
  ];
}

function hear<Own, Held>(turn: Turn<Own, Held>, message: ToHolder): Effect[] {
  const { section, lock, state } = turn;
  const { about } = lock;
  switch (message.word) {
    case 'value': {
      if (section.stage !== 'reading' || lock.value !== null) return [];
      lock.value = message.value;
      const heard = disarm('resource', about);
      if (section.locks.some(({ value }) => value === null)) return [heard];
      section.stage = 'working';
      const { workMs } = state.params as unknown as CounterParams;
      return [heard, { do: 'arm', timer: { word: 'work', about }, afterMs: workMs }];
    }
    case 'written':
      lock.written = 'yes';
      // Also when the lock was given back meanwhile: what was unknown is known now.
      section.end = endOf(section);
      if (section.stage === 'yielding') return [];
      return section.end.outcome === 'ok' ? leave(turn, 'done') : [disarm('resource', about)];
    case 'stale':
      lock.written = 'no';
      section.end = endOf(section);
      return section.stage === 'yielding' ? [] : leave(turn, 'fenced');
  }
}

/** By what the resource has said of all writes. */
function endOf<Held>({ locks, hasSent }: Section<Held>): End {
  const about = locks[0] ? { about: locks[0].about } : {};
  const all = (said: Lock<Held>['written']) => locks.every(({ written }) => written === said);
  if (all('yes')) return { outcome: 'ok', ...about, reason: 'the resource has written it' };
  if (!hasSent || all('no')) return { outcome: 'failed', ...about, reason: NOT_WRITTEN.fenced };
  const some = locks.some(({ written }) => written === 'no');
  return { outcome: 'unknown', ...about, reason: some ? HALF_REFUSED : 'the resource did not answer' };
}

const HALF_REFUSED = 'of its two writes the resource refused one';

/** The last look at the deadline, and the writes right after it. */
function write<Own, Held>(turn: Turn<Own, Held>): Effect[] {
  const { section, state, at } = turn;
  const late = section.locks.find(({ until }) => at >= until);
  if (late) return leave({ ...turn, lock: late }, 'deadline');
  section.stage = 'writing';
  section.hasSent = true;
  section.end = endOf(section);
  return section.locks.flatMap((lock) => {
    const { about, key, guard, value } = lock;
    return access(section, state, { word: 'write', about, key, value: (value ?? 0) + 1, ...guard });
  });
}

/** It believes no longer that it holds this lock, and gives back whatever it has. */
function leave<Own, Held>(turn: Turn<Own, Held>, why: keyof typeof NOT_WRITTEN): Effect[] {
  const { section, state, recipe, at } = turn;
  const { stage, locks } = section;
  if (stage === 'yielding') return [];
  section.stage = 'yielding';
  section.end ??= { outcome: 'failed', about: turn.lock.about, reason: NOT_WRITTEN[why] };
  const timers = locks.flatMap(({ about }) => TIMERS.map((word) => disarm(word, about)));
  const had = locks.filter(({ isHad }) => isHad);
  const isSame = (lock: Lock<Held>) => lock === turn.lock || (why === 'done' && turn.lock.isHad);
  const told = had.map((lock) => yielded(lock.about, isSame(lock) ? why : 'other'));
  const given = locks.flatMap((lock) => follow({ ...turn, lock }, recipe.release(state.own, lock.held, at)));
  return [...timers, ...told, ...given];
}

const TIMERS = ['operation', 'lease', 'extend', 'work', 'resource'];

/** What its owner did not want is news. */
function yielded(about: TxId, why: Why): Effect {
  const note = { word: 'yielded', about, why } as const;
  return { do: 'tell', note, ...(why !== 'done' && { urgent: true }) };
}

const NOT_WRITTEN = {
  done: 'could not have the lock in time',
  deadline: 'its lease was over before it had written',
  lost: 'the lock was lost before it had written',
  fenced: 'the resource had seen another holder',
} as const satisfies Partial<Record<Why, string>>;

/** When all is given back the operation has ended, and the next begins. */
function finish<Own, Held>({ doer, state, section, lock, at }: Turn<Own, Held>, owned: boolean | null): Effect[] {
  const { op, end, locks } = section;
  lock.isOver = true;
  section.isLost ||= owned === false;
  if (locks.some(({ isOver }) => !isOver)) return [];
  state.sections = state.sections.filter((one) => one !== section);
  const index = state.askers.get(op);
  if (index === undefined || !end) return [];
  const lost =
    section.isLost && end.outcome === 'ok' ? ', and the lock was no longer its own when it was given back' : '';
  return [...complete(state, index, { ...end, reason: `${end.reason}${lost}` }), ...proceed(doer, state, index, at)];
}

function expire<Own, Held>(turn: Turn<Own, Held>, timer: TimerName): Effect[] {
  const { recipe, state, section, lock, at } = turn;
  switch (timer.word) {
    case 'work':
      return worked(turn);
    case 'lease':
      return leave(turn, 'deadline');
    case 'extend':
      return recipe.extend ? follow(turn, recipe.extend(state.own, lock.held, at)) : [];
    case 'operation':
      return lock.isHad ? [] : leave(turn, 'done');
    case 'resource':
      section.end ??= { outcome: 'failed', about: lock.about, reason: 'the resource did not answer' };
      return leave(turn, 'done');
    default:
      return follow(turn, recipe.expired(state.own, lock.held, timer, at));
  }
}

function worked<Own, Held>(turn: Turn<Own, Held>): Effect[] {
  const { stage, increment } = turn.section;
  if (stage === 'between' && increment.second !== undefined) return acquire(turn, increment.second);
  return stage === 'working' ? write(turn) : [];
}

type Why = Extract<LockNote, { word: 'yielded' }>['why'];

const disarm = (word: string, about: TxId): Effect => ({ do: 'disarm', timer: { word, about } });
const US = 1000;
