import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { nodeId, opId } from '../../../nodes/contract/ids.ts';
import { readTrace } from '../../../nodes/contract/trace-text.ts';
import { openTrace } from '../../../nodes/hosts/trace-file.ts';
import { tempFolder } from '../../support/temp-folder.ts';
import type { TraceBody } from '../../../nodes/contract/events.ts';
import type { TxId } from '../../../nodes/contract/ids.ts';

const tx = 'coordinator.1.1' as TxId;
const message = { word: 'prepare', about: tx, part: [{ account: 'a"1', delta: -5 }] };
const record = { mark: 'decision', word: 'commit', about: tx, decision: 'commit', body: { note: 'Müller €' } } as const;
const peer = nodeId('participant-1');
const op = opId('client.1.7');

const BODIES: readonly TraceBody[] = [
  { kind: 'booted', wallMs: 5, logBytes: 0, cutBytes: 0 },
  { kind: 'received', from: peer, message },
  { kind: 'sent', to: peer, message },
  { kind: 'lost', to: peer, message },
  { kind: 'appended', record },
  { kind: 'durable', how: 'force', position: 3, record },
  { kind: 'asked', way: 'in', peer, op, word: 'transfer' },
  { kind: 'answered', way: 'out', peer, op, word: 'ok' },
  { kind: 'expired', word: 'votes', about: null },
  { kind: 'told', note: { word: 'gave-up', about: tx, waitedFor: 'votes "and" more' } },
  { kind: 'bug', message: 'x'.repeat(200_000) },
];

/** A trace by a clock that shows these times, and in the end the last of them. */
function open(...times: readonly [number, ...number[]]) {
  const path = join(tempFolder(), 'trace.jsonl');
  const later = [...times];
  const now = () => (later.length > 1 ? later.shift() : later[0]) ?? 0;
  const trace = openTrace(path, { node: nodeId('coordinator'), incarnation: 2, now });
  return { trace, text: () => readFileSync(path, 'utf8') };
}

function eventsOf(bodies: readonly TraceBody[], json?: string) {
  const { trace, text } = open(7);
  for (const body of bodies) trace.add(body, json);
  trace.flush();
  return readTrace(text());
}

const stamped = (bodies: readonly TraceBody[]) =>
  bodies.map((body, index) => ({ at: 7, node: 'coordinator', incarnation: 2, seq: index + 1, ...body }));

describe('the trace', () => {
  test('has every body as it was added', () => {
    expect(eventsOf(BODIES)).toEqual(stamped(BODIES));
  });

  test('takes a message or record that is JSON already', () => {
    const sent = BODIES.filter(({ kind }) => kind === 'sent');
    expect(eventsOf(sent, JSON.stringify(message))).toEqual(stamped(sent));
    const durable = BODIES.filter(({ kind }) => kind === 'durable');
    expect(eventsOf(durable, JSON.stringify(record))).toEqual(stamped(durable));
  });

  test('holds more than fits its memory at once', () => {
    const many = Array.from({ length: 40 }, () => BODIES).flat();
    expect(eventsOf(many)).toEqual(stamped(many));
  });

  test('gives what is flushed together the time of its first event', () => {
    const { trace, text } = open(5, 9);
    for (const together of [2, 1]) {
      for (let count = 0; count < together; count++) trace.add({ kind: 'bug', message: '' });
      trace.flush();
    }
    expect(readTrace(text()).map(({ at }) => at)).toEqual([5, 5, 9]);
  });

  test('prints any time', () => {
    const times = [0, 7, 999, 1000, 1001, 1_000_000, 12_345_678_901_234, 9_007_199_254_740_991] as const;
    const { trace, text } = open(...times);
    for (const _ of times) {
      trace.add({ kind: 'bug', message: '' });
      trace.flush();
    }
    expect(readTrace(text()).map(({ at }) => at)).toEqual(times);
  });

  test('shows a line that was lost as a missing number', () => {
    const { trace, text } = open(7);
    for (const together of [2, 3]) {
      for (let count = 0; count < together; count++) trace.add({ kind: 'bug', message: `${together}` });
      trace.flush();
    }
    const damaged = text().replace('{"kind":"bug","message":"2"}\n', '');
    expect(readTrace(damaged).map(({ seq }) => seq)).toEqual([1, 3, 4, 5]);
  });

  test('is read as far as its lines are whole', () => {
    const { trace, text } = open(7);
    for (const body of BODIES) trace.add(body);
    trace.flush();
    const whole = text();
    expect(readTrace(whole.slice(0, -1))).toHaveLength(BODIES.length - 1);
    expect(readTrace(whole.slice(0, 10))).toEqual([]);
    expect(readTrace('')).toEqual([]);
  });
});
