// Requests that come again: a coordinator does each operation once, over its own deaths, and forgets what nobody will ask for any more.

import { describe, expect, test } from 'vitest';
import { nodeId } from '../../../nodes/contract/ids.ts';
import { findProtocol, PROTOCOLS } from '../../../nodes/protocols/catalog.ts';
import { openingOf, transfer, TRANSFERS } from '../../support/bank-theatre.ts';
import { nearCheckpoint } from '../../support/near-checkpoint.ts';
import { Theatre } from '../../support/theatre.ts';
import type { CoordinatorState } from '../../../nodes/protocols/two-phase/coordinator.ts';

const BANKS = ['participant-1', 'participant-2'];
const NAMES = ['coordinator', ...BANKS];

function banks(protocol: string, retry: 'commit' | 'body'): Theatre {
  const theatre = new Theatre();
  for (const name of NAMES) {
    const role = findProtocol(protocol)?.roles[name.replace(/-\d+$/, '')];
    if (!role) throw new Error(`${protocol} has no role for ${name}`);
    const options = { client: { retry } };
    theatre.add(name, role.machine(TRANSFERS), {
      nodes: NAMES.map(nodeId),
      seed: 1,
      timeouts: {},
      ...openingOf(BANKS),
      options,
    });
  }
  return theatre;
}

/** Asks for the operation of this number; all before `floor` have ended. */
const ask = (theatre: Theatre, n: number, floor = n, amount = 10) =>
  theatre.ask('coordinator', `client.1.${n}`, { ...transfer(amount), floor } as never);
const answers = (theatre: Theatre) =>
  theatre.answers.map(({ op, answer }) => `${op} ${answer.word} ${(answer as { about?: string }).about ?? ''}`);
const answersKept = (theatre: Theatre) => [
  ...((theatre.state('coordinator') as unknown as CoordinatorState).once.answers?.keys() ?? []),
];
const restart = (theatre: Theatre) => {
  theatre.crash('coordinator');
  theatre.start('coordinator');
};
const ONCE = PROTOCOLS.filter(({ answersOnce }) => answersOnce).map(({ name }) => name);

test('every protocol whose coordinator alone decides does a request once, and no other', () => {
  expect(ONCE).toEqual(PROTOCOLS.flatMap(({ name }) => (name.startsWith('2pc') ? [name] : [])));
});

describe.each(ONCE)('a coordinator of %s that is asked for the same again', (protocol) => {
  test('begins nothing while that is under way, and answers once', () => {
    const theatre = banks(protocol, 'commit');
    ask(theatre, 1);
    ask(theatre, 1);
    theatre.deliverAll();
    expect(answers(theatre)).toEqual(['client.1.1 ok coordinator.1.1']);
  });

  test.each([
    ['committed', 10, 'ok'],
    ['aborted', 1000, 'failed'],
  ])('gives the same answer again when it has %s', (_, amount, word) => {
    const theatre = banks(protocol, 'commit');
    ask(theatre, 1, 1, amount);
    theatre.deliverAll();
    ask(theatre, 1, 1, amount);
    theatre.deliverAll();
    expect(answers(theatre)).toEqual(Array(2).fill(`client.1.1 ${word} coordinator.1.1`));
  });

  test('knows after its death what it had committed, all acknowledgements forgotten', () => {
    const theatre = banks(protocol, 'commit');
    ask(theatre, 1);
    theatre.deliverAll();
    ask(theatre, 2, 1);
    theatre.deliverAll();
    restart(theatre);
    theatre.deliverAll();
    ask(theatre, 1, 1);
    expect(answers(theatre).at(-1)).toBe('client.1.1 ok coordinator.1.1');
  });

  test('knows it from a checkpoint, too', () => {
    const theatre = banks(protocol, 'commit');
    ask(theatre, 1);
    theatre.deliverAll();
    nearCheckpoint(theatre, 'coordinator');
    ask(theatre, 2, 1);
    theatre.deliverAll();
    expect(theatre.log('coordinator').some(({ mark }) => mark === 'checkpoint')).toBe(true);
    restart(theatre);
    ask(theatre, 1, 1);
    expect(answers(theatre).at(-1)).toBe('client.1.1 ok coordinator.1.1');
  });

  test('does anew what it had not decided when it died, since nobody can have committed that', () => {
    const theatre = banks(protocol, 'commit');
    ask(theatre, 1);
    theatre.letters.length = 0;
    restart(theatre);
    theatre.deliverAll();
    ask(theatre, 1);
    theatre.deliverAll();
    expect(answers(theatre)).toEqual(['client.1.1 ok coordinator.2.1']);
    expect(theatre.log('coordinator').filter(({ word }) => word === 'commit')).toHaveLength(1);
  });
});

test('a coordinator keeps the answers that somebody may still ask for, and those alone', () => {
  const theatre = banks('2pc', 'commit');
  for (let n = 1; n <= 50; n++) {
    ask(theatre, n, Math.max(1, n - 2));
    theatre.deliverAll();
  }
  expect(answersKept(theatre)).toEqual(['client.1.48', 'client.1.49', 'client.1.50']);
  theatre.ask('coordinator', 'client.2.1', { ...transfer(), floor: 1 } as never);
  expect(answersKept(theatre)).toEqual(['client.2.1']);
});

test('a coordinator remembers nothing, and writes no more, where clients repeat nothing or have it done anew', () => {
  const theatre = banks('2pc', 'body');
  ask(theatre, 1);
  theatre.deliverAll();
  ask(theatre, 1);
  theatre.deliverAll();
  expect(answers(theatre)).toEqual(['client.1.1 ok coordinator.1.1', 'client.1.1 ok coordinator.1.2']);
  expect(theatre.log('coordinator').flatMap((record) => (record.word === 'commit' ? [record] : []))).toMatchObject([
    { body: { participants: BANKS } },
    { body: { participants: BANKS } },
  ]);
  expect(JSON.stringify(theatre.log('coordinator'))).not.toContain('client.1');
});
