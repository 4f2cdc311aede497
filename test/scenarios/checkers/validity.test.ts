import { describe, expect, it } from 'vitest';
import { nodeId, opId } from '../../../nodes/contract/ids.ts';
import type { Vote } from '../../../nodes/contract/votes.ts';
import { validity } from '../../../scenarios/checkers/validity.ts';
import { killedAfterDecision, killedBeforeDecision, participantKilled } from '../../support/commit-stories.ts';
import { HistoryBuilder, transfer, tx } from '../../support/history-builder.ts';

const A = 'coordinator.1.1';
const NO: Vote = { word: 'vote', about: tx(A), vote: 'no' };
const both = ['participant-1', 'participant-2'] as const;

function begun(): HistoryBuilder {
  return new HistoryBuilder()
    .invoked('op-1')
    .began(A, 'op-1')
    .prepared(A, ...both);
}

describe('validity catches', () => {
  it('an abort that nothing justifies', () => {
    const h = begun()
      .appendedAbort(A, ...both)
      .completed('op-1', 'failed', A);
    expect(validity(h.build())).toMatchObject({
      judgement: 'violated',
      reason:
        'coordinator.1.1 was aborted by participant-1 0.3 ms after it began although no fault was near, nobody refused it and nobody gave up waiting.',
    });
  });

  it.each(['yes', 'read'] as const)('an abort although everybody voted %s', (ballot) => {
    const h = begun()
      .votes(A, ballot, ...both)
      .appendedAbort(A, ...both)
      .completed('op-1', 'failed', A);
    expect(validity(h.build()).judgement).toBe('violated');
  });

  it('a client that was told ok though no log holds a commit', () => {
    const h = begun()
      .votes(A, 'yes', ...both)
      .completed('op-1', 'ok', A);
    expect(validity(h.build()).reason).toBe('op-1 ended ok, but no log holds a commit of its coordinator.1.1.');
  });

  it.each([
    ['two ends at the client', 'ok', 'failed', null],
    ['two answers by the coordinator', null, 'ok', 'failed'],
    ['another end at the client than it was answered', 'ok', 'failed', 'answer'],
  ] as const)('%s', (_, first, second, third) => {
    const answer = (word: string) =>
      ({ kind: 'answered', way: 'out', peer: nodeId('client'), op: opId('op-1'), word }) as const;
    const h = begun()
      .votes(A, 'yes', ...both)
      .decided(A, 'commit', 'coordinator', ...both);
    if (first === null) h.trace('coordinator', answer(second)).trace('coordinator', answer(third));
    else if (third === 'answer') h.trace('coordinator', answer(second)).completed('op-1', first, A);
    else h.completed('op-1', first, A).completed('op-1', second, A);
    const finding = validity(h.build());
    expect(finding.judgement).toBe('violated');
    expect(finding.reason).toMatch(/op-1 had different ends: (ok and failed|failed and ok)\./);
  });

  it('a client that was told ok though only some had nothing to change', () => {
    const h = begun()
      .told('participant-2', { word: 'read', about: tx(A) })
      .completed('op-1', 'ok', A);
    expect(validity(h.build()).reason).toContain('no log holds a commit');
  });

  it('a client that was told ok though no transaction is known', () => {
    const h = new HistoryBuilder().invoked('op-1').completed('op-1', 'ok');
    expect(validity(h.build()).reason).toBe('op-1 ended ok, but no transaction is known for it.');
  });

  it.each([[A], [undefined]])('a client that was told failed about a commit (naming %s)', (name) => {
    const h = begun().decided(A, 'commit', 'coordinator').completed('op-1', 'failed', name);
    expect(validity(h.build())).toMatchObject({
      judgement: 'violated',
      reason: 'op-1 ended failed, but coordinator committed its coordinator.1.1.',
    });
  });
});

describe('validity does not flag', () => {
  it('a transfer that went well', () => {
    expect(validity(new HistoryBuilder().commits(A, 'op-1').build()).judgement).toBe('holds');
  });

  it('an ok without any commit where nobody had anything to change', () => {
    const h = new HistoryBuilder()
      .invoked('op-1', transfer('participant-1/a01', 'participant-2/a01', 0))
      .began(A, 'op-1')
      .told('participant-1', { word: 'read', about: tx(A) })
      .told('participant-2', { word: 'read', about: tx(A) })
      .completed('op-1', 'ok', A);
    expect(validity(h.build()).judgement).toBe('holds');
  });

  it('an ok without any commit where everybody voted read and told no note', () => {
    const h = new HistoryBuilder()
      .invoked('op-1', transfer('participant-1/a01', 'participant-2/a01', 0))
      .began(A, 'op-1')
      .votes(A, 'read', ...both)
      .completed('op-1', 'ok', A);
    expect(validity(h.build()).judgement).toBe('holds');
  });

  it.each([
    ['sent', 'participant-2', { kind: 'sent', to: nodeId('coordinator'), message: NO }],
    ['received', 'coordinator', { kind: 'received', from: nodeId('participant-2'), message: NO }],
  ] as const)('an abort after a no vote that was %s, and that no note tells of', (_, node, vote) => {
    const h = begun().trace(node, vote).appendedAbort(A, 'participant-1').completed('op-1', 'failed', A);
    expect(validity(h.build())).toMatchObject({
      judgement: 'holds',
      reason: expect.stringContaining('0 transactions'),
    });
  });

  it.each([
    [
      'an abort after a no vote',
      begun().refused(A, 'participant-2').appendedAbort(A, 'participant-1').completed('op-1', 'failed', A),
    ],
    ['n4: an abort caused by a timeout', participantKilled()],
    ['an abort by a coordinator that died', killedBeforeDecision()],
    ['n2: an operation that ended unknown and committed', killedAfterDecision()],
    [
      'an abort while a fault lasted',
      begun()
        .fault('cut', 'participant-1')
        .appendedAbort(A, ...both)
        .completed('op-1', 'failed', A),
    ],
  ])('%s', (_, h) => {
    expect(validity(h.build()).judgement).toBe('holds');
  });

  it('an abort while a node was dead that had ended by itself', () => {
    const node = 'participant-2' as never;
    const h = begun().lab({ kind: 'exited', node, byLab: false, exitCode: 1, oomKilled: false, lastLines: [] });
    const history = h.logged('participant-2', 'after-kill').completed('op-1', 'failed', A).build();
    expect(validity(history).judgement).toBe('holds');
  });

  it('an abort after a heal that failed', () => {
    const h = new HistoryBuilder().fault('cut', 'participant-1').fault('heal', 'participant-1', { seen: false });
    h.invoked('op-1').began(A, 'op-1').completed('op-1', 'failed', A);
    expect(validity(h.build()).judgement).toBe('holds');
  });

  it('a transaction that was still under way when the history ends', () => {
    expect(validity(begun().build()).judgement).toBe('not applicable');
  });
});

it('validity is unknown, not violated, when the reason for an abort may be in a lost part of the trace', () => {
  const h = begun()
    .refused(A, 'participant-2')
    .completed('op-1', 'failed', A)
    .trace('participant-2', { kind: 'expired', word: 'idle', about: A });
  const holed = h.without((event) => event.kind === 'told' && event.note.word === 'refused');
  expect(validity(holed.build()).judgement).toBe('unknown');
});

it('validity asks for no end of what a client gave up on, where the run was cut off', () => {
  const cut = () => begun().completed('op-1', 'unknown', A);
  expect(validity(cut().build()).judgement).toBe('holds');
  expect(validity(cut().phase('settled').build()).reason).toContain('was not committed although no fault was near');
});
