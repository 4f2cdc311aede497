import { describe, expect, test } from 'vitest';
import { COMMIT_PROTOCOLS } from '../../../nodes/protocols/catalog.ts';
import { bankTheatre, transfer } from '../../support/bank-theatre.ts';
import type { DumpAnswer } from '../../../nodes/contract/machine.ts';
import type { Theatre } from '../../support/theatre.ts';

const TX = 'coordinator.1.1';
/** Whose coordinator keeps a commit until everybody has said that it is known. */
const ACKNOWLEDGED = ['2pc', '2pc-cooperative', '2pc-presumed-nothing'];

/** What a node answers to the lab at this moment. */
function dumpOf(theatre: Theatre, node: string): DumpAnswer['state'] {
  theatre.ask(node, `dump-${theatre.answers.length}`, { word: 'dump' });
  const { answer } = theatre.answers.at(-1) ?? {};
  return (answer as DumpAnswer).state;
}

describe.each(COMMIT_PROTOCOLS.map(({ name }) => name))('dumps of %s', (protocol) => {
  test('name a transaction under way, who is in doubt about it and what it locks', () => {
    const theatre = bankTheatre(protocol);
    theatre.ask('coordinator', 'op-1', transfer());
    expect(dumpOf(theatre, 'coordinator').unfinished).toEqual([TX]);
    theatre.deliver(({ to }) => to === 'participant-1');
    expect(dumpOf(theatre, 'participant-1')).toMatchObject({ inDoubt: [TX], holds: [{ key: 'a', by: TX }] });
  });

  test('name a commit that somebody has yet to acknowledge, where anybody must', () => {
    const theatre = bankTheatre(protocol);
    theatre.ask('coordinator', 'op-1', transfer());
    while (!theatre.letters.some(({ message }) => message.word === 'commit')) expect(theatre.deliver()).toBe(true);
    expect(dumpOf(theatre, 'coordinator').unfinished).toEqual(ACKNOWLEDGED.includes(protocol) ? [TX] : []);
  });

  test('name nothing when all has ended', () => {
    const theatre = bankTheatre(protocol);
    theatre.ask('coordinator', 'op-1', transfer());
    theatre.deliverAll();
    for (const node of ['coordinator', 'participant-1', 'participant-2'])
      expect(dumpOf(theatre, node)).toMatchObject({ inDoubt: [], unfinished: [], holds: [] });
  });
});
