import { describe, expect, test } from 'vitest';
import { COMMIT_PROTOCOLS } from '../../../nodes/protocols/catalog.ts';
import { bankTheatre, transfer } from '../../support/bank-theatre.ts';
import { nearCheckpoint } from '../../support/near-checkpoint.ts';
import { nodeId } from '../../../nodes/contract/ids.ts';
import { heldLocks, holderAgainst } from '../../../nodes/protocols/lock-table.ts';
import { sealWorkload } from '../../../nodes/contract/workload.ts';
import { transfers } from '../../../nodes/workloads/transfers.ts';
import type { LogRecord } from '../../../nodes/contract/records.ts';
import type { TxId } from '../../../nodes/contract/ids.ts';
import type { LockMode } from '../../../nodes/contract/workload.ts';
import type { Transfer } from '../../../nodes/workloads/transfers.ts';
import type { CoordinatorState } from '../../../nodes/protocols/three-phase/coordinator.ts';
import type { Doubt, ParticipantState } from '../../../nodes/protocols/three-phase/doubt.ts';
import type { Theatre } from '../../support/theatre.ts';

/** An account that a transfer only looks at. */
const READ = { bank: nodeId('participant-1'), account: 'b' };

const participantOf = (theatre: Theatre) => theatre.state('participant-1') as unknown as ParticipantState;
const coordinatorOf = (theatre: Theatre) => theatre.state('coordinator') as unknown as CoordinatorState;

/** What of a doubt outlives its node; two-phase commit knows no phases. */
function promiseIn({ coordinator, participants, part, phase, epoch, attempt }: Doubt) {
  return { coordinator, participants, part, phase, epoch, attempt };
}

/** A checkpoint is the last that the node has written before it dies. */
function restart(theatre: Theatre, node: string): void {
  expect(theatre.log(node).at(-1)?.mark).toBe('checkpoint');
  theatre.crash(node);
  theatre.start(node);
}

describe.each(COMMIT_PROTOCOLS.map(({ name }) => name))('a checkpoint of %s', (protocol) => {
  test('holds all that a participant has promised, committed and refused', () => {
    const theatre = bankTheatre(protocol);
    theatre.ask('coordinator', 'committed', transfer());
    theatre.deliverAll();
    theatre.ask('coordinator', 'promised', transfer(1));
    theatre.ask('coordinator', 'refused', transfer(1000));
    theatre.deliver(({ to, message }) => to === 'participant-1' && message.about === 'coordinator.1.3');
    nearCheckpoint(theatre, 'participant-1');
    theatre.deliver(({ to }) => to === 'participant-1');
    const { content, locks, committed, tombstones, floors, inDoubt } = participantOf(theatre);
    expect([committed.size, tombstones.size, floors.size, inDoubt.size]).toEqual([1, 1, 1, 1]);
    const promises = [...inDoubt].map(([tx, doubt]) => [tx, promiseIn(doubt)]);
    restart(theatre, 'participant-1');
    const then = participantOf(theatre);
    expect(then).toMatchObject({ content, locks, committed, tombstones, floors });
    expect([...then.inDoubt].map(([tx, doubt]) => [tx, promiseIn(doubt)])).toEqual(promises);
  });
});

test.each(COMMIT_PROTOCOLS.map(({ name }) => name))(
  'locks are taken again from the promises in a checkpoint of %s',
  (protocol) => {
    const theatre = bankTheatre(protocol);
    const promised: Transfer = { ...transfer(), reads: [READ] };
    theatre.ask('coordinator', 'promised', promised);
    nearCheckpoint(theatre, 'participant-1');
    theatre.deliver(({ to }) => to === 'participant-1');
    const { locks } = participantOf(theatre);
    restart(theatre, 'participant-1');
    const then = participantOf(theatre);
    expect(then.locks).toEqual(locks);
    expect(heldLocks(then.locks)).toEqual([
      { key: 'a', by: 'coordinator.1.1' },
      { key: 'b', by: 'coordinator.1.1' },
    ]);
    const against = (mode: LockMode) => holderAgainst(then.locks, 'coordinator.1.2' as TxId, [{ key: 'b', mode }]);
    expect([against('read'), against('write')]).toEqual([null, { key: 'b', holder: 'coordinator.1.1' }]);
  },
);

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
    deliverUntil(theatre, ({ decided }) => decided.commit.size === 1);
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

  test('of 3pc takes one number for each run of decisions alike, however many there are', () => {
    const theatre = bankTheatre('3pc');
    for (let n = 1; n <= 30; n++) {
      theatre.ask('coordinator', `op-${n}`, transfer(n === 10 ? 100_000 : 1));
      theatre.deliverAll();
    }
    expect(coordinatorOf(theatre).decided).toEqual({
      commit: new Map([
        [
          'coordinator.1',
          [
            [1, 9],
            [11, 30],
          ],
        ],
      ]),
      abort: new Map([['coordinator.1', [[10, 10]]]]),
    });
  });

  test('of 3pc that an older program wrote, decision by decision, is read', () => {
    const decided = { 'coordinator.1.1': 'commit', 'coordinator.1.2': 'abort', 'coordinator.1.3': 'commit' };
    const body = { decided, standings: {} };
    const log: LogRecord[] = [{ mark: 'checkpoint', word: 'checkpoint', about: null, body }];
    const machine = COMMIT_PROTOCOLS.find(({ name }) => name === '3pc')?.roles['coordinator']?.machine(
      sealWorkload(transfers),
    );
    if (!machine) throw new Error('3pc has no coordinator');
    const self = nodeId('coordinator');
    const setup = { self, nodes: [self], seed: 1, workload: 'transfers', initial: {}, params: null, timeouts: {} };
    const state = machine.initial({ ...setup, options: {} });
    machine.next(state, { kind: 'started', log, incarnation: 2, at: 0 });
    const phaseOf = (n: number) => {
      const message = { word: 'inquire', about: `coordinator.1.${n}` as TxId };
      const [told] = machine.next(state, { kind: 'received', from: nodeId('participant-1'), message, at: 0 });
      return told?.do === 'send' ? (told.message as { phase?: string }).phase : null;
    };
    expect([1, 2, 3, 4].map(phaseOf)).toEqual(['committed', 'aborted', 'committed', 'none']);
  });
});
