// Errors of balances, journals and logs, planted into recorded histories.

import {
  account,
  change,
  doAgain,
  inTurn,
  journal,
  logged,
  type Plant,
  type PlantedErrors,
  state,
  told,
  without,
} from './planting.ts';

const FIRST = 'participant-1';
const SECOND = 'participant-2';
/** 4 from a08 of participant-1 to a04 of participant-2, committed. */
const TX = 'coordinator.1.1';
/** 1 from a00 of participant-2 to a00 of participant-1, refused. */
const REFUSED = 'coordinator.1.15';

const entryGone = (node: string, name: string, tx: string): Plant =>
  journal(node, name, (entries) => entries.filter((entry) => entry.tx !== tx));

const entryAdded = (node: string, name: string, tx: string, delta: number): Plant =>
  journal(node, name, (entries) => [...entries, { tx, delta }]);

const entryOf = (node: string, name: string, tx: string, delta: number): Plant =>
  journal(node, name, (entries) => entries.map((entry) => (entry.tx === tx ? { tx, delta } : entry)));

const balanceOff = (node: string, name: string, by: number): Plant =>
  account(node, name, (before) => ({ ...before, balance: before.balance + by }));

const recordGone = (node: string, moment: string, mark: string, tx: string): Plant =>
  change(logged(node, moment), (line) => ({
    ...line,
    records: (line.records ?? []).filter((record) => record.tx !== tx || record.mark !== mark),
  }));

export const BANK_ERRORS: PlantedErrors = {
  'entry-in-one-bank-only': {
    base: 'calm',
    plant: entryGone(FIRST, 'a08', TX),
    breaks: { journal: 'violated', conservation: 'violated', durability: 'violated' },
  },
  'entry-doubled-in-one-bank': {
    base: 'calm',
    plant: entryAdded(SECOND, 'a04', TX, 4),
    breaks: { journal: 'violated', conservation: 'violated' },
  },
  'entries-doubled-in-both-banks': {
    base: 'calm',
    plant: inTurn(entryAdded(FIRST, 'a08', TX, -4), entryAdded(SECOND, 'a04', TX, 4)),
    breaks: { journal: 'violated' },
  },
  'entry-of-another-amount': {
    base: 'calm',
    plant: entryOf(FIRST, 'a08', TX, -5),
    breaks: { journal: 'violated', conservation: 'violated' },
  },
  'entries-of-another-amount-in-both-banks': {
    base: 'calm',
    plant: inTurn(entryOf(FIRST, 'a08', TX, -5), entryOf(SECOND, 'a04', TX, 5)),
    breaks: { journal: 'violated' },
  },
  'entries-with-their-signs-exchanged': {
    base: 'calm',
    plant: inTurn(entryOf(FIRST, 'a08', TX, 4), entryOf(SECOND, 'a04', TX, -4)),
    breaks: { journal: 'violated' },
  },
  'entry-in-another-account': {
    base: 'calm',
    plant: inTurn(entryGone(FIRST, 'a08', TX), entryAdded(FIRST, 'a07', TX, -4)),
    breaks: { journal: 'violated', durability: 'violated' },
  },
  'entries-of-an-ok-operation-gone': {
    base: 'calm',
    plant: inTurn(entryGone(FIRST, 'a08', TX), entryGone(SECOND, 'a04', TX)),
    breaks: { journal: 'violated', durability: 'violated' },
  },
  'entries-of-a-failed-operation': {
    base: 'calm',
    plant: inTurn(entryAdded(FIRST, 'a00', REFUSED, 1), entryAdded(SECOND, 'a00', REFUSED, -1)),
    breaks: { journal: 'violated', atomicity: 'violated' },
  },
  'entries-that-nobody-asked-for': {
    base: 'calm',
    plant: inTurn(entryAdded(FIRST, 'a00', 'coordinator.1.99', 1), entryAdded(SECOND, 'a00', 'coordinator.1.99', -1)),
    breaks: { journal: 'violated' },
  },
  'operation-done-by-two-transactions': {
    base: 'calm',
    plant: doAgain('coordinator.1.2', 'coordinator.1.98', 100),
    breaks: { journal: 'violated' },
  },
  'request-that-nobody-made': {
    base: 'calm',
    plant: without(told('invoked', 'client.1.1')),
    breaks: { journal: 'violated' },
  },
  'entries-of-an-unknown-operation-in-one-bank': {
    base: 'coordinator killed',
    plant: entryGone(FIRST, 'a03', 'coordinator.1.20'),
    breaks: { journal: 'violated', conservation: 'violated' },
  },
  'entries-of-an-abort-after-a-restart': {
    base: 'bank killed',
    plant: entryAdded(SECOND, 'a11', 'coordinator.1.20', -2),
    breaks: { atomicity: 'violated', journal: 'violated', conservation: 'violated' },
  },
  'entries-gone-after-a-restart': {
    base: 'bank killed',
    plant: entryGone(SECOND, 'a00', TX),
    breaks: { journal: 'violated', conservation: 'violated', durability: 'violated' },
  },
  'balance-off-by-one': {
    base: 'calm',
    plant: balanceOff(FIRST, 'a09', 1),
    breaks: { journal: 'violated', conservation: 'violated' },
  },
  'balances-off-by-one-that-even-out': {
    base: 'calm',
    plant: inTurn(balanceOff(FIRST, 'a09', 1), balanceOff(SECOND, 'a09', -1)),
    breaks: { journal: 'violated' },
  },
  'account-negative': {
    base: 'calm',
    plant: inTurn(balanceOff(FIRST, 'a09', -1001), balanceOff(SECOND, 'a09', 1001)),
    breaks: { journal: 'violated', conservation: 'violated' },
  },
  'account-missing': {
    base: 'calm',
    plant: state(FIRST, ({ accounts }) => ({
      accounts: Object.fromEntries(Object.entries(accounts).filter(([name]) => name !== 'a09')),
    })),
    breaks: { conservation: 'violated' },
  },
  'account-new': {
    base: 'calm',
    plant: state(FIRST, ({ accounts }) => ({ accounts: { ...accounts, a99: { balance: 0, journal: [] } } })),
    breaks: { conservation: 'violated' },
  },
  'bank-without-a-state': {
    base: 'calm',
    plant: without((line) => line.kind === 'dumped' && line.node === SECOND),
    breaks: { termination: 'unknown', journal: 'unknown', conservation: 'unknown', durability: 'unknown' },
  },
  'coordinator-without-a-state': {
    base: 'calm',
    plant: without((line) => line.kind === 'dumped' && line.node === 'coordinator'),
    breaks: { termination: 'unknown' },
  },
  'commit-gone-from-the-log-after-the-kill': {
    base: 'coordinator killed',
    plant: recordGone('coordinator', 'after-kill', 'decision', 'coordinator.1.20'),
    breaks: { durability: 'violated' },
  },
  'vote-gone-from-the-log-after-the-kill': {
    base: 'bank killed',
    plant: recordGone(SECOND, 'after-kill', 'prepared', TX),
    breaks: { durability: 'violated' },
  },
  'commit-gone-from-the-last-log-of-a-bank': {
    base: 'calm',
    plant: recordGone(FIRST, 'end', 'decision', TX),
    breaks: { durability: 'violated' },
  },
  'commit-gone-from-the-last-log-of-the-coordinator': {
    base: 'calm',
    plant: recordGone('coordinator', 'end', 'decision', TX),
    breaks: { durability: 'violated' },
  },
  'last-log-empty-after-a-restart': {
    base: 'bank killed',
    plant: change(logged(SECOND, 'end'), (line) => ({ ...line, records: [] })),
    breaks: { durability: 'violated' },
  },
  'log-not-read-after-the-kill': {
    base: 'coordinator killed',
    plant: without((line) => line.kind === 'logged' && line.node === 'coordinator'),
    breaks: { atomicity: 'unknown', validity: 'unknown', durability: 'unknown', 'non-blocking': 'unknown' },
  },
  'entry-in-two-halves': {
    base: 'calm',
    plant: inTurn(entryGone(FIRST, 'a08', TX), entryAdded(FIRST, 'a08', TX, -2), entryAdded(FIRST, 'a08', TX, -2)),
    breaks: { journal: 'violated' },
  },
};
