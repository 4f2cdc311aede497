import { describe, expect, it } from 'vitest';
import { durability } from '../../../scenarios/checkers/durability.ts';
import { killedAfterDecision, participantKilled } from '../../support/commit-stories.ts';
import { HistoryBuilder, tx } from '../../support/history-builder.ts';

const A = 'coordinator.1.1';

function committed(): HistoryBuilder {
  return new HistoryBuilder().commits(A, 'op-1');
}

/** The transfer is in no journal of participant-2 after its restart. */
function emptied(): HistoryBuilder {
  return committed()
    .kill('participant-2')
    .restart('participant-2')
    .dumping('participant-2', (state) => ({
      ...state,
      content: { ...(state.content as object), a01: { balance: 100, journal: [] } },
    }))
    .wait(2000)
    .rests();
}

describe('durability catches', () => {
  it('a record that was durable and is not in the log after a kill', () => {
    const h = committed()
      .forgetting('coordinator', ({ word }) => word === 'commit')
      .kill('coordinator');
    expect(durability(h.build())).toMatchObject({
      judgement: 'violated',
      reason: "The log of coordinator has lost the record 'commit' of coordinator.1.1, which was durable before.",
    });
  });

  it('a record of an earlier incarnation that is gone at the end', () => {
    const h = committed()
      .kill('participant-1')
      .restart('participant-1')
      .forgetting('participant-1', ({ word }) => word === 'prepared')
      .probesAndRests();
    expect(durability(h.build()).reason).toContain("lost the record 'prepared' of coordinator.1.1");
  });

  it('a checkpoint that is gone', () => {
    const h = committed()
      .checkpoint('participant-1', { open: [] })
      .forgetting('participant-1', () => true)
      .kill('participant-1');
    expect(durability(h.build()).reason).toContain("lost its record 'checkpoint'");
  });

  it('an ok transfer that is in no journal after the restart', () => {
    expect(durability(emptied().build()).reason).toBe(
      'op-1 ended ok, but its coordinator.1.1 is gone from the journal of a01 of participant-2.',
    );
  });
});

describe('durability does not flag', () => {
  it('what may be missing in content that nobody here can read', () => {
    const { run, ...history } = emptied().build();
    expect(durability({ ...history, run }).judgement).toBe('violated');
    expect(durability({ ...history, run: { ...run, workload: 'of another lab' } }).judgement).toBe('holds');
  });

  it.each([
    ['a coordinator that died after its decision', killedAfterDecision()],
    ['an appended record that a kill loses', participantKilled()],
    [
      'records that a checkpoint stands for',
      committed().checkpoint('participant-1').kill('participant-1').restart('participant-1').wait(2000).rests(),
    ],
    [
      'a checkpoint that the kill kept out of the trace',
      committed()
        .forgetting('participant-1', () => true)
        .untraced('participant-1', { mark: 'checkpoint', word: 'checkpoint', about: null, body: 2 })
        .kill('participant-1')
        .restart('participant-1')
        .wait(2000)
        .rests(),
    ],
    [
      'a record on disk that is not in the trace',
      committed()
        .untraced('coordinator', { mark: 'other', word: 'end', about: tx(A) })
        .kill('coordinator')
        .restart('coordinator')
        .wait(2000)
        .rests(),
    ],
  ])('%s', (_, h) => {
    expect(durability(h.build()).judgement).toBe('holds');
  });
});

describe('durability does not ask of a log', () => {
  it('what a living node wrote while the last logs were read', () => {
    const h = committed().phase('settled').dumps();
    h.force('participant-1', { mark: 'checkpoint', word: 'checkpoint', about: null, body: 1 }).forgetting(
      'participant-1',
      ({ mark }) => mark === 'checkpoint',
    );
    expect(durability(h.logged('participant-1', 'end').build()).judgement).toBe('holds');
  });

  it('what the next incarnation wrote before the log of the last one was recorded', () => {
    const h = committed()
      .kill('participant-1')
      .restart('participant-1')
      .force('participant-1', { mark: 'other', word: 'boot', about: null });
    const late = h.events.find((event) => event.kind === 'logged');
    if (late?.kind !== 'logged') throw new Error('no log was read');
    const { at: _, ...body } = late;
    expect(
      durability(
        h
          .without((event) => event === late)
          .lab(body)
          .wait(2000)
          .rests()
          .build(),
      ).judgement,
    ).toBe('holds');
  });
});

describe('durability is unknown', () => {
  it('when the log of a killed node was not read', () => {
    const h = committed().rests().fault('kill', 'participant-1').fault('restart', 'participant-1').dumps();
    expect(durability(h.build()).reason).toBe('The log of participant-1 was not read after it died.');
  });

  it('when the log of a node that ended by itself was not read', () => {
    const node = 'participant-1' as never;
    const h = committed()
      .rests()
      .lab({ kind: 'exited', node, byLab: false, exitCode: 1, oomKilled: false, lastLines: [] });
    expect(durability(h.boot('participant-1').dumps().build()).reason).toBe(
      'The log of participant-1 was not read after it died.',
    );
  });

  it('without dumps of a bank', () => {
    const h = committed()
      .rests()
      .without((event) => event.kind === 'dumped' && event.node === 'participant-1');
    expect(durability(h.build()).judgement).toBe('unknown');
  });

  it('not applicable when nothing ended ok and no log was read', () => {
    expect(durability(new HistoryBuilder().build()).judgement).toBe('not applicable');
  });
});
