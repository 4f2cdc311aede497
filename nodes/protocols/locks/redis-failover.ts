// A lock on one Redis of two, a primary and its replica: a client asks the one that it takes for the primary, and turns to the other when that
// does not answer or takes no writes. That is all that it can know: nobody tells it which of two primaries the others ask.

import { invariant } from '../../contract/invariant.ts';
import { redlock, type RedlockHeld, type RedlockKind, type RedlockOwn } from './redlock.ts';
import type { NodeId } from '../../contract/ids.ts';
import type { Reply } from '../../contract/machine.ts';
import type { RedisAnswer } from '../../stores/redis.ts';
import type { Recipe } from './recipe.ts';

export interface FailoverOwn extends Omit<RedlockOwn, 'servers'> {
  /** The one that it takes for the primary; the others, in the order in which it turns to them. */
  servers: readonly [NodeId];
  others: readonly NodeId[];
}

export function redisFailover(kind: RedlockKind): Recipe<FailoverOwn, RedlockHeld> {
  const lock = redlock(kind);
  return {
    ...lock,
    open: (setup) => {
      const own = lock.open(setup);
      const [primary, ...others] = own.servers;
      invariant(primary, 'a lock on Redis without a server');
      return { ...own, servers: [primary], others, quorum: 1 };
    },
    answered: (own, held, { op, reply, at }) => {
      const asked = held.round?.open.get(op);
      const hasAnswered = isAnswer(reply);
      // Who takes no writes has said nothing of the lock: that it is another's, say, or not held any longer.
      const step = lock.answered(own, held, { op, reply: hasAnswered ? reply : { kind: 'lost' }, at });
      // What this step still gives back goes to the server that was asked for it.
      if (!hasAnswered && asked === own.servers[0]) turn(own);
      return step;
    },
  };
}

function isAnswer(reply: Reply): boolean {
  return reply.kind === 'answer' && (reply.answer as RedisAnswer).word !== 'failed';
}

function turn(own: FailoverOwn): void {
  const [next, ...others] = own.others;
  if (next === undefined) return;
  own.others = [...others, own.servers[0]];
  own.servers = [next];
}
