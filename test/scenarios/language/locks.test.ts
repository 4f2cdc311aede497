// Scenarios of locks: steps to the stores that keep them, timeouts that a service would change by itself, and claims that a lock cannot meet.

import { describe, expect, test } from 'vitest';
import { SELECTIONS } from '../../../compose/faults.ts';
import { PROTOCOLS } from '../../../nodes/protocols/catalog.ts';
import { STORE_CLIENTS } from '../../../nodes/hosts/stores.ts';
import { formatScenario, parseScenario, scenarioFromSentence } from '../../../scenarios/language/scenario.ts';
import { movedIn } from '../../../scenarios/run/run.ts';
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

describe('a server by what it is when the fault comes', () => {
  const sentence = (text: string, protocol = 'zookeeper') =>
    scenarioFromSentence(text, { protocol, workload: 'counter' });
  const planned = (text: string) => {
    const scenario = sentence(text);
    return scenario.ok ? makePlan(scenario.value, 1).faults[0] : problemOf(scenario);
  };
  const role = 'zookeeper';
  const clients = ['lock-client-1', 'lock-client-2', 'resource'];

  test('is in the plan as what it is', () => {
    expect(planned('kill zookeeper leader at 1s')).toMatchObject({
      fault: { do: 'kill', node: { role, select: 'leader' } },
      text: 'kill zookeeper leader at 1s then restart after 3s',
    });
    expect(planned('cut lock-client-1, zookeeper majority from zookeeper minority at 1s')).toMatchObject({
      fault: {
        do: 'cut',
        group: ['lock-client-1', { role, select: 'majority' }],
        from: [{ role, select: 'minority' }],
      },
    });
  });

  test.each([
    ['leader', 'others'],
    ['others', 'leader'],
    ['majority', 'minority'],
    ['minority', 'majority'],
  ])('is cut off from all other nodes, and from the rest of its ensemble: %s', (select, rest) => {
    expect(planned(`cut zookeeper ${select} at 1s`)).toMatchObject({
      fault: { group: [{ role, select }], from: [...clients, { role, select: rest }] },
    });
  });

  test('is read again from the text of its sentence', () => {
    for (const text of [
      'pause zookeeper leader at 1s',
      'cut zookeeper leader at 1s',
      'cut zookeeper others from resource at 1s',
    ]) {
      const scenario = sentence(text);
      expect(scenario.ok && parseScenario(formatScenario(scenario.value), { source: 'again.yaml' })).toEqual(scenario);
    }
  });

  test.each([
    ['kill zookeeper at 1s', 'zookeeper is 3 servers: it is not said which of them.', ['leader']],
    ['cut zookeeper from resource', 'zookeeper is 3 servers: it is not said which of them.', [...SELECTIONS]],
    [
      'pause zookeeper others at 1s',
      'zookeeper others may be more than one server, and this fault hits one.',
      ['leader'],
    ],
    ['kill zookeeper leadr at 1s', 'zookeeper is 3 servers: it is not said which of them.', ['leader']],
  ])('is said in a word: %s', (text, message, allowed) => {
    expect(problemOf(sentence(text))).toMatchObject({ message, allowed });
  });

  test('has a clock, which is moved wherever it runs', () => {
    const scenario = sentence('clock zookeeper leader forward 60s at 1s');
    const plan = scenario.ok ? makePlan(scenario.value, 1) : undefined;
    expect(plan?.faults[0]?.fault).toEqual({ do: 'clock', node: { role, select: 'leader' }, byMs: 60_000 });
    expect([...(plan ? movedIn(plan).keys() : [])]).toEqual(['zookeeper-1', 'zookeeper-2', 'zookeeper-3']);
    expect(problemOf(sentence('clock zookeeper forward 60s'))?.message).toMatch('it is not said which of them');
  });

  test('has no steps', () => {
    expect(problemOf(sentence('kill zookeeper leader after receive created'))).toMatchObject({
      message: 'Whose step is this? zookeeper leader is a store, which has no steps.',
    });
  });

  test('is named twice by one name, and not on both sides', () => {
    expect(problemOf(sentence('cut zookeeper leader, zookeeper leader from resource'))?.message).toMatch('named twice');
    expect(problemOf(sentence('cut zookeeper leader from zookeeper leader'))?.message).toMatch('cut off from itself');
  });

  test('is none where servers know nothing of each other', () => {
    expect(problemOf(sentence('kill redis leader at 1s', 'redlock'))?.message).toMatch('leader is not');
  });

  test('no message is that of a server', () => {
    expect(problemOf(sentence('drop read to zookeeper leader'))?.message).toMatch('it is not said which of them');
  });
});

describe('a replica', () => {
  const promote = (words: string, protocol = 'redis:failover') =>
    scenarioFromSentence(`promote ${words}`, { protocol });

  test.each([
    ['redis-2 at 1s', { at: 'time', afterMs: 1000 }, 'promote redis-2 at 1s'],
    ['redis at 1s', { at: 'time', afterMs: 1000 }, 'promote redis-2 at 1s'],
    [
      'redis-2 at lock-client-1 after send read of transaction 2',
      { at: 'step', nth: 2 },
      'promote redis-2 at lock-client-1 after send read of transaction 2',
    ],
    ['redis-2', { at: 'step', nth: 20 }, 'promote redis-2 during acquire of transaction 20'],
  ])('is promoted, and nothing ends that: promote %s', (words, when, text) => {
    const scenario = promote(words);
    const [fault] = scenario.ok ? makePlan(scenario.value, 1).faults : [];
    expect(fault).toMatchObject({ fault: { do: 'promote', node: 'redis-2' }, when, text });
    expect(fault?.then).toEqual({ do: 'nothing', afterMs: 0 });
  });

  test.each([
    ['redis-1', 'redis:failover', 'redis-1', 'redis-1 is the primary already.', ['redis-2']],
    ['resource', 'redis:failover', 'resource', 'resource is no store, which could be promoted.', ['redis-2']],
    ['redis-3', 'redis:failover', 'redis-3', 'There is no node redis-3 here.', ['redis-2']],
    ['redis-1', 'redlock', 'redis-1', 'redlock has no replica that could be promoted.', undefined],
    ['coordinator', '2pc', 'coordinator', '2pc has no replica that could be promoted.', undefined],
    [
      'redis-2 for 3s',
      'redis:failover',
      'for',
      'A replica that is promoted stays a primary: nothing ends it.',
      undefined,
    ],
    [
      'redis-2 then heal',
      'redis:failover',
      'then',
      'A replica that is promoted stays a primary: nothing ends it.',
      undefined,
    ],
    [
      'redis-2 after send read',
      'redis:failover',
      'after',
      'Whose step is this? redis-2 is a store, which has no steps.',
      undefined,
    ],
  ])('is all that can be promoted, for good: not promote %s with %s', (words, protocol, found, message, allowed) => {
    expect(problemOf(promote(words, protocol))).toMatchObject({ found, message, ...(allowed && { allowed }) });
  });

  test('has a near name, and protocols that have one', () => {
    expect(problemOf(promote('redis-3'))).toMatchObject({ nearest: 'redis-2' });
    expect(problemOf(promote('redis-2', 'redis'))).toMatchObject({
      hint: 'These protocols have one: redis:failover, redis:failover-fencing',
    });
  });
});

describe('a session of ZooKeeper', () => {
  test('that the ensemble would make longer is refused', () => {
    const message = 'timeouts.session (600ms) must be longer than 2 times timeouts.tick (300ms)';
    expect(problemOf(file('zookeeper', 'timeouts: { session: 600ms }'))?.message).toContain(message);
  });

  test.each(['{ session: 601ms }', '{ session: 6s }', '{ session: 9s }'])(
    'that it may shorten is not: %s',
    (timeouts) => {
      expect(file('zookeeper', `timeouts: ${timeouts}`).ok).toBe(true);
    },
  );
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
