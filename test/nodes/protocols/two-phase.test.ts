import { describe, expect, test } from 'vitest';
import { bankIn } from '../../support/any-schedule.ts';
import { ACCOUNTS, bankTheatre, transfer } from '../../support/bank-theatre.ts';
import { nearCheckpoint } from '../../support/near-checkpoint.ts';
import { COMMIT_PROTOCOLS } from '../../../nodes/protocols/catalog.ts';
import { TWO_PHASE } from '../../../nodes/protocols/two-phase/catalog.ts';
import { nodeId } from '../../../nodes/contract/ids.ts';
import { heldLocks } from '../../../nodes/protocols/lock-table.ts';
import { transfers, type Transfer } from '../../../nodes/workloads/transfers.ts';
import type { ParticipantState } from '../../../nodes/protocols/two-phase/participant.ts';
import type { Letter, Theatre } from '../../support/theatre.ts';

const golden = (name: string) => `../../golden/2pc-${name}.txt`;
const script = (theatre: Theatre) => `${theatre.script.join('\n')}\n`;
const bankOf = (theatre: Theatre, name: string) => bankIn(theatre.state(name) as unknown as ParticipantState);
const locksOf = (theatre: Theatre, name: string) =>
  heldLocks((theatre.state(name) as unknown as ParticipantState).locks);
const isInDoubt = (theatre: Theatre, name: string) =>
  (theatre.state(name) as unknown as ParticipantState).inDoubt.size > 0;

function begun(): Theatre {
  const theatre = bankTheatre();
  theatre.ask('coordinator', 'op-1', transfer());
  return theatre;
}

/** All votes are in and the coordinator stands before its decision. */
function voted(): Theatre {
  const theatre = begun();
  theatre.deliver();
  theatre.deliver();
  theatre.deliver();
  return theatre;
}

describe('a transfer', () => {
  test('commits when every participant votes yes', async () => {
    const theatre = begun();
    theatre.deliverAll();
    expect(theatre.answers).toEqual([{ op: 'op-1', answer: { word: 'ok', about: 'coordinator.1.1' } }]);
    expect(bankOf(theatre, 'participant-1').get('a')?.balance).toBe(90);
    expect(bankOf(theatre, 'participant-2').get('a')?.balance).toBe(110);
    await expect(script(theatre)).toMatchFileSnapshot(golden('commit'));
  });

  test('aborts when one participant votes no, and the no voter is not told', async () => {
    const theatre = bankTheatre();
    theatre.ask('coordinator', 'op-1', transfer(1000));
    theatre.deliverAll();
    expect(theatre.answers[0]?.answer.word).toBe('failed');
    expect(bankOf(theatre, 'participant-2').get('a')?.balance).toBe(100);
    await expect(script(theatre)).toMatchFileSnapshot(golden('abort'));
  });

  test('aborts when a vote is missing at the timeout', async () => {
    const theatre = begun();
    theatre.deliver();
    theatre.expire('coordinator', 'votes');
    theatre.deliverAll();
    expect(theatre.answers[0]?.answer).toMatchObject({
      word: 'failed',
      reason: 'no vote from participant-1, participant-2 in 400 ms',
    });
    await expect(script(theatre)).toMatchFileSnapshot(golden('vote-timeout'));
  });

  test('of an unknown bank fails at once', () => {
    const theatre = bankTheatre('2pc', 1);
    theatre.ask('coordinator', 'op-1', transfer());
    expect(theatre.answers[0]?.answer).toMatchObject({ word: 'failed', reason: 'there is no site participant-2' });
  });

  test('is refused while another transaction in doubt holds its account', () => {
    const theatre = voted();
    theatre.crash('coordinator');
    theatre.start('coordinator');
    theatre.letters.length = 0;
    theatre.ask('coordinator', 'op-2', transfer());
    theatre.deliverAll();
    expect(theatre.told).toContainEqual({
      word: 'refused',
      about: 'coordinator.2.1',
      reason: 'locked',
      key: 'a',
      holder: 'coordinator.1.1',
    });
  });
});

describe('a refusal', () => {
  const refusalOf = (request: Transfer) => {
    const theatre = bankTheatre();
    theatre.ask('coordinator', 'op-1', request);
    theatre.deliverAll();
    return theatre.told.filter(({ word: about }) => about === 'refused');
  };
  const refused = { word: 'refused', about: 'coordinator.1.1' };

  test('for too little money names the account, which was free', () => {
    expect(refusalOf(transfer(101, { from: 'b' }))).toEqual([{ ...refused, reason: 'overdraft', key: 'b' }]);
  });

  test('for an account that is not there names none', () => {
    expect(refusalOf(transfer(1, { to: 'nowhere' }))).toEqual([{ ...refused, reason: 'unknown-account' }]);
  });
});

describe('the coordinator', () => {
  test('that dies before its decision leaves both in doubt, and aborts when it is back', async () => {
    const theatre = voted();
    theatre.crashAfter = 0;
    theatre.deliver();
    expect(theatre.isUp('coordinator')).toBe(false);
    expect([isInDoubt(theatre, 'participant-1'), isInDoubt(theatre, 'participant-2')]).toEqual([true, true]);
    theatre.start('coordinator');
    theatre.expire('participant-1', 'inquiry');
    theatre.expire('participant-2', 'inquiry');
    theatre.deliverAll();
    expect(theatre.log('participant-1').at(-1)?.word).toBe('prepared');
    expect([isInDoubt(theatre, 'participant-1'), isInDoubt(theatre, 'participant-2')]).toEqual([false, false]);
    expect(bankOf(theatre, 'participant-1').get('a')?.balance).toBe(100);
    await expect(script(theatre)).toMatchFileSnapshot(golden('coordinator-dies-before-decision'));
  });

  test('that dies right after its decision leaves both in doubt, and commits when it is back', async () => {
    const theatre = voted();
    theatre.crashAfter = 2;
    theatre.deliver();
    expect(theatre.log('coordinator').map(({ word }) => word)).toEqual(['commit']);
    theatre.start('coordinator');
    theatre.deliverAll();
    expect(bankOf(theatre, 'participant-1').get('a')?.balance).toBe(90);
    expect(theatre.timers('coordinator')).toEqual([]);
    await expect(script(theatre)).toMatchFileSnapshot(golden('coordinator-dies-after-decision'));
  });

  test('answers an inquiry about a transaction whose votes it still collects with in-progress', () => {
    const theatre = begun();
    theatre.deliver();
    theatre.expire('participant-1', 'inquiry');
    theatre.deliver(({ message }) => message.word === 'inquire');
    expect(theatre.letters.at(-1)?.message).toMatchObject({ word: 'outcome', outcome: 'in-progress' });
  });

  test('repeats a commit until every participant has acknowledged it', () => {
    const theatre = voted();
    theatre.deliver();
    theatre.letters.length = 0;
    theatre.expire('coordinator', 'resend');
    theatre.deliverAll();
    expect(theatre.timers('coordinator')).toEqual([]);
    expect(bankOf(theatre, 'participant-2').get('a')?.balance).toBe(110);
  });

  test('forgets acknowledged commits at a checkpoint and keeps the others', () => {
    const theatre = bankTheatre();
    for (let op = 0; op < 700; op++) {
      theatre.ask('coordinator', `op-${op}`, transfer(1, op % 2 === 0 ? {} : { from: 'b', to: 'b' }));
      theatre.deliverAll();
      if (op === 150) break;
    }
    nearCheckpoint(theatre, 'coordinator');
    theatre.ask('coordinator', 'last', transfer(1));
    for (let letter = 0; letter < 4; letter++) theatre.deliver();
    expect(theatre.log('coordinator').at(-1)).toMatchObject({
      mark: 'checkpoint',
      body: { open: { 'coordinator.1.152': { decision: 'commit' } } },
    });
    theatre.crash('coordinator');
    theatre.start('coordinator');
    theatre.deliverAll();
    expect(theatre.timers('coordinator')).toEqual([]);
  });
});

describe('a participant', () => {
  test('that restarts in doubt locks again, asks, and hears the decision', async () => {
    const theatre = voted();
    theatre.crash('participant-2');
    theatre.deliver();
    theatre.deliverAll();
    theatre.start('participant-2');
    expect(locksOf(theatre, 'participant-2')).toEqual([{ key: 'a', by: 'coordinator.1.1' }]);
    theatre.deliverAll();
    expect(locksOf(theatre, 'participant-2')).toEqual([]);
    expect(bankOf(theatre, 'participant-2').get('a')).toEqual({
      balance: 110,
      journal: [{ tx: 'coordinator.1.1', delta: 10 }],
    });
    await expect(script(theatre)).toMatchFileSnapshot(golden('participant-restarts-in-doubt'));
  });

  test('applies a commit that is told twice once', () => {
    const theatre = voted();
    theatre.deliver();
    theatre.letters.push(...theatre.letters);
    theatre.deliverAll();
    expect(bankOf(theatre, 'participant-1').get('a')?.journal).toHaveLength(1);
  });

  test('votes no on a prepare that arrives after the abort', () => {
    const theatre = begun();
    const late = theatre.letters.splice(1, 1);
    theatre.expire('coordinator', 'votes');
    theatre.deliverAll();
    theatre.letters.push(...late);
    theatre.ask('coordinator', 'op-2', transfer(1, { from: 'b', to: 'b' }));
    theatre.deliver(({ message }) => message.about === 'coordinator.1.2' && message.word === 'prepare');
    theatre.deliver(({ message }) => message.about === 'coordinator.1.2' && message.word === 'prepare');
    theatre.deliver(({ message }) => message.about === 'coordinator.1.1');
    expect(theatre.told.at(-1)).toEqual({ word: 'refused', about: 'coordinator.1.1', reason: 'stale' });
  });

  test('rebuilds balances, journals and locks from a checkpoint', () => {
    const theatre = voted();
    nearCheckpoint(theatre, 'participant-1');
    theatre.deliverAll();
    expect(theatre.log('participant-1')).toHaveLength(1);
    theatre.crash('participant-1');
    theatre.start('participant-1');
    expect(bankOf(theatre, 'participant-1').get('a')).toEqual({
      balance: 90,
      journal: [{ tx: 'coordinator.1.1', delta: -10 }],
    });
  });

  test('writes nothing about a commit when its coordinator, which has forgotten it, presumes an abort to an inquiry that came late', () => {
    const theatre = bankTheatre('2pc-presumed-nothing');
    theatre.ask('coordinator', 'op-1', transfer());
    theatre.deliver(({ to }) => to === 'participant-1');
    theatre.expire('participant-1', 'inquiry');
    const isLate = ({ message }: Letter) => message.word === 'inquire';
    while (theatre.deliver((letter) => !isLate(letter)));
    const before = theatre.log('participant-1');
    theatre.deliverAll();
    expect(theatre.script).toContain('coordinator → participant-1 outcome coordinator.1.1 abort');
    expect(theatre.log('participant-1')).toEqual(before);
  });
});

describe.each(COMMIT_PROTOCOLS)('the cost of $name without faults', ({ name, cost }) => {
  test('of a commit equals the published table', () => {
    const theatre = bankTheatre(name, 3);
    // A transfer takes two banks; the third has no part in it.
    theatre.ask('coordinator', 'op-1', transfer());
    theatre.deliverAll();
    expect(count(theatre)).toEqual(cost(2).commit);
  });

  test('of an abort equals the published table', () => {
    const theatre = bankTheatre(name);
    theatre.ask('coordinator', 'op-1', transfer(ACCOUNTS.a + 1));
    theatre.deliverAll();
    expect(count(theatre)).toEqual(cost(2).abort);
  });
});

describe('a participant with nothing to change', () => {
  const readers = TWO_PHASE.filter(({ name }) => name !== '2pc-presumed-nothing');
  /** Inside of participant-1, looking at participant-2. */
  const inside = (): Transfer => ({
    ...transfer(),
    to: { bank: nodeId('participant-1'), account: 'b' },
    reads: [{ bank: nodeId('participant-2'), account: 'a' }],
  });

  test.each(readers)('votes read, writes nothing, keeps no lock and is told nothing: $name', ({ name }) => {
    const theatre = bankTheatre(name);
    theatre.ask('coordinator', 'op-1', inside());
    theatre.deliverAll();
    expect(theatre.answers[0]?.answer.word).toBe('ok');
    expect(theatre.told).toContainEqual({ word: 'read', about: 'coordinator.1.1' });
    expect(theatre.script.filter((line) => line.startsWith('participant-2'))).toEqual([
      'participant-2 tell read',
      'participant-2 → coordinator vote coordinator.1.1 read',
    ]);
    expect(theatre.script.filter((line) => line.includes('→ participant-2'))).toEqual([
      'coordinator → participant-2 prepare coordinator.1.1',
    ]);
    expect(Object.fromEntries(bankOf(theatre, 'participant-1'))).toMatchObject({
      a: { balance: 90 },
      b: { balance: 110 },
    });
  });

  test.each(readers)('agrees again to the same prepare, however late it comes: $name', ({ name }) => {
    const theatre = bankTheatre(name);
    theatre.ask('coordinator', 'op-1', inside());
    const [late] = theatre.letters.filter(({ to }) => to === 'participant-2');
    theatre.deliverAll();
    for (let op = 2; op < 5; op++) theatre.ask('coordinator', `op-${op}`, transfer());
    theatre.deliverAll();
    if (late) theatre.letters.push(late);
    theatre.deliverAll();
    expect(theatre.log('participant-2').filter(({ about: tx }) => tx === 'coordinator.1.1')).toEqual([]);
  });

  test('refuses an account that somebody else holds', () => {
    const theatre = bankTheatre();
    theatre.ask('coordinator', 'op-1', transfer());
    theatre.deliver();
    theatre.deliver();
    theatre.ask('coordinator', 'op-2', transfer(0));
    theatre.deliverAll();
    expect(theatre.told).toContainEqual(
      expect.objectContaining({ word: 'refused', about: 'coordinator.1.2', reason: 'locked' }),
    );
    expect(theatre.answers.map(({ answer }) => answer.word)).toContain('failed');
  });

  test('is not asked by the others in cooperative termination, since it does not know the end', () => {
    const theatre = bankTheatre('2pc-cooperative');
    theatre.ask('coordinator', 'op-1', inside());
    theatre.deliver();
    theatre.expire('participant-1', 'inquiry');
    expect(theatre.letters.filter(({ message }) => message.word === 'inquire').map(({ to }) => to)).toEqual([
      'coordinator',
    ]);
  });

  test('prepares as usual where nothing is presumed', () => {
    const theatre = bankTheatre('2pc-presumed-nothing');
    theatre.ask('coordinator', 'op-1', transfer(0));
    theatre.deliverAll();
    expect(theatre.log('participant-2').map(({ word }) => word)).toEqual(['prepared', 'commit']);
    expect(bankOf(theatre, 'participant-2').get('a')?.journal).toEqual([]);
  });

  test('leaves a coordinator that presumes commit with two records, one of them forced, and nothing to abort after a crash', () => {
    const theatre = bankTheatre('2pc-presumed-commit');
    theatre.ask('coordinator', 'op-1', transfer(0));
    theatre.deliverAll();
    expect(theatre.script.filter((line) => / (force|append) /.test(line))).toEqual([
      'coordinator force collecting coordinator.1.1',
      'coordinator append end coordinator.1.1',
    ]);
    theatre.crash('coordinator');
    theatre.start('coordinator');
    expect(theatre.log('coordinator').map(({ word }) => word)).toEqual(['collecting']);
    expect(theatre.letters).toEqual([]);
  });
});

function count(theatre: Theatre): { forcedWrites: number; messages: number } {
  return {
    forcedWrites: theatre.script.filter((line) => line.includes(' force ')).length,
    messages: theatre.script.filter((line) => line.includes(' → ')).length,
  };
}

test('two changes of one account are refused when only together they overdraw it', () => {
  const bank = transfers.resource.open({ a: 100 });
  const changes = [
    { account: 'a', delta: -60 },
    { account: 'a', delta: -60 },
  ];
  expect(transfers.resource.refusal(bank, changes)).toEqual({ reason: 'overdraft', key: 'a' });
  expect(transfers.resource.refusal(bank, [...changes, { account: 'a', delta: 30 }])).toBeNull();
});

describe('a promise not to vote yes any more', () => {
  test('is forced before the refusal leaves, where silence means commit, and outlives a crash', () => {
    const theatre = bankTheatre('2pc-presumed-commit');
    theatre.ask('coordinator', 'op-1', transfer(ACCOUNTS.a + 1));
    const prepare = theatre.letters[0];
    theatre.deliver();
    const own = theatre.script.filter((line) => line.startsWith('participant-1'));
    expect(own.slice(1)).toEqual([
      'participant-1 force abort coordinator.1.1',
      'participant-1 → coordinator vote coordinator.1.1 no',
    ]);
    theatre.crash('participant-1');
    theatre.start('participant-1');
    if (prepare) theatre.letters.push(prepare);
    theatre.deliver((letter) => letter === prepare);
    expect(theatre.told.at(-1)).toMatchObject({ word: 'refused', reason: 'stale' });
  });

  test('is forced before a peer is told abort in cooperative termination, and outlives a crash', () => {
    const theatre = bankTheatre('2pc-cooperative');
    theatre.ask('coordinator', 'op-1', transfer());
    const [late] = theatre.letters.splice(1, 1);
    theatre.deliver(({ to }) => to === 'participant-1');
    theatre.crash('coordinator');
    theatre.expire('participant-1', 'inquiry');
    theatre.deliver(({ to, message }) => to === 'participant-2' && message.word === 'inquire');
    expect(theatre.script.slice(-2)).toEqual([
      'participant-2 force abort coordinator.1.1',
      'participant-2 → participant-1 outcome coordinator.1.1 abort',
    ]);
    theatre.crash('participant-2');
    theatre.start('participant-2');
    if (late) theatre.letters.push(late);
    theatre.deliver(({ message }) => message.word === 'prepare');
    expect(theatre.told.at(-1)).toMatchObject({ word: 'refused', reason: 'stale' });
  });
});
