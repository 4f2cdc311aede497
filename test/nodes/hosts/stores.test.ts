// A host with stores beside it, which are in memory: the test says how each ask ends.

import { afterAll, describe, expect, test } from 'vitest';
import { nodeId, opId } from '../../../nodes/contract/ids.ts';
import { askedNames, loadStores, STORE_CLIENTS, storeMarkOf } from '../../../nodes/hosts/stores.ts';
import { openingOf, transfer } from '../../support/bank-theatre.ts';
import { hostStage, type HostStage } from '../../support/host-stage.ts';
import { addToyStore } from '../../support/toy/toy-store.ts';
import type { TxId } from '../../../nodes/contract/ids.ts';
import type { Reply } from '../../../nodes/contract/machine.ts';
import type { Request } from '../../../nodes/contract/messages.ts';
import type { OpenClient, StoreEvents } from '../../../nodes/hosts/store-client.ts';
import type { TraceBody } from '../../../nodes/contract/events.ts';

const takeOut = addToyStore();
afterAll(takeOut);

const BOXES = ['box-1', 'box-2'].map(nodeId);

function started(): HostStage {
  const stage = hostStage({
    protocol: 'toy-store',
    nodes: ['client', 'teller'],
    setup: {
      ...openingOf([...BOXES]),
      stores: BOXES,
      options: { client: { coordinator: nodeId('teller'), clients: 0, operations: 0, goesOn: false, busyMs: 0 } },
    },
    places: Object.fromEntries(BOXES.map((box) => [box, { service: 'box', at: `${box}:7000` }])),
  });
  stage.start('client', 'teller');
  return stage;
}

function putOne(stage: HostStage): void {
  const request = { word: 'probe', lists: [[transfer()]] } as Request;
  stage.command('client', { do: 'ask', op: opId('run'), request });
  stage.settle();
}

const stored: Reply = { kind: 'answer', answer: { word: 'stored' } };

function endBoth(stage: HostStage, first: Reply, second: Reply): void {
  for (const reply of [first, second]) stage.stores.end(reply);
  stage.settle();
}

const answeredAt = (stage: HostStage): readonly TraceBody[] =>
  stage.traced('teller').filter((body) => body.kind === 'answered' && body.way === 'in');
const outcomes = (stage: HostStage) =>
  stage
    .traced('client')
    .flatMap((body) => (body.kind === 'told' && body.note.word === 'completed' ? [body.note.outcome] : []));

describe('a host with stores', () => {
  test('asks a store through its own port, and traces the request whole before it leaves', () => {
    const stage = started();
    putOne(stage);
    expect(stage.stores.open.map(({ by, store, request }) => [by, store, request.word])).toEqual([
      ['teller', 'box-1', 'put'],
      ['teller', 'box-2', 'put'],
    ]);
    const asked = stage.traced('teller').find((body) => body.kind === 'asked' && body.peer === 'box-1');
    expect(asked).toMatchObject({ way: 'out', word: 'put', body: stage.stores.open[0]?.request });
  });

  test('traces an answer whole, with the mark that it gives the site of the store', () => {
    const stage = started();
    putOne(stage);
    endBoth(stage, stored, stored);
    expect(answeredAt(stage)[0]).toMatchObject({
      peer: 'box-1',
      word: 'stored',
      body: { word: 'stored' },
      gives: { site: 'box-1', about: 'teller.1.1', mark: 'commit' },
    });
    expect(outcomes(stage)).toEqual(['ok']);
  });

  test('gives its machine what was refused or lost, which gives no site anything', () => {
    const stage = started();
    putOne(stage);
    endBoth(stage, { kind: 'refused' }, { kind: 'refused' });
    expect(outcomes(stage)).toEqual(['failed']);
    putOne(stage);
    endBoth(stage, stored, { kind: 'lost' });
    expect(outcomes(stage)).toEqual(['failed']);
    const words = answeredAt(stage).map((body) => (body.kind === 'answered' ? [body.word, body.gives?.mark] : []));
    expect(words).toEqual([
      ['refused', undefined],
      ['refused', undefined],
      ['stored', 'commit'],
      ['lost', undefined],
    ]);
  });

  test('can be held between two asks of one broadcast, and counts their subjects', () => {
    const stage = started();
    const gap = { when: 'before', verb: 'ask', word: 'put', peer: 'last' } as const;
    stage.command('teller', { do: 'arm', hold: 'fault-1', gap, nth: 1, seen: 0 });
    putOne(stage);
    expect(stage.stores.open.map(({ store }) => store)).toEqual(['box-1']);
    expect(stage.said('teller')).toContainEqual({ say: 'held', hold: 'fault-1', about: 'teller.1.1', at: 0 });
    stage.command('teller', { do: 'release', hold: 'fault-1' });
    stage.settle();
    expect(stage.stores.open.map(({ store }) => store)).toEqual(['box-1', 'box-2']);
  });

  test("can be held at a store's answer by the subject of what was asked", () => {
    const stage = started();
    const gap = { when: 'after', verb: 'receive', word: 'stored', peer: nodeId('box-2') } as const;
    stage.command('teller', { do: 'arm', hold: 'fault-1', gap, nth: 1, seen: 0, about: 'teller.1.1' });
    putOne(stage);
    endBoth(stage, stored, stored);
    expect(stage.said('teller')).toContainEqual({ say: 'held', hold: 'fault-1', about: 'teller.1.1', at: 0 });
    expect(outcomes(stage)).toEqual([]);
  });
});

describe('the clients of stores', () => {
  const SETUP = { self: nodeId('client'), timeouts: {} };
  const EVENTS: StoreEvents = { onReply: () => {}, onIdle: () => {} };
  const heard: string[] = [];
  const open: OpenClient = ({ addresses }) => ({
    ask: (op) => void heard.push(`${addresses.join()} ${op}`),
    flush: () => void heard.push(`${addresses.join()} flush`),
    unaccepted: 1,
  });

  test.each([
    ['server', 'note-2', ['b:1 x', 'a:1 flush', 'b:1 flush'], 2],
    ['ensemble', 'note', ['a:1,b:1 x', 'a:1,b:1 flush'], 1],
  ] as const)('of a service that is asked as %s get what is for theirs', async (of, name, expected, unaccepted) => {
    heard.splice(0);
    STORE_CLIENTS.set('note', { of, load: () => Promise.resolve(open) });
    const places = { 'note-1': { service: 'note', at: 'a:1' }, 'note-2': { service: 'note', at: 'b:1' } };
    const stores = (await loadStores(places, SETUP))(places, EVENTS);
    expect(askedNames(places)).toContain(name);
    stores.ask(nodeId(name), opId('x'), { word: 'get' });
    stores.flush();
    expect(heard).toEqual(expected);
    expect(stores.unaccepted).toBe(unaccepted);
    STORE_CLIENTS.delete('note');
  });

  test('are demanded of every service', async () => {
    const places = { 'redis-1': { service: 'nothing', at: 'a:1' } };
    await expect(loadStores(places, SETUP)).rejects.toThrow('no client for the service nothing of redis-1');
  });
});

test.each([
  ['a subject and marks for its answer', { about: 't.1.1', as: { ok: 'prepared' } }, true],
  ['no subject', { as: { ok: 'prepared' } }, false],
  ['marks for other answers', { about: 't.1.1', as: { no: 'abort' } }, false],
] as const)('an answer to a request with %s gives its site a mark or none', (_, { as, ...rest }, gives) => {
  const request: Request = { word: 'put', ...rest, marks: { site: nodeId('s'), as } };
  const mark = { site: 's', about: 't.1.1' as TxId, mark: 'prepared' };
  expect(storeMarkOf(request, { word: 'ok' })).toEqual(gives ? mark : null);
});
