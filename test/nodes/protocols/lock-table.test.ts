// Locks on keys: who may share one, who is alone, and whom a refusal names.

import { describe, expect, test } from 'vitest';
import { heldLocks, holderAgainst, lock, unlock, type LockTable } from '../../../nodes/protocols/lock-table.ts';
import type { TxId } from '../../../nodes/contract/ids.ts';
import type { Lock, LockMode } from '../../../nodes/contract/workload.ts';

const tx = (name: string) => name as TxId;
const on = (key: string, mode: LockMode): Lock => ({ key, mode });

/** A table in which these hold key `a`. */
function held(...holders: readonly (readonly [name: string, mode: LockMode])[]): LockTable {
  const table: LockTable = new Map();
  for (const [name, mode] of holders) lock(table, tx(name), [on('a', mode)]);
  return table;
}

describe('a key', () => {
  test.each<[LockMode, LockMode, boolean]>([
    ['read', 'read', true],
    ['read', 'write', false],
    ['write', 'read', false],
    ['write', 'write', false],
  ])('that is held to %s can be had by another to %s: %s', (first, second, can) => {
    const against = holderAgainst(held(['t1', first]), tx('t2'), [on('a', second)]);
    expect(against).toEqual(can ? null : { key: 'a', holder: 't1' });
  });

  test('that a sole reader holds can be had by that reader to write, and then by nobody else', () => {
    const table = held(['t1', 'read']);
    expect(holderAgainst(table, tx('t1'), [on('a', 'write')])).toBeNull();
    lock(table, tx('t1'), [on('a', 'write')]);
    expect(holderAgainst(table, tx('t2'), [on('a', 'read')])).toEqual({ key: 'a', holder: 't1' });
  });

  test('that two readers hold can be had by neither to write: the other is named', () => {
    const table = held(['t1', 'read'], ['t2', 'read']);
    expect(holderAgainst(table, tx('t1'), [on('a', 'write')])).toEqual({ key: 'a', holder: 't2' });
    expect(holderAgainst(table, tx('t2'), [on('a', 'write')])).toEqual({ key: 'a', holder: 't1' });
  });

  test('stays with its writer as it was when the writer also reads it', () => {
    const table = held(['t1', 'write']);
    lock(table, tx('t1'), [on('a', 'read')]);
    expect(holderAgainst(table, tx('t2'), [on('a', 'read')])).toEqual({ key: 'a', holder: 't1' });
  });

  test('is free when the last of its holders has given it back', () => {
    const table = held(['t1', 'read'], ['t2', 'read']);
    unlock(table, tx('t1'), [on('a', 'read')]);
    expect(holderAgainst(table, tx('t3'), [on('a', 'write')])).toEqual({ key: 'a', holder: 't2' });
    unlock(table, tx('t2'), [on('a', 'read')]);
    expect(table).toEqual(new Map());
  });

  test('is not given back by somebody who does not hold it', () => {
    const table = held(['t1', 'write']);
    unlock(table, tx('t2'), [on('a', 'write'), on('b', 'write')]);
    expect(heldLocks(table)).toEqual([{ key: 'a', by: 't1' }]);
  });
});

describe('several keys', () => {
  test('are refused for the first of them that somebody else holds', () => {
    const table: LockTable = new Map();
    lock(table, tx('t1'), [on('b', 'write')]);
    lock(table, tx('t2'), [on('c', 'write')]);
    const wanted = [on('a', 'write'), on('c', 'read'), on('b', 'read')];
    expect(holderAgainst(table, tx('t3'), wanted)).toEqual({ key: 'c', holder: 't2' });
    expect(holderAgainst(table, tx('t2'), wanted)).toEqual({ key: 'b', holder: 't1' });
  });

  test('stand in a dump with each of their holders', () => {
    const table = held(['t1', 'read'], ['t2', 'read']);
    lock(table, tx('t1'), [on('b', 'write')]);
    expect(heldLocks(table)).toEqual([
      { key: 'a', by: 't1' },
      { key: 'a', by: 't2' },
      { key: 'b', by: 't1' },
    ]);
  });
});
