// A client of a lock: it acquires the lock, reads the resource, works, writes, and gives the lock back. It looks at its deadline before it
// reads and before it writes, which is all that a client can do for itself: between that look and the write it may be stopped for ever so long.

import { txId } from '../../contract/ids.ts';
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

/** `writing`: the write may have left. `yielding`: the lock is being given back, and how the operation ends is known. */
type Stage = 'acquiring' | 'reading' | 'working' | 'writing' | 'yielding';

interface Section<Held> {
  readonly about: TxId;
  readonly op: OpId;
  readonly increment: Increment;
  readonly held: Held;
  stage: Stage;
  /** Its own deadline. */
  until: number;
  /** What it shows to the resource. */
  guard: Guard;
  value: number;
  end: End | null;
}

export interface LockClientState<Own, Held> extends LoopState {
  readonly own: Own;
  readonly operationMs: number;
  /** How long the resource may take to answer. */
  readonly resourceMs: number;
  sections: Map<TxId, Section<Held>>;
  counter: number;
}

/** One input about one acquisition. */
interface Turn<Own, Held> {
  readonly recipe: Recipe<Own, Held>;
  readonly doer: Doer<LockClientState<Own, Held>>;
  readonly state: LockClientState<Own, Held>;
  readonly section: Section<Held>;
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
    const section = state.sections.get(name);
    return section ? react({ recipe, doer, state, section, at }) : [];
  };
  return machineOf<State, ToHolder>((setup) => openClient(recipe, setup), {
    started: (state, { incarnation }) => {
      startLife(state, incarnation);
      return [];
    },
    asked: (state, { request, ...asker }) =>
      serve(doer, state, request as LoopRequest, asker, [...state.sections.keys()]),
    answered: (state, { op, reply, at }) =>
      about(state, askedFor(op), at, (turn) =>
        follow(turn, recipe.answered(state.own, turn.section.held, { op, reply, at })),
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
    sections: new Map(),
    counter: 0,
  };
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
  const { self: coordinator, incarnation } = state;
  const about = txId({ coordinator, incarnation, counter: ++state.counter });
  const { held, effects } = recipe.acquire(state.own, { about, key: increment.key }, at);
  const fresh = { stage: 'acquiring', until: 0, guard: {}, value: 0, end: null } as const;
  state.sections.set(about, { about, op, increment, held, ...fresh });
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
  const { section, recipe } = turn;
  const { about, increment } = section;
  switch (news.is) {
    case 'waiting': {
      const { key } = increment;
      return [{ do: 'tell', note: { word: 'waits', about, site: recipe.service as NodeId, key, mode: 'write' } }];
    }
    case 'granted':
      return section.stage === 'acquiring' ? enter(turn, news) : [];
    case 'extended': {
      const { asked, until } = news;
      return [
        { do: 'tell', note: { word: 'extended', about, asked, until, ...believe(section, news) } },
        ...leaseTimers(turn),
      ];
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

/** The lock is its own: now it may read. */
function enter<Own, Held>(turn: Turn<Own, Held>, news: Extract<LockNews, { is: 'granted' }>): Effect[] {
  const { section, recipe, state } = turn;
  const { about, increment } = section;
  section.stage = 'reading';
  const { asked, until, token, lock } = news;
  const own = believe(section, news);
  const shown = token === undefined ? {} : { token };
  section.guard = lock === undefined ? shown : { lock };
  const site = recipe.service as NodeId;
  const note = {
    word: 'granted',
    about,
    site,
    key: increment.key,
    mode: 'write',
    asked,
    until,
    ...own,
    ...shown,
  } as const;
  const granted: Effect = { do: 'tell', note };
  if ((state.params as unknown as CounterParams).bare) {
    section.end = { outcome: 'ok', about, reason: 'it had the lock' };
    return [granted, ...leave(turn, 'done')];
  }
  const read: ToResource = { word: 'read', about, key: increment.key, ...section.guard };
  return [
    granted,
    ...leaseTimers(turn),
    { do: 'send', to: increment.site, message: read },
    { do: 'arm', timer: { word: 'resource', about }, afterMs: state.resourceMs },
  ];
}

/** Its own deadline is what it believes; what that is it tells where the service's rules are others. */
function believe<Held>(section: Section<Held>, { until, believed }: Term): Pick<Term, 'believed'> {
  section.until = believed === undefined ? until : (believed ?? Number.POSITIVE_INFINITY);
  return believed === undefined ? {} : { believed };
}

/** Its own deadline; and before, where it works for long, the time to ask for more. */
function leaseTimers<Own, Held>({
  recipe,
  state: { params },
  section: { about, until },
  at,
}: Turn<Own, Held>): Effect[] {
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
  const { section, state } = turn;
  const { about, stage } = section;
  switch (message.word) {
    case 'value': {
      if (stage !== 'reading') return [];
      section.value = message.value;
      section.stage = 'working';
      const { workMs } = state.params as unknown as CounterParams;
      return [disarm('resource', about), { do: 'arm', timer: { word: 'work', about }, afterMs: workMs }];
    }
    case 'written':
      // Also when the lock was given back meanwhile: what was unknown is known now.
      if (stage !== 'writing') return ended(section, { outcome: 'ok', about, reason: WRITTEN });
      section.end = { outcome: 'ok', about, reason: WRITTEN };
      return leave(turn, 'done');
    case 'stale':
      section.end = { outcome: 'failed', about, reason: NOT_WRITTEN.fenced };
      return stage === 'yielding' ? [] : leave(turn, 'fenced');
  }
}

const WRITTEN = 'the resource has written it';

function ended<Held>(section: Section<Held>, end: End): Effect[] {
  if (section.stage === 'yielding') section.end = end;
  return [];
}

/** The last look at the deadline, and the write right after it. */
function write<Own, Held>(turn: Turn<Own, Held>): Effect[] {
  const { section, state, at } = turn;
  const { about, increment, value, guard, until } = section;
  if (at >= until) return leave(turn, 'deadline');
  section.stage = 'writing';
  section.end = { outcome: 'unknown', about, reason: 'the resource did not answer' };
  const message: ToResource = { word: 'write', about, key: increment.key, value: value + 1, ...guard };
  return [
    { do: 'send', to: increment.site, message },
    { do: 'arm', timer: { word: 'resource', about }, afterMs: state.resourceMs },
  ];
}

/** It believes no longer that it holds the lock, and gives it back. */
function leave<Own, Held>(turn: Turn<Own, Held>, why: Why): Effect[] {
  const { section } = turn;
  const { about, stage, held } = section;
  if (stage === 'yielding') return [];
  section.stage = 'yielding';
  section.end ??= { outcome: 'failed', about, reason: NOT_WRITTEN[why] };
  const timers = ['operation', 'lease', 'extend', 'work', 'resource'].map((word) => disarm(word, about));
  const told: Effect[] = stage === 'acquiring' ? [] : [yielded(about, why)];
  return [...timers, ...told, ...follow(turn, turn.recipe.release(turn.state.own, held, turn.at))];
}

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
} as const;

/** The lock is given back: the operation has ended, and the next begins. */
function finish<Own, Held>({ doer, state, section, at }: Turn<Own, Held>, owned: boolean | null): Effect[] {
  const { about, op, end } = section;
  state.sections.delete(about);
  const index = state.askers.get(op);
  if (index === undefined || !end) return [];
  const lost =
    owned !== false || end.outcome !== 'ok' ? '' : ', and the lock was no longer its own when it was given back';
  return [...complete(state, index, { ...end, reason: `${end.reason}${lost}` }), ...proceed(doer, state, index, at)];
}

function expire<Own, Held>(turn: Turn<Own, Held>, timer: TimerName): Effect[] {
  const { recipe, state, section, at } = turn;
  switch (timer.word) {
    case 'work':
      return section.stage === 'working' ? write(turn) : [];
    case 'lease':
      return leave(turn, 'deadline');
    case 'extend':
      return recipe.extend ? follow(turn, recipe.extend(state.own, section.held, at)) : [];
    case 'operation':
      return section.stage === 'acquiring' ? leave(turn, 'done') : [];
    case 'resource':
      section.end ??= { outcome: 'failed', about: section.about, reason: 'the resource did not answer' };
      return leave(turn, 'done');
    default:
      return follow(turn, recipe.expired(state.own, section.held, timer, at));
  }
}

type Why = Extract<LockNote, { word: 'yielded' }>['why'];

const disarm = (word: string, about: TxId): Effect => ({ do: 'disarm', timer: { word, about } });
const US = 1000;
