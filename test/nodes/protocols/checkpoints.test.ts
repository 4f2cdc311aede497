import { describe, expect, test } from 'vitest';
import { PROTOCOLS } from '../../../nodes/protocols/catalog.ts';
import { bankTheatre, transfer } from '../../support/bank-theatre.ts';
import type { Checkpointed } from '../../../nodes/protocols/checkpoints.ts';
import type { CoordinatorState } from '../../../nodes/protocols/three-phase/coordinator.ts';
import type { ParticipantState } from '../../../nodes/protocols/two-phase/participant.ts';
import type { Theatre } from '../../support/theatre.ts';

const stateOf = <State>(theatre: Theatre, node: string) => theatre.state(node) as unknown as State;

/** One more record makes a checkpoint due. */
function nearCheckpoint(theatre: Theatre, node: string): void {
  const state = stateOf<Checkpointed>(theatre, node);
  state.recordsSinceCheckpoint = state.checkpointAfter - 1;
}

function restart(theatre: Theatre, node: string): void {
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
    expect(theatre.log('participant-1').at(-1)?.mark).toBe('checkpoint');
    const { bank, committed, tombstones, floors, inDoubt } = stateOf<ParticipantState>(theatre, 'participant-1');
    expect([committed.size, tombstones.size, floors.size, inDoubt.size]).toEqual([1, 1, 1, 1]);
    restart(theatre, 'participant-1');
    const then = stateOf<ParticipantState>(theatre, 'participant-1');
    expect(then).toMatchObject({ bank, committed, tombstones, floors });
    expect([...then.inDoubt.keys()]).toEqual([...inDoubt.keys()]);
  });
});

describe.each(['3pc-timeout', '3pc', '3pc-quorum'])('a checkpoint of %s', (protocol) => {
  test('holds the decisions of the coordinator', () => {
    const theatre = bankTheatre(protocol);
    nearCheckpoint(theatre, 'coordinator');
    theatre.ask('coordinator', 'committed', transfer());
    theatre.deliverAll();
    expect(theatre.log('coordinator').some(({ mark }) => mark === 'checkpoint')).toBe(true);
    const { decided, standings } = stateOf<CoordinatorState>(theatre, 'coordinator');
    expect(decided.size).toBe(1);
    restart(theatre, 'coordinator');
    expect(stateOf<CoordinatorState>(theatre, 'coordinator')).toMatchObject({ decided, standings });
  });
});
