import fc from 'fast-check';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { HistoryEvent, TraceEvent } from '../../../nodes/contract/events.ts';
import {
  formatHistory,
  HistoryError,
  historyReader,
  mergeEvents,
  parseHistory,
  readHistory,
} from '../../../scenarios/history/history.ts';
import { kindsOfEvents, misfitOf } from '../../../scenarios/history/history-shape.ts';
import { judge } from '../../../scenarios/judging/verdict.ts';
import { OTHER_LINES, RECORDED } from '../../support/history-doc.ts';
import { killedBeforeDecision } from '../../support/commit-stories.ts';
import { HistoryBuilder } from '../../support/history-builder.ts';
import { tempFolder } from '../../support/temp-folder.ts';

const events = killedBeforeDecision().events;
const file = formatHistory(events);
const lines = file.trimEnd().split('\n');

function refusal(text: string): HistoryError {
  try {
    parseHistory(text);
  } catch (error) {
    if (error instanceof HistoryError) return error;
    throw error;
  }
  throw new Error('was accepted');
}

function withLine(number: number, text: string): string {
  return lines.map((line, at) => (at + 1 === number ? text : line)).join('\n');
}

function withField(number: number, change: (event: Record<string, unknown>) => void): string {
  const event = JSON.parse(lines[number - 1] ?? '') as Record<string, unknown>;
  change(event);
  return withLine(number, JSON.stringify(event));
}

describe('a history file', () => {
  it('comes back as it was written', () => {
    const history = parseHistory(file);
    expect(history.events).toEqual(events);
    expect(history.run).toEqual(events[0]);
    expect(history.torn).toBe(false);
  });

  it('reads the same in pieces of any size', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 997 }), (size) => {
        const reader = historyReader();
        for (let at = 0; at < file.length; at += size) reader.push(file.slice(at, at + size));
        expect(reader.end().events).toEqual(events);
      }),
      { numRuns: 20 },
    );
  });

  it('is read from disk', async () => {
    const folder = tempFolder('txlab-history-');
    writeFileSync(join(folder, 'history.jsonl'), file);
    expect((await readHistory(join(folder, 'history.jsonl'))).events).toEqual(events);
    rmSync(folder, { recursive: true });
  });

  it('may lack its last line feed, and have empty lines and carriage returns', () => {
    expect(parseHistory(file.trimEnd()).torn).toBe(false);
    expect(parseHistory(file.replaceAll('\n', '\r\n\r\n')).events).toEqual(events);
  });

  it('reports a cut last line as torn, wherever it was cut', () => {
    const last = lines.at(-1) ?? '';
    for (let length = 1; length < last.length; length++) {
      const history = parseHistory(file.slice(0, -1 - length));
      expect(history.torn).toBe(true);
      expect(history.events).toEqual(events.slice(0, -1));
    }
  });
});

describe('the history of a run on containers', () => {
  it('fits the shape, line by line, and comes back as it was', () => {
    const history = parseHistory(RECORDED);
    expect(history.torn).toBe(false);
    expect(formatHistory(history.events)).toBe(RECORDED);
    for (const line of OTHER_LINES.trimEnd().split('\n')) expect(misfitOf(JSON.parse(line)), line).toBeNull();
  });

  it('holds, with lines of other runs, every kind but the one that nobody writes today, and every note', () => {
    const recorded = `${RECORDED}${OTHER_LINES}`.trimEnd().split('\n');
    const all = recorded.map((line) => JSON.parse(line) as HistoryEvent);
    expect(kindsOfEvents().filter((kind) => all.every((event) => event.kind !== kind))).toEqual(['bug']);
    const notes = new Set(all.flatMap((event) => (event.kind === 'told' ? [event.note.word] : [])));
    expect([...notes].toSorted()).toEqual(['began', 'completed', 'gave-up', 'invoked', 'refused']);
  });

  it('is refused at the place of every single field that is taken away', () => {
    for (const line of RECORDED.trimEnd().split('\n').slice(0, 40)) {
      const event = JSON.parse(line) as Record<string, unknown>;
      for (const field of Object.keys(event).filter((name) => !OPTIONAL.includes(name))) {
        const rest = Object.fromEntries(Object.entries(event).filter(([name]) => name !== field));
        expect(misfitOf(rest)?.field, line).toBe(field);
      }
    }
  });

  it('is judged as the run was', () => {
    const finding = judge(parseHistory(RECORDED), {
      faults: [],
      expect: { properties: {} },
      promises: [],
      okAtLeast: 1,
    });
    expect(finding.target).toMatchObject({ decision: 'abort', client: 'unknown' });
  });
});

const OPTIONAL = ['hold', 'detail'];

describe('a history is refused, with line and field, when', () => {
  it.each([
    ['a line in the middle was cut', withLine(7, (lines[6] ?? '').slice(0, 40)), 7, 'not JSON'],
    ['a whole line of garbage ends it', `${file}garbage\n`, lines.length + 1, 'not JSON'],
    ['the header is missing', lines.slice(1).join('\n'), 1, 'begins with its run event'],
    ['it is empty', '', 1, 'no run event'],
    ['it was cut in its header', (lines[0] ?? '').slice(0, 30), 1, 'no run event'],
    [
      'it is newer',
      withField(1, (run) => Object.assign(run, { version: 3, nodes: 'of another shape' })),
      1,
      'version 3; this txlab reads up to version 2',
    ],
    ['a line is no object', withLine(3, '42'), 3, 'the line: Invalid input: expected object, received number.'],
    [
      'a kind is not known',
      withField(3, (event) => Object.assign(event, { kind: 'booked' })),
      3,
      "in 'booked', kind: Invalid discriminator value. Expected 'run' | 'booted'",
    ],
    [
      'a kind is misspelled',
      withField(3, (event) => Object.assign(event, { kind: 'boted' })),
      3,
      'did you mean booted?',
    ],
    [
      'a field is not known',
      withField(3, (event) => Object.assign(event, { wallms: 4 })),
      3,
      "in 'booted', wallms: There is no such field; did you mean wallMs?.",
    ],
    [
      'a field is missing',
      withField(3, (event) => delete event['node']),
      3,
      "in 'booted', node: Invalid input: expected string, received undefined.",
    ],
    [
      'a field has the wrong type',
      withField(3, (event) => Object.assign(event, { at: '12' })),
      3,
      'at: Invalid input: expected number, received string.',
    ],
    [
      'a number is not whole',
      withField(3, (event) => Object.assign(event, { seq: 1.5 })),
      3,
      'seq: Invalid input: expected int, received number.',
    ],
  ])('%s', (_, text, line, message) => {
    const error = refusal(text);
    expect({ line: error.line, message: error.message }).toEqual({ line, message: expect.stringContaining(message) });
    expect(error.hint).not.toBe('');
  });

  it('a field deep inside has the wrong type', () => {
    const at = events.findIndex((event) => event.kind === 'told' && event.note.word === 'completed');
    const text = withField(at + 1, (event) => Object.assign(event['note'] as object, { outcome: 'maybe' }));
    expect(refusal(text).message).toBe(
      `Line ${at + 1}: in 'told', note.outcome: Invalid option: expected one of "ok"|"failed"|"unknown".`,
    );
    const known = withField(at + 1, (event) => Object.assign(event['note'] as object, { colour: 'red' }));
    expect(refusal(known).message).toBe(`Line ${at + 1}: in 'told', note.colour: There is no such field.`);
    const dump = events.findIndex((event) => event.kind === 'dumped' && event.node === 'participant-1');
    const wrong = withField(dump + 1, (event) => Object.assign(event['state'] as object, { holds: [{ key: 'a01' }] }));
    expect(refusal(wrong).message).toContain(
      "in 'dumped', state.holds.0.by: Invalid input: expected string, received undefined.",
    );
  });
});

describe('merging', () => {
  const [run, ...rest] = events as [HistoryEvent, ...HistoryEvent[]];
  const trace = (node: string) => rest.filter((event) => 'seq' in event && event.node === node);
  const lists = [
    trace('participant-1'),
    [run, ...rest.filter((event) => !('seq' in event))],
    trace('client'),
    trace('coordinator'),
    trace('participant-2'),
  ];

  it('puts what each node and the lab wrote into the order of time, the header first', () => {
    expect(mergeEvents(lists)).toEqual(events);
  });

  it('keeps a node’s own order whatever its times say, and equal times in the order of the lists', () => {
    const h = new HistoryBuilder();
    const late = h.trace('client', { kind: 'expired', word: 'first', about: null }).events.at(-1) as TraceEvent;
    const early = h.trace('client', { kind: 'expired', word: 'second', about: null }).events.at(-1) as TraceEvent;
    const header = h.events[0] as HistoryEvent;
    const merged = mergeEvents([
      [{ ...early, at: late.at - 50 }, late],
      [header],
      [{ ...late, node: 'coordinator' as never, at: late.at }],
    ]);
    expect(
      merged.map((event) => ('seq' in event && event.kind === 'expired' ? `${event.node} ${event.word}` : event.kind)),
    ).toEqual(['run', 'client first', 'client second', 'coordinator first']);
  });

  it('keeps an event once that two writers report', () => {
    expect(mergeEvents([...lists, trace('client')])).toEqual(events);
  });

  it('is done on reading when a file is not in order', () => {
    expect(parseHistory(formatHistory([run, ...rest.toReversed()])).events).toEqual(events);
  });
});
