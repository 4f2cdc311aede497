// Locks that outlive their transactions, planted into the participants of protocols that are right otherwise: the checkers must see them
// by what the nodes leave behind, whatever the schedule.

import { describe, expect, test } from 'vitest';
import type { Change, Bank } from '../../../nodes/protocols/bank.ts';
import type { Effect, Input, Machine, SealedState } from '../../../nodes/contract/machine.ts';
import type { TxId } from '../../../nodes/contract/ids.ts';
import { violatedUnderSchedules } from '../../support/any-schedule.ts';

type Plant = (machine: Machine<SealedState>) => Machine<SealedState>;
interface Turn {
  readonly bank: Bank;
  readonly locksBefore: Bank['locks'];
  readonly input: Input;
  readonly effects: readonly Effect[];
}

/** The machine as it is, and what an error does to its bank after each input. */
function planted(error: (turn: Turn) => void): Plant {
  return (machine) => ({
    ...machine,
    next: (state, input) => {
      const locksBefore = { ...(state as unknown as { bank: Bank }).bank.locks };
      const effects = machine.next(state, input);
      // A checkpoint that is read at the start puts another bank into the state.
      error({ bank: (state as unknown as { bank: Bank }).bank, locksBefore, input, effects });
      return effects;
    },
  });
}

const abortsThatKeepTheirLocks = planted(({ bank, locksBefore, effects }) => {
  const aborted = new Set(
    effects.flatMap((effect) =>
      (effect.do === 'force' || effect.do === 'append') && effect.record.word === 'abort' ? [effect.record.tx] : [],
    ),
  );
  for (const [account, holder] of Object.entries(locksBefore)) if (aborted.has(holder)) bank.locks[account] ??= holder;
});

const refusalsThatLeaveTheirLocks = planted(({ bank, input, effects }) => {
  if (!effects.some((effect) => effect.do === 'tell' && effect.note.about === 'refused')) return;
  if (input.kind !== 'received' || input.message.word !== 'prepare') return;
  const { tx, changes } = input.message as {
    readonly word: string;
    readonly tx: TxId;
    readonly changes: readonly Change[];
  };
  for (const { account } of changes) if (account in bank.accounts) bank.locks[account] ??= tx;
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
