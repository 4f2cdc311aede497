// A ZooKeeper ensemble as far as the lock recipe asks it, as plain data: for tests of machines without servers. The same script of asks is
// answered by it and by a real ensemble alike. It is one server that never fails: its clients are what comes and goes.

import type { NodeId, OpId } from '../contract/ids.ts';
import type { ZooKeeperAnswer, ZooKeeperRequest } from './zookeeper.ts';

interface Session {
  readonly id: string;
  /** When it is over; null while its client is connected, which pings by itself. */
  endsAt: number | null;
  isOver: boolean;
}

interface Made {
  readonly owner: string;
  readonly zxid: number;
}

interface Watch {
  readonly by: NodeId;
  readonly op: OpId;
  readonly path: string;
}

export interface ZooKeeperModel {
  readonly timeoutMs: number;
  readonly tickMs: number;
  /** Of each client the one that it has, or that it has not been told the end of. */
  readonly sessions: Map<NodeId, Session>;
  /** Of clients that are gone for good: what was theirs stays until then. */
  orphans: Session[];
  readonly away: Map<NodeId, true>;
  readonly nodes: Map<string, Made>;
  /** How many nodes each folder has had. */
  readonly counts: Map<string, number>;
  watches: Watch[];
  begun: number;
  zxid: number;
}

/** What somebody is told: at once, or when what was watched is gone. */
export interface ZooKeeperReply {
  readonly to: NodeId;
  readonly op: OpId;
  readonly reply: { readonly kind: 'answer'; readonly answer: ZooKeeperAnswer } | { readonly kind: 'refused' | 'lost' };
}

export function emptyZooKeeper({ timeoutMs = 2000, tickMs = 300 } = {}): ZooKeeperModel {
  return {
    timeoutMs,
    tickMs,
    sessions: new Map(),
    orphans: [],
    away: new Map(),
    nodes: new Map(),
    counts: new Map(),
    watches: [],
    begun: 0,
    zxid: 0,
  };
}

interface Asked {
  readonly by: NodeId;
  readonly op: OpId;
  readonly request: ZooKeeperRequest;
}

/** Does what it is asked, and says what all are told then: also those who watched. */
export function askZooKeeper(model: ZooKeeperModel, { by, op, request }: Asked, at: number): ZooKeeperReply[] {
  const told = passZooKeeper(model, at);
  if (model.away.has(by)) return [...told, { to: by, op, reply: { kind: 'refused' } }];
  const session = model.sessions.get(by) ?? begin(model, by);
  if (session.isOver) {
    model.sessions.delete(by);
    return [...told, answered(model, { by, op }, session, { word: 'expired' })];
  }
  const said = perform(model, session, { by, op, request });
  return said ? [...told, answered(model, { by, op }, session, said), ...goneNow(model)] : told;
}

/** The client cannot be reached, or does nothing, from now on: its watches are lost, and its session ends when its time is over. */
export function partZooKeeper(model: ZooKeeperModel, client: NodeId, at: number): ZooKeeperReply[] {
  const told = passZooKeeper(model, at);
  const session = model.sessions.get(client);
  if (session && !session.isOver) session.endsAt = endAfter(model, at);
  model.away.set(client, true);
  const lost = model.watches.filter(({ by }) => by === client);
  model.watches = model.watches.filter(({ by }) => by !== client);
  return [...told, ...lost.map(({ by, op }): ZooKeeperReply => ({ to: by, op, reply: { kind: 'lost' } }))];
}

/** It is back, with its session where that is not over. */
export function meetZooKeeper(model: ZooKeeperModel, client: NodeId, at: number): ZooKeeperReply[] {
  const told = passZooKeeper(model, at);
  model.away.delete(client);
  const session = model.sessions.get(client);
  if (session && !session.isOver) session.endsAt = null;
  return told;
}

/** Its process has died: what comes back is another client, and what was its own stays until its time is over. */
export function killZooKeeperClient(model: ZooKeeperModel, client: NodeId, at: number): ZooKeeperReply[] {
  const told = partZooKeeper(model, client, at).filter(({ to }) => to !== client);
  const session = model.sessions.get(client);
  if (session && !session.isOver) model.orphans.push(session);
  model.sessions.delete(client);
  model.away.delete(client);
  return told;
}

/** Time passes: sessions end, and what was their own is gone. */
export function passZooKeeper(model: ZooKeeperModel, at: number): ZooKeeperReply[] {
  for (const session of [...model.sessions.values(), ...model.orphans])
    if (session.endsAt !== null && session.endsAt <= at) end(model, session);
  model.orphans = model.orphans.filter(({ isOver }) => !isOver);
  return goneNow(model);
}

/** A session ends however well its client is: as when the ensemble has not heard what the client has sent. */
export function expireZooKeeper(model: ZooKeeperModel, client: NodeId): ZooKeeperReply[] {
  const session = model.sessions.get(client);
  if (session) end(model, session);
  return goneNow(model);
}

// ── sessions ──

function begin(model: ZooKeeperModel, by: NodeId): Session {
  const id = (FIRST_SESSION + model.begun++).toString(16).padStart(16, '0');
  const session: Session = { id, endsAt: null, isOver: false };
  model.zxid++;
  model.sessions.set(by, session);
  return session;
}

/** Sessions end in rounds of a tick: never sooner than after their timeout. */
function endAfter({ timeoutMs, tickMs }: ZooKeeperModel, at: number): number {
  const tickUs = tickMs * 1000;
  return (Math.floor((at + timeoutMs * 1000) / tickUs) + 1) * tickUs;
}

function end(model: ZooKeeperModel, session: Session): void {
  if (session.isOver) return;
  session.isOver = true;
  session.endsAt = null;
  model.zxid++;
  for (const [path, { owner }] of model.nodes) if (owner === session.id) model.nodes.delete(path);
}

const FIRST_SESSION = 0x1_0000_0000_0000;

// ── operations ──

type Without<One> = One extends unknown ? Omit<One, 'session' | 'timeoutMs'> : never;
type Said = Without<ZooKeeperAnswer>;

function answered(
  { timeoutMs }: ZooKeeperModel,
  { by, op }: Pick<Asked, 'by' | 'op'>,
  { id }: Session,
  said: Said,
): ZooKeeperReply {
  return { to: by, op, reply: { kind: 'answer', answer: { ...said, session: id, timeoutMs } } };
}

/** Undefined where the answer comes later. */
function perform(model: ZooKeeperModel, session: Session, { by, op, request }: Asked): Said | undefined {
  const { nodes } = model;
  switch (request.word) {
    case 'create':
      return { word: 'created', path: create(model, session, request) };
    case 'list': {
      const start = `${request.folder}/`;
      const names = [...nodes.keys()].flatMap((path) => (path.startsWith(start) ? [path.slice(start.length)] : []));
      return { word: 'listed', names };
    }
    case 'look': {
      const made = nodes.get(request.path);
      return made ? { word: 'found', ...made } : { word: 'missing' };
    }
    case 'watch':
      if (!nodes.has(request.path)) return { word: 'gone' };
      model.watches.push({ by, op, path: request.path });
      return undefined;
    case 'delete':
      if (!nodes.delete(request.path)) return { word: 'missing' };
      model.zxid++;
      return { word: 'deleted' };
    default:
      return { word: 'alive' };
  }
}

function create(model: ZooKeeperModel, { id }: Session, { folder, name }: { folder: string; name: string }): string {
  const count = model.counts.get(folder) ?? 0;
  const path = `${folder}/${name}${String(count).padStart(10, '0')}`;
  model.counts.set(folder, count + 1);
  model.nodes.set(path, { owner: id, zxid: ++model.zxid });
  return path;
}

/** Whoever watched what is not there any more is told, once; whoever has no session any more has lost what he watched. */
function goneNow(model: ZooKeeperModel): ZooKeeperReply[] {
  const sessionOf = ({ by }: Watch): Session | undefined => {
    const session = model.sessions.get(by);
    return session?.isOver ? undefined : session;
  };
  const isDone = (watch: Watch) => !model.nodes.has(watch.path) || !sessionOf(watch);
  const done = model.watches.filter(isDone);
  model.watches = model.watches.filter((watch) => !isDone(watch));
  return done.map((watch) => {
    const session = sessionOf(watch);
    if (session) return answered(model, watch, session, { word: 'gone' });
    return { to: watch.by, op: watch.op, reply: { kind: 'lost' } };
  });
}
