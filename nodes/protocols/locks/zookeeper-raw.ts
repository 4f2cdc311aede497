// A lock on ZooKeeper as it is written in an hour: an ephemeral, sequential node; the lowest holds the lock, each other watches the one before it
// and looks again. No heartbeat of its own, no deadline, no name to find a node again whose making got no answer; any error ends it.

import { opId } from '../../contract/ids.ts';
import { invariant } from '../../contract/invariant.ts';
import { NOTHING } from './recipe.ts';
import type { NodeId, OpId } from '../../contract/ids.ts';
import type { Effect, Reply, Setup } from '../../contract/machine.ts';
import type { ZooKeeperAnswer, ZooKeeperRequest } from '../../stores/zookeeper.ts';
import type { Heard, Recipe, Step, Wanted } from './recipe.ts';

interface RawHeld extends Wanted {
  asks: number;
  open: { readonly op: OpId; readonly asked: number } | null;
  /** Its own node, when it has been told. */
  path: string | null;
  hasWaited: boolean;
  stage: 'acquiring' | 'held' | 'gave-up' | 'over';
}

interface RawOwn {
  readonly ensemble: NodeId;
  readonly tickMs: number;
  readonly operationMs: number;
}

export const rawZooKeeperLock: Recipe<RawOwn, RawHeld> = {
  service: 'zookeeper',
  open: openOwn,
  acquire: (own, wanted, at) => {
    const held: RawHeld = { ...wanted, asks: 0, open: null, path: null, hasWaited: false, stage: 'acquiring' };
    return { held, effects: ask(own, held, { word: 'create', folder: folderOf(held), name: 'lock-' }, at) };
  },
  extend: null,
  release,
  answered,
  expired: () => NOTHING,
};

function openOwn({ timeouts: { tick, operation } }: Setup): RawOwn {
  invariant(tick !== undefined && operation !== undefined, 'a lock on ZooKeeper without its times');
  return { ensemble: 'zookeeper' as NodeId, tickMs: tick, operationMs: operation };
}

type Ask = ZooKeeperRequest extends infer Each
  ? Each extends unknown
    ? Omit<Each, 'about' | 'withinMs'>
    : never
  : never;

function ask({ ensemble: to, operationMs }: RawOwn, held: RawHeld, what: Ask, at: number): Effect[] {
  const op = opId(`${held.about}/${++held.asks}`);
  held.open = { op, asked: at };
  const request = { ...what, about: held.about, withinMs: operationMs } as ZooKeeperRequest;
  return [{ do: 'ask', to, op, request }];
}

const folderOf = ({ key }: Wanted) => `/txlab/${key}`;

function list(own: RawOwn, held: RawHeld, at: number): Step {
  return { effects: ask(own, held, { word: 'list', folder: folderOf(held) }, at) };
}

function answered(own: RawOwn, held: RawHeld, { op, reply, at }: Heard): Step {
  const { open } = held;
  if (open?.op !== op || held.stage === 'over') return NOTHING;
  held.open = null;
  const answer = answerIn(reply);
  switch (answer?.word) {
    case 'created':
      held.path = answer.path;
      return list(own, held, at);
    case 'listed':
      return place(own, held, answer, { asked: open.asked, at });
    case 'gone':
      return list(own, held, at);
    default:
      return giveUp(held, reply);
  }
}

function answerIn(reply: Reply): ZooKeeperAnswer | null {
  return reply.kind === 'answer' ? (reply.answer as ZooKeeperAnswer) : null;
}

interface When {
  readonly asked: number;
  readonly at: number;
}

type Listed = Extract<ZooKeeperAnswer, { word: 'listed' }>;

function place(own: RawOwn, held: RawHeld, { names, timeoutMs }: Listed, { asked, at }: When): Step {
  const sorted = names.toSorted();
  const index = sorted.findIndex((name) => held.path?.endsWith(`/${name}`) === true);
  const before = sorted[index - 1];
  if (index === 0) {
    held.stage = 'held';
    return { effects: [], news: { is: 'granted', asked, until: untilOf(own, asked, timeoutMs), believed: null } };
  }
  if (before === undefined) return giveUp(held, null);
  const news = held.hasWaited ? {} : { news: { is: 'waiting' } as const };
  held.hasWaited = true;
  return { effects: ask(own, held, { word: 'watch', path: `${folderOf(held)}/${before}` }, at), ...news };
}

/** So long its session lives at least that was alive then, less what servers may not have told each other; nobody looks at it. */
function untilOf({ tickMs }: RawOwn, asked: number, timeoutMs: number): number {
  return asked + ((timeoutMs * 2) / 3 - tickMs / 2) * 1000;
}

/** Its node stays, where one was made: in a session that lives it locks everybody out. */
function giveUp(held: RawHeld, reply: Reply | null): Step {
  held.stage = 'gave-up';
  const why = reply?.kind === 'answer' ? reply.answer.word : (reply?.kind ?? 'its node is not there');
  return { effects: [], news: { is: 'gave-up', reason: `could not acquire the lock: ${why}` } };
}

/** It does not wait for the answer, which might never come. What is still being made stays where it will be. */
function release(own: RawOwn, held: RawHeld, at: number): Step {
  const { path } = held;
  held.stage = 'over';
  const effects = path === null ? [] : ask(own, held, { word: 'delete', path }, at);
  return { effects, news: { is: 'released', owned: null } };
}
