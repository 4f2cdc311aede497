// The lock class that articles show, on one Redis or, as Redlock, on several: with the flaws that it has there. Its value is made once for each
// object; nobody looks at how long the answers took; EXPIRE sets the time of whatever is there; what was taken in vain is left behind.

import { opId } from '../../contract/ids.ts';
import { invariant } from '../../contract/invariant.ts';
import { NOTHING, storesOf } from './recipe.ts';
import type { NodeId, OpId, TxId } from '../../contract/ids.ts';
import type { Effect, Setup, TimerName } from '../../contract/machine.ts';
import type { RedisAnswer, RedisRequest } from '../../stores/redis.ts';
import type { Heard, Recipe, Step, Wanted } from './recipe.ts';

/** Going through the servers, one after the other. */
interface Round {
  readonly does: 'acquire' | 'expire' | 'release';
  readonly asked: number;
  open: OpId;
  replied: number;
  agreed: number;
}

interface TextbookHeld extends Wanted {
  tries: number;
  rounds: number;
  round: Round | null;
  stage: 'acquiring' | 'held' | 'gave-up' | 'releasing' | 'over';
  hasWaited: boolean;
  /** Until when it takes the lock for its own: the time that it has asked for, added up. */
  believed: number;
}

interface TextbookOwn {
  readonly servers: readonly NodeId[];
  readonly quorum: number;
  readonly ttlMs: number;
  readonly retryMs: number;
  /** Made with the object, and the same for each lock that it takes. */
  value: string | null;
}

export const textbookLock: Recipe<TextbookOwn, TextbookHeld> = {
  service: 'redis',
  open: openOwn,
  acquire: (own, wanted, at) => {
    own.value ??= wanted.about;
    const begun = { tries: 1, rounds: 0, round: null, stage: 'acquiring', hasWaited: false, believed: 0 } as const;
    const held: TextbookHeld = { ...wanted, ...begun };
    return { held, effects: goRound(own, held, 'acquire', at) };
  },
  extend: (own, held, at) => (held.stage === 'held' ? { effects: goRound(own, held, 'expire', at) } : NOTHING),
  release: (own, held, at) => {
    if (held.stage === 'gave-up') return { effects: [], news: { is: 'released', owned: null } };
    held.stage = 'releasing';
    return { effects: [{ do: 'disarm', timer: retryTimer(held.about) }, ...goRound(own, held, 'release', at)] };
  },
  answered,
  expired: (own, held, { word }, at) => {
    if (word !== 'retry' || held.stage !== 'acquiring') return NOTHING;
    held.tries++;
    return { effects: goRound(own, held, 'acquire', at) };
  },
};

function openOwn(setup: Setup): TextbookOwn {
  const { ttl, retry } = setup.timeouts;
  invariant(ttl !== undefined && retry !== undefined, 'a lock on Redis without its times');
  const servers = storesOf(setup, 'redis');
  return { servers, quorum: Math.floor(servers.length / 2) + 1, ttlMs: ttl, retryMs: retry, value: null };
}

function goRound(own: TextbookOwn, held: TextbookHeld, does: Round['does'], at: number): Effect[] {
  held.rounds++;
  const round: Round = { does, asked: at, open: opId(''), replied: 0, agreed: 0 };
  held.round = round;
  return askNext(own, held, round);
}

/** A loop over all servers: the next is asked when this one has answered, or has not for a whole time to live. */
function askNext({ servers, ttlMs, value }: TextbookOwn, held: TextbookHeld, round: Round): Effect[] {
  const to = servers[round.replied];
  invariant(to !== undefined && value !== null, 'there is no server left to ask');
  round.open = opId(`${held.about}/${held.rounds}-${to}`);
  const { about, key } = held;
  const common = { about, withinMs: ttlMs, key };
  const requests = {
    acquire: { word: 'acquire', ...common, value, ttlMs },
    expire: { word: 'expire', ...common, ttlMs: moreOf(ttlMs) },
    release: { word: 'release', ...common, value },
  } as const satisfies Record<Round['does'], RedisRequest>;
  return [{ do: 'ask', to, op: round.open, request: requests[round.does] }];
}

/** It asks for a tenth of its time more. */
function moreOf(ttlMs: number): number {
  return Math.floor(ttlMs / 10);
}

const AGREES: Readonly<Record<Round['does'], RedisAnswer['word']>> = {
  acquire: 'granted',
  expire: 'extended',
  release: 'released',
};

function answered(own: TextbookOwn, held: TextbookHeld, { op, reply, at }: Heard): Step {
  const { round } = held;
  if (round?.open !== op) return NOTHING;
  if (reply.kind === 'answer' && reply.answer.word === AGREES[round.does]) round.agreed++;
  round.replied++;
  if (round.replied < own.servers.length) return { effects: askNext(own, held, round) };
  held.round = null;
  const isAgreed = round.agreed >= own.quorum;
  switch (round.does) {
    case 'acquire':
      return isAgreed ? granted(own, held, round, at) : again(own, held);
    case 'expire':
      return isAgreed ? extended(own, held, round) : { effects: [], news: { is: 'lost' } };
    case 'release':
      held.stage = 'over';
      return { effects: [], news: { is: 'released', owned: isAgreed } };
  }
}

/** All its time, from when it has read the last answer. */
function granted({ ttlMs }: TextbookOwn, held: TextbookHeld, { asked }: Round, at: number): Step {
  held.stage = 'held';
  held.believed = at + ttlMs * US;
  return { effects: [], news: { is: 'granted', asked, until: asked + ttlMs * US, believed: held.believed } };
}

/** It adds what it has asked for to what it had; the server has set the time to it. */
function extended({ ttlMs }: TextbookOwn, held: TextbookHeld, { asked }: Round): Step {
  const moreUs = moreOf(ttlMs) * US;
  held.believed += moreUs;
  return { effects: [], news: { is: 'extended', asked, until: asked + moreUs, believed: held.believed } };
}

/** What a minority has granted stays there; its own next try meets it. */
function again({ retryMs }: TextbookOwn, held: TextbookHeld): Step {
  if (held.tries === TRIES) {
    held.stage = 'gave-up';
    return { effects: [], news: { is: 'gave-up', reason: `could not acquire the lock in ${TRIES} tries` } };
  }
  const news = held.hasWaited ? {} : { news: { is: 'waiting' } as const };
  held.hasWaited = true;
  return { effects: [{ do: 'arm', timer: retryTimer(held.about), afterMs: retryMs }], ...news };
}

const TRIES = 10;
const US = 1000;
const retryTimer = (about: TxId): TimerName => ({ word: 'retry', about });
