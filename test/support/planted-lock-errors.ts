// Errors of locks, refusals and probes, planted into recorded histories.

import {
  addToTrace,
  booted,
  change,
  cut,
  durable,
  inTurn,
  moveAfter,
  type Plant,
  type PlantedErrors,
  state,
  told,
  undo,
  without,
} from './planting.ts';

const FIRST = 'participant-1';
const SECOND = 'participant-2';
const TX = 'coordinator.1.1';
/** Wants an account of TX's, after it. */
const NEXT = 'coordinator.1.5';
const REFUSED = 'coordinator.1.15';
const TARGET = 'coordinator.1.20';
const PROBES = ['client.1.41', 'client.1.42', 'client.1.43'];

const txOf = (probe: string) => probe.replace('client', 'coordinator');
const kept = (node: string, account: string, tx: string): Plant => state(node, () => ({ locks: [{ account, tx }] }));

const holderIs = (holder: string): Plant =>
  change(
    (line) => line.node === FIRST && told('refused', REFUSED)(line),
    (line) => ({ ...line, ...(line.note ? { note: { ...line.note, holder } } : {}) }),
  );

const refusedBy = (node: string, life: number, tx: string, holder: string): Plant =>
  addToTrace(booted(node, life), { kind: 'told', note: { about: 'refused', tx, reason: 'locked', holder } });

const failed = (probe: string): Plant =>
  inTurn(
    undo(txOf(probe)),
    change(told('completed', probe), (line) => ({
      ...line,
      ...(line.note ? { note: { ...line.note, outcome: 'failed' } } : {}),
    })),
  );

export const LOCK_ERRORS: PlantedErrors = {
  'lock-kept-of-a-commit': {
    base: 'calm',
    plant: kept(FIRST, 'a08', TX),
    breaks: { termination: 'violated' },
  },
  'lock-kept-of-a-refused-transaction': {
    base: 'calm',
    plant: kept(FIRST, 'a00', REFUSED),
    breaks: { termination: 'violated' },
  },
  'lock-kept-of-a-stranger': {
    base: 'calm',
    plant: kept(SECOND, 'a01', 'coordinator.1.99'),
    breaks: { termination: 'violated' },
  },
  'lock-kept-over-a-restart': {
    base: 'bank killed',
    plant: kept(SECOND, 'a11', TARGET),
    breaks: { termination: 'violated' },
  },
  'promises-overlap-on-one-account': {
    base: 'calm',
    plant: moveAfter(durable(FIRST, 'prepared', NEXT), durable(FIRST, 'prepared', TX), 0.001),
    breaks: { durability: 'violated' },
  },
  'promise-lost-its-lock-over-a-restart': {
    base: 'bank killed',
    plant: moveAfter(
      (line) => line.node === SECOND && line.record?.mark === 'decision' && line.record.tx === TARGET,
      durable(SECOND, 'prepared', 'coordinator.1.52'),
      0.001,
    ),
    breaks: { durability: 'violated' },
  },
  'refusal-whose-holder-had-ended': {
    base: 'calm',
    plant: holderIs(TX),
    breaks: { validity: 'violated' },
  },
  'refusal-whose-holder-was-never-met': {
    base: 'calm',
    plant: holderIs('coordinator.1.99'),
    breaks: { validity: 'violated' },
  },
  'refusal-whose-holder-is-a-probe-to-come': {
    base: 'calm',
    plant: holderIs('coordinator.1.41'),
    breaks: { validity: 'violated' },
  },
  'refusal-after-a-restart-whose-holder-had-ended-before': {
    base: 'bank killed',
    plant: refusedBy(SECOND, 2, 'coordinator.1.41', TX),
    breaks: { validity: 'violated' },
  },
  'probes-all-fail': {
    base: 'calm',
    plant: inTurn(...PROBES.map(failed)),
    breaks: { progress: 'violated' },
  },
  'probe-without-an-answer': {
    base: 'calm',
    plant: inTurn(undo('coordinator.1.42'), without(told('completed', 'client.1.42'))),
    breaks: { progress: 'violated' },
  },
  'probed-account-stays-locked': {
    base: 'calm',
    plant: inTurn(
      failed('client.1.41'),
      addToTrace(durable(FIRST, 'prepared', 'coordinator.1.43'), {
        kind: 'told',
        note: { about: 'refused', tx: 'coordinator.1.41', reason: 'locked', holder: 'coordinator.1.14' },
      }),
    ),
    breaks: { progress: 'violated', validity: 'violated' },
  },
  'probe-voted-against-without-a-reason': {
    base: 'bank killed',
    plant: inTurn(
      failed('client.1.41'),
      addToTrace(durable(FIRST, 'prepared', 'coordinator.1.43'), {
        kind: 'sent',
        to: 'coordinator',
        message: { word: 'vote', tx: 'coordinator.1.41', vote: 'no' },
      }),
    ),
    breaks: { progress: 'violated' },
  },
  'probed-account-shown-by-nothing': {
    base: 'calm',
    plant: inTurn(
      failed('client.1.41'),
      addToTrace(durable(FIRST, 'prepared', 'coordinator.1.43'), {
        kind: 'told',
        note: { about: 'refused', tx: 'coordinator.1.41', reason: 'unknown-account' },
      }),
    ),
    breaks: { progress: 'unknown' },
  },
  'nothing-asked-after-the-heal': {
    base: 'coordinator killed',
    plant: cut([1, 2, 8, 20].map((number) => `client.1.${number}`)),
    breaks: { progress: 'unknown' },
  },
};
