// Whom a client of a Redis with a replica asks: the one that it takes for the primary, and the other when that is of no use.

import { expect, test } from 'vitest';
import { nodeId, type TxId } from '../../../nodes/contract/ids.ts';
import { redisFailover } from '../../../nodes/protocols/locks/redis-failover.ts';
import type { Reply, Setup } from '../../../nodes/contract/machine.ts';
import type { Answer } from '../../../nodes/contract/messages.ts';
import type { Step } from '../../../nodes/protocols/locks/recipe.ts';

const SETUP = {
  stores: ['redis-1', 'redis-2'].map(nodeId),
  seed: 1,
  timeouts: { ttl: 1000, server: 200, retry: 30 },
} as unknown as Setup;
const ABOUT = 'c.1.1' as TxId;
const READ_ONLY = { word: 'failed', reason: "READONLY You can't write against a read only replica." };
const answer = (word: string): Reply => ({ kind: 'answer', answer: { word } as Answer });
const readOnly: Reply = { kind: 'answer', answer: READ_ONLY as Answer };

/** One acquisition, whose asks are answered in the order in which they left. */
function acquisition() {
  const lock = redisFailover({});
  const own = lock.open(SETUP);
  let at = 0;
  const asked = ({ effects }: Step) =>
    effects.flatMap((effect) =>
      effect.do === 'ask' ? [{ op: effect.op, said: `${effect.request.word} ${effect.to}` }] : [],
    );
  const { held, ...begun } = lock.acquire(own, { about: ABOUT, key: 'k' }, at);
  let open = asked(begun);
  /** Of the first ask that is open. */
  const hears = (reply: Reply) => {
    const [first] = open;
    if (!first) throw new Error('nothing was asked');
    const step = lock.answered(own, held, { op: first.op, reply, at: ++at });
    open = [...open.slice(1), ...asked(step)];
    return step.news?.is;
  };
  return {
    hears,
    open: () => open.map(({ said }) => said),
    retries: () => void (open = [...open, ...asked(lock.expired(own, held, { word: 'retry', about: ABOUT }, at))]),
    extends: () => void (open = [...open, ...(lock.extend ? asked(lock.extend(own, held, at)) : [])]),
    releases: () => void (open = [...open, ...asked(lock.release(own, held, at))]),
  };
}

test('the primary is asked alone, and what it grants is granted', () => {
  const one = acquisition();
  expect(one.open()).toEqual(['acquire redis-1']);
  expect(one.hears(answer('granted'))).toBe('granted');
  one.releases();
  expect(one.open()).toEqual(['release redis-1']);
  expect(one.hears(answer('released'))).toBe('released');
});

test.each<[string, Reply]>([
  ['does not answer', { kind: 'lost' }],
  ['cannot be reached', { kind: 'refused' }],
  ['takes no writes', readOnly],
])('one that %s is asked to give back what it may have given, and the other is asked next', (_, reply) => {
  const one = acquisition();
  expect(one.hears(reply)).toBe('waiting');
  expect(one.open()).toEqual(['release redis-1']);
  // What becomes of that turns nobody back.
  one.hears({ kind: 'lost' });
  one.retries();
  expect(one.open()).toEqual(['acquire redis-2']);
  one.hears(readOnly);
  one.hears(answer('not-held'));
  one.retries();
  expect(one.open()).toEqual(['acquire redis-1']);
});

test('one that has given the lock to somebody else is asked again', () => {
  const one = acquisition();
  one.hears(answer('taken'));
  one.hears(answer('not-held'));
  one.retries();
  expect(one.open()).toEqual(['acquire redis-1']);
});

test('a holder whose server is a replica by now has not lost its lock, until the other one says so', () => {
  const one = acquisition();
  one.hears(answer('granted'));
  one.extends();
  expect(one.open()).toEqual(['extend redis-1']);
  expect(one.hears(readOnly)).toBeUndefined();
  one.extends();
  expect(one.open()).toEqual(['extend redis-2']);
  expect(one.hears(answer('not-held'))).toBe('lost');
});

test('a holder gives back at the server to which it has turned', () => {
  const one = acquisition();
  one.hears(answer('granted'));
  one.extends();
  one.hears({ kind: 'refused' });
  one.releases();
  expect(one.open()).toEqual(['release redis-2']);
  expect(one.hears(answer('released'))).toBe('released');
});
