import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { nodeId, txId } from '../../../nodes/contract/ids.ts';
import { addTx, hasTx } from '../../../nodes/protocols/tx-set.ts';
import { txsIn } from '../../support/txs-in.ts';
import type { TxId } from '../../../nodes/contract/ids.ts';
import type { TxSet } from '../../../nodes/protocols/tx-set.ts';

const tx = (counter: number, coordinator = 'coordinator', incarnation = 1) =>
  txId({ coordinator: nodeId(coordinator), incarnation, counter });

function setOf(counters: readonly number[]): TxSet {
  const set: TxSet = new Map();
  for (const counter of counters) addTx(set, tx(counter));
  return set;
}

describe('a set of transactions', () => {
  test('has those that were added, in any order and more than once', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 30 })), (counters) => {
        const set = setOf(counters);
        for (let counter = 0; counter <= 31; counter++)
          expect(hasTx(set, tx(counter))).toBe(counters.includes(counter));
        expect(txsIn(set)).toEqual([...new Set(counters)].toSorted((a, b) => a - b).map((counter) => tx(counter)));
      }),
    );
  });

  test('takes the room of one range when none is missing', () => {
    expect(setOf([3, 1, 5, 2, 4])).toEqual(new Map([['coordinator.1', [[1, 5]]]]));
  });

  test('takes coordinators and their incarnations for others', () => {
    const set = setOf([1]);
    addTx(set, tx(2, 'coordinator', 2));
    addTx(set, tx(3, 'participant-1'));
    expect([tx(1), tx(2, 'coordinator', 2), tx(3, 'participant-1')].map((one) => hasTx(set, one))).toEqual([
      true,
      true,
      true,
    ]);
    expect([tx(2), tx(1, 'coordinator', 2), tx(3)].map((one) => hasTx(set, one))).toEqual([false, false, false]);
  });

  test('has what is no name of a transaction just as well', () => {
    const strange = ['', 'x', 'x.', '.1', 'c.1.01', 'c.1.1e3', 'c.1.0', 'c.1.-1', 'c.1.Infinity', 'c.1.1.5'] as TxId[];
    for (const one of strange) {
      const set: TxSet = new Map();
      addTx(set, one);
      expect([...strange, tx(1)].filter((other) => hasTx(set, other))).toEqual([one]);
    }
  });
});
