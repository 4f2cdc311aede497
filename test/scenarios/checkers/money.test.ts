import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Outcome, StateDump } from '../../../nodes/contract/notes.ts';
import { conservation } from '../../../scenarios/checkers/transfers/conservation.ts';
import { journal } from '../../../scenarios/checkers/transfers/journal.ts';
import { accountsIn } from '../../../scenarios/checkers/transfers/content.ts';
import type { History } from '../../../scenarios/findings.ts';
import { killedAfterDecision, killedBeforeDecision } from '../../support/commit-stories.ts';
import { HistoryBuilder, OPENING, transfer, tx } from '../../support/history-builder.ts';
import { contentOf, type Journal, rewriting } from '../../support/journals.ts';

const A = 'coordinator.1.1';
const B = 'coordinator.1.2';
const both = ['participant-1', 'participant-2'] as const;

function committed(): HistoryBuilder {
  return new HistoryBuilder().commits(A, 'op-1');
}

const double = (entries: Journal) => [...entries, ...entries];

describe('the journal checker catches', () => {
  it.each([
    [
      'an ok transfer that one bank lost',
      committed().dumping(
        'participant-2',
        rewriting('a01', () => []),
      ),
      'op-1 ended ok',
    ],
    [
      'an ok transfer that both banks lost',
      committed()
        .dumping(
          'participant-1',
          rewriting('a01', () => []),
        )
        .dumping(
          'participant-2',
          rewriting('a01', () => []),
        ),
      'found nothing',
    ],
    [
      'a transfer applied twice',
      committed().dumping('participant-1', rewriting('a01', double)),
      'found -10 in a01 of participant-1, -10 in a01',
    ],
    [
      'a transfer with another amount',
      committed().dumping(
        'participant-2',
        rewriting('a01', () => [{ tx: tx(A), delta: 9 }]),
      ),
      '+9 in a01 of participant-2',
    ],
    [
      'a transfer into another account',
      committed().dumping('participant-2', (state) =>
        rewriting('a02', () => [{ tx: tx(A), delta: 10 }])(rewriting('a01', () => [])(state)),
      ),
      '+10 in a02',
    ],
    [
      'a transfer that nobody asked for',
      committed().dumping(
        'participant-1',
        rewriting('a02', () => [{ tx: tx(B), delta: 1 }]),
      ),
      'coordinator.1.2, which no client asked for',
    ],
    [
      'a transfer that two transactions made',
      committed()
        .began(B, 'op-1')
        .prepared(B, ...both)
        .decided(B, 'commit', 'coordinator', ...both),
      'op-1 was done more than once, by coordinator.1.1 and coordinator.1.2',
    ],
    [
      'a balance that is not the sum of its journal',
      committed().dumping(
        'participant-1',
        rewriting('a01', (entries) => entries, 91),
      ),
      'a01 of participant-1 holds 91, but its opening balance and journal add up to 90',
    ],
  ])('%s', (_, h, reason) => {
    expect(journal(h.rests().build())).toMatchObject({
      judgement: 'violated',
      reason: expect.stringContaining(reason),
    });
  });

  it('a failed transfer that has an effect', () => {
    const h = new HistoryBuilder()
      .invoked('op-1')
      .began(A, 'op-1')
      .completed('op-1', 'failed', A)
      .applied(A, 'participant-1')
      .rests();
    expect(journal(h.build()).reason).toContain('op-1 ended failed, but its coordinator.1.1 is in the journals');
  });

  it('an unknown transfer that has half an effect', () => {
    const h = new HistoryBuilder()
      .invoked('op-1')
      .began(A, 'op-1')
      .completed('op-1', 'unknown')
      .applied(A, 'participant-1')
      .rests();
    expect(journal(h.build()).reason).toContain('The journals do not hold both sides of coordinator.1.1 once');
  });
});

describe('the journal checker does not flag', () => {
  it.each([
    ['a transfer that went well', committed().rests()],
    ['n2: an unknown operation that committed', killedAfterDecision()],
    ['an unknown operation that aborted', killedBeforeDecision()],
    [
      'a transfer that a second transaction made when the first had been aborted',
      new HistoryBuilder()
        .invoked('op-1')
        .began(A, 'op-1')
        .decided(A, 'abort', 'coordinator', ...both)
        .began(B, 'op-1')
        .prepared(B, ...both)
        .decided(B, 'commit', 'coordinator', ...both)
        .completed('op-1', 'ok', B)
        .rests(),
    ],
    [
      'a transfer within one bank',
      new HistoryBuilder().commits(A, 'op-1', transfer('participant-1/a01', 'participant-1/a02', 5)).rests(),
    ],
  ])('%s', (_, h) => {
    expect(journal(h.build()).judgement).toBe('holds');
  });
});

describe('conservation catches', () => {
  it('money that was lost', () => {
    const h = committed().dumping(
      'participant-2',
      rewriting('a01', () => []),
    );
    const { judgement, reason } = conservation(h.rests().build());
    expect({ judgement, reason }).toEqual({
      judgement: 'violated',
      reason: 'All accounts together hold 590 of 600: 10 were lost.',
    });
  });

  it('money that was made', () => {
    const h = committed().dumping('participant-2', rewriting('a01', double));
    expect(conservation(h.rests().build()).reason).toBe('All accounts together hold 610 of 600: 10 were made.');
  });

  it('an overdrawn account, even though the total is right', () => {
    const h = new HistoryBuilder()
      .commits(A, 'op-1', transfer('participant-1/a01', 'participant-2/a01', OPENING + 1))
      .rests();
    expect(conservation(h.build()).reason).toBe('a01 of participant-1 is overdrawn: -1.');
  });

  it('a missing and an unexpected account', () => {
    const rename = (state: StateDump): StateDump => {
      const { a03, ...rest } = Object.fromEntries(accountsIn(state.content));
      return a03 === undefined
        ? state
        : { ...state, content: contentOf(new Map(Object.entries({ ...rest, a04: a03 }))) };
    };
    const { reason } = conservation(committed().dumping('participant-1', rename).rests().build());
    expect(reason).toBe('participant-1 holds an account a04 that it did not open with. (And 1 more violation.)');
  });
});

describe('conservation does not flag', () => {
  it.each([
    ['a transfer that went well', committed().rests()],
    ['a coordinator that died', killedAfterDecision()],
    [
      'a whole transfer that was lost: that is the journal checker’s',
      committed()
        .dumping(
          'participant-1',
          rewriting('a01', () => []),
        )
        .dumping(
          'participant-2',
          rewriting('a01', () => []),
        )
        .rests(),
    ],
  ])('%s', (_, h) => {
    expect(conservation(h.build()).judgement).toBe('holds');
  });
});

describe('money cannot be judged', () => {
  it('without dumps', () => {
    expect(journal(committed().build()).judgement).toBe('unknown');
    expect(conservation(committed().build()).judgement).toBe('unknown');
  });

  it('while a participant is in doubt: its half of the transfer is on the way', () => {
    const h = new HistoryBuilder()
      .invoked('op-1')
      .began(A, 'op-1')
      .prepared(A, ...both)
      .decided(A, 'commit', 'coordinator', 'participant-1');
    const history = h.completed('op-1', 'ok', A).rests().build();
    expect(journal(history).judgement).toBe('unknown');
    expect(conservation(history)).toMatchObject({
      judgement: 'unknown',
      reason: expect.stringContaining('still on its way'),
    });
  });

  it('when one state was taken before a transfer and the other after it', () => {
    const h = new HistoryBuilder()
      .dumped('participant-1')
      .commits(A, 'op-1')
      .dumped('participant-2')
      .dumped('coordinator');
    expect(conservation(h.build())).toMatchObject({
      judgement: 'unknown',
      reason: 'coordinator.1.1 was still being committed while the states were taken.',
    });
  });

  it('when the states were taken while money moved', () => {
    const h = new HistoryBuilder()
      .invoked('op-1')
      .began(A, 'op-1')
      .prepared(A, ...both)
      .dumped('participant-1');
    const history = h
      .decided(A, 'commit', 'coordinator', ...both)
      .dumped('participant-2')
      .build();
    expect(conservation(history).judgement).toBe('unknown');
    expect(journal(history).judgement).toBe('unknown');
  });
});

const BANKS = ['participant-1', 'participant-2'] as const;

interface RandomTransfer {
  readonly outcome: Outcome;
  readonly amount: number;
  readonly applied: readonly number[];
}

/** Mostly honest transfers; now and then a bank applies what it should not, or not what it should. */
const randomTransfer: fc.Arbitrary<RandomTransfer> = fc.record({
  outcome: fc.constantFrom<Outcome>('ok', 'failed', 'unknown'),
  amount: fc.integer({ min: 1, max: 5 }),
  applied: fc.constantFrom([], [1, 1], [1, 1], [], [1, 0], [0, 1], [2, 1]),
});

function randomHistory(transfers: readonly RandomTransfer[]): History {
  const h = new HistoryBuilder();
  for (const [at, { outcome, amount, applied }] of transfers.entries()) {
    const name = `coordinator.1.${at + 1}`;
    h.invoked(`op-${at}`, transfer('participant-1/a01', 'participant-2/a01', amount)).began(name, `op-${at}`);
    for (const [bank, times] of applied.entries()) for (let i = 0; i < times; i++) h.applied(name, BANKS[bank] ?? '');
    h.completed(`op-${at}`, outcome, name);
  }
  return h.rests().build();
}

describe('naive twins', () => {
  it('agree on what breaks the journals', () => {
    const isGood = ({ outcome, applied }: RandomTransfer) => {
      const whole = applied.join() === '1,1';
      return outcome === 'ok' ? whole : outcome === 'failed' ? applied.length === 0 : whole || applied.length === 0;
    };
    fc.assert(
      fc.property(fc.array(randomTransfer, { maxLength: 5 }), (transfers) => {
        expect(journal(randomHistory(transfers)).judgement === 'holds').toBe(transfers.every(isGood));
      }),
    );
  });

  it('agree on what breaks the total', () => {
    const lost = ({ amount, applied: [left = 0, right = 0] }: RandomTransfer) => amount * (left - right);
    fc.assert(
      fc.property(fc.array(randomTransfer, { maxLength: 5 }), (transfers) => {
        const conserved = transfers.reduce((sum, one) => sum + lost(one), 0) === 0;
        expect(conservation(randomHistory(transfers)).judgement === 'holds').toBe(conserved);
      }),
    );
  });
});
