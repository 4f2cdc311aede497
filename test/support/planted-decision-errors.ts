// Errors of votes, decisions and answers, planted into recorded histories.

import {
  addAfter,
  addToTrace,
  booted,
  change,
  dumped,
  durable,
  inTurn,
  type LogLine,
  logged,
  moveAfter,
  phase,
  type Plant,
  type PlantedErrors,
  records,
  standStill,
  state,
  told,
  undo,
  without,
} from './planting.ts';

const FIRST = 'participant-1';
const SECOND = 'participant-2';
const TX = 'coordinator.1.1';
const OP = 'client.1.1';
/** Of the fault, where there is one. */
const TARGET = 'coordinator.1.20';
const REFUSED = 'coordinator.1.15';

const flipped = (record: LogLine): readonly LogLine[] =>
  record.mark === 'decision' ? [{ ...record, word: 'abort', decision: 'abort' }] : [record];
const unlessMarked =
  (mark: string) =>
  (record: LogLine): readonly LogLine[] =>
    record.mark === mark ? [] : [record];

/** What a node that has come back writes into its log. */
const decides = (node: string, tx: string, decision: string): Plant =>
  addToTrace(booted(node, 2), {
    kind: 'durable',
    how: 'force',
    position: 99,
    record: { mark: 'decision', word: decision, tx, decision },
  });

const answered = (op: string, outcome: string): Plant =>
  change(told('completed', op), (line) => ({ ...line, ...(line.note ? { note: { ...line.note, outcome } } : {}) }));

const forgottenEverywhere = (tx: string, mark: string): Plant =>
  inTurn(...['coordinator', FIRST, SECOND].map((node) => records(node, tx, unlessMarked(mark))));

export const DECISION_ERRORS: PlantedErrors = {
  'decision-flipped-at-one-participant': {
    base: 'calm',
    plant: records(SECOND, TX, flipped),
    breaks: { atomicity: 'violated' },
  },
  'decision-flipped-at-the-coordinator': {
    base: 'calm',
    plant: records('coordinator', TX, flipped),
    breaks: { atomicity: 'violated' },
  },
  'decision-flipped-in-the-last-log-only': {
    base: 'calm',
    plant: change(logged(FIRST, 'end'), (line) => ({
      ...line,
      records: (line.records ?? []).flatMap((record) => (record.tx === TX ? flipped(record) : [record])),
    })),
    breaks: { atomicity: 'violated', durability: 'violated' },
  },
  'decision-reversed-by-the-restarted-coordinator': {
    base: 'coordinator killed',
    plant: decides('coordinator', TARGET, 'abort'),
    breaks: { atomicity: 'violated' },
  },
  'decision-reversed-by-a-restarted-participant': {
    base: 'bank killed',
    plant: decides(SECOND, TX, 'abort'),
    breaks: { atomicity: 'violated' },
  },
  'abort-reversed-by-a-restarted-participant': {
    base: 'bank killed',
    plant: decides(SECOND, TARGET, 'commit'),
    breaks: { atomicity: 'violated', validity: 'violated' },
  },
  'commit-without-a-vote': {
    base: 'calm',
    plant: records(FIRST, TX, unlessMarked('prepared')),
    breaks: { atomicity: 'violated' },
  },
  'commit-after-a-look-without-a-promise': {
    base: 'calm',
    plant: inTurn(
      addToTrace(durable(FIRST, 'prepared', TX), { kind: 'told', note: { about: 'read', tx: TX } }),
      records(FIRST, TX, unlessMarked('prepared')),
    ),
    breaks: { atomicity: 'violated' },
  },
  'vote-after-the-commit': {
    base: 'calm',
    plant: moveAfter(durable(FIRST, 'prepared', TX), durable('coordinator', 'decision', TX), 0.01),
    breaks: { atomicity: 'violated' },
  },
  'nobody-told-who-took-part': {
    base: 'calm',
    plant: without(told('began', TX)),
    breaks: { atomicity: 'unknown' },
  },
  'answer-ok-of-an-abort': {
    base: 'calm',
    plant: answered('client.1.15', 'ok'),
    breaks: { atomicity: 'violated', validity: 'violated', journal: 'violated', durability: 'violated' },
  },
  'answer-failed-of-a-commit': {
    base: 'calm',
    plant: answered(OP, 'failed'),
    breaks: { atomicity: 'violated', validity: 'violated', journal: 'violated' },
  },
  'answer-ok-without-a-commit-record': {
    base: 'calm',
    plant: forgottenEverywhere(TX, 'decision'),
    breaks: { validity: 'violated' },
  },
  'answer-ok-without-a-transaction': {
    base: 'calm',
    plant: inTurn(
      without(told('began', TX)),
      change(told('completed', OP), ({ note, ...line }) => ({
        ...line,
        note: { about: 'completed', ...note, tx: undefined },
      })),
    ),
    breaks: { validity: 'violated', journal: 'violated' },
  },
  'abort-without-excuse': {
    base: 'calm',
    plant: without(
      ({ note, message }) =>
        (note?.about === 'refused' && note.tx === REFUSED) || (message?.tx === REFUSED && message.vote === 'no'),
    ),
    breaks: { validity: 'violated' },
  },
  'neither-committed-nor-aborted': {
    base: 'calm',
    plant: inTurn(undo(TX), answered(OP, 'unknown')),
    breaks: { validity: 'violated' },
  },
  'decision-never-recorded-by-a-participant': {
    base: 'calm',
    plant: records(SECOND, TX, unlessMarked('decision')),
    breaks: { termination: 'violated' },
  },
  'in-doubt-at-rest': {
    base: 'calm',
    plant: state(SECOND, () => ({ inDoubt: [TX] })),
    breaks: { termination: 'violated', journal: 'unknown', conservation: 'unknown', durability: 'unknown' },
  },
  'unfinished-at-rest': {
    base: 'calm',
    plant: state('coordinator', () => ({ unfinished: [TX] })),
    breaks: { termination: 'violated', conservation: 'unknown' },
  },
  'in-doubt-long-after-the-heal': {
    base: 'coordinator killed',
    plant: inTurn(
      standStill(phase('probing'), 2000),
      state(FIRST, () => ({ inDoubt: [TARGET] })),
    ),
    breaks: { termination: 'violated' },
  },
  'in-doubt-shortly-after-the-heal': {
    base: 'coordinator killed',
    plant: state(FIRST, () => ({ inDoubt: [TARGET] })),
    breaks: { termination: 'unknown' },
  },
  'blocked-while-the-coordinator-is-dead': {
    base: 'coordinator killed',
    plant: moveAfter(durable(FIRST, 'decision', TARGET), booted('coordinator', 2), 50),
    breaks: { 'non-blocking': 'violated' },
  },
  'blocked-without-a-fault': {
    base: 'calm',
    plant: standStill(durable(FIRST, 'prepared', TX), 3000),
    breaks: { 'non-blocking': 'violated' },
  },
  'blocked-by-a-fault-too-short-to-tell': {
    base: 'coordinator killed',
    plant: inTurn(
      moveAfter(durable(FIRST, 'decision', TARGET), booted('coordinator', 2), 150),
      change(
        ({ kind }) => kind === 'run',
        (line) => ({ ...line, timeouts: { ...line.timeouts, blocked: 2800 } }),
      ),
    ),
    breaks: { 'non-blocking': 'unknown' },
  },
  'a-run-without-a-bound': {
    base: 'coordinator killed',
    plant: change(
      ({ kind }) => kind === 'run',
      (line) => ({ ...line, timeouts: { vote: 400, inquiry: 150, resend: 150, operation: 5000 } }),
    ),
    breaks: { 'non-blocking': 'unknown' },
  },
  'a-node-decides-after-the-states-were-taken': {
    base: 'calm',
    plant: addAfter(dumped(SECOND), {
      node: SECOND,
      incarnation: 1,
      seq: 0,
      kind: 'durable',
      how: 'force',
      position: 99,
      record: { mark: 'decision', word: 'commit', tx: TX, decision: 'commit' },
    }),
    breaks: { journal: 'unknown', conservation: 'unknown' },
  },
};
