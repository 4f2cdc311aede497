// The model of Redis: it answers as real servers do, and has what happens to servers.

import { expect, test } from 'vitest';
import {
  askRedis,
  copyRedis,
  emptyRedis,
  jumpRedis,
  promoteRedis,
  restartRedis,
} from '../../../nodes/stores/redis-model.ts';
import { playRedis, type RedisSubject } from '../../support/stores/redis-script.ts';
import { playReplicas, REPLICA_STORY, type ReplicaSubject } from '../../support/stores/replica-script.ts';
import type { RedisRequest } from '../../../nodes/stores/redis.ts';

test.each([
  ['forgets all', false],
  ['keeps all', true],
])('a server that %s in a kill answers the script', async (_, isDurable) => {
  const model = emptyRedis({ isDurable });
  let at = 0;
  const subject: RedisSubject = {
    ask: async (request) => askRedis(model, request, at),
    until: async (request, answer) => {
      while (JSON.stringify(askRedis(model, request, at)) !== JSON.stringify(answer)) at += 10_000;
    },
    killAndStart: async () => restartRedis(model),
  };
  const { answers, expected } = await playRedis(subject, { isDurable });
  expect(answers).toEqual(expected);
});

test('a primary and its replica go through their story', async () => {
  const models = { 'redis-1': emptyRedis(), 'redis-2': emptyRedis({ isReplica: true }) };
  let isLinked = true;
  const copy = () => isLinked && copyRedis(models['redis-1'], models['redis-2']);
  const subject: ReplicaSubject = {
    ask: async (of, request) => {
      const answer = askRedis(models[of], request, 0);
      copy();
      return answer;
    },
    cut: async () => void (isLinked = false),
    promote: async () => {
      isLinked = false;
      promoteRedis(models['redis-2']);
    },
    killAndStart: async () => {
      restartRedis(models['redis-1']);
      copy();
    },
  };
  expect(await playReplicas(subject)).toEqual(REPLICA_STORY);
});

test('keys expire by the clock of the server, which may jump', () => {
  const model = emptyRedis();
  const acquire: RedisRequest = { word: 'acquire', about: 'a', withinMs: 9, key: 'k', value: 'v', ttlMs: 1000 };
  const look: RedisRequest = { word: 'look', about: 'a', withinMs: 9, key: 'k' };
  askRedis(model, acquire, 0);
  jumpRedis(model, -500);
  expect(askRedis(model, look, 1_499_999)).toEqual({ word: 'value', value: 'v' });
  expect(askRedis(model, look, 1_500_000)).toEqual({ word: 'value', value: null });
  askRedis(model, acquire, 1_500_000);
  jumpRedis(model, 1000);
  expect(askRedis(model, look, 1_500_000)).toEqual({ word: 'value', value: null });
});

test('a model is plain data, which can be copied and asked apart', () => {
  const model = emptyRedis();
  const copy = structuredClone(model);
  const acquire: RedisRequest = { word: 'acquire', about: 'a', withinMs: 9, key: 'k', value: 'v', ttlMs: 1000 };
  expect(askRedis(model, acquire, 0)).toEqual({ word: 'granted' });
  expect(askRedis(copy, acquire, 0)).toEqual({ word: 'granted' });
});
