// A lock on ZooKeeper, answer by answer: whose node and whose session it is, and how long that is granted.

import { describe, expect, test } from 'vitest';
import { nodeId, opId, txId } from '../../../nodes/contract/ids.ts';
import { zookeeperLock } from '../../../nodes/protocols/locks/zookeeper-lock.ts';
import type { Effect, Reply } from '../../../nodes/contract/machine.ts';
import type { Step } from '../../../nodes/protocols/locks/recipe.ts';

const recipe = zookeeperLock({});
const about = txId({ coordinator: nodeId('lock-client-1'), incarnation: 1, counter: 1 });
const NAME = `${about}.0-lock-0000000007`;
const EARLIER = 'lock-client-2.1.1.0-lock-0000000003';

/** An acquisition, whose effects are put into words: `create 2` asks for a node, with the second of its asks. */
function open(session = 2000) {
  const own = recipe.open({
    self: nodeId('lock-client-1'),
    nodes: [],
    seed: 1,
    timeouts: { session, tick: 300 },
    workload: 'counter',
    initial: {},
    params: {},
    options: {},
  });
  const begun = recipe.acquire(own, { about, key: 'counter-1' }, 0);
  const does = ({ effects }: Step) => effects.map(wordsOf);
  const answered = (ask: number, answer: Reply, atMs = 10) =>
    recipe.answered(own, begun.held, { op: opId(`${about}/${ask}`), reply: answer, at: atMs * 1000 });
  const expired = (word: string) => recipe.expired(own, begun.held, { word, about }, 20_000);
  return { begun: does(begun), does, answered, expired };
}

function wordsOf(effect: Effect): string {
  switch (effect.do) {
    case 'ask':
      return `${effect.request.word} ${effect.op.split('/')[1]}`;
    case 'arm':
      return `arm ${effect.timer.word} in ${effect.afterMs} ms`;
    case 'tell':
      return `tell ${effect.note.word}`;
    default:
      return effect.do;
  }
}

function said(word: string, more: object = {}, session = 'a', timeoutMs = 2000): Reply {
  const answer = { word, session, timeoutMs, ...more };
  return { kind: 'answer', answer };
}
const created = (session = 'a', timeoutMs = 2000) =>
  said('created', { path: `/txlab/counter-1/${NAME}` }, session, timeoutMs);
const listed = (...names: readonly string[]) => said('listed', { names });
const lost: Reply = { kind: 'lost' };

test('its heartbeats and its time go by the session that was granted', () => {
  const { begun, does, answered, expired } = open(12_000);
  expect(begun).toEqual(['heartbeat 1', 'arm heartbeat in 2000 ms', 'create 2']);
  expect(does(answered(2, created('a', 6000)))).toEqual(['arm heartbeat in 1000 ms', 'list 3']);
  answered(3, said('listed', { names: [NAME] }, 'a', 6000));
  expect(does(expired('heartbeat'))).toEqual(['heartbeat 4', 'arm heartbeat in 1000 ms']);
  // Less a heartbeat, and half a tick of the servers.
  expect(answered(4, said('alive', {}, 'a', 6000), 30).news).toEqual({
    is: 'granted',
    asked: 20_000,
    until: 4_870_000,
  });
});

describe('its place in the queue', () => {
  test('is told when its node is seen behind another, once', () => {
    const { does, answered } = open();
    answered(2, created());
    expect(does(answered(3, listed(EARLIER, NAME)))).toEqual(['tell queued', 'watch 4']);
    expect(does(answered(4, said('gone')))).toEqual(['list 5']);
    expect(does(answered(5, listed(EARLIER, NAME)))).toEqual(['watch 6']);
  });

  test('is lost with its session, and taken anew', () => {
    const { does, answered } = open();
    answered(2, created());
    answered(3, listed(EARLIER, NAME));
    expect(does(answered(1, said('expired')))).toEqual(['tell unqueued', 'create 5']);
  });
});

describe('a node that may have been made, and is found by its name,', () => {
  const found = () => {
    const acquisition = open();
    acquisition.answered(2, lost);
    expect(acquisition.does(acquisition.expired('again'))).toEqual(['list 3']);
    expect(acquisition.does(acquisition.answered(3, listed(NAME)))).toEqual(['look 4']);
    return acquisition;
  };

  test('is looked at again where that look was lost: it counts when it is known whose it is', () => {
    const { does, answered, expired } = found();
    answered(4, lost);
    expect(does(expired('again'))).toEqual(['look 5']);
    expect(does(answered(5, said('found', { owner: 'a', zxid: 9 })))).toEqual(['list 6']);
  });

  test.each([
    ['is gone', said('missing')],
    ['is of another session', said('found', { owner: 'b', zxid: 9 })],
  ])('is made anew where it %s', (_, answer) => {
    const { does, answered } = found();
    expect(does(answered(4, answer))).toEqual(['create 5']);
  });
});

test('the end of a session before its own takes nothing away', () => {
  const { does, answered } = open();
  answered(2, created('b'));
  expect(does(answered(1, said('expired', {}, 'a')))).toEqual([]);
  expect(does(answered(3, listed(EARLIER, NAME)))).toEqual(['tell queued', 'watch 4']);
});
