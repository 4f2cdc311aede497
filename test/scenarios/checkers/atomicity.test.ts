import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Decision } from '../../../nodes/contract/ids.ts';
import { atomicity } from '../../../scenarios/checkers/atomicity.ts';
import type { History } from '../../../scenarios/findings.ts';
import {
  killedAfterDecision,
  killedBeforeDecision,
  killedBetweenTellings,
  participantKilled,
  T,
} from '../../support/commit-stories.ts';
import { HistoryBuilder, transfer, tx } from '../../support/history-builder.ts';

const A = 'coordinator.1.1';
const both = ['participant-1', 'participant-2'] as const;

function begun(): HistoryBuilder {
  return new HistoryBuilder().invoked('op-1').began(A, 'op-1');
}

describe('atomicity catches', () => {
  it('a participant that aborts what another commits', () => {
    const h = begun()
      .prepared(A, ...both)
      .decided(A, 'commit', 'coordinator', 'participant-1')
      .decided(A, 'abort', 'participant-2');
    const { judgement, reason, events } = atomicity(h.build());
    expect(judgement).toBe('violated');
    expect(reason).toBe(
      'coordinator.1.1 was not atomic: the log of coordinator says commit, the log of participant-2 says abort.',
    );
    expect(events).toHaveLength(2);
  });

  it('a divergence at a held step, and names the step between the two', () => {
    const h = begun()
      .prepared(A, ...both)
      .held('coordinator', 'f1', A)
      .decided(A, 'commit', 'participant-1')
      .decided(A, 'abort', 'participant-2');
    const { reason, events } = atomicity(h.build());
    expect(reason).toMatch(
      /the log of participant-1 says commit, the log of participant-2 says abort; the step between them is coordinator (before|after) \w+ \w+\.$/,
    );
    expect(events.map(({ kind }) => kind)).toEqual(['held', 'durable', 'durable']);
  });

  it('a node that goes back on its word over a restart', () => {
    const h = begun()
      .prepared(A, ...both)
      .decided(A, 'commit', 'coordinator', ...both)
      .kill('participant-1')
      .restart('participant-1')
      .decided(A, 'abort', 'participant-1');
    expect(atomicity(h.build()).reason).toContain('participant-1 went back on its word about coordinator.1.1');
  });

  it('a commit without every yes vote', () => {
    const h = begun().prepared(A, 'participant-1').decided(A, 'commit', 'coordinator');
    const { judgement, reason } = atomicity(h.build());
    expect(judgement).toBe('violated');
    expect(reason).toBe('coordinator committed coordinator.1.1 without a durable yes vote of participant-2.');
  });

  it('a participant that agrees by looking although it has something to change', () => {
    const h = begun()
      .prepared(A, 'participant-1')
      .told('participant-2', { word: 'read', about: tx(A) })
      .decided(A, 'commit', 'coordinator', 'participant-1');
    expect(atomicity(h.build()).reason).toContain('without a durable yes vote of participant-2');
  });

  it('a vote that became durable only after the commit', () => {
    const h = begun()
      .prepared(A, 'participant-1')
      .decided(A, 'commit', 'coordinator')
      .wait(2)
      .prepared(A, 'participant-2');
    expect(atomicity(h.build()).reason).toContain('2.1 ms before the yes vote of participant-2 was durable');
  });

  it('a client that was told ok about what is aborted', () => {
    const h = begun()
      .prepared(A, ...both)
      .decided(A, 'abort', ...both)
      .completed('op-1', 'ok', A);
    expect(atomicity(h.build()).reason).toContain(
      'the answer to op-1 says commit, the log of participant-1 says abort',
    );
  });

  it('an effect in a journal of what is aborted', () => {
    const h = begun()
      .prepared(A, ...both)
      .applied(A, 'participant-1')
      .decided(A, 'abort', ...both)
      .rests();
    expect(atomicity(h.build()).reason).toContain('account a01 of participant-1 says commit');
  });

  it('a commit that only the log on disk shows, because the kill came before its line in the trace', () => {
    const h = begun()
      .prepared(A, ...both)
      .untraced('coordinator', { mark: 'decision', word: 'commit', about: tx(A), decision: 'commit' })
      .kill('coordinator')
      .decided(A, 'abort', 'participant-1');
    expect(atomicity(h.build()).judgement).toBe('violated');
  });
});

describe('atomicity does not flag', () => {
  it.each([
    ['a coordinator that died undecided (abort by presumption)', killedBeforeDecision()],
    ['a coordinator that died after its decision', killedAfterDecision()],
    ['a commit that reached one participant much later', killedBetweenTellings()],
    ['n4: an abort caused by a timeout', participantKilled()],
  ])('%s', (_, h) => {
    expect(atomicity(h.build())).toMatchObject({ judgement: 'holds', events: [] });
  });

  it('n1: one committed and one still in doubt', () => {
    const h = begun()
      .prepared(A, ...both)
      .decided(A, 'commit', 'coordinator', 'participant-1');
    expect(atomicity(h.build()).judgement).toBe('holds');
  });

  it('n2: an operation that ended unknown and committed', () => {
    const h = begun()
      .prepared(A, ...both)
      .completed('op-1', 'unknown')
      .decided(A, 'commit', 'coordinator', ...both);
    expect(atomicity(h.build()).judgement).toBe('holds');
  });

  it('an appended abort that a crash lost and that appears again', () => {
    const h = begun()
      .prepared(A, ...both)
      .appendedAbort(A, 'participant-1')
      .kill('participant-1')
      .restart('participant-1')
      .appendedAbort(A, ...both)
      .flush('participant-1');
    expect(atomicity(h.build()).judgement).toBe('holds');
  });

  it('a commit that a participant with nothing to change agreed to by looking', () => {
    const h = new HistoryBuilder()
      .invoked('op-1', transfer('participant-1/a01', 'participant-1/a02', 10))
      .began(A, 'op-1')
      .prepared(A, 'participant-1')
      .told('participant-2', { word: 'read', about: tx(A) })
      .decided(A, 'commit', 'coordinator', 'participant-1');
    expect(atomicity(h.build()).judgement).toBe('holds');
  });

  it('a commit that a participant with nothing to change voted read for, without a note', () => {
    const h = new HistoryBuilder()
      .invoked('op-1', transfer('participant-1/a01', 'participant-1/a02', 10))
      .began(A, 'op-1')
      .prepared(A, 'participant-1')
      .votes(A, 'read', 'participant-2')
      .decided(A, 'commit', 'coordinator', 'participant-1');
    expect(atomicity(h.build()).judgement).toBe('holds');
  });

  it('a vote whose line in the trace the kill cut off', () => {
    const h = begun()
      .prepared(A, 'participant-1')
      .untraced('participant-2', { mark: 'prepared', word: 'prepared', about: tx(A) })
      .decided(A, 'commit', 'coordinator')
      .kill('participant-2');
    expect(atomicity(h.build()).judgement).toBe('holds');
  });
});

describe('atomicity is unknown', () => {
  it('when the trace has a hole, unless a violation was seen all the same', () => {
    const dropped = begun()
      .prepared(A, ...both)
      .decided(A, 'commit', 'coordinator');
    const votes = dropped.without((event) => event.kind === 'durable' && event.record.mark === 'prepared');
    votes
      .trace('participant-1', { kind: 'expired', word: 'inquiry', about: A })
      .trace('participant-2', { kind: 'expired', word: 'inquiry', about: A });
    expect(atomicity(votes.build())).toMatchObject({
      judgement: 'unknown',
      reason: expect.stringContaining('goes from event 1 to 3'),
    });
    const divergent = begun().decided(A, 'commit', 'participant-1').decided(A, 'abort', 'participant-2');
    divergent.lab({ kind: 'trace-lost', node: 'coordinator' as never, detail: 'disk full' });
    expect(atomicity(divergent.build()).judgement).toBe('violated');
  });

  it('when the log of a killed node was not read', () => {
    const h = begun()
      .prepared(A, ...both)
      .fault('kill', 'participant-1');
    expect(atomicity(h.build())).toMatchObject({
      judgement: 'unknown',
      reason: 'The log of participant-1 was not read after it died.',
    });
  });

  it('when nobody told who took part', () => {
    const h = new HistoryBuilder().decided(A, 'commit', 'coordinator');
    expect(atomicity(h.build())).toMatchObject({
      judgement: 'unknown',
      reason: 'Nobody told who took part in coordinator.1.1.',
    });
  });

  it('not applicable without transactions', () => {
    expect(atomicity(new HistoryBuilder().build()).judgement).toBe('not applicable');
  });
});

describe('a naive twin', () => {
  it('agrees on random histories: commit and abort of one transaction anywhere', () => {
    const decision = fc.tuple(
      fc.constantFrom(A, T),
      fc.constantFrom('coordinator', ...both),
      fc.constantFrom<Decision>('commit', 'abort'),
    );
    fc.assert(
      fc.property(fc.array(decision, { maxLength: 6 }), (decisions) => {
        const h = begun()
          .invoked('op-20')
          .began(T, 'op-20')
          .prepared(A, ...both)
          .prepared(T, ...both);
        for (const [name, node, word] of decisions) h.decided(name, word, node);
        expect(atomicity(h.build()).judgement === 'violated').toBe(hasBothWords(h.build()));
      }),
    );
  });
});

function hasBothWords({ events }: History): boolean {
  const words = new Map<string, Set<string>>();
  for (const event of events) {
    if (event.kind !== 'durable' || event.record.mark !== 'decision') continue;
    words.set(event.record.about, (words.get(event.record.about) ?? new Set()).add(event.record.decision));
  }
  return [...words.values()].some((set) => set.size > 1);
}
