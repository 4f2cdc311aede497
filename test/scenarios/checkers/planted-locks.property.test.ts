// Locks that outlive their transactions, planted into the participants of protocols that are right otherwise: the checkers must see them
// by what the nodes leave behind, whatever the schedule.

import { describe, expect, test } from 'vitest';
import { lock, type LockTable } from '../../../nodes/protocols/lock-table.ts';
import type { Change, Bank } from '../../../nodes/workloads/transfers.ts';
import type { ParticipantState } from '../../../nodes/protocols/two-phase/participant.ts';
import type { Effect, Input, Machine, SealedState } from '../../../nodes/contract/machine.ts';
import type { TxId } from '../../../nodes/contract/ids.ts';
import { bankIn, violatedUnderSchedules } from '../../support/any-schedule.ts';

type Plant = (machine: Machine<SealedState>) => Machine<SealedState>;
interface Turn {
  readonly bank: Bank;
  readonly locks: LockTable;
  readonly locksBefore: LockTable;
  readonly input: Input;
  readonly effects: readonly Effect[];
}

/** The machine as it is, and what an error does to its locks after each input. */
function planted(error: (turn: Turn) => void): Plant {
  return (machine) => ({
    ...machine,
    next: (state, input) => {
      const participant = state as unknown as ParticipantState;
      const locksBefore = structuredClone(participant.locks);
      const effects = machine.next(state, input);
      // A checkpoint that is read at the start puts another table into the state.
      error({ bank: bankIn(participant), locks: participant.locks, locksBefore, input, effects });
      return effects;
    },
  });
}

const abortsThatKeepTheirLocks = planted(({ locks, locksBefore, effects }) => {
  const aborted = new Set(
    effects.flatMap((effect) =>
      (effect.do === 'force' || effect.do === 'append') && effect.record.word === 'abort' ? [effect.record.about] : [],
    ),
  );
  for (const [key, holders] of locksBefore)
    for (const [holder, mode] of holders) if (aborted.has(holder)) lock(locks, holder, [{ key, mode }]);
});

const refusalsThatLeaveTheirLocks = planted(({ bank, locks, input, effects }) => {
  if (!effects.some((effect) => effect.do === 'tell' && effect.note.word === 'refused')) return;
  if (input.kind !== 'received' || input.message.word !== 'prepare') return;
  const { about: tx, part } = input.message as {
    readonly word: string;
    readonly about: TxId;
    readonly part: readonly Change[];
  };
  for (const { account: key } of part) if (bank.has(key) && !locks.has(key)) lock(locks, tx, [{ key, mode: 'write' }]);
});

describe.each(['2pc', '2pc-presumed-nothing', '2pc-presumed-commit', '2pc-cooperative', '3pc-quorum'])(
  'in %s',
  (protocol) => {
    test.each([
      ['an abort that keeps its locks', abortsThatKeepTheirLocks],
      ['a refusal that leaves its lock behind', refusalsThatLeaveTheirLocks],
    ])('%s violates validity, termination and progress, and nothing else', (_, plant) => {
      const violated = violatedUnderSchedules({ protocol, plant, numRuns: 300 });
      expect([...violated].toSorted()).toEqual(['progress', 'termination', 'validity']);
    });
  },
);
