// A lock by a published client: what becomes of it is what the client tells, and what cannot be called back is given back when it comes.

import { expect, test } from 'vitest';
import { nodeId, type OpId, type TxId } from '../../../nodes/contract/ids.ts';
import { libraryLock, type LibraryKind } from '../../../nodes/protocols/locks/library-lock.ts';
import type { Setup } from '../../../nodes/contract/machine.ts';
import type { Step } from '../../../nodes/protocols/locks/recipe.ts';
import type { LibraryAnswer } from '../../../nodes/stores/lock-library.ts';

const TTL_US = 1_000_000;

function begun(kind: LibraryKind) {
  const recipe = libraryLock(kind);
  const own = recipe.open({ self: nodeId('lock-client-1'), timeouts: { ttl: 1000 } } as unknown as Setup);
  const { held, ...first } = recipe.acquire(own, { about: 'lock-client-1.1.1' as TxId, key: 'counter-1' }, 100);
  return {
    first,
    hear: (asked: Step, answer: LibraryAnswer, at: number) =>
      recipe.answered(own, held, { op: opOf(asked), reply: { kind: 'answer', answer }, at }),
    release: (at: number) => recipe.release(own, held, at),
    extend: (at: number) => recipe.extend?.(own, held, at) ?? { effects: [] },
  };
}

function opOf({ effects: [effect] }: Step): OpId {
  if (effect?.do !== 'ask') throw new Error('nothing was asked');
  return effect.op;
}

const asks = ({ effects }: Step) => effects.map((effect) => (effect.do === 'ask' ? effect.request.word : effect.do));

test('a holder goes by the time that the client tells, also where it is over', () => {
  const { first, hear } = begun({ signals: false });
  const { news } = hear(first, { word: 'granted', until: 150 }, 200);
  expect(news).toEqual({ is: 'granted', asked: 100, until: 100 + TTL_US, believed: 150 });
});

test('where the client tells no time, its holder waits for its signal', () => {
  const { first, hear } = begun({ signals: true });
  const granted = hear(first, { word: 'granted' }, 200);
  expect(granted.news).toMatchObject({ is: 'granted', believed: null });
  expect(asks(granted)).toEqual(['watch']);
  expect(hear(granted, { word: 'gone' }, 300).news).toEqual({ is: 'lost' });
});

test('an extension that failed is the loss of the lock', () => {
  const { first, hear, extend } = begun({ signals: false });
  hear(first, { word: 'granted', until: 900_000 }, 200);
  expect(hear(extend(300), { word: 'extended', until: 1_900_000 }, 400).news).toMatchObject({ believed: 1_900_000 });
  expect(hear(extend(500), { word: 'failed', reason: 'no quorum' }, 600).news).toEqual({ is: 'lost' });
});

test('a client that gave up says why, and has nothing to give back', () => {
  const { first, hear, release } = begun({ signals: false });
  const { news } = hear(first, { word: 'failed', reason: 'no quorum' }, 200);
  expect(news).toEqual({ is: 'gave-up', reason: 'the library could not acquire the lock: no quorum' });
  expect(release(300)).toEqual({ effects: [], news: { is: 'released', owned: null } });
});

test('a lock that comes when nobody wants it any more is given back', () => {
  const { first, hear, release } = begun({ signals: true });
  expect(release(200)).toEqual({ effects: [] });
  const late = hear(first, { word: 'granted' }, 300);
  expect(asks(late)).toEqual(['release']);
  expect(hear(late, { word: 'released' }, 400).news).toEqual({ is: 'released', owned: null });
});
