// A cut between those who never say anything to each other shows nothing, and is refused before anything starts.

import { expect, test } from 'vitest';
import { scenarioFromSentence } from '../../../scenarios/language/scenario.ts';

test.each([
  [
    'cut participant-1 from participant-2 during prepare',
    '2pc',
    '2pc sends nothing between participant-1 and participant-2',
  ],
  ['cut participant-1 from client', '2pc', '2pc sends nothing between participant-1 and client'],
  ['cut redis-1 from redis-2 at 1s', 'redlock', 'redlock sends nothing between redis-1 and redis-2'],
  ['cut resource from redis-1 at 1s', 'redis', 'redis sends nothing between resource and redis-1'],
])('%s of %s is refused', (sentence, protocol, text) => {
  const parsed = scenarioFromSentence(sentence, { protocol });
  expect(parsed.ok || parsed.problems.map(({ message }) => message).join()).toContain(text);
});

test.each([
  ['cut participant-1 from participant-2 during prepare', '2pc-cooperative'],
  ['cut participant-1 from coordinator, client', '2pc'],
  ['cut client from coordinator', '2pc'],
  ['cut lock-client-1 from redis-1, redis-2', 'redlock'],
  ['cut lock-client-1 from lock-manager', 'lock-manager'],
  ['cut redis-1 from redis-2', 'redis:failover'],
  ['cut zookeeper-1 from zookeeper-2, zookeeper-3', 'zookeeper'],
])('%s of %s is not', (sentence, protocol) => {
  expect(scenarioFromSentence(sentence, { protocol })).toMatchObject({ ok: true });
});
