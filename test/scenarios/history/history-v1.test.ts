// Histories of version 1, which knew banks alone: each line that tells it otherwise today is read as version 2 tells it, and what was not
// of the old shape is refused with its field, as ever.

import { describe, expect, test } from 'vitest';
import { HistoryError, parseHistory } from '../../../scenarios/history/history.ts';

type Line = Readonly<Record<string, unknown>>;

const HEADER = {
  at: 0,
  kind: 'run',
  version: 1,
  txlab: '0.1.0',
  run: 'old',
  protocol: '2pc',
  seed: 7,
  nodes: ['coordinator', 'participant-1', 'participant-2', 'client'],
  participants: ['participant-1', 'participant-2'],
  timeouts: { vote: 400, blocked: 1000 },
  promises: ['atomicity'],
  opening: { 'participant-1': { a00: 100 }, 'participant-2': { a00: 100 } },
};
const REQUEST = {
  word: 'transfer',
  from: { bank: 'participant-1', account: 'a00' },
  to: { bank: 'participant-2', account: 'a01' },
  amount: 6,
};

let seq = 0;
const told = (node: string, note: Line): Line => ({ at: 1, node, incarnation: 1, seq: ++seq, kind: 'told', note });
const invoked = (request: Line): Line => told('client', { about: 'invoked', op: 'op-1', process: 0, request });
const began = told('coordinator', {
  about: 'began',
  tx: 'coordinator.1.1',
  op: 'op-1',
  participants: ['participant-1', 'participant-2'],
});
const refused = (rest: Line): Line => told('participant-1', { about: 'refused', tx: 'coordinator.1.1', ...rest });
const dumped = (state: unknown): Line => ({ at: 1, kind: 'dumped', node: 'participant-1', state });

/** What is read of these lines after a header. */
function read(...lines: readonly Line[]): readonly unknown[] {
  return parseHistory([HEADER, ...lines].map((line) => JSON.stringify(line)).join('\n')).events;
}

function refusal(...lines: readonly unknown[]): string {
  try {
    parseHistory(lines.map((line) => JSON.stringify(line)).join('\n'));
  } catch (error) {
    if (error instanceof HistoryError) return error.message;
    throw error;
  }
  throw new Error('was accepted');
}

/** A note says by its word what it is, and what it is about. */
function inTodaysWords(line: Line): Line {
  const { about: word, tx: about, ...rest } = line['note'] as Line;
  return { ...line, note: { word, about, ...rest } };
}

describe('a history of version 1', () => {
  test('had banks for sites, each on a node of its own, and roles in the names of its nodes', () => {
    const { participants, opening, ...rest } = HEADER;
    expect(participants).toHaveLength(2);
    expect(read()).toEqual([
      {
        ...rest,
        family: 'commit',
        workload: 'transfers',
        roles: {
          coordinator: 'coordinator',
          'participant-1': 'participant',
          'participant-2': 'participant',
          client: 'client',
        },
        sites: {
          'participant-1': { nodes: ['participant-1'], stores: [], quorum: 1 },
          'participant-2': { nodes: ['participant-2'], stores: [], quorum: 1 },
        },
        initial: opening,
      },
    ]);
  });

  test.each([
    ['a transfer wrote both accounts', REQUEST, ['write', 'write']],
    ['one of nothing looked at both', { ...REQUEST, amount: 0 }, ['read', 'read']],
  ])('said by its request what was used: %s', (_, request, [one, other]) => {
    const old = invoked(request);
    const line = inTodaysWords(old);
    const uses = [
      { site: 'participant-1', key: 'a00', mode: one },
      { site: 'participant-2', key: 'a01', mode: other },
    ];
    expect(read(old)[1]).toEqual({ ...line, note: { ...(line['note'] as Line), uses } });
  });

  test('said by its request which accounts were looked at beside those that changed', () => {
    const reads = [{ bank: 'participant-2', account: 'a09' }];
    expect(read(invoked({ ...REQUEST, reads }))[1]).toMatchObject({
      note: {
        uses: [
          { site: 'participant-1', key: 'a00', mode: 'write' },
          { site: 'participant-2', key: 'a01', mode: 'write' },
          { site: 'participant-2', key: 'a09', mode: 'read' },
        ],
      },
    });
  });

  test('refused for too little money in the account that was paid from', () => {
    const events = read(invoked(REQUEST), began, refused({ reason: 'overdraft' }));
    expect(events.at(-1)).toMatchObject({ note: { reason: 'overdraft', key: 'a00' } });
  });

  test.each([
    [{ reason: 'locked', holder: 'coordinator.1.0' }],
    [{ reason: 'stale' }],
    [{ reason: 'unknown-account' }],
  ])('named no key when it refused otherwise, and names none: %j', (rest) => {
    const line = refused(rest);
    expect(read(invoked(REQUEST), began, line).at(-1)).toEqual(inTodaysWords(line));
  });

  test('names no key for a refusal of a transfer that nobody is known to have asked for', () => {
    const line = refused({ reason: 'overdraft' });
    expect(read(line).at(-1)).toEqual(inTodaysWords(line));
  });

  test('had accounts for content and their locks for holds', () => {
    const accounts = { a00: { balance: 94, journal: [{ tx: 'coordinator.1.1', delta: -6 }] } };
    const rest = { inDoubt: ['coordinator.1.2'], unfinished: [] };
    const line = dumped({ ...rest, locks: [{ account: 'a01', tx: 'coordinator.1.2' }], accounts });
    const holds = [{ key: 'a01', by: 'coordinator.1.2' }];
    expect(read(line)[1]).toEqual({ ...line, state: { ...rest, holds, content: accounts } });
  });

  test('had no content where a node was no bank', () => {
    const line = dumped({ inDoubt: [], unfinished: [], locks: [], accounts: {} });
    expect(read(line)[1]).toMatchObject({ state: { holds: [], content: null } });
  });

  test('called the subject of messages and records their transaction', () => {
    const stamp = { at: 1, node: 'client', incarnation: 1, seq: 1 };
    const message = { word: 'vote', vote: 'no' };
    const record = { mark: 'other', word: 'boot' };
    const lines = [
      { ...stamp, kind: 'sent', to: 'coordinator', message: { ...message, tx: 'coordinator.1.1' } },
      { ...stamp, seq: 2, kind: 'appended', record: { ...record, tx: null } },
      { at: 1, kind: 'logged', node: 'client', moment: 'end', incarnation: 1, records: [{ ...record, tx: null }] },
    ];
    expect(read(...lines).slice(1)).toMatchObject([
      { message: { ...message, about: 'coordinator.1.1' } },
      { record: { ...record, about: null } },
      { records: [{ ...record, about: null }] },
    ]);
  });

  test('told all else as it is told today', () => {
    const line = { at: 1, node: 'client', incarnation: 1, seq: 1, kind: 'expired', word: 'rest', about: null };
    expect(read(line)[1]).toEqual(line);
  });
});

describe('a malformed line of version 1 is refused with its field:', () => {
  const state = { inDoubt: [], unfinished: [], locks: [], accounts: {} };
  test.each<[string, Line, string]>([
    ['a lock without its holder', dumped({ ...state, locks: [{ account: 'a00' }] }), 'state.holds.0.by'],
    ['locks that are no list', dumped({ ...state, locks: 'none' }), 'state.holds'],
    ['a dump without what is in doubt', dumped({ unfinished: [], locks: [], accounts: {} }), 'state.inDoubt'],
    ['a state that is none', dumped('asleep'), 'state'],
    ['a request without its word', invoked({ ...REQUEST, word: undefined }), 'note.request.word'],
    ['a note of nothing', told('client', { about: 'nothing' }), 'note.word'],
    ['a refusal without a reason', refused({}), 'note.reason'],
    ['a line of no kind', { at: 1 }, 'kind'],
  ])('%s', (_, line, field) => {
    expect(refusal(HEADER, line)).toMatch(new RegExp(`^Line 2: .*${field.replaceAll('.', '\\.')}: `));
  });

  test.each<[string, Line, string]>([
    ['a header without nodes', { ...HEADER, nodes: undefined }, 'nodes'],
    ['a header without opening balances', { ...HEADER, opening: undefined }, 'initial'],
    ['a header with a field that there never was', { ...HEADER, colour: 'red' }, 'colour'],
  ])('%s', (_, header, field) => {
    expect(refusal(header)).toContain(`in 'run', ${field}: `);
  });

  test('a line that is no object', () => {
    expect(refusal(HEADER, 42)).toContain('Line 2: the line: ');
  });
});

test('a header of version 3 is refused, whatever else it holds', () => {
  expect(refusal({ ...HEADER, version: 3, nodes: 'of another shape' })).toContain(
    'this history has version 3; this txlab reads up to version 2.',
  );
});

test('lines of version 2 are not taken in the words of version 1', () => {
  const [header] = read();
  const version2 = { ...(header as Line), version: 2 };
  expect(refusal(version2, dumped({ inDoubt: [], unfinished: [], locks: [], accounts: {} }))).toContain('state.');
});
