// What a host says of its node: locks by what its clients note, the last durable record, and the numbers in what was said.

import { expect, test } from 'vitest';
import { nodeId, txId } from '../../../nodes/contract/ids.ts';
import { openTally } from '../../../nodes/hosts/tally.ts';

const RESOURCE = nodeId('resource');
const about = txId({ coordinator: nodeId('lock-client-1'), incarnation: 1, counter: 1 });
const lock = { about, site: nodeId('redis'), key: 'counter-1', mode: 'write' } as const;

function open() {
  let nowUs = 0;
  const tally = openTally({ survived: [], nowUs: () => nowUs });
  tally.changed();
  return { tally, at: (us: number) => void (nowUs = us) };
}

test('a lock is waited for, held, extended and given up', () => {
  const { tally, at } = open();
  at(10);
  tally.told({ word: 'waits', ...lock });
  expect(tally.status().leases).toEqual([{ about, key: 'counter-1', since: 10 }]);
  at(20);
  tally.told({ word: 'granted', ...lock, asked: 15, until: 900, token: 7 });
  expect(tally.status().leases).toEqual([{ about, key: 'counter-1', since: 20, until: 900, token: 7 }]);
  tally.told({ word: 'extended', about, asked: 500, until: 1400 });
  expect(tally.status().leases?.[0]).toMatchObject({ since: 20, until: 1400 });
  tally.told({ word: 'yielded', about, why: 'done' });
  expect(tally.status().leases).toBeUndefined();
});

test('who gave up while it waited waits no longer once its operation has ended', () => {
  const { tally } = open();
  tally.told({ word: 'waits', ...lock });
  tally.told({ word: 'completed', op: 'op' as never, process: 1, outcome: 'failed', about, reason: 'late' });
  expect(tally.status().leases).toBeUndefined();
});

test('while a lock is held there is always something to say', () => {
  const { tally } = open();
  tally.told({ word: 'granted', ...lock, asked: 1, until: 2 });
  expect([tally.changed(), tally.changed()]).toEqual([true, true]);
  tally.told({ word: 'yielded', about, why: 'lost' });
  expect([tally.changed(), tally.changed()]).toEqual([true, false]);
});

test('of messages and of the last durable record the numbers are said, by their names', () => {
  const { tally, at } = open();
  at(5);
  tally.sent(RESOURCE, { word: 'write', about, key: 'counter-1', value: 12, token: 3 } as never, 'sent');
  tally.sent(RESOURCE, { word: 'read', about, key: 'counter-1' } as never, 'sent');
  expect(tally.status().messages.map(({ says }) => says)).toEqual(['value 12, token 3', undefined]);
  expect(tally.status().record).toBeUndefined();
  const record = { mark: 'other', word: 'write', about, body: { does: 'write', value: 12, token: 3 } } as const;
  tally.durable({ how: 'force', position: 1, record } as never);
  expect(tally.status().record).toEqual({ at: 5, word: 'write', about, says: 'value 12, token 3' });
});
