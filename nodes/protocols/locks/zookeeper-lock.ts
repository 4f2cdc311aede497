// A lock on ZooKeeper: who has made the lowest of the ephemeral, sequential nodes in a folder holds it; everybody else watches the one before
// its own. After "ZooKeeper Recipes and Solutions", with what that page leaves out: a node that may have been made is looked for by a name of
// its own, and counts only if this session made it; and a holder that the servers may not hear stops before they give the lock away.

import { opId } from '../../contract/ids.ts';
import { invariant } from '../../contract/invariant.ts';
import { NOTHING } from './recipe.ts';
import type { OpId, TxId } from '../../contract/ids.ts';
import type { Effect, Setup, TimerName } from '../../contract/machine.ts';
import type { NodeId } from '../../contract/ids.ts';
import type { ZooKeeperAnswer, ZooKeeperRequest } from '../../stores/zookeeper.ts';
import type { Heard, LockNews, Recipe, Step, Wanted } from './recipe.ts';

/** What it waits for, by what it has asked last. */
type Asked = 'create' | 'search' | 'list' | 'whose' | 'when' | 'prove' | 'watch' | 'delete';

export interface ZooKeeperHeld extends Wanted {
  asks: number;
  /** Of its nodes' names: a new one where a node of the last was lost with its session. */
  attempt: number;
  open: { readonly op: OpId; readonly does: Asked } | null;
  /** Its own node, once it is known. */
  path: string | null;
  session: string | null;
  /** A node may have been made that nobody knows of. */
  unsure: boolean;
  token: number | null;
  hasWaited: boolean;
  /** Its node is known to stand behind others. */
  isQueued: boolean;
  /** One of its nodes was there when it was given back. */
  wasOwned: boolean;
  stage: 'acquiring' | 'held' | 'releasing' | 'over';
  /** When each heartbeat under way was asked. */
  readonly beats: Map<OpId, number>;
  /** Of its session: what it asks for, and what the ensemble has granted where that is less. */
  sessionMs: number;
}

export interface ZooKeeperOwn {
  readonly ensemble: NodeId;
  readonly fencing: boolean;
  readonly sessionMs: number;
  readonly tickMs: number;
}

export interface ZooKeeperKind {
  /** The zxid of its node goes with the lock: of two holders the later has the greater. */
  readonly fencing?: boolean;
}

export function zookeeperLock({ fencing = false }: ZooKeeperKind): Recipe<ZooKeeperOwn, ZooKeeperHeld> {
  return {
    service: ENSEMBLE,
    open: (setup) => openOwn(setup, fencing),
    acquire: (own, wanted, at) => {
      const held: ZooKeeperHeld = {
        ...wanted,
        asks: 0,
        attempt: 0,
        open: null,
        path: null,
        session: null,
        unsure: false,
        token: null,
        hasWaited: false,
        isQueued: false,
        wasOwned: false,
        stage: 'acquiring',
        beats: new Map(),
        sessionMs: own.sessionMs,
      };
      return { held, effects: [...beat(own, held, at), ...create(own, held)] };
    },
    extend: null,
    release,
    answered: (own, held, heard) => {
      const sooner = shortened(held, heard);
      const { effects, ...news } = told(own, held, heard);
      return { effects: [...sooner, ...effects], ...news };
    },
    expired: (own, held, { word }, at) => {
      if (held.stage === 'over') return NOTHING;
      if (word === 'heartbeat') return { effects: beat(own, held, at) };
      return word === 'again' ? { effects: again(own, held) } : NOTHING;
    },
  };
}

function told(own: ZooKeeperOwn, held: ZooKeeperHeld, heard: Heard): Step {
  const asked = held.beats.get(heard.op);
  if (asked !== undefined) return beaten(own, held, heard, asked);
  return held.open?.op === heard.op ? react(own, held, held.open.does, heard) : NOTHING;
}

const ENSEMBLE = 'zookeeper';

function openOwn({ timeouts: { session, tick } }: Setup, fencing: boolean): ZooKeeperOwn {
  invariant(session !== undefined && tick !== undefined, 'a lock on ZooKeeper without its times');
  return { ensemble: ENSEMBLE as NodeId, fencing, sessionMs: session, tickMs: tick };
}

// ── asking ──

type Ask = ZooKeeperRequest extends infer Each
  ? Each extends unknown
    ? Omit<Each, 'about' | 'withinMs'>
    : never
  : never;

function asking(own: ZooKeeperOwn, held: ZooKeeperHeld, ask: Ask): { readonly op: OpId; readonly effect: Effect } {
  const op = opId(`${held.about}/${++held.asks}`);
  const request = { ...ask, about: held.about, withinMs: Math.floor(held.sessionMs / 3) } as ZooKeeperRequest;
  return { op, effect: { do: 'ask', to: own.ensemble, op, request } };
}

function ask(own: ZooKeeperOwn, held: ZooKeeperHeld, does: Asked, what: Ask): Effect[] {
  const { op, effect } = asking(own, held, what);
  held.open = { op, does };
  return [effect];
}

const folderOf = ({ key }: Wanted) => `/txlab/${key}`;
/** Nobody else's begins so: by it a node is found whose maker heard no answer. */
const nameOf = ({ about, attempt }: ZooKeeperHeld) => `${about}.${attempt}-lock-`;

function create(own: ZooKeeperOwn, held: ZooKeeperHeld): Effect[] {
  return ask(own, held, 'create', { word: 'create', folder: folderOf(held), name: nameOf(held) });
}

function list(own: ZooKeeperOwn, held: ZooKeeperHeld, does: 'list' | 'search'): Effect[] {
  return ask(own, held, does, { word: 'list', folder: folderOf(held) });
}

function look(own: ZooKeeperOwn, held: ZooKeeperHeld, path: string, does: 'whose' | 'when'): Effect[] {
  return ask(own, held, does, { word: 'look', path });
}

/** After a while, what was asked in vain: whatever has happened meanwhile, the list shows it. */
function later(held: ZooKeeperHeld): Effect[] {
  held.open = null;
  return [{ do: 'arm', timer: againTimer(held.about), afterMs: AGAIN_MS }];
}

function again(own: ZooKeeperOwn, held: ZooKeeperHeld): Effect[] {
  if (held.stage === 'held' || held.open) return [];
  if (held.stage === 'releasing') return remove(own, held);
  // A node that was found by its name counts when it is known whose it is.
  if (held.path !== null && held.session === null) return look(own, held, held.path, 'whose');
  if (held.path !== null) return list(own, held, 'list');
  return held.unsure ? list(own, held, 'search') : create(own, held);
}

const againTimer = (about: TxId): TimerName => ({ word: 'again', about });
const beatTimer = (about: TxId): TimerName => ({ word: 'heartbeat', about });
const AGAIN_MS = 100;

// ── what comes back ──

function react(own: ZooKeeperOwn, held: ZooKeeperHeld, does: Asked, { reply }: Heard): Step {
  held.open = null;
  const answer = reply.kind === 'answer' ? (reply.answer as ZooKeeperAnswer) : null;
  if (answer?.word === 'expired') return anew(own, held);
  if (answer === null || answer.word === 'failed') {
    // A node may have been made, or be made yet.
    if (does === 'create' && reply.kind === 'lost') held.unsure = true;
    return { effects: later(held) };
  }
  if (held.stage === 'releasing') return gone(own, held, answer);
  switch (answer.word) {
    case 'created':
      held.path = answer.path;
      held.session = answer.session;
      return { effects: list(own, held, 'list') };
    case 'listed':
      return does === 'search' ? find(own, held, answer.names) : place(own, held, answer.names);
    case 'found':
      return does === 'whose' ? claim(own, held, answer) : dated(held, answer.zxid);
    case 'gone':
      return { effects: list(own, held, 'list') };
    case 'missing':
      return does === 'whose' ? anew(own, held) : { effects: later(held) };
    default:
      return { effects: later(held) };
  }
}

/** With the session went its node. */
function anew(own: ZooKeeperOwn, held: ZooKeeperHeld): Step {
  if (held.stage === 'releasing') return over(held, false);
  held.attempt++;
  held.path = null;
  held.session = null;
  held.unsure = false;
  const { about, isQueued } = held;
  held.isQueued = false;
  const told: Effect[] = isQueued ? [{ do: 'tell', note: { word: 'unqueued', about } }] : [];
  return { effects: [...told, ...create(own, held)] };
}

function find(own: ZooKeeperOwn, held: ZooKeeperHeld, names: readonly string[]): Step {
  const mine = names.find((name) => name.startsWith(nameOf(held)));
  if (mine === undefined) return { effects: create(own, held) };
  held.path = `${folderOf(held)}/${mine}`;
  return { effects: look(own, held, held.path, 'whose') };
}

/** A node of a session that is dying is still to be seen for a while, and is nobody's lock (CURATOR-498). */
function claim(own: ZooKeeperOwn, held: ZooKeeperHeld, found: Extract<ZooKeeperAnswer, { word: 'found' }>): Step {
  if (found.owner !== found.session) return anew(own, held);
  held.session = found.session;
  return { effects: list(own, held, 'list') };
}

/** By the ten digits at the end: the names before them are in no order. */
function sequenceOf(name: string): number {
  return Number(name.slice(-10));
}

/** The lowest holds the lock; any other watches the one before it, so that only one is woken. */
function place(own: ZooKeeperOwn, held: ZooKeeperHeld, names: readonly string[]): Step {
  const sorted = names.toSorted((left, right) => sequenceOf(left) - sequenceOf(right));
  const mine = sorted.filter((name) => name.startsWith(nameOf(held)));
  const index = sorted.findIndex((name) => name === mine[0]);
  if (index < 0) return anew(own, held);
  // A create that seemed lost may have been done twice: whoever waited for its own other node would wait for ever.
  if (mine.length > 1) held.unsure = true;
  held.path = `${folderOf(held)}/${mine[0]}`;
  if (index === 0) return { effects: own.fencing ? look(own, held, held.path ?? '', 'when') : prove(held) };
  const path = `${folderOf(held)}/${sorted[index - 1]}`;
  const news = held.hasWaited ? {} : { news: { is: 'waiting' } as const };
  held.hasWaited = true;
  return { effects: [...queue(held), ...ask(own, held, 'watch', { word: 'watch', path })], ...news };
}

/** Whoever asks from now on makes a node behind its own. */
function queue(held: ZooKeeperHeld): Effect[] {
  if (held.isQueued) return [];
  held.isQueued = true;
  const { about, key } = held;
  return [{ do: 'tell', note: { word: 'queued', about, site: ENSEMBLE as NodeId, key } }];
}

function dated(held: ZooKeeperHeld, zxid: number): Step {
  held.token = zxid;
  return { effects: prove(held) };
}

// ── the session ──

/** Servers pass on that they have heard a client; they do it with their own heartbeats, so that the last one may not be known. */
function untilOf({ tickMs }: ZooKeeperOwn, held: ZooKeeperHeld, asked: number, timeoutMs: number): number {
  return asked + (timeoutMs - beatMs(held) - tickMs / 2) * US;
}

/** Servers grant no session of more than their maximum: what it had asked for would be over before it is heard again. */
function shortened(held: ZooKeeperHeld, { reply }: Heard): Effect[] {
  const { timeoutMs = 0 } = reply.kind === 'answer' ? (reply.answer as ZooKeeperAnswer) : {};
  if (timeoutMs <= 0 || timeoutMs >= held.sessionMs) return [];
  held.sessionMs = timeoutMs;
  const isOver = held.stage === 'releasing' || held.stage === 'over';
  return isOver ? [] : [{ do: 'arm', timer: beatTimer(held.about), afterMs: beatMs(held) }];
}

function beatMs({ sessionMs }: ZooKeeperHeld): number {
  return Math.floor(sessionMs / 6);
}

const US = 1000;

function beat(own: ZooKeeperOwn, held: ZooKeeperHeld, at: number): Effect[] {
  const { op, effect } = asking(own, held, { word: 'heartbeat' });
  held.beats.set(op, at);
  return [effect, { do: 'arm', timer: beatTimer(held.about), afterMs: beatMs(held) }];
}

/** Whoever has become the first holds the lock from the next answer to a heartbeat. */
function prove(held: ZooKeeperHeld): Effect[] {
  held.open = { op: opId(`${held.about}/proof`), does: 'prove' };
  return [{ do: 'arm', timer: beatTimer(held.about), afterMs: 0 }];
}

function beaten(own: ZooKeeperOwn, held: ZooKeeperHeld, { op, reply }: Heard, asked: number): Step {
  held.beats.delete(op);
  if (held.stage === 'releasing' || held.stage === 'over' || reply.kind !== 'answer') return NOTHING;
  const { word, session, timeoutMs } = reply.answer as ZooKeeperAnswer;
  // Of a session before its own it says nothing: its own began when that was over.
  const isOfOther = held.session !== null && session !== held.session;
  if (word === 'expired' && isOfOther) return NOTHING;
  const isOver = word === 'expired' || isOfOther;
  if (isOver) {
    if (held.stage === 'held') return { effects: [], news: { is: 'lost' } };
    return held.open?.does === 'prove' || held.open?.does === 'watch' ? anew(own, held) : NOTHING;
  }
  const lease = { asked, until: untilOf(own, held, asked, timeoutMs) };
  if (held.stage === 'held') return { effects: [], news: { is: 'extended', ...lease } };
  if (held.open?.does !== 'prove') return NOTHING;
  held.open = null;
  held.stage = 'held';
  const { token } = held;
  const news: LockNews = { is: 'granted', ...lease, ...(token !== null && { token }) };
  return { effects: [], news };
}

// ── giving it back ──

/** Until it is certain that no node of its own is left: one that stays in a session that lives would lock everybody out. */
function release(own: ZooKeeperOwn, held: ZooKeeperHeld): Step {
  const wasCreating = held.open?.does === 'create';
  held.stage = 'releasing';
  if (wasCreating) held.unsure = true;
  const timers: Effect[] = [
    { do: 'disarm', timer: beatTimer(held.about) },
    { do: 'disarm', timer: againTimer(held.about) },
  ];
  // What a create that is under way will do is known when it is answered.
  return { effects: wasCreating ? timers : [...timers, ...remove(own, held)] };
}

function remove(own: ZooKeeperOwn, held: ZooKeeperHeld): Effect[] {
  if (held.path !== null) return ask(own, held, 'delete', { word: 'delete', path: held.path });
  return list(own, held, 'search');
}

function gone(own: ZooKeeperOwn, held: ZooKeeperHeld, answer: ZooKeeperAnswer): Step {
  switch (answer.word) {
    case 'created':
      held.path = answer.path;
      return { effects: remove(own, held) };
    case 'listed': {
      const mine = answer.names.find((name) => name.startsWith(nameOf(held)));
      if (mine === undefined) return over(held, held.wasOwned);
      held.path = `${folderOf(held)}/${mine}`;
      return { effects: remove(own, held) };
    }
    case 'deleted':
    case 'missing': {
      held.wasOwned ||= answer.word === 'deleted';
      if (!held.unsure) return over(held, held.wasOwned);
      // There may be others that begin so.
      held.path = null;
      return { effects: list(own, held, 'search') };
    }
    default:
      return { effects: later(held) };
  }
}

function over(held: ZooKeeperHeld, owned: boolean | null): Step {
  held.stage = 'over';
  return { effects: [], news: { is: 'released', owned } };
}
