// A lock by a published client, which has its own connections and its own way of asking servers. This recipe asks the client, and believes
// what it is told: how long the lock is its own where the client says so, else until it says that it is not.

import { opId } from '../../contract/ids.ts';
import { invariant } from '../../contract/invariant.ts';
import { NOTHING } from './recipe.ts';
import type { NodeId, OpId } from '../../contract/ids.ts';
import type { Effect, Reply, Setup } from '../../contract/machine.ts';
import type { LibraryAnswer, LibraryRequest } from '../../stores/lock-library.ts';
import type { Heard, Recipe, Step, Wanted } from './recipe.ts';

type Does = LibraryRequest['word'];

interface LibraryHeld extends Wanted {
  asks: number;
  readonly open: Map<OpId, { readonly does: Does; readonly asked: number }>;
  stage: 'acquiring' | 'held' | 'gave-up' | 'releasing' | 'over';
}

interface LibraryOwn {
  readonly servers: NodeId;
  readonly ttlMs: number;
}

export interface LibraryKind {
  /** It extends locks by itself, and says when one is lost. */
  readonly signals: boolean;
}

export function libraryLock({ signals }: LibraryKind): Recipe<LibraryOwn, LibraryHeld> {
  return {
    service: SERVERS,
    open: openOwn,
    acquire: (own, wanted, at) => {
      const held: LibraryHeld = { ...wanted, asks: 0, open: new Map(), stage: 'acquiring' };
      return { held, effects: ask(own, held, 'acquire', at) };
    },
    extend: signals ? null : (own, held, at) => ({ effects: ask(own, held, 'extend', at) }),
    release: (own, held, at) => {
      const { stage } = held;
      if (stage === 'gave-up') return { effects: [], news: { is: 'released', owned: null } };
      held.stage = 'releasing';
      // What it is asked for cannot be called back.
      return { effects: stage === 'acquiring' ? [] : ask(own, held, 'release', at) };
    },
    answered: (own, held, heard) => answered({ signals }, own, held, heard),
    expired: () => NOTHING,
  };
}

const SERVERS = 'redis';

function openOwn({ timeouts: { ttl } }: Setup): LibraryOwn {
  invariant(ttl !== undefined, 'a lock on Redis without its time');
  return { servers: SERVERS as NodeId, ttlMs: ttl };
}

function ask({ servers: to, ttlMs }: LibraryOwn, held: LibraryHeld, does: Does, at: number): Effect[] {
  const { about, key } = held;
  const op = opId(`${about}/${++held.asks}-${does}`);
  held.open.set(op, { does, asked: at });
  const common = { about, key };
  const request: LibraryRequest =
    does === 'acquire' || does === 'extend' ? { word: does, ...common, ttlMs } : { word: does, ...common };
  return [{ do: 'ask', to, op, request }];
}

function answered(kind: LibraryKind, own: LibraryOwn, held: LibraryHeld, { op, reply, at }: Heard): Step {
  const ask = held.open.get(op);
  if (!ask) return NOTHING;
  held.open.delete(op);
  const said = saidIn(reply);
  switch (ask.does) {
    case 'acquire':
      return acquired(kind, own, held, { said, at, asked: ask.asked });
    case 'extend':
      if (held.stage !== 'held') return NOTHING;
      if (said.word !== 'extended') return { effects: [], news: { is: 'lost' } };
      return { effects: [], news: { is: 'extended', ...termOf(own, ask.asked, said.until) } };
    case 'watch':
      return held.stage === 'held' ? { effects: [], news: { is: 'lost' } } : NOTHING;
    case 'release':
      return over(held);
  }
}

interface Told {
  readonly said: LibraryAnswer;
  readonly asked: number;
  readonly at: number;
}

function acquired({ signals }: LibraryKind, own: LibraryOwn, held: LibraryHeld, { said, asked, at }: Told): Step {
  const isWanted = held.stage === 'acquiring';
  if (said.word !== 'granted') {
    if (!isWanted) return over(held);
    held.stage = 'gave-up';
    const reason = said.word === 'failed' ? said.reason : 'it said something else';
    return { effects: [], news: { is: 'gave-up', reason: `the library could not acquire the lock: ${reason}` } };
  }
  if (!isWanted) return { effects: ask(own, held, 'release', at) };
  held.stage = 'held';
  const effects = signals ? ask(own, held, 'watch', at) : [];
  return { effects, news: { is: 'granted', ...termOf(own, asked, said.until) } };
}

/** The servers count from when they were asked; the holder goes by the library's word. */
function termOf({ ttlMs }: LibraryOwn, asked: number, believed: number | null = null) {
  return { asked, until: asked + ttlMs * US, believed };
}

/** Whose it was by then the library does not tell. */
function over(held: LibraryHeld): Step {
  held.stage = 'over';
  return { effects: [], news: { is: 'released', owned: null } };
}

function saidIn(reply: Reply): LibraryAnswer {
  return reply.kind === 'answer' ? (reply.answer as LibraryAnswer) : { word: 'failed', reason: reply.kind };
}

const US = 1000;
