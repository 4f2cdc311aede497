// Errors that clients of locks are known to have, and that of a resource which forgets. Most are of published code: see each.

import { seal } from '../../../nodes/contract/machine.ts';
import { lockClient } from '../../../nodes/protocols/locks/lock-client.ts';
import { redlock, type RedlockHeld, type RedlockOwn } from '../../../nodes/protocols/locks/redlock.ts';
import { twisted, type Plant } from './twist.ts';
import type { OpId } from '../../../nodes/contract/ids.ts';
import type { Effect, Reply } from '../../../nodes/contract/machine.ts';
import type { Recipe, Step } from '../../../nodes/protocols/locks/recipe.ts';
import type { ManagerState } from '../../../nodes/protocols/locks/lock-manager.ts';
import type { ResourceState } from '../../../nodes/protocols/locks/resource.ts';
import { zookeeperLock, type ZooKeeperHeld, type ZooKeeperOwn } from '../../../nodes/protocols/locks/zookeeper-lock.ts';
import type { ZooKeeperAnswer } from '../../../nodes/stores/zookeeper.ts';
import type { RedisRequest } from '../../../nodes/stores/redis.ts';

type OnZooKeeper = Recipe<ZooKeeperOwn, ZooKeeperHeld>;
type OnRedis = Recipe<RedlockOwn, RedlockHeld>;

/** Clients whose recipe is the honest one with something changed. */
function onRedis(change: (honest: OnRedis) => OnRedis): Plant {
  return { roles: { 'lock-client': (_, workload) => seal(lockClient(workload, change(redlock({})))) } };
}

function onZooKeeper(change: (honest: OnZooKeeper) => OnZooKeeper): Plant {
  return { roles: { 'lock-client': (_, workload) => seal(lockClient(workload, change(zookeeperLock({})))) } };
}

/** What an ensemble has answered, changed before it is looked at. */
function told(
  change: (answer: ZooKeeperAnswer, held: ZooKeeperHeld) => ZooKeeperAnswer,
): (honest: OnZooKeeper) => OnZooKeeper {
  return (honest) => ({
    ...honest,
    answered: (own, held, { reply, ...heard }) => {
      const changed: Reply =
        reply.kind === 'answer' ? { kind: 'answer', answer: change(reply.answer as ZooKeeperAnswer, held) } : reply;
      return honest.answered(own, held, { ...heard, reply: changed });
    },
  });
}

/** In a list only its own node, so that it takes itself for the first. */
const onlyOwn = (answer: ZooKeeperAnswer, { about }: ZooKeeperHeld): ZooKeeperAnswer =>
  answer.word === 'listed' ? { ...answer, names: answer.names.filter((name) => name.startsWith(about)) } : answer;

/** Every request to a server, changed. */
function asking(change: (request: RedisRequest) => RedisRequest): (honest: OnRedis) => OnRedis {
  const one = (effect: Effect): Effect =>
    effect.do === 'ask' ? { ...effect, request: change(effect.request as RedisRequest) } : effect;
  const step = <Given extends Step>(given: Given): Given => ({ ...given, effects: given.effects.map(one) });
  return (honest) => ({
    ...honest,
    acquire: (own, wanted, at) => step(honest.acquire(own, wanted, at)),
    extend: honest.extend && ((own, held, at) => step(honest.extend?.(own, held, at) ?? { effects: [] })),
    release: (own, held, at) => step(honest.release(own, held, at)),
    answered: (own, held, heard) => step(honest.answered(own, held, heard)),
    expired: (own, held, timer, at) => step(honest.expired(own, held, timer, at)),
  });
}

/** Every reply, changed before it is looked at. */
function hearing(change: (reply: Reply, does: string | undefined) => Reply): (honest: OnRedis) => OnRedis {
  return (honest) => ({
    ...honest,
    answered: (own, held, { reply, ...heard }) =>
      honest.answered(own, held, { ...heard, reply: change(reply, held.round?.does) }),
  });
}

const says = (reply: Reply, word: string) => reply.kind === 'answer' && reply.answer.word === word;
const answer = (word: string): Reply => ({ kind: 'answer', answer: { word } });

/** Who is told that the key is not its own any more takes the lock anew, and goes on as if nothing had been. */
const madeAnew = (honest: OnRedis): OnRedis => {
  const extensions = new Map<OpId, Effect & { readonly do: 'ask' }>();
  const note = <Given extends Step>(step: Given): Given => {
    for (const effect of step.effects)
      if (effect.do === 'ask' && effect.request.word === 'extend') extensions.set(effect.op, effect);
    return step;
  };
  return {
    ...honest,
    extend: honest.extend && ((own, held, at) => note(honest.extend?.(own, held, at) ?? { effects: [] })),
    answered: (own, held, { reply, ...heard }) => {
      const extension = extensions.get(heard.op);
      if (extension && says(reply, 'not-held')) {
        extensions.delete(heard.op);
        return { effects: [{ ...extension, request: { ...extension.request, word: 'acquire' } }] };
      }
      const isAnew = held.round?.does === 'extend' && says(reply, 'granted');
      return honest.answered(own, held, { ...heard, reply: isAnew ? answer('extended') : reply });
    },
  };
};

/** Without a name of its own a node whose making was not answered is somebody else's for its maker. */
const withoutName = (honest: OnZooKeeper): OnZooKeeper => {
  const strange = told((heard, { about, path }) => {
    if (heard.word !== 'listed') return heard;
    const own = path?.slice(path.lastIndexOf('/') + 1);
    return { ...heard, names: heard.names.map((name) => (name.startsWith(about) && name !== own ? `x${name}` : name)) };
  })(honest);
  return {
    ...strange,
    answered: (own, held, given) => {
      const step = strange.answered(own, held, given);
      if (held.stage === 'acquiring') held.unsure = false;
      return step;
    },
  };
};

/** What is left of the lease, from when the reply is read. */
const fromTheReply = (honest: OnRedis): OnRedis => ({
  ...honest,
  answered: (own, held, heard) => {
    const asked = held.round?.asked ?? heard.at;
    const step = honest.answered(own, held, { ...heard, at: asked });
    if (step.news?.is !== 'granted' && step.news?.is !== 'extended') return step;
    return { ...step, news: { ...step.news, until: step.news.until + heard.at - asked } };
  },
});

export const LOCK_PLANTS = {
  'lock: released whoever holds it': onRedis((honest) =>
    hearing((reply) => (says(reply, 'deleted') ? answer('released') : reply))(
      asking((request) => {
        if (request.word !== 'release') return request;
        const { about, withinMs, key } = request;
        return { word: 'delete', about, withinMs, key };
      })(honest),
    ),
  ),
  'lock: its time counts from the reply': onRedis(fromTheReply),
  'lock: a quorum of one less': onRedis((honest) => ({
    ...honest,
    open: (setup) => {
      const own = honest.open(setup);
      return { ...own, quorum: own.quorum - 1 };
    },
  })),
  'lock: an error counts as a yes': onRedis(
    hearing((reply, does) => (does === 'acquire' && reply.kind === 'lost' ? answer('granted') : reply)),
  ),
  'lock: a refused extension counts': onRedis(
    hearing((reply, does) => (does === 'extend' && says(reply, 'not-held') ? answer('extended') : reply)),
  ),
  'lock: an extension makes the key anew': onRedis(madeAnew),
  'lock: one value for all': onRedis(
    asking((request) => ('value' in request ? { ...request, value: 'locked' } : request)),
  ),
  'lock: nobody looks at the deadline': onRedis((honest) => ({
    ...honest,
    answered: (own, held, heard) => {
      const step = honest.answered(own, held, heard);
      return step.news?.is === 'granted' ? { ...step, news: { ...step.news, until: step.news.until + HOUR_US } } : step;
    },
  })),
  'fencing: the greatest token is forgotten': {
    roles: {
      resource: twisted<ResourceState>(() => (state, input, { next }) => {
        const effects = next(state, input);
        if (input.kind === 'started') for (const counter of state.content.values()) counter.token = null;
        return effects;
      }),
    },
  },
  'lock manager: nobody held it before the restart': {
    roles: {
      'lock-manager': twisted<ManagerState>(() => (state, input, { next }) => {
        const effects = next(state, input);
        if (input.kind !== 'started') return effects;
        for (const lock of state.locks.values()) lock.holder = null;
        return effects.filter((effect) => effect.do !== 'arm');
      }),
    },
  },
  'lock manager: the next is not told': {
    roles: {
      'lock-manager': twisted<ManagerState>(() => (state, input, { next }) => {
        const effects = next(state, input);
        if (input.kind !== 'asked' || input.request.word !== 'release') return effects;
        return effects.filter((effect) => effect.do !== 'arm' && (effect.do !== 'answer' || effect.op === input.op));
      }),
    },
  },
  'zookeeper lock: a create that was lost is asked again': onZooKeeper(withoutName),
  'zookeeper lock: a watch that fires is taken for the lock': onZooKeeper((honest) => {
    const woken = new WeakSet<ZooKeeperHeld>();
    return told((answer, held) => {
      if (answer.word === 'gone') woken.add(held);
      return woken.has(held) ? onlyOwn(answer, held) : answer;
    })(honest);
  }),
  'lock manager: who has asked last is first': {
    roles: {
      'lock-manager': twisted<ManagerState>(() => (state, input, { next }) => {
        const isAsked = input.kind === 'asked' && input.request.word === 'acquire';
        if (isAsked) return next(state, input);
        for (const { queue } of state.locks.values()) queue.reverse();
        const effects = next(state, input);
        for (const { queue } of state.locks.values()) queue.reverse();
        return effects;
      }),
    },
  },
  'zookeeper lock: whole names are compared': onZooKeeper(
    told((answer, { path }) => {
      const own = path?.slice(path.lastIndexOf('/') + 1) ?? '';
      return answer.word === 'listed' && own !== ''
        ? { ...answer, names: answer.names.filter((name) => name <= own) }
        : answer;
    }),
  ),
  'zookeeper lock: nobody looks at the deadline': onZooKeeper((honest) => ({
    ...honest,
    answered: (own, held, heard) => {
      const step = honest.answered(own, held, heard);
      if (step.news?.is !== 'granted' && step.news?.is !== 'extended') return step;
      return { ...step, news: { ...step.news, until: step.news.until + HOUR_US } };
    },
  })),
  'zookeeper lock: its session is as long as it asked for': onZooKeeper((honest) => ({
    ...honest,
    answered: (own, held, { reply, ...heard }) => {
      if (reply.kind !== 'answer') return honest.answered(own, held, { ...heard, reply });
      const answer = { ...reply.answer, timeoutMs: own.sessionMs };
      return honest.answered(own, held, { ...heard, reply: { kind: 'answer', answer } });
    },
  })),
} as const satisfies Readonly<Record<string, Plant>>;

const HOUR_US = 3_600_000_000;
