// What a node says of itself without knowing its protocol.

import { describe, expect, test } from 'vitest';
import { nodeId, opId, txId } from '../../../nodes/contract/ids.ts';
import { openTally } from '../../../nodes/hosts/tally.ts';
import type { LogRecord } from '../../../nodes/contract/records.ts';

const tx = (counter: number) => txId({ coordinator: nodeId('coordinator'), incarnation: 1, counter });
const prepared = (counter: number): LogRecord => ({
  mark: 'prepared',
  word: 'prepared',
  about: tx(counter),
  body: 'a07',
});
const decided = (counter: number): LogRecord => ({
  mark: 'decision',
  word: 'commit',
  about: tx(counter),
  decision: 'commit',
});

function open(survived: readonly LogRecord[] = []) {
  const clock = { us: 1000 };
  const locksOf = ({ body }: LogRecord & { readonly body?: unknown }) => [String(body)];
  return { clock, tally: openTally({ survived, nowUs: () => clock.us, locksOf }) };
}

describe('the tally', () => {
  test('holds a promise in doubt, with its locks, until its decision is written', () => {
    const { tally, clock } = open();
    tally.durable({ how: 'force', position: 1, incarnation: 1, record: prepared(1) } as never);
    clock.us = 5000;
    expect(tally.status().inDoubt).toEqual([{ about: tx(1), since: 1000, locks: ['a07'] }]);
    tally.appended(decided(1));
    expect(tally.status().inDoubt).toEqual([]);
  });

  test('is in doubt since the boot about what the log left open', () => {
    expect(open([prepared(1), prepared(2), decided(1)]).tally.status().inDoubt).toEqual([
      { about: tx(2), since: 1000, locks: ['a07'] },
    ]);
  });

  test('keeps the last four messages, lost ones too, and counts those that were sent', () => {
    const { tally } = open();
    for (let counter = 1; counter <= 5; counter++)
      tally.sent(nodeId('coordinator'), { word: 'inquire', about: tx(counter) }, counter === 5 ? 'lost' : 'sent');
    const { sent, messages } = tally.status();
    expect(sent).toBe(4);
    expect(messages.map((message) => [message.about, message.lost])).toEqual([
      [tx(2), false],
      [tx(3), false],
      [tx(4), false],
      [tx(5), true],
    ]);
  });

  test("counts its clients' operations by how they ended, and how long the good ones took", () => {
    const { tally, clock } = open();
    const request = {} as never;
    for (const op of ['1', '2', '3']) tally.told({ word: 'invoked', op: opId(op), process: 0, request });
    clock.us = 3000;
    tally.told({ word: 'completed', op: opId('1'), process: 0, outcome: 'ok', reason: '' });
    tally.told({ word: 'completed', op: opId('2'), process: 0, outcome: 'unknown', reason: 'lost' });
    expect(tally.status().operations).toEqual({ asked: 3, ok: 1, failed: 0, unknown: 1, okUs: 2000 });
  });

  test('has changed once after each change', () => {
    const { tally } = open();
    expect([tally.changed(), tally.changed()]).toEqual([true, false]);
    tally.sent(nodeId('coordinator'), { word: 'vote', about: tx(1) }, 'lost');
    expect([tally.changed(), tally.changed()]).toEqual([true, false]);
  });
});
