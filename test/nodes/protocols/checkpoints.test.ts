import { describe, expect, test } from 'vitest';
import { PROTOCOLS } from '../../../nodes/protocols/catalog.ts';
import { bankTheatre, transfer } from '../../support/bank-theatre.ts';
import { nearCheckpoint } from '../../support/near-checkpoint.ts';
import type { CoordinatorState } from '../../../nodes/protocols/three-phase/coordinator.ts';
import type { Doubt, ParticipantState } from '../../../nodes/protocols/three-phase/doubt.ts';
import type { Theatre } from '../../support/theatre.ts';

const participantOf = (theatre: Theatre) => theatre.state('participant-1') as unknown as ParticipantState;
const coordinatorOf = (theatre: Theatre) => theatre.state('coordinator') as unknown as CoordinatorState;

/** What of a doubt outlives its node; two-phase commit knows no phases. */
function promiseIn({ coordinator, participants, changes, phase, epoch, attempt }: Doubt) {
  return { coordinator, participants, changes, phase, epoch, attempt };
}

/** A checkpoint is the last that the node has written before it dies. */
function restart(theatre: Theatre, node: string): void {
  expect(theatre.log(node).at(-1)?.mark).toBe('checkpoint');
  theatre.crash(node);
  theatre.start(node);
}

describe.each(PROTOCOLS.map(({ name }) => name))('a checkpoint of %s', (protocol) => {
  test('holds all that a participant has promised, committed and refused', () => {
    const theatre = bankTheatre(protocol);
    theatre.ask('coordinator', 'committed', transfer());
    theatre.deliverAll();
    theatre.ask('coordinator', 'promised', transfer(1));
    theatre.ask('coordinator', 'refused', transfer(1000));
    theatre.deliver(({ to, message }) => to === 'participant-1' && message.tx === 'coordinator.1.3');
    nearCheckpoint(theatre, 'participant-1');
    theatre.deliver(({ to }) => to === 'participant-1');
    const { bank, committed, tombstones, floors, inDoubt } = participantOf(theatre);
    expect([committed.size, tombstones.size, floors.size, inDoubt.size]).toEqual([1, 1, 1, 1]);
    const promises = [...inDoubt].map(([tx, doubt]) => [tx, promiseIn(doubt)]);
    restart(theatre, 'participant-1');
    const then = participantOf(theatre);
    expect(then).toMatchObject({ bank, committed, tombstones, floors });
    expect([...then.inDoubt].map(([tx, doubt]) => [tx, promiseIn(doubt)])).toEqual(promises);
  });
});

/** Letters arrive until it is so, and every record brings a checkpoint of its coordinator. */
function deliverUntil(theatre: Theatre, isSo: (state: CoordinatorState) => boolean): void {
  while (!isSo(coordinatorOf(theatre))) {
    nearCheckpoint(theatre, 'coordinator');
    expect(theatre.deliver()).toBe(true);
  }
}

describe('a checkpoint of a coordinator', () => {
  test.each(['3pc-timeout', '3pc', '3pc-quorum'])('of %s holds its decisions', (protocol) => {
    const theatre = bankTheatre(protocol);
    theatre.ask('coordinator', 'committed', transfer());
    deliverUntil(theatre, ({ decided }) => decided.size === 1);
    const { decided } = coordinatorOf(theatre);
    restart(theatre, 'coordinator');
    expect(coordinatorOf(theatre).decided).toEqual(decided);
  });

  test('of 3pc-quorum holds what it has promised as a voter', () => {
    const theatre = bankTheatre('3pc-quorum');
    theatre.ask('coordinator', 'precommitted', transfer());
    deliverUntil(theatre, ({ standings }) => standings.size === 1);
    const { standings } = coordinatorOf(theatre);
    restart(theatre, 'coordinator');
    expect(coordinatorOf(theatre).standings).toEqual(standings);
  });
});
