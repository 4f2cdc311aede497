import { describe, expect, it } from 'vitest';
import { validity } from '../../../scenarios/checkers/validity.ts';
import { HistoryBuilder, tx } from '../../support/history-builder.ts';

const HOLDER = 'coordinator.1.1';
const LATER = 'coordinator.1.2';
const NODE = 'participant-2';

function begun(): HistoryBuilder {
  return new HistoryBuilder().invoked('op-1').began(HOLDER, 'op-1').prepared(HOLDER, 'participant-1');
}

/** Somebody else wants the same account, and is told that the holder has it. */
function refusedForIt(h: HistoryBuilder): HistoryBuilder {
  return h
    .invoked('op-2')
    .began(LATER, 'op-2')
    .hears(LATER, 'prepare', NODE)
    .refused(LATER, NODE, 'locked', { holder: HOLDER })
    .votes(LATER, 'no', NODE)
    .completed('op-2', 'failed', LATER);
}

/** The holder has promised, and its abort is in memory when the node dies; what is on disk comes back. */
function killedWithAnAbortInMemory(): HistoryBuilder {
  const h = begun().hears(HOLDER, 'prepare', NODE).prepared(HOLDER, NODE).appendedAbort(HOLDER, NODE);
  return h.kill(NODE).restart(NODE);
}

describe('validity catches a refusal for a lock', () => {
  it.each([
    [
      'of a transaction that was aborted there, in memory only',
      begun().hears(HOLDER, 'prepare', NODE).prepared(HOLDER, NODE).appendedAbort(HOLDER, NODE),
      'which it had aborted',
    ],
    [
      'of one that was committed there',
      begun().hears(HOLDER, 'prepare', NODE).prepared(HOLDER, NODE).decided(HOLDER, 'commit', 'coordinator', NODE),
      'which it had committed',
    ],
    [
      'of one that it had voted against, without a record or a note',
      begun().hears(HOLDER, 'prepare', NODE).votes(HOLDER, 'no', NODE),
      'which it had voted against',
    ],
    ['of one that it had never heard of', begun(), 'of which it had never heard'],
    [
      'of one whose decision was durable before it came back',
      begun().prepared(HOLDER, NODE).appendedAbort(HOLDER, NODE).flush(NODE).kill(NODE).restart(NODE),
      'which it had aborted',
    ],
    [
      'of one whose decision is in the log that it came back with, and not in the trace',
      begun()
        .prepared(HOLDER, NODE)
        .untraced(NODE, { mark: 'decision', word: 'abort', about: tx(HOLDER), decision: 'abort' })
        .kill(NODE)
        .restart(NODE),
      'which it had aborted',
    ],
    [
      'of one that it was asked for and had not promised when it was killed',
      begun().hears(HOLDER, 'prepare', NODE).kill(NODE).restart(NODE),
      'of which it had never heard',
    ],
  ])('%s', (_, h, what) => {
    const finding = validity(refusedForIt(h).build());
    expect(finding).toMatchObject({
      judgement: 'violated',
      reason: expect.stringContaining(`${NODE} refused ${LATER} for a lock of ${HOLDER}, ${what}.`),
    });
    expect(finding.events.at(-1)).toMatchObject({ kind: 'told', note: { word: 'refused' } });
  });

  it('of one that it was told of only afterwards', () => {
    const h = refusedForIt(begun()).hears(HOLDER, 'prepare', NODE).prepared(HOLDER, NODE);
    expect(validity(h.build()).judgement).toBe('violated');
  });
});

describe('validity does not flag a refusal for a lock', () => {
  it.each([
    ['of a transaction that is in doubt there', begun().hears(HOLDER, 'prepare', NODE).prepared(HOLDER, NODE)],
    ['of one whose promise is not on disk yet', begun().hears(HOLDER, 'prepare', NODE)],
    [
      'of one whose promise has survived a kill',
      begun().hears(HOLDER, 'prepare', NODE).prepared(HOLDER, NODE).kill(NODE).restart(NODE),
    ],
    ['of one whose abort was lost by a kill: it is in doubt again', killedWithAnAbortInMemory()],
    [
      'of one whose promise is in the log that it came back with, and not in the trace',
      begun()
        .hears(HOLDER, 'prepare', NODE)
        .untraced(NODE, { mark: 'prepared', word: 'prepared', about: tx(HOLDER) })
        .kill(NODE)
        .restart(NODE),
    ],
    [
      'of one that another node has decided',
      begun()
        .hears(HOLDER, 'prepare', NODE)
        .prepared(HOLDER, NODE)
        .decided(HOLDER, 'commit', 'coordinator', 'participant-1'),
    ],
  ])('%s', (_, h) => {
    expect(validity(refusedForIt(h).build()).judgement).toBe('holds');
  });

  it('that ends before the holder does', () => {
    const h = refusedForIt(begun().hears(HOLDER, 'prepare', NODE).prepared(HOLDER, NODE)).appendedAbort(HOLDER, NODE);
    expect(validity(h.build()).judgement).toBe('holds');
  });

  it('whose holder is not told: nothing can be said of it', () => {
    const h = begun().invoked('op-2').began(LATER, 'op-2').refused(LATER, NODE).completed('op-2', 'failed', LATER);
    expect(validity(h.build()).judgement).toBe('holds');
  });
});

describe('a refusal for a lock leaves validity unknown', () => {
  it('where the trace of that node has a hole', () => {
    const holed = refusedForIt(begun().trace(NODE, { kind: 'expired', word: 'idle', about: null }));
    const h = holed.without((event) => event.kind === 'expired');
    expect(validity(h.build()).judgement).toBe('unknown');
  });

  it('where nobody read the log that the node came back with', () => {
    const h = refusedForIt(begun().fault('kill', NODE).restart(NODE));
    expect(validity(h.build()).judgement).toBe('unknown');
  });

  it('where a checkpoint may stand for the promise', () => {
    const h = refusedForIt(
      begun()
        .untraced(NODE, { mark: 'checkpoint', word: 'checkpoint', about: null, body: {} })
        .kill(NODE)
        .restart(NODE),
    );
    expect(validity(h.build())).toMatchObject({
      judgement: 'unknown',
      reason: `What ${NODE} had promised before its checkpoint was not read.`,
    });
  });
});
