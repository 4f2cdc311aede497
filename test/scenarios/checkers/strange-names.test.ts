// Names that every object has: an account, an item, a bank or a coordinator with such a name is judged like any other.

import { describe, expect, test } from 'vitest';
import { checkAll, judgedIn } from '../../../scenarios/checkers/all.ts';
import type { History } from '../../../scenarios/findings.ts';
import { killedBeforeDecision } from '../../support/commit-stories.ts';
import { HistoryBuilder, OPENING, transfer, tx } from '../../support/history-builder.ts';
import { rewriting } from '../../support/journals.ts';
import { order, StockStory } from '../../support/stock-story.ts';

const NAMES = ['constructor', 'toString', 'hasOwnProperty', '__proto__'];
const A = 'coordinator.1.1';

function renamed<Value>(value: Value, from: string, to: string): Value {
  return JSON.parse(JSON.stringify(value).replaceAll(from, to)) as Value;
}

const findingsOf = (history: History) => checkAll(history, judgedIn(history));

const committed = () => new HistoryBuilder().commits(A, 'op-1');
const overdrawing = transfer('participant-1/a01', 'participant-2/a01', OPENING + 1);

const HISTORIES: readonly (readonly [what: string, history: History])[] = [
  ['a good history of banks', committed().rests().build()],
  ['a crash', killedBeforeDecision().build()],
  [
    'a lost entry',
    committed()
      .dumping(
        'participant-2',
        rewriting('a01', () => []),
      )
      .rests()
      .build(),
  ],
  [
    'a doubled entry',
    committed()
      .dumping(
        'participant-1',
        rewriting('a01', (entries) => [...entries, { tx: tx(A), delta: -10 }]),
      )
      .rests()
      .build(),
  ],
  ['an overdrawn account', new HistoryBuilder().commits(A, 'op-1', overdrawing).rests().build()],
  ['a good history of warehouses', new StockStory().does('op-1', order('i00', 3, 2)).rests()],
  [
    'a lost order',
    new StockStory()
      .does('op-1', order('i00', 3, 2))
      .shelf('participant-2', 'i00', () => ({ stock: 10, book: [] }))
      .rests(),
  ],
];

describe.each(NAMES)('where it is named %s,', (name) => {
  test.each(
    HISTORIES.flatMap(([what, history]) =>
      ['a01', 'i00', 'participant-1', 'coordinator'].map((from) => [from, what, history] as const),
    ),
  )('%s in %s gives the same findings', (from, _what, history) => {
    const findings = findingsOf(history);
    expect(findingsOf(renamed(history, from, name))).toEqual(renamed(findings, from, name));
  });
});

test.each(NAMES)('an account %s that a bank did not open with, or has lost, is found', (name) => {
  const { events, run, ...rest } = committed().rests().build();
  const broken = events.map((event) => (event.kind === 'dumped' ? renamed(event, 'a03', name) : event));
  const [conservation] = checkAll({ ...rest, run, events: broken }, ['conservation']);
  expect(conservation?.reason).toBe(
    `participant-1 holds an account ${name} that it did not open with. (And 3 more violations.)`,
  );
});
