// What the lab and a node say to each other, as it comes from outside.

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseCommand, parseReport } from '../../../nodes/contract/control.ts';
import type { Command, Report, ReportBody } from '../../../nodes/contract/control.ts';

const status: ReportBody = {
  say: 'status',
  at: 1,
  inDoubt: [{ about: 'c.1.1' as never, since: 1, locks: ['a'] }],
  committed: 1,
  aborted: 0,
  forced: 2,
  syncs: 1,
  sent: 3,
  operations: { asked: 1, ok: 1, failed: 0, unknown: 0, okUs: 5 },
  messages: [{ at: 1, to: 'c' as never, word: 'vote', about: 'c.1.1' as never, lost: false }],
};
const dump = {
  word: 'dump',
  state: {
    inDoubt: ['c.1.1'],
    unfinished: [],
    holds: [{ key: 'a', by: 'c.1.1' }],
    content: { a: { balance: 5, journal: [{ tx: 'c.1.0', delta: -5 }] } },
  },
};
const BODIES: readonly ReportBody[] = [
  { say: 'ready' },
  { say: 'linked', peers: ['c' as never] },
  { say: 'counted', hold: 'fault-1', count: 1 },
  { say: 'counted', hold: 'fault-1', count: 0, passed: true },
  { say: 'held', hold: 'fault-1', about: 'c.1.1', at: 1 },
  { say: 'meddling', fault: 'fault-1' },
  { say: 'met', fault: 'fault-1', count: 1, at: 1, to: 'c' as never, word: 'ack', about: 'c.1.1' as never },
  { say: 'ceased', fault: 'fault-1', count: 1 },
  { say: 'marked', id: 'mark-1', at: 1 },
  { say: 'answered', op: 'run' as never, answer: { word: 'done' } },
  { say: 'answered', op: 'dump' as never, answer: dump },
  { say: 'told', at: 1, note: { word: 'elected', about: 'c.1.1' as never, coordinator: 'c' as never, epoch: 1 } },
  {
    say: 'told',
    at: 1,
    note: { word: 'terminated', about: 'c.1.1' as never, decision: 'abort', epoch: 1, rule: 'nobody knows' },
  },
  status,
  { say: 'finished' },
  { say: 'failed', message: 'no room' },
];
const REPORTS: readonly Report[] = BODIES.map((body, seq) => ({ node: 'p' as never, incarnation: 1, seq, ...body }));

const COMMANDS: readonly Command[] = [
  {
    do: 'configure',
    run: 'r',
    protocol: '2pc',
    role: 'client',
    setup: {
      self: 'p' as never,
      nodes: ['p' as never],
      seed: 1,
      timeouts: { vote: 400 },
      workload: 'transfers',
      initial: { p: { a: 5 } },
      params: { banks: ['p'] },
      options: { voters: 'all' },
    },
    peers: { c: '10.0.0.2:7400' },
    port: 7400,
    data: '/data',
  },
  { do: 'arm', hold: 'fault-1', gap: { when: 'before', verb: 'force', word: 'commit' }, nth: 1, seen: 0 },
  { do: 'release', hold: 'fault-1' },
  {
    do: 'meddle',
    fault: 'fault-1',
    how: 'delay',
    word: 'commit',
    to: ['p' as never],
    about: 'c.1.1',
    byMs: 5,
    times: 2,
  },
  { do: 'cease', fault: 'fault-1' },
  { do: 'mark', id: 'mark-1' },
  { do: 'ask', op: 'run' as never, request: { word: 'run' } },
  { do: 'finish' },
];

type Path = readonly string[];
const isBox = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null;

/** The way to every field, however deep. */
function pathsOf(value: unknown): readonly Path[] {
  if (!isBox(value)) return [];
  return Object.entries(value).flatMap(([name, inner]) => [[name], ...pathsOf(inner).map((path) => [name, ...path])]);
}

function replaced(value: unknown, [name = '', ...rest]: Path, put: unknown): unknown {
  const copy: unknown = structuredClone(value);
  const inner = rest
    .slice(0, -1)
    .reduce<unknown>((box, key) => (isBox(box) ? box[key] : box), isBox(copy) ? copy[name] : copy);
  const box = rest.length === 0 ? copy : inner;
  if (isBox(box)) box[rest.at(-1) ?? name] = put;
  return copy;
}

const isWrong = (parsed: object): boolean => 'wrong' in parsed;

describe('what a node says', () => {
  test.each(REPORTS.map((report) => [report.say, report] as const))('is taken as it is: %s', (_, report) => {
    const read: unknown = JSON.parse(JSON.stringify(report));
    expect(parseReport(read)).toEqual({ value: report });
  });

  test('is refused with the wrong field, whichever of its fields is of another kind', () => {
    for (const report of REPORTS) {
      for (const path of pathsOf(report)) {
        // What no reader looks into.
        if (/^(answer\.state\.content|note\.(?!word))/.test(path.join('.'))) continue;
        const parsed = parseReport(replaced(report, path, () => {}));
        expect(parsed, `${report.say} ${path.join('.')}`).toMatchObject({
          wrong: expect.stringContaining(path[0] ?? '') as string,
        });
      }
    }
  });

  test.each([
    [null, 'a line that is no object: null'],
    [5, 'a line that is no object: 5'],
    [[], 'a line that is no object: []'],
    [{}, 'a line with an unknown word in its field say: nothing'],
    [{ say: 'toString' }, 'a line with an unknown word in its field say: "toString"'],
    [
      { say: 'linked', node: 'p', incarnation: 1, seq: 1, peers: [5] },
      'a line with the word "linked" and a wrong field peers: [5]',
    ],
  ])('is refused in words: %j', (value, wrong) => {
    expect(parseReport(value)).toEqual({ wrong });
  });
});

/** Fields of a setup whose inside is the machine's, or the workload's. */
const MACHINES_OWN = ['options', 'initial'];

describe('what the lab orders', () => {
  test.each(COMMANDS.map((command) => [command.do, command] as const))('is taken as it is: %s', (_, command) => {
    const read: unknown = JSON.parse(JSON.stringify(command));
    expect(parseCommand(read)).toEqual({ value: command });
  });

  test('is refused when any field is of another kind, but for what its machine alone reads', () => {
    for (const command of COMMANDS) {
      for (const path of pathsOf(command)) {
        if (path[1] === 'params' || (MACHINES_OWN.includes(path[1] ?? '') && path.length > 2)) continue;
        expect(isWrong(parseCommand(replaced(command, path, () => {}))), `${command.do} ${path.join('.')}`).toBe(true);
      }
    }
  });

  test('may do without what is optional', () => {
    const armed = {
      ...COMMANDS[1],
      about: 'c.1.1',
      gap: { when: 'after', verb: 'send', word: 'commit', peer: 'last' },
    };
    expect(parseCommand(armed)).toEqual({ value: armed });
    expect(isWrong(parseCommand({ ...armed, about: 5 }))).toBe(true);
    expect(isWrong(parseCommand({ ...armed, gap: { ...armed.gap, peer: null } }))).toBe(true);
    expect(isWrong(parseCommand({ ...armed, gap: { ...armed.gap, kind: 'yes' } }))).toBe(true);
  });
});

describe('any value', () => {
  test('is taken or refused, and never thrown at', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        for (const parsed of [parseReport(value), parseCommand(value)])
          expect(isWrong(parsed) || 'value' in parsed).toBe(true);
      }),
    );
  });

  test('in the place of any field leaves a report or command that is taken or refused', () => {
    const known = [...REPORTS, ...COMMANDS].flatMap((line) => pathsOf(line).map((path) => ({ line, path })));
    fc.assert(
      fc.property(fc.constantFrom(...known), fc.jsonValue(), ({ line, path }, value) => {
        const changed = replaced(line, path, value);
        expect(() => [parseReport(changed), parseCommand(changed)]).not.toThrow();
      }),
      { numRuns: 500 },
    );
  });
});
