import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { nodeId, opId } from '../../../nodes/contract/ids.ts';
import { openTrace } from '../../../nodes/hosts/trace.ts';
import { tempFolder } from '../../support/temp-folder.ts';
import type { TraceBody } from '../../../nodes/contract/events.ts';
import type { TxId } from '../../../nodes/contract/ids.ts';

const tx = 'coordinator.1.1' as TxId;
const message = { word: 'prepare', tx, changes: [{ account: 'a"1', delta: -5 }] };
const record = { mark: 'decision', word: 'commit', tx, decision: 'commit', body: { note: 'Müller €' } } as const;
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
  { kind: 'told', note: { about: 'gave-up', tx, waitedFor: 'votes "and" more' } },
  { kind: 'bug', message: 'x'.repeat(100_000) },
];

function linesOf(bodies: readonly TraceBody[], json?: string): readonly unknown[] {
  const path = join(tempFolder(), 'trace.jsonl');
  const trace = openTrace(path, { node: nodeId('coordinator'), incarnation: 2, now: () => 7 });
  for (const body of bodies) trace.add(body, json);
  trace.flush();
  const lines = readFileSync(path, 'utf8').split('\n');
  expect(lines.pop()).toBe('');
  return lines.map((line) => JSON.parse(line) as unknown);
}

const stamped = (bodies: readonly TraceBody[]) =>
  bodies.map((body, index) => ({ at: 7, node: 'coordinator', incarnation: 2, seq: index + 1, ...body }));

describe('the trace', () => {
  test('has every body as it was added', () => {
    expect(linesOf(BODIES)).toEqual(stamped(BODIES));
  });

  test('takes a message or record that is JSON already', () => {
    const sent = BODIES.filter(({ kind }) => kind === 'sent');
    expect(linesOf(sent, JSON.stringify(message))).toEqual(stamped(sent));
    const durable = BODIES.filter(({ kind }) => kind === 'durable');
    expect(linesOf(durable, JSON.stringify(record))).toEqual(stamped(durable));
  });

  test('prints any time', () => {
    const path = join(tempFolder(), 'trace.jsonl');
    const times = [0, 7, 999, 1000, 1001, 1_000_000, 12_345_678_901_234, 9_007_199_254_740_991];
    const later = [...times];
    const trace = openTrace(path, { node: nodeId('client'), incarnation: 1, now: () => later.shift() ?? 0 });
    for (const _ of times) trace.add({ kind: 'bug', message: '' });
    trace.flush();
    const lines = readFileSync(path, 'utf8').trimEnd().split('\n');
    expect(lines.map((line) => (JSON.parse(line) as { at: number }).at)).toEqual(times);
  });

  test('holds more than fits its memory at once', () => {
    const many = Array.from({ length: 40 }, () => BODIES).flat();
    expect(linesOf(many)).toEqual(stamped(many));
  });
});
