// A lock on one Redis, or on several that know nothing of each other (Redlock): the same value is set in all of them for a time, and whoever
// has it in a majority has the lock for what is left of that time. After the page "Distributed Locks with Redis" of Redis's documentation.

import { opId } from '../../contract/ids.ts';
import { invariant } from '../../contract/invariant.ts';
import { randomBelow, randomStream } from '../../contract/random.ts';
import { leaseEnd, NOTHING, storesOf } from './recipe.ts';
import type { NodeId, OpId, TxId } from '../../contract/ids.ts';
import type { Effect, Setup, TimerName } from '../../contract/machine.ts';
import type { Random } from '../../contract/random.ts';
import type { RedisAnswer, RedisRequest } from '../../stores/redis.ts';
import type { Guard } from '../../workloads/counter.ts';
import type { Heard, Recipe, Step, Wanted } from './recipe.ts';

/** What has become of asking all servers once. */
interface Round {
  readonly does: 'acquire' | 'extend' | 'release';
  readonly asked: number;
  /** Not replied yet, by the operation that each was asked by. */
  readonly open: Map<OpId, NodeId>;
  /** Those that agreed, and those that said no. */
  agreed: number;
  denied: number;
  token: number | undefined;
  /** A round is over when its end is known; replies may come later. */
  over: boolean;
}

export interface RedlockHeld extends Wanted {
  attempt: number;
  rounds: number;
  round: Round | null;
  stage: 'acquiring' | 'resting' | 'held' | 'releasing' | 'over';
  hasWaited: boolean;
  readonly random: Random;
}

export interface RedlockKind {
  /** A token comes with the lock: INCR beside SET NX, on one server. */
  readonly fencing?: boolean;
  /** The resource knows the lock by its value. */
  readonly registers?: boolean;
}

export function redlock({ fencing = false, registers = false }: RedlockKind): Recipe<RedlockOwn, RedlockHeld> {
  return {
    service: 'redis',
    open: (setup) => openOwn(setup, { fencing, registers }),
    acquire: (own, wanted, at) => {
      const random = randomStream(own.seed, `${wanted.about} back-off`);
      const begun = { attempt: 0, rounds: 0, round: null, stage: 'acquiring', hasWaited: false, random } as const;
      const held: RedlockHeld = { ...wanted, ...begun };
      return { held, effects: attempt(own, held, at) };
    },
    extend: (own, held, at) => (held.stage === 'held' ? { effects: askAll(own, held, 'extend', at) } : NOTHING),
    release,
    answered,
    expired: (own, held, { word }, at) => {
      if (word !== 'retry' || held.stage !== 'resting') return NOTHING;
      held.stage = 'acquiring';
      return { effects: attempt(own, held, at) };
    },
  };
}

export interface RedlockOwn {
  readonly servers: readonly NodeId[];
  readonly quorum: number;
  readonly fencing: boolean;
  readonly registers: boolean;
  readonly seed: number;
  readonly ttlMs: number;
  /** How long one server may take. */
  readonly withinMs: number;
  /** About how long a client waits before it tries again. */
  readonly retryMs: number;
}

function openOwn(setup: Setup, kind: Required<RedlockKind>): RedlockOwn {
  const { ttl, server, retry } = setup.timeouts;
  invariant(ttl !== undefined && server !== undefined && retry !== undefined, 'a lock on Redis without its times');
  const servers = storesOf(setup, 'redis');
  const quorum = Math.floor(servers.length / 2) + 1;
  return { servers, quorum, ...kind, seed: setup.seed, ttlMs: ttl, withinMs: server, retryMs: retry };
}

function attempt(own: RedlockOwn, held: RedlockHeld, at: number): Effect[] {
  held.attempt++;
  return askAll(own, held, 'acquire', at);
}

/** Of one attempt: a value that nobody has used before, so that what is released or extended is what this attempt has set. */
function valueOf({ about, attempt: nth }: RedlockHeld): string {
  return `${about}/${nth}`;
}

function askAll(own: RedlockOwn, held: RedlockHeld, does: Round['does'], at: number): Effect[] {
  const round: Round = { does, asked: at, open: new Map(), agreed: 0, denied: 0, token: undefined, over: false };
  held.round = round;
  held.rounds++;
  return own.servers.map((to): Effect => {
    const op = opId(`${held.about}/${held.rounds}-${to}`);
    round.open.set(op, to);
    return { do: 'ask', to, op, request: requestOf(own, held, does) };
  });
}

function requestOf({ ttlMs, withinMs, fencing }: RedlockOwn, held: RedlockHeld, does: Round['does']): RedisRequest {
  const { about, key } = held;
  const common = { about, withinMs, key, value: valueOf(held) };
  switch (does) {
    case 'acquire':
      return { word: 'acquire', ...common, ttlMs, ...(fencing && { counter: `${key}-tokens` }) };
    case 'extend':
      return { word: 'extend', ...common, ttlMs };
    case 'release':
      return { word: 'release', ...common };
  }
}

const AGREES: Readonly<Record<Round['does'], RedisAnswer['word']>> = {
  acquire: 'granted',
  extend: 'extended',
  release: 'released',
};

function answered(own: RedlockOwn, held: RedlockHeld, { op, reply, at }: Heard): Step {
  const { round } = held;
  if (!round?.open.delete(op)) return NOTHING;
  const answer = reply.kind === 'answer' ? (reply.answer as RedisAnswer) : null;
  if (answer?.word === AGREES[round.does]) round.agreed++;
  else if (answer) round.denied++;
  if (answer?.word === 'granted') round.token = answer.token;
  if (round.over) return NOTHING;
  switch (round.does) {
    case 'acquire':
      return acquired(own, held, round, at);
    case 'extend':
      return extended(own, held, round, at);
    case 'release':
      return released(own, held, round);
  }
}

/** A majority has it: `yes` or, when it cannot come any more, `no`. */
function majority({ quorum }: RedlockOwn, { agreed, open }: Round): 'yes' | 'no' | 'open' {
  if (agreed >= quorum) return 'yes';
  return agreed + open.size < quorum ? 'no' : 'open';
}

/** What is left of the lease counts from before the first server was asked: whoever was held up meanwhile has less, or nothing. */
function acquired(own: RedlockOwn, held: RedlockHeld, round: Round, at: number): Step {
  const end = majority(own, round);
  if (end === 'open') return NOTHING;
  round.over = true;
  const until = leaseEnd(round.asked, own.ttlMs);
  if (end === 'yes' && at < until) {
    held.stage = 'held';
    const { asked, token } = round;
    const guard: Guard = own.registers ? { lock: valueOf(held) } : { token };
    return { effects: [], news: { is: 'granted', asked, until, ...guard } };
  }
  return tryLater(own, held, at);
}

/** Releases whatever it may have got, also where no reply came: it may have been done all the same. Two that meet wait for different times. */
function tryLater(own: RedlockOwn, held: RedlockHeld, at: number): Step {
  const given = askAll(own, held, 'release', at);
  held.round = null;
  held.stage = 'resting';
  const afterMs = own.retryMs / 2 + randomBelow(held.random, own.retryMs);
  const news = held.hasWaited ? {} : { news: { is: 'waiting' } as const };
  held.hasWaited = true;
  return { effects: [...given, { do: 'arm', timer: retryTimer(held.about), afterMs }], ...news };
}

function extended(own: RedlockOwn, held: RedlockHeld, round: Round, at: number): Step {
  const isLost = round.denied > own.servers.length - own.quorum;
  const end = majority(own, round);
  if (end === 'open') return NOTHING;
  const until = leaseEnd(round.asked, own.ttlMs);
  if (end === 'yes' && at < until) {
    round.over = true;
    return { effects: [], news: { is: 'extended', asked: round.asked, until } };
  }
  // Whoever could not be heard has said nothing: the lease stands as it did.
  if (!isLost) return NOTHING;
  round.over = true;
  return { effects: [], news: { is: 'lost' } };
}

function release(own: RedlockOwn, held: RedlockHeld, at: number): Step {
  const isRest = held.stage === 'resting';
  held.stage = 'releasing';
  const given = askAll(own, held, 'release', at);
  return { effects: [...(isRest ? [{ do: 'disarm', timer: retryTimer(held.about) } as const] : []), ...given] };
}

/** Everybody is heard first: whoever asks for the lock again at once must not meet its own. */
function released(own: RedlockOwn, held: RedlockHeld, round: Round): Step {
  if (round.open.size > 0) return NOTHING;
  round.over = true;
  held.stage = 'over';
  return { effects: [], news: { is: 'released', owned: ownedAt(own, round) } };
}

/** By what a majority says. */
function ownedAt({ servers, quorum }: RedlockOwn, { agreed, denied }: Round): boolean | null {
  if (agreed >= quorum) return true;
  return denied > servers.length - quorum ? false : null;
}

const retryTimer = (about: TxId): TimerName => ({ word: 'retry', about });
