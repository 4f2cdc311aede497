// A client that needs two locks at once, over a lock service that answers when the test says so.

import { describe, expect, test } from 'vitest';
import { findWorkload } from '../../../nodes/workloads/catalog.ts';
import { invariant } from '../../../nodes/contract/invariant.ts';
import { lockClient } from '../../../nodes/protocols/locks/lock-client.ts';
import { nodeId, opId, type TxId } from '../../../nodes/contract/ids.ts';
import type { Effect, Input } from '../../../nodes/contract/machine.ts';
import type { ToResource } from '../../../nodes/protocols/locks/messages.ts';
import type { Recipe, Step } from '../../../nodes/protocols/locks/recipe.ts';

const [FIRST, SECOND] = ['lock-client-2.1.1', 'lock-client-2.1.2'] as [TxId, TxId];

interface Held {
  readonly about: TxId;
}

const ask = (about: TxId, word: string): Effect => ({
  do: 'ask',
  to: nodeId('store'),
  op: opId(`${about}/${word}`),
  request: { word },
});

/** What is asked is answered by the news that the test gives. */
const recipeOf = (heard: () => Step): Recipe<null, Held> => ({
  service: 'store',
  open: () => null,
  acquire: (_, { about }) => ({ held: { about }, effects: [ask(about, 'acquire')] }),
  extend: (_, { about }) => ({ effects: [ask(about, 'extend')] }),
  release: (_, { about }) => ({ effects: [ask(about, 'release')] }),
  answered: heard,
  expired: () => ({ effects: [] }),
});

/** One client that has begun an increment of two counters, and what it does. */
function stage(params: Readonly<Record<string, unknown>> = {}) {
  const workload = findWorkload('counter');
  invariant(workload, 'no counters');
  let heard: Step = { effects: [] };
  const machine = lockClient(
    workload,
    recipeOf(() => heard),
  );
  const state = machine.initial({
    self: nodeId('lock-client-2'),
    nodes: [],
    seed: 1,
    timeouts: { operation: 1000, resource: 100 },
    workload: 'counter',
    initial: {},
    params: { site: 'resource', counters: 2, workMs: 5, extends: true, order: 'opposite', betweenMs: 20, ...params },
    options: { client: { clients: 1, operations: 1, goesOn: false, busyMs: 0 } },
  });
  let at = 0;
  const give = (input: Record<string, unknown>) =>
    machine.next(state, { ...input, at: ++at } as unknown as Input).map(short);
  give({ kind: 'started', log: [], incarnation: 1 });
  const begun = give({ kind: 'asked', by: 'lab', op: 'run', request: { word: 'run' } });
  const answered = (op: string, news: Step['news']) => {
    heard = { effects: [], ...(news && { news }) };
    return give({ kind: 'answered', by: 'store', op, reply: { kind: 'answer', answer: { word: 'x' } } });
  };
  return {
    begun,
    has: (about: TxId, until = 1_000_000) => answered(`${about}/acquire`, { is: 'granted', asked: 0, until, token: 7 }),
    waits: (about: TxId) => answered(`${about}/acquire`, { is: 'waiting' }),
    loses: (about: TxId) => answered(`${about}/extend`, { is: 'lost' }),
    gaveBack: (about: TxId, owned = true) => answered(`${about}/release`, { is: 'released', owned }),
    hears: (about: TxId, word: string, value?: number) =>
      give({ kind: 'received', from: 'resource', message: { word, about, ...(value !== undefined && { value }) } }),
    expires: (word: string, about: TxId) => give({ kind: 'expired', timer: { word, about } }),
  };
}

/** One line for what matters of an effect. */
function short(effect: Effect): string {
  switch (effect.do) {
    case 'tell': {
      const { note } = effect;
      if (note.word === 'completed') return `tell completed ${note.outcome}: ${note.reason}`;
      const about = 'about' in note ? ` ${note.about}` : '';
      return `tell ${note.word}${about}${note.word === 'yielded' ? ` ${note.why}` : ''}`;
    }
    case 'send': {
      const { word, about, key, value, token } = effect.message as ToResource & { readonly value?: number };
      return ['send', word, about, key, value, `token ${String(token)}`].filter((part) => part !== undefined).join(' ');
    }
    case 'arm':
    case 'disarm':
      return `${effect.do} ${effect.timer.word} ${effect.timer.about}`;
    case 'ask':
      return `ask ${effect.op}`;
    case 'answer':
      return `answer ${effect.op}`;
    case 'append':
    case 'force':
      return effect.do;
  }
}

const acts = (effects: readonly string[]) => effects.filter((line) => !/^(arm|disarm) /.test(line));

function holdingBoth() {
  const client = stage();
  client.has(FIRST);
  client.expires('work', FIRST);
  client.has(SECOND);
  return client;
}

function writing() {
  const client = holdingBoth();
  client.hears(FIRST, 'value', 3);
  client.hears(SECOND, 'value', 8);
  client.expires('work', SECOND);
  return client;
}

describe('a client that needs two locks', () => {
  test('works between its first lock and asking for its second', () => {
    const client = stage();
    expect(acts(client.begun)).toEqual(['tell invoked', `tell began ${FIRST}`, `ask ${FIRST}/acquire`]);
    const has = client.has(FIRST);
    expect(acts(has)).toEqual([`tell granted ${FIRST}`]);
    expect(has).toContain(`arm work ${FIRST}`);
    expect(has).toContain(`arm extend ${FIRST}`);
    expect(acts(client.expires('work', FIRST))).toEqual([`tell began ${SECOND}`, `ask ${SECOND}/acquire`]);
  });

  test('extends the first while it waits for the second', () => {
    const client = stage();
    client.has(FIRST);
    client.expires('work', FIRST);
    expect(client.waits(SECOND)).toEqual([`tell waits ${SECOND}`]);
    expect(client.expires('extend', FIRST)).toEqual([`ask ${FIRST}/extend`]);
  });

  test('asks in the order that its number says, and shows each counter the token of its own lock', () => {
    const client = stage();
    client.has(FIRST);
    client.expires('work', FIRST);
    expect(acts(client.has(SECOND))).toEqual([
      `tell granted ${SECOND}`,
      `send read ${FIRST} counter-2 token 7`,
      `send read ${SECOND} counter-1 token 7`,
    ]);
  });

  test('works when both counters are read, and writes both', () => {
    const client = holdingBoth();
    expect(client.hears(SECOND, 'value', 8)).toEqual([`disarm resource ${SECOND}`]);
    expect(client.hears(FIRST, 'value', 3)).toContain(`arm work ${FIRST}`);
    expect(acts(client.expires('work', FIRST))).toEqual([
      `send write ${FIRST} counter-2 4 token 7`,
      `send write ${SECOND} counter-1 9 token 7`,
    ]);
  });

  test('has ended when both writes are answered and both locks are given back', () => {
    const client = writing();
    expect(acts(client.hears(SECOND, 'written'))).toEqual([]);
    expect(acts(client.hears(FIRST, 'written'))).toEqual([
      `tell yielded ${FIRST} done`,
      `tell yielded ${SECOND} done`,
      `ask ${FIRST}/release`,
      `ask ${SECOND}/release`,
    ]);
    expect(client.gaveBack(SECOND)).toEqual([]);
    expect(acts(client.gaveBack(FIRST))).toEqual(['tell completed ok: the resource has written it', 'answer run']);
  });

  test('gives back the first when it does not get the second in time', () => {
    const client = stage();
    client.has(FIRST);
    client.expires('work', FIRST);
    client.waits(SECOND);
    expect(client.expires('operation', FIRST)).toEqual([]);
    expect(acts(client.expires('operation', SECOND))).toEqual([
      `tell yielded ${FIRST} other`,
      `ask ${FIRST}/release`,
      `ask ${SECOND}/release`,
    ]);
    client.gaveBack(FIRST);
    expect(acts(client.gaveBack(SECOND, false))[0]).toBe('tell completed failed: could not have the lock in time');
  });

  test.each([
    [
      'the lease of the first runs out',
      'deadline',
      (client: ReturnType<typeof stage>) => client.expires('lease', FIRST),
    ],
    ['the first is lost', 'lost', (client: ReturnType<typeof stage>) => client.loses(FIRST)],
  ])('gives back both when %s', (_, why, ends) => {
    const client = holdingBoth();
    expect(acts(ends(client)).slice(0, 2)).toEqual([`tell yielded ${FIRST} ${why}`, `tell yielded ${SECOND} other`]);
    client.gaveBack(SECOND);
    expect(acts(client.gaveBack(FIRST, false))[0]).toContain('tell completed failed');
  });

  test('writes nothing when either lease is over at its last look', () => {
    const client = stage();
    client.has(FIRST);
    client.expires('work', FIRST);
    client.has(SECOND, 1);
    client.hears(FIRST, 'value', 3);
    client.hears(SECOND, 'value', 8);
    const ends = acts(client.expires('work', SECOND));
    expect(ends.slice(0, 2)).toEqual([`tell yielded ${FIRST} other`, `tell yielded ${SECOND} deadline`]);
  });

  test.each([
    [
      'one write is refused and the other taken',
      ['stale', 'written'],
      'unknown: of its two writes the resource refused one',
    ],
    ['one is taken and the other refused', ['written', 'stale'], 'unknown: of its two writes the resource refused one'],
    [
      'one is refused and nothing is heard of the other',
      ['stale'],
      'unknown: of its two writes the resource refused one',
    ],
    ['both are refused', ['stale', 'stale'], 'failed: the resource had seen another holder'],
    [
      'the second is answered when the locks are being given back',
      ['written', 'lease', 'written'],
      'ok: the resource has written it',
    ],
    ['one is never answered', ['written', 'resource'], 'unknown: the resource did not answer'],
  ])('when %s, is told so', (_, words, told) => {
    const client = writing();
    const heard = [FIRST, SECOND];
    for (const word of words) {
      if (word === 'lease' || word === 'resource') client.expires(word, SECOND);
      else client.hears(heard.shift() ?? SECOND, word);
    }
    client.gaveBack(FIRST);
    expect(acts(client.gaveBack(SECOND))[0]).toContain(`tell completed ${told}`);
  });
});
