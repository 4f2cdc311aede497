// What became of each message, from the history alone.

import { describe, expect, test } from 'vitest';
import { flightsIn } from '../../../cli/page/arrows.ts';
import { nodeId, opId, type TxId } from '../../../nodes/contract/ids.ts';
import type { HistoryEvent, TraceBody } from '../../../nodes/contract/events.ts';

const [A, B, STORE] = ['a', 'b', 'redis-1'].map(nodeId) as [
  ReturnType<typeof nodeId>,
  ReturnType<typeof nodeId>,
  ReturnType<typeof nodeId>,
];
const message = (word: string) => ({ word, about: 'a.1.1' as TxId });

/** One event each millisecond. */
function told(...lines: readonly (readonly [node: typeof A, body: TraceBody])[]): readonly HistoryEvent[] {
  return lines.map(([node, body], index) => ({ at: index * 1000, node, incarnation: 1, seq: index + 1, ...body }));
}

const boot: TraceBody = { kind: 'booted', wallMs: 0, logBytes: 0, cutBytes: 0 };
const sent = (word: string): TraceBody => ({ kind: 'sent', to: B, message: message(word) });
const received = (word: string): TraceBody => ({ kind: 'received', from: A, message: message(word) });
const fates = (events: readonly HistoryEvent[]) =>
  flightsIn(events, () => null).map(({ word, fate, at, end }) => `${word} ${fate} ${at / 1000}-${end / 1000}`);

describe('a message', () => {
  test('arrives where the same content is received', () => {
    expect(fates(told([A, sent('vote')], [A, sent('ack')], [B, received('ack')], [B, received('vote')]))).toEqual([
      'vote arrived 0-3',
      'ack arrived 1-2',
    ]);
  });

  test('that is sent again after a loss arrives as the one that was sent last', () => {
    expect(fates(told([A, sent('ask')], [A, sent('ask')], [A, sent('ask')], [B, received('ask')]))).toEqual([
      'ask unseen 0-0',
      'ask unseen 1-1',
      'ask arrived 2-3',
    ]);
  });

  test('never reaches a process that began after it was sent', () => {
    expect(fates(told([A, sent('ask')], [B, boot], [B, received('ask')]))).toEqual(['ask unseen 0-0', 'ask again 2-2']);
  });

  test('without a connection is lost, and one that its host drops is dropped', () => {
    const meddled = {
      kind: 'meddled',
      fault: 'f',
      did: 'dropped',
      to: B,
      word: 'ack',
      about: 'a.1.1' as TxId,
    } as const;
    const lost: TraceBody = { kind: 'lost', to: B, message: message('vote') };
    expect(fates(told([A, lost], [A, sent('ack')], [A, meddled], [A, sent('ack')], [B, received('ack')]))).toEqual([
      'vote lost 0-0',
      'ack dropped 1-1',
      'ack arrived 3-4',
    ]);
  });

  test('that arrives twice has a second arrow', () => {
    expect(fates(told([A, sent('vote')], [B, received('vote')], [B, received('vote')]))).toEqual([
      'vote arrived 0-1',
      'vote again 2-2',
    ]);
  });
});

describe('a request', () => {
  const talk = (kind: 'asked' | 'answered', way: 'in' | 'out', peer: typeof A, word: string): TraceBody => ({
    kind,
    way,
    peer,
    op: opId('op-1'),
    word,
  });

  test('and its answer are two arrows, each with both its ends', () => {
    const events = told(
      [A, boot],
      [B, boot],
      [A, talk('asked', 'out', B, 'transfer')],
      [B, talk('asked', 'in', A, 'transfer')],
      [B, talk('answered', 'out', A, 'ok')],
      [A, talk('answered', 'in', B, 'ok')],
    );
    expect(fates(events)).toEqual(['transfer arrived 2-3', 'ok arrived 4-5']);
  });

  test('to a store, which keeps no trace, is drawn at the time of its asker', () => {
    const events = told(
      [A, boot],
      [A, talk('asked', 'out', STORE, 'acquire')],
      [A, talk('answered', 'in', STORE, 'granted')],
    );
    const flights = flightsIn(events, () => null).map(({ from, towards, fate }) => `${from} ${towards} ${fate}`);
    expect(flights).toEqual(['a redis-1 untraced', 'redis-1 a untraced']);
  });

  test('of the lab is no arrow', () => {
    expect(fates(told([A, talk('asked', 'in', nodeId('lab'), 'run')]))).toEqual([]);
  });
});
