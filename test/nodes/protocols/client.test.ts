// The client's closed loops: when the workload has been done, and how clients go on until they are stopped.

import { describe, expect, test } from 'vitest';
import { nodeId, opId } from '../../../nodes/contract/ids.ts';
import { LAB } from '../../../nodes/contract/machine.ts';
import { commitClient } from '../../../nodes/protocols/client.ts';
import { TRANSFERS } from '../../support/bank-theatre.ts';
import type { Effect, Reply } from '../../../nodes/contract/machine.ts';
import type { OpId } from '../../../nodes/contract/ids.ts';
import type { ClientOptions, ClientState } from '../../../nodes/protocols/client.ts';

const machine = commitClient(TRANSFERS);
const coordinator = nodeId('coordinator');

function client(changes: Partial<ClientOptions> = {}): ClientState {
  const self = nodeId('client');
  const banks = ['participant-1', 'participant-2'].map(nodeId);
  const shares = { contention: 0, reads: 0, poor: 0 };
  const params = { banks, accounts: 8, clients: 1, ...shares, largest: 9, parts: 2, enlist: 'two' } as const;
  const options = { coordinator, clients: 1, operations: 2, goesOn: false, busyMs: 0, ...changes };
  return machine.initial({
    self,
    nodes: [self, coordinator],
    seed: 1,
    timeouts: {},
    workload: 'transfers',
    initial: {},
    params,
    options: { client: options },
  });
}

const asked = (effects: readonly Effect[]): OpId[] =>
  effects.flatMap((effect) => (effect.do === 'ask' ? [effect.op] : []));
const answersIn = (effects: readonly Effect[]): string[] =>
  effects.flatMap((effect) => (effect.do === 'answer' ? [effect.op] : []));
const ask = (state: ClientState, word: 'run' | 'stop', op: string = word) =>
  machine.next(state, { kind: 'asked', by: LAB, op: opId(op), request: { word }, at: 0 });
const answer = (state: ClientState, op: OpId) =>
  machine.next(state, {
    kind: 'answered',
    by: coordinator,
    op,
    reply: { kind: 'answer', answer: { word: 'ok' } },
    at: 0,
  });
const wake = (state: ClientState, timer: { word: string; about: OpId | null }) =>
  machine.next(state, { kind: 'expired', timer, at: 0 });
const REST = { word: 'rest', about: opId('loop-0') };

/** Answers every ask, at most so many times; gives how many were asked, who was answered, and the last effects. */
function serve(state: ClientState, first: readonly Effect[], times: number) {
  let effects = first;
  let asks = 0;
  const answers = answersIn(effects);
  while (asks < times) {
    const [op] = asked(effects);
    if (op === undefined) break;
    asks++;
    effects = answer(state, op);
    answers.push(...answersIn(effects));
  }
  return { asks, answers, effects };
}

describe('a client', () => {
  test('has done the workload when the last of its operations has ended', () => {
    const state = client();
    expect(serve(state, ask(state, 'run'), 10)).toMatchObject({ asks: 2, answers: ['run'] });
  });

  test('that goes on says that the workload is done, and goes on until it is stopped', () => {
    const state = client({ goesOn: true, busyMs: 1000 });
    expect(serve(state, ask(state, 'run'), 10)).toMatchObject({ asks: 10, answers: ['run'] });
    expect(answersIn(ask(state, 'stop'))).toEqual([]);
    const last = state.loops[0]?.underWay;
    const ends = last ? answer(state, last) : [];
    expect(asked(ends)).toEqual([]);
    expect(answersIn(ends)).toEqual(['stop']);
  });

  test('that goes on does so at an easy pace when it need not be busy any more', () => {
    const state = client({ goesOn: true, busyMs: 1000 });
    serve(state, ask(state, 'run'), 10);
    expect(wake(state, { word: 'busy', about: null })).toEqual([]);
    const last = state.loops[0]?.underWay;
    const ends = last ? answer(state, last) : [];
    expect(asked(ends)).toEqual([]);
    expect(ends).toContainEqual({ do: 'arm', timer: REST, afterMs: 100 });
    expect(asked(wake(state, REST))).toHaveLength(1);
  });

  test('that rests when it is stopped begins nothing when it wakes', () => {
    const state = client({ goesOn: true });
    serve(state, ask(state, 'run'), 10);
    expect(answersIn(ask(state, 'stop'))).toEqual(['stop']);
    expect(wake(state, REST)).toEqual([]);
  });

  test('that was stopped goes on when it is asked to run again', () => {
    const state = client({ goesOn: true });
    serve(state, ask(state, 'run'), 10);
    ask(state, 'stop');
    wake(state, REST);
    const again = ask(state, 'run', 'run-2');
    expect(answersIn(again)).toEqual(['run-2']);
    expect(asked(again)).toHaveLength(1);
  });

  test('draws the same operations from the same seed, whatever the answers are', () => {
    const requests = () => {
      const state = client({ goesOn: true, busyMs: 1 });
      return [ask(state, 'run'), serve(state, ask(state, 'run', 'again'), 5).effects].flatMap((effects) =>
        effects.flatMap((effect) => (effect.do === 'ask' ? [effect.request] : [])),
      );
    };
    expect(requests()).toEqual(requests());
  });
});

describe('a client that repeats', () => {
  const first = (retry: 'commit' | 'body') => {
    const state = client({ retry });
    const [op] = asked(ask(state, 'run'));
    if (op === undefined) throw new Error('nothing was asked');
    const hear = (reply: Reply, at = 0) => machine.next(state, { kind: 'answered', by: coordinator, op, reply, at });
    const wakes = (word: string, at = 0) => machine.next(state, { kind: 'expired', timer: { word, about: op }, at });
    return { state, op, hear, wakes };
  };
  const said = (word: 'ok' | 'failed'): Reply => ({
    kind: 'answer',
    answer:
      word === 'ok' ? ({ word, about: 'coordinator.1.1' } as never) : ({ word, about: null, reason: 'no' } as never),
  });
  const ends = (effects: readonly Effect[]) =>
    effects.flatMap((effect) =>
      effect.do === 'tell' && effect.note.word === 'completed' ? [effect.note.outcome] : [],
    );

  test.each([['lost'], ['operation']])('asks for the same operation again after a while: %s', (how) => {
    const { op, hear, wakes } = first('commit');
    const doubt = how === 'lost' ? hear({ kind: 'lost' }) : wakes('operation');
    expect(ends(doubt)).toEqual([]);
    expect(asked(doubt)).toEqual([]);
    expect(doubt).toContainEqual({ do: 'arm', timer: { word: 'retry', about: op }, afterMs: 50 });
    expect(asked(wakes('retry'))).toEqual([op]);
    expect(ends(hear(said('ok')))).toEqual(['ok']);
  });

  test('goes on repeating while nobody can be reached, which is no failure any more', () => {
    const { op, hear, wakes } = first('commit');
    hear({ kind: 'lost' });
    wakes('retry');
    expect(ends(hear({ kind: 'refused' }))).toEqual([]);
    expect(asked(wakes('retry'))).toEqual([op]);
  });

  test('calls failed what could not be sent the first time', () => {
    expect(ends(first('commit').hear({ kind: 'refused' }))).toEqual(['failed']);
  });

  test('gives up as unknown after ten seconds', () => {
    const { hear, wakes } = first('commit');
    hear({ kind: 'lost' }, 1_000_000);
    wakes('retry', 2_000_000);
    expect(ends(hear({ kind: 'refused' }, 11_000_001))).toEqual(['unknown']);
  });

  test('takes an answer that comes while it waits to ask again', () => {
    const { hear, wakes } = first('commit');
    wakes('operation');
    expect(ends(hear(said('ok')))).toEqual(['ok']);
    expect(asked(wakes('retry'))).toEqual([]);
  });

  test.each([
    ['commit', 'failed'],
    ['body', 'unknown'],
  ] as const)('%s calls a failure after a doubt %s', (retry, outcome) => {
    const { hear, wakes } = first(retry);
    hear({ kind: 'lost' });
    wakes('retry');
    expect(ends(hear(said('failed')))).toEqual([outcome]);
  });

  test('says with each request which operations it will not ask for again', () => {
    const state = client({ retry: 'commit', clients: 2, operations: 6 });
    const floors = (effects: readonly Effect[]) =>
      effects.flatMap((effect) => (effect.do === 'ask' ? [(effect.request as { floor?: number }).floor] : []));
    expect(floors(ask(state, 'run'))).toEqual([1, 1]);
    expect(floors(answer(state, opId('client.0.1')))).toEqual([2]);
  });
});
