// Scenarios of locks: steps to the stores that keep them, timeouts that a service would change by itself, and claims that a lock cannot meet.

import { describe, expect, test } from 'vitest';
import { PROTOCOLS } from '../../../nodes/protocols/catalog.ts';
import { STORE_CLIENTS } from '../../../nodes/hosts/stores.ts';
import { formatScenario, parseScenario, scenarioFromSentence } from '../../../scenarios/language/scenario.ts';
import { makePlan } from '../../../scenarios/plan/plan.ts';

const read = (text: string) => parseScenario(text, { source: 'mine.yaml' });
const file = (protocol: string, ...more: readonly string[]) =>
  read(
    [
      'version: 1',
      'name: mine',
      'title: Mine',
      `protocol: ${protocol}`,
      'workload: { kind: counter }',
      ...more,
      '',
    ].join('\n'),
  );
const problemOf = (parsed: ReturnType<typeof read>) => (parsed.ok ? undefined : parsed.problems[0]);

describe('a step to the store that keeps a lock', () => {
  const sentence = (protocol: string, peer: string) =>
    scenarioFromSentence(`kill lock-client-1 before ${peer}`, { protocol, workload: 'counter' });

  test.each([
    ['zookeeper', 'ask create to zookeeper', 'zookeeper'],
    ['zookeeper', 'receive created from zookeeper', 'zookeeper'],
    ['redis', 'ask acquire to redis-1', 'redis-1'],
    ['redlock', 'ask acquire to redis-3', 'redis-3'],
    ['redlock', 'ask acquire to last', 'last'],
  ])('of %s, %s, is to %s, as its trace has it', (protocol, step, peer) => {
    const scenario = sentence(protocol, step);
    expect(scenario.ok && makePlan(scenario.value, 1).faults[0]).toMatchObject({
      when: { at: 'step', step: { node: 'lock-client-1', gap: { peer } } },
    });
  });

  test('names no single server of an ensemble', () => {
    expect(problemOf(sentence('zookeeper', 'ask create to zookeeper-2'))).toMatchObject({
      message: 'Nobody asks zookeeper-2 alone: any server of zookeeper answers for all of them.',
      allowed: ['zookeeper'],
    });
  });

  test('is to an ensemble where its client asks one', () => {
    for (const { stores = {} } of PROTOCOLS)
      for (const { service, client = service, ensemble } of Object.values(stores))
        expect(STORE_CLIENTS.get(client)?.of === 'ensemble').toBe(ensemble === true);
  });
});

describe('a session that the ensemble would change', () => {
  test.each([
    ['{ session: 600ms }', 'timeouts.session (600ms) must be longer than 2 times timeouts.tick (300ms)'],
    ['{ session: 6001ms }', 'timeouts.session (6.001s) must be at most 20 times timeouts.tick (300ms)'],
    ['{ tick: 90ms }', 'timeouts.session (2s) must be at most 20 times timeouts.tick (90ms)'],
  ])('is refused: %s', (timeouts, message) => {
    expect(problemOf(file('zookeeper', `timeouts: ${timeouts}`))?.message).toContain(message);
  });

  test.each(['{ session: 6s }', '{ session: 601ms }'])('is not %s', (timeouts) => {
    expect(file('zookeeper', `timeouts: ${timeouts}`).ok).toBe(true);
  });
});

describe('a scenario of a lock', () => {
  test('claims nothing of a target', () => {
    const more = ['faults: [pause lock-client-1 before send write for 3s]', 'expect: { target: { decision: commit } }'];
    expect(problemOf(file('redis', ...more))).toMatchObject({
      found: 'target',
      message: 'redis commits no transaction, so nothing can be claimed of one that a fault hits.',
    });
  });

  test('says in its workload how many clients there are, and nowhere else', () => {
    expect(problemOf(file('redlock', 'topology: { clients: 3 }'))).toMatchObject({
      found: 'clients',
      message: 'The clients of redlock are those of its workload, which says how many there are.',
    });
  });

  test('is printed as a file that is the same scenario', () => {
    const scenario = file('redlock', 'topology: { servers: 3 }');
    if (!scenario.ok) throw new Error('refused');
    const text = formatScenario(scenario.value);
    expect(text).toContain('topology:\n  servers: 3\ntimeouts:');
    expect(read(text)).toEqual(scenario);
  });
});
