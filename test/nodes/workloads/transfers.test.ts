// Transfers between banks and accounts whose names every object in JavaScript knows.

import { expect, test } from 'vitest';
import { nodeId, txId } from '../../../nodes/contract/ids.ts';
import { transfer, transfers } from '../../../nodes/workloads/transfers.ts';

const { partsOf, resource } = transfers;

test.each(['constructor', '__proto__', 'toString'])('a bank of the name %s gets its part like any other', (name) => {
  const [from, to] = [nodeId('participant-1'), nodeId(name)].map((bank) => ({ bank, account: 'a' }));
  if (!from || !to) throw new Error('two accounts');
  expect(Object.entries(partsOf(transfer(from, to, 5)))).toEqual([
    ['participant-1', [{ account: 'a', delta: -5 }]],
    [name, [{ account: 'a', delta: 5 }]],
  ]);
});

test.each(['constructor', '__proto__', 'toString'])(
  'an account of the name %s is there only where it was opened',
  (account) => {
    const tx = txId({ coordinator: nodeId('coordinator'), incarnation: 1, counter: 1 });
    const changes = [{ account, delta: 1 }];
    expect(resource.refusal(resource.open({ a: 1 }), changes)).toEqual({ reason: 'unknown-account' });
    const bank = resource.open(JSON.parse(`{"${account}": 1}`) as Record<string, number>);
    expect(resource.refusal(bank, changes)).toBeNull();
    resource.apply(bank, tx, changes);
    const restored = resource.restore(JSON.parse(JSON.stringify(resource.toJson(bank))) as never);
    expect(restored.get(account)?.balance).toBe(2);
  },
);
