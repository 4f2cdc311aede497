// The resource of a lock: by what it tells holders apart.

import { expect, test } from 'vitest';
import { counter, stateOf, type Access } from '../../../nodes/workloads/counter.ts';
import type { TxId } from '../../../nodes/contract/ids.ts';

const KEY = 'counter-1';
const { resource } = counter;

/** Each access in turn, and why it was refused, if it was. */
function after(...accesses: readonly (Access & { readonly by: string })[]) {
  const content = resource.open(null);
  const refusals = accesses.map(({ by, ...access }) => {
    const refusal = resource.refusal(content, access);
    if (!refusal) resource.apply(content, by as TxId, access);
    return refusal?.reason ?? null;
  });
  return { refusals, content };
}

const read = (by: string) => ({ by, does: 'read', key: KEY, lock: by }) as const;
const write = (by: string, value: number) => ({ by, does: 'write', key: KEY, value, lock: by }) as const;

test('a counter takes writes of the lock that registered last, with a read', () => {
  const { refusals, content } = after(read('a'), read('b'), write('a', 1), write('b', 1));
  expect(refusals).toEqual([null, null, 'replaced', null]);
  expect(stateOf(content, KEY)).toEqual({ value: 1, version: 1 });
});

test('whoever registers late turns out who holds the lock', () => {
  expect(after(read('b'), read('a'), write('b', 1), write('a', 1)).refusals).toEqual([null, null, 'replaced', null]);
});

test('a lock that has never registered writes nothing', () => {
  expect(after(write('a', 1)).refusals).toEqual(['replaced']);
});

test('what is registered outlives a dump', () => {
  const { content } = after(read('a'));
  const restored = resource.restore(resource.toJson(content));
  expect(resource.refusal(restored, { does: 'write', key: KEY, value: 1, lock: 'b' })).toEqual({
    reason: 'replaced',
    key: KEY,
  });
});
