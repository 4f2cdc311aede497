// A lock of our own lock manager: asked for once, and had when the answer comes. What is left of its time counts from when it was asked for, or
// from when it was renewed, where the answer took long.

import { opId } from '../../contract/ids.ts';
import { invariant } from '../../contract/invariant.ts';
import { leaseEnd, NOTHING } from './recipe.ts';
import type { NodeId, OpId, TxId } from '../../contract/ids.ts';
import type { Effect, Setup, TimerName } from '../../contract/machine.ts';
import type { Request } from '../../contract/messages.ts';
import type { ManagerAnswer, ManagerRequest } from './manager-messages.ts';
import type { Heard, LockNews, Recipe, Step, Wanted } from './recipe.ts';

export interface ManagerHeld extends Wanted {
  asks: number;
  open: { readonly op: OpId; readonly does: ManagerRequest['word']; readonly asked: number } | null;
  grant: number | null;
  until: number;
  stage: 'acquiring' | 'held' | 'releasing' | 'over';
  hasWaited: boolean;
}

export interface ManagerOwn {
  readonly manager: NodeId;
  readonly fencing: boolean;
  readonly ttlMs: number;
  readonly retryMs: number;
}

export interface ManagerKind {
  /** The number of the grant is the token. */
  readonly fencing?: boolean;
}

export function managerLock({ fencing = false }: ManagerKind): Recipe<ManagerOwn, ManagerHeld> {
  return {
    service: MANAGER,
    open: (setup) => openOwn(setup, fencing),
    acquire: (own, wanted, at) => {
      const begun = { asks: 0, open: null, grant: null, until: 0, stage: 'acquiring', hasWaited: false } as const;
      const held: ManagerHeld = { ...wanted, ...begun };
      const waits: Effect = { do: 'arm', timer: waitTimer(wanted.about), afterMs: WAITS_MS };
      return { held, effects: [...ask(own, held, 'acquire', at), waits] };
    },
    extend: (own, held, at) =>
      held.stage === 'held' && held.open === null ? { effects: ask(own, held, 'renew', at) } : NOTHING,
    release: (own, held, at) => release(own, held, at),
    answered,
    expired: (own, held, { word }, at) => expired(own, held, word, at),
  };
}

const MANAGER = 'lock-manager';

function openOwn({ timeouts: { ttl, retry } }: Setup, fencing: boolean): ManagerOwn {
  invariant(ttl !== undefined && retry !== undefined, 'a lock of a manager without its times');
  return { manager: MANAGER as NodeId, fencing, ttlMs: ttl, retryMs: retry };
}

function ask({ manager }: ManagerOwn, held: ManagerHeld, does: ManagerRequest['word'], at: number): Effect[] {
  const { about, key, grant } = held;
  const op = opId(`${about}/${++held.asks}`);
  held.open = { op, does, asked: at };
  const request: Request = { word: does, about, key, ...(does !== 'acquire' && { grant: grant ?? 0 }) } as Request;
  return [{ do: 'ask', to: manager, op, request }];
}

function answered(own: ManagerOwn, held: ManagerHeld, { op, reply, at }: Heard): Step {
  if (held.open?.op !== op) return NOTHING;
  const { does, asked } = held.open;
  held.open = null;
  if (reply.kind !== 'answer') return unheard(own, held, does, at);
  const answer = reply.answer as ManagerAnswer;
  switch (answer.word) {
    case 'granted':
      held.grant = answer.grant;
      if (held.stage === 'releasing') return { effects: ask(own, held, 'release', at) };
      return leased(own, held, asked, at);
    case 'renewed':
      return leased(own, held, asked, at);
    case 'released':
      return over(held, true);
    case 'not-held':
      if (held.stage === 'releasing') return over(held, false);
      if (held.stage === 'held') return { effects: [], news: { is: 'lost' } };
      return { effects: ask(own, held, 'acquire', at) };
  }
}

/** Nobody knows when within a wait it was granted: of a long one nothing counts but what is renewed now. */
function leased(own: ManagerOwn, held: ManagerHeld, asked: number, at: number): Step {
  const { ttlMs, fencing } = own;
  if (held.stage === 'acquiring' && at - asked > (ttlMs * US) / 2) return { effects: ask(own, held, 'renew', at) };
  const until = leaseEnd(asked, ttlMs);
  if (at >= until) return NOTHING;
  held.until = until;
  if (held.stage === 'held') return { effects: [], news: { is: 'extended', asked, until } };
  held.stage = 'held';
  const token = fencing && held.grant !== null ? { token: held.grant } : {};
  const news: LockNews = { is: 'granted', asked, until, ...token };
  return { effects: [{ do: 'disarm', timer: waitTimer(held.about) }], news };
}

/** What was asked may have been done: an acquisition that is asked for again is the same one. */
function unheard({ retryMs }: ManagerOwn, held: ManagerHeld, does: ManagerRequest['word'], at: number): Step {
  if (held.stage === 'held' && does === 'renew') return NOTHING;
  // Its time ends by itself.
  if (held.stage === 'releasing' && at >= held.until) return over(held, null);
  return { effects: [{ do: 'arm', timer: againTimer(held.about), afterMs: retryMs }] };
}

function release(own: ManagerOwn, held: ManagerHeld, at: number): Step {
  const isAsking = held.open?.does === 'acquire';
  held.stage = 'releasing';
  const timers: Effect[] = [waitTimer, againTimer].map((timer): Effect => ({ do: 'disarm', timer: timer(held.about) }));
  // Of what is being asked for nobody knows the grant yet: it is taken out of the queue.
  if (isAsking) held.open = null;
  return { effects: [...timers, ...ask(own, held, 'release', at)] };
}

function expired(own: ManagerOwn, held: ManagerHeld, word: string, at: number): Step {
  if (word === 'waited' && held.stage === 'acquiring' && !held.hasWaited) {
    held.hasWaited = true;
    return { effects: [], news: { is: 'waiting' } };
  }
  if (word !== 'again' || held.open !== null || held.stage === 'over' || held.stage === 'held') return NOTHING;
  return { effects: ask(own, held, held.stage === 'releasing' ? 'release' : 'acquire', at) };
}

function over(held: ManagerHeld, owned: boolean | null): Step {
  held.stage = 'over';
  return { effects: [], news: { is: 'released', owned } };
}

const waitTimer = (about: TxId): TimerName => ({ word: 'waited', about });
const againTimer = (about: TxId): TimerName => ({ word: 'again', about });
const US = 1000;
/** No answer within this time means that somebody else has it. */
const WAITS_MS = 10;
