// The model of ZooKeeper: it answers as a real ensemble does, and has what happens to clients.

import { expect, test } from 'vitest';
import { nodeId, opId, type OpId } from '../../../nodes/contract/ids.ts';
import {
  askZooKeeper,
  emptyZooKeeper,
  expireZooKeeper,
  killZooKeeperClient,
  meetZooKeeper,
  partZooKeeper,
  passZooKeeper,
  type ZooKeeperReply,
} from '../../../nodes/stores/zookeeper-model.ts';
import { playZooKeeper, ZOOKEEPER_STORY, type ZooKeeperSubject } from '../../support/stores/zookeeper-script.ts';
import type { ZooKeeperRequest } from '../../../nodes/stores/zookeeper.ts';

type End = Awaited<ReturnType<ZooKeeperSubject['ask']>>;

const ONE = nodeId('one');
const TWO = nodeId('two');
const CREATE: ZooKeeperRequest = { word: 'create', about: 'a', withinMs: 9, folder: '/l', name: 'n-' };
const HEARTBEAT: ZooKeeperRequest = { word: 'heartbeat', about: 'a', withinMs: 9 };
const watchOf = (path: string): ZooKeeperRequest => ({ word: 'watch', about: 'a', withinMs: 9, path });
const wordsOf = (replies: readonly ZooKeeperReply[]) =>
  replies.map(({ to, reply }) => `${to} ${reply.kind === 'answer' ? reply.answer.word : reply.kind}`);

function modelSubject(): ZooKeeperSubject {
  const model = emptyZooKeeper();
  const ends = new Map<OpId, (end: End) => void>();
  let at = 0;
  let asked = 0;
  const tell = (replies: readonly ZooKeeperReply[]): void => {
    for (const { op, reply } of replies) ends.get(op)?.(reply.kind === 'answer' ? reply.answer : reply.kind);
  };
  return {
    ask: (by, request) => {
      const op = opId(`op-${++asked}`);
      return new Promise((resolve) => {
        ends.set(op, resolve);
        tell(askZooKeeper(model, { by: nodeId(by), op, request }, at));
      });
    },
    wait: async (result) => {
      let isDone = false;
      const done = result.finally(() => (isDone = true));
      for (;;) {
        // All that has come is told before more time passes.
        for (let turn = 0; turn < 5; turn++) await Promise.resolve();
        if (isDone) return done;
        at += 50_000;
        tell(passZooKeeper(model, at));
      }
    },
    part: async (by) => tell(partZooKeeper(model, nodeId(by), at)),
    meet: async (by) => tell(meetZooKeeper(model, nodeId(by), at)),
  };
}

test('the model answers the story of two sessions', async () => {
  expect(await playZooKeeper(modelSubject())).toEqual(ZOOKEEPER_STORY);
});

test('a session ends in the first round of a tick after its timeout, and not where its client is back in time', () => {
  const model = emptyZooKeeper({ timeoutMs: 1000, tickMs: 300 });
  askZooKeeper(model, { by: ONE, op: opId('1'), request: CREATE }, 0);
  partZooKeeper(model, ONE, 100_000);
  passZooKeeper(model, 1_199_999);
  expect([...model.nodes.keys()]).toEqual(['/l/n-0000000000']);
  meetZooKeeper(model, ONE, 1_199_999);
  expect(wordsOf(askZooKeeper(model, { by: ONE, op: opId('2'), request: HEARTBEAT }, 9_000_000))).toEqual([
    'one alive',
  ]);
  partZooKeeper(model, ONE, 9_000_000);
  passZooKeeper(model, 10_200_000);
  expect([...model.nodes.keys()]).toEqual([]);
});

test('a client whose process died begins another session while its node still stands', () => {
  const model = emptyZooKeeper({ timeoutMs: 1000, tickMs: 300 });
  askZooKeeper(model, { by: ONE, op: opId('1'), request: CREATE }, 0);
  askZooKeeper(model, { by: TWO, op: opId('2'), request: watchOf('/l/n-0000000000') }, 0);
  expect(killZooKeeperClient(model, ONE, 0)).toEqual([]);
  expect(wordsOf(askZooKeeper(model, { by: ONE, op: opId('3'), request: CREATE }, 10))).toEqual(['one created']);
  expect(model.nodes.size).toBe(2);
  expect(wordsOf(passZooKeeper(model, 1_200_000))).toEqual(['two gone']);
  expect([...model.nodes.keys()]).toEqual(['/l/n-0000000001']);
});

test('a session may end while its client is connected: what it watched is lost, and its next ask hears of the end', () => {
  const model = emptyZooKeeper();
  askZooKeeper(model, { by: ONE, op: opId('1'), request: CREATE }, 0);
  askZooKeeper(model, { by: TWO, op: opId('2'), request: CREATE }, 0);
  askZooKeeper(model, { by: TWO, op: opId('3'), request: watchOf('/l/n-0000000000') }, 0);
  expect(wordsOf(expireZooKeeper(model, TWO))).toEqual(['two lost']);
  const words = ['4', '5'].map((op) => wordsOf(askZooKeeper(model, { by: TWO, op: opId(op), request: HEARTBEAT }, 0)));
  expect(words).toEqual([['two expired'], ['two alive']]);
});
