// Three-phase commit, message by message: golden traces of each role, elections, recovery, and what old coordinators cannot do any more.

import { describe, expect, test } from 'vitest';
import { nodeId } from '../../../nodes/contract/ids.ts';
import { THREE_PHASE } from '../../../nodes/protocols/three-phase/catalog.ts';
import { hasTx } from '../../../nodes/protocols/tx-set.ts';
import { bankTheatre, castBanks, transfer } from '../../support/bank-theatre.ts';
import { TimedStage, type Death, type Schedule } from '../../support/timed-stage.ts';
import type { ParticipantState } from '../../../nodes/protocols/three-phase/doubt.ts';
import type { Message } from '../../../nodes/contract/messages.ts';
import type { Theatre } from '../../support/theatre.ts';

const TX = 'coordinator.1.1';
const golden = (name: string) => `../../golden/${name}.txt`;
const script = (theatre: Theatre) => `${theatre.script.join('\n')}\n`;
const doubtOf = (stage: Pick<Theatre, 'state'>, node: string) =>
  (stage.state(node) as unknown as ParticipantState).inDoubt.get(TX as never);
const isCommitted = (stage: Pick<Theatre, 'state'>, node: string) =>
  hasTx((stage.state(node) as unknown as ParticipantState).committed, TX as never);

function begun(protocol: string): Theatre {
  const theatre = bankTheatre(protocol);
  theatre.ask('coordinator', 'op-1', transfer());
  return theatre;
}

/** Delivers everything up to the first pre-commit, which nobody has got. */
function voted(protocol: string): Theatre {
  const theatre = begun(protocol);
  while (!theatre.letters.some(({ message }) => message.word === 'precommit')) theatre.deliver();
  return theatre;
}

/** Only participant-1 has heard that all voted yes, and the coordinator is dead. */
function diedBetweenPrecommits(protocol: string): Theatre {
  const theatre = voted(protocol);
  theatre.deliver(({ message, to }) => message.word === 'precommit' && to === 'participant-1');
  theatre.letters.length = 0;
  theatre.crash('coordinator');
  return theatre;
}

function give(theatre: Theatre, from: string, to: string, message: Message & Readonly<Record<string, unknown>>): void {
  const letter = { from: nodeId(from), to: nodeId(to), message };
  theatre.letters.push(letter);
  theatre.deliver((one) => one === letter);
}

describe.each(THREE_PHASE.map(({ name }) => name))('%s', (protocol) => {
  test('commits in five rounds when everybody votes yes', async () => {
    const theatre = begun(protocol);
    const rounds: string[] = [];
    while (theatre.letters.length > 0) {
      rounds.push(theatre.letters[0]?.message.word ?? '');
      for (const letter of theatre.letters.slice()) theatre.deliver((one) => one === letter);
    }
    expect(rounds).toEqual(['prepare', 'vote', 'precommit', 'ack', 'commit']);
    expect(theatre.answers).toEqual([{ op: 'op-1', answer: { word: 'ok', about: TX } }]);
    expect(['participant-1', 'participant-2'].map((node) => isCommitted(theatre, node))).toEqual([true, true]);
    await expect(script(theatre)).toMatchFileSnapshot(golden(`${protocol}-commit`));
  });

  test('aborts when one participant votes no', async () => {
    const theatre = bankTheatre(protocol);
    theatre.ask('coordinator', 'op-1', transfer(1000));
    theatre.deliverAll();
    expect(theatre.answers[0]?.answer.word).toBe('failed');
    await expect(script(theatre)).toMatchFileSnapshot(golden(`${protocol}-abort`));
  });

  test('ends without the coordinator that died between its pre-commits, by its own rule', async () => {
    const theatre = diedBetweenPrecommits(protocol);
    for (const node of ['participant-1', 'participant-2'])
      if (theatre.timers(node).length > 0) {
        theatre.expire(node, 'termination');
        theatre.deliverAll();
        if (theatre.timers(node).some(({ word }) => word === 'states')) theatre.expire(node, 'states');
        theatre.deliverAll();
      }
    const ends = ['participant-1', 'participant-2'].map((node) => isCommitted(theatre, node));
    expect(ends).toEqual(protocol === '3pc-timeout' ? [true, false] : [true, true]);
    await expect(script(theatre)).toMatchFileSnapshot(golden(`${protocol}-coordinator-dies-between-precommits`));
  });

  test('keeps the pre-commit that a participant has acknowledged over its restart', () => {
    const theatre = diedBetweenPrecommits(protocol);
    theatre.crash('participant-1');
    theatre.start('participant-1');
    expect(doubtOf(theatre, 'participant-1')).toMatchObject({ phase: 'precommitted', attempt: 1, recovered: true });
  });
});

describe.each(['3pc', '3pc-quorum'])('in %s', (protocol) => {
  test('a participant that restarts says pre-committed when it is asked, not waiting', async () => {
    const theatre = diedBetweenPrecommits(protocol);
    theatre.crash('participant-1');
    theatre.start('participant-1');
    theatre.letters.length = 0;
    theatre.expire('participant-2', 'termination');
    theatre.expire('participant-2', 'termination');
    theatre.deliver(({ to, message }) => message.word === 'state-request' && to === 'participant-1');
    expect(theatre.letters.map(({ from, message }) => ({ from, message }))).toContainEqual({
      from: 'participant-1',
      message: expect.objectContaining({ word: 'state', phase: 'precommitted', recovered: true }) as unknown,
    });
    await expect(script(theatre)).toMatchFileSnapshot(golden(`${protocol}-participant-restarts-pre-committed`));
  });

  test('an epoch is durable before the question of its coordinator is answered, and outlives a restart', () => {
    const theatre = voted(protocol);
    theatre.letters.length = 0;
    theatre.expire('participant-1', 'termination');
    theatre.deliver(({ to, message }) => to === 'participant-2' && message.word === 'state-request');
    const answer = `participant-2 → participant-1 state ${TX} 2 waiting`;
    expect(theatre.script.slice(theatre.script.indexOf(answer) - 1)).toEqual([
      `participant-2 force epoch ${TX}`,
      answer,
      'participant-2 arm termination 500 ms',
    ]);
    theatre.crash('participant-2');
    theatre.start('participant-2');
    expect(doubtOf(theatre, 'participant-2')).toMatchObject({ epoch: 2, phase: 'waiting' });
  });

  test('the old coordinator that returns in the middle of an election changes nothing', () => {
    const theatre = voted(protocol);
    const old = theatre.letters.filter(({ message }) => message.word === 'precommit');
    theatre.letters.length = 0;
    theatre.expire('participant-1', 'termination');
    theatre.deliver(({ to, message }) => to === 'participant-2' && message.word === 'state-request');
    const before = [doubtOf(theatre, 'participant-1'), doubtOf(theatre, 'participant-2')].map((doubt) => ({
      ...doubt,
    }));
    const lines = theatre.script.length;
    theatre.letters.push(...old);
    for (const letter of old) theatre.deliver((one) => one === letter);
    for (const to of ['participant-1', 'participant-2'])
      give(theatre, 'coordinator', to, { word: 'commit', about: TX as never, epoch: 1 });
    expect(theatre.script.slice(lines)).toEqual([]);
    expect([doubtOf(theatre, 'participant-1'), doubtOf(theatre, 'participant-2')]).toEqual(before);
    theatre.deliverAll();
    if (theatre.timers('participant-1').some(({ word }) => word === 'states'))
      theatre.expire('participant-1', 'states');
    theatre.deliverAll();
    expect(doubtOf(theatre, 'participant-1')).toBeUndefined();
    expect(isCommitted(theatre, 'participant-1')).toBe(isCommitted(theatre, 'participant-2'));
  });

  test('a participant that has not voted aborts when the elected one asks, and stays with it over a restart', () => {
    const theatre = begun(protocol);
    const [late] = theatre.letters.splice(1, 1);
    theatre.deliver();
    theatre.crash('coordinator');
    theatre.letters.length = 0;
    theatre.expire('participant-1', 'termination');
    theatre.deliver(({ to, message }) => to === 'participant-2' && message.word === 'state-request');
    expect(theatre.script.slice(-2)).toEqual([
      `participant-2 force abort ${TX}`,
      `participant-2 → participant-1 state ${TX} 2 aborted`,
    ]);
    theatre.deliverAll();
    expect(theatre.told.at(-1)).toMatchObject({ word: 'terminated', rule: 'TR1: somebody has aborted' });
    theatre.crash('participant-2');
    theatre.start('participant-2');
    if (late) theatre.letters.push(late);
    theatre.deliver(({ message }) => message.word === 'prepare');
    expect(theatre.told.at(-1)).toMatchObject({ word: 'refused', reason: 'stale' });
  });
});

// ── with a clock, and three participants ──

function staged(protocol: string, schedule: Schedule, voters: 'all' | 'participants' = 'all'): TimedStage {
  const stage = new TimedStage(schedule);
  castBanks(stage, { protocol, participants: 3, voters });
  stage.ask('coordinator', { ...transfer(), reads: [{ bank: nodeId('participant-3'), account: 'a' }] } as ReturnType<
    typeof transfer
  >);
  return stage;
}

const dies = (node: string, before: Death['before'], backAfterMs?: number): Death => ({
  node,
  before,
  ...(backAfterMs !== undefined && { backAfterMs }),
});
const sending =
  (word: string, to?: string): Death['before'] =>
  (effect) =>
    effect.do === 'send' && effect.message.word === word && (to === undefined || effect.to === to);
const forcing =
  (word: string): Death['before'] =>
  (effect) =>
    effect.do === 'force' && effect.record.word === word;
const news = (stage: TimedStage) =>
  stage.told.flatMap(({ note }) => {
    if (note.word === 'elected') return [`${note.coordinator} leads epoch ${note.epoch}`];
    return note.word === 'terminated' ? [`${note.decision} in epoch ${note.epoch} by ${note.rule}`] : [];
  });

describe('an election of 3pc', () => {
  test('survives the death of the elected, twice', () => {
    const stage = staged('3pc', {
      deaths: [
        dies('coordinator', sending('precommit', 'participant-3')),
        dies('participant-1', sending('state-request', 'participant-3')),
        dies('participant-2', sending('state-request', 'participant-3')),
      ],
    });
    stage.run(2000);
    expect(news(stage)).toEqual([
      'participant-1 leads epoch 2',
      'participant-2 leads epoch 3',
      'participant-3 leads epoch 4',
      'abort in epoch 4 by TR3: everybody is waiting',
    ]);
    stage.startAll();
    stage.run(4000);
    expect(stage.ends(TX)).toEqual(['abort']);
  });

  test('survives the death of the elected between its pre-commits', () => {
    const stage = staged('3pc', {
      deaths: [
        dies('coordinator', sending('precommit', 'participant-2')),
        dies('participant-1', sending('precommit', 'participant-3')),
      ],
    });
    stage.run(2000);
    expect(news(stage).slice(-2)).toEqual([
      'participant-2 leads epoch 3',
      'commit in epoch 3 by TR4: somebody is pre-committed',
    ]);
    stage.startAll();
    stage.run(4000);
    expect(stage.ends(TX)).toEqual(['commit']);
  });

  test('never counts a site that was down, though it is pre-committed', () => {
    // Only participant-2 hears the pre-commit, and dies of it; participant-1 decides alone with participant-3 and tells nobody.
    const stage = staged('3pc', {
      deaths: [
        dies('coordinator', (effect) => effect.do === 'arm' && effect.timer.word === 'acks'),
        dies('participant-2', (effect) => effect.do === 'send' && effect.message.word === 'ack', 700),
        dies('participant-1', sending('abort')),
      ],
      cuts: [
        { between: ['coordinator', 'participant-1'], from: 2, to: 9 },
        { between: ['coordinator', 'participant-3'], from: 2, to: 9 },
      ],
    });
    stage.run(5000);
    expect(doubtOf(stage, 'participant-3')).toBeUndefined();
    expect(stage.ends(TX)).toEqual(['abort']);
  });
});

describe('after a total failure of 3pc', () => {
  /** participant-2 and participant-3 have voted and died; the coordinator goes on without them, commits with participant-1, and both die. */
  const commitOfTwo: Schedule = {
    deaths: [
      dies('participant-2', forcing('precommit'), 2000),
      dies('participant-3', forcing('precommit'), 2000),
      dies('participant-1', (effect) => effect.do === 'arm' && effect.timer.word === 'never'),
      dies('coordinator', sending('commit', 'participant-2')),
    ],
  };

  test('those that were down first do not decide, whatever they find among themselves', () => {
    const stage = staged('3pc', {
      ...commitOfTwo,
      deaths: [...(commitOfTwo.deaths ?? []), dies('participant-1', forcing('commit'))],
    });
    stage.run(10_000);
    expect(stage.died).toEqual(['participant-2', 'participant-3', 'coordinator', 'participant-1']);
    expect([doubtOf(stage, 'participant-2'), doubtOf(stage, 'participant-3')]).toMatchObject([
      { phase: 'waiting', recovered: true },
      { phase: 'waiting', recovered: true },
    ]);
    stage.startAll();
    stage.run(12_000);
    expect(stage.ends(TX)).toEqual(['commit']);
    expect(['participant-1', 'participant-2', 'participant-3'].map((node) => isCommitted(stage, node))).toEqual([
      true,
      true,
      true,
    ]);
  });

  test('the last to fail decides when it is back, and waits for nobody', () => {
    const stage = staged('3pc', {
      deaths: [
        dies('coordinator', sending('precommit')),
        dies('participant-1', sending('state-request')),
        dies('participant-2', sending('state-request')),
        dies('participant-3', sending('state-request'), 3000),
      ],
    });
    stage.run(3000);
    expect(stage.died).toHaveLength(4);
    stage.run(10_000);
    expect(news(stage).at(-1)).toBe('abort in epoch 4 by total failure: participant-3 was the last to fail');
    stage.startAll();
    stage.run(20_000);
    expect(stage.ends(TX)).toEqual(['abort']);
  });
});

describe('a quorum of 3pc-quorum', () => {
  const deadCoordinator = dies('coordinator', sending('precommit'));

  test('is a majority of coordinator and participants: two of four sites wait, three go on', () => {
    const two = staged('3pc-quorum', { deaths: [deadCoordinator, dies('participant-3', sending('state'))] });
    two.run(10_000);
    expect(two.ends(TX)).toEqual([]);
    const three = staged('3pc-quorum', { deaths: [deadCoordinator] });
    three.run(2000);
    expect(three.ends(TX)).toEqual(['abort']);
  });

  test('of participants alone does without the coordinator, and so does the decision', () => {
    const stage = staged(
      '3pc-quorum',
      { deaths: [deadCoordinator, dies('participant-3', sending('state'))] },
      'participants',
    );
    stage.run(3000);
    expect(news(stage).at(-1)).toContain('E3PC: a quorum');
    expect(stage.ends(TX)).toEqual(['abort']);
  });

  test('leaves the coordinator without one waiting, until it is told', () => {
    const stage = staged('3pc-quorum', {
      cuts: ['participant-1', 'participant-2', 'participant-3'].map((bank) => ({
        between: ['coordinator', bank] as const,
        from: 2,
        to: 4000,
      })),
    });
    stage.run(3900);
    expect(stage.answers).toEqual([]);
    expect(stage.ends(TX)).toEqual(['abort']);
    stage.run(8000);
    expect(stage.answers).toMatchObject([{ word: 'failed' }]);
  });
});
