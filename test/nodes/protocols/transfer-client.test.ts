// The client's closed loops: what a list is, and how a load that is bounded by time goes on.

import { describe, expect, test } from 'vitest';
import { nodeId, opId } from '../../../nodes/contract/ids.ts';
import { LAB } from '../../../nodes/contract/machine.ts';
import { transferClient } from '../../../nodes/protocols/transfer-client.ts';
import type { Effect } from '../../../nodes/contract/machine.ts';
import type { OpId } from '../../../nodes/contract/ids.ts';
import type { ClientState } from '../../../nodes/protocols/transfer-client.ts';

const coordinator = nodeId('coordinator');
const place = (bank: string) => ({ bank: nodeId(bank), account: 'a00' });
const transfer = { word: 'transfer', from: place('participant-1'), to: place('participant-2'), amount: 1 } as const;

function client(repeat: boolean): ClientState {
  const self = nodeId('client');
  const options = { client: { coordinator, loops: [[transfer, transfer]], repeat } };
  return transferClient.initial({ self, nodes: [self, coordinator], seed: 1, timeouts: {}, options });
}

const asked = (effects: readonly Effect[]): OpId[] =>
  effects.flatMap((effect) => (effect.do === 'ask' ? [effect.op] : []));
const ask = (state: ClientState, word: 'run' | 'stop') =>
  transferClient.next(state, { kind: 'asked', by: LAB, op: opId(word), request: { word } });
const answer = (state: ClientState, op: OpId) =>
  transferClient.next(state, {
    kind: 'answered',
    by: coordinator,
    op,
    reply: { kind: 'answer', answer: { word: 'ok' } },
  });

/** Answers every ask, at most so many times; gives how many were asked, and who was answered. */
function serve(state: ClientState, times: number): { asks: number; answers: string[] } {
  let effects = ask(state, 'run');
  let asks = 0;
  const answers: string[] = [];
  while (asks < times) {
    const [op] = asked(effects);
    if (op === undefined) break;
    asks++;
    effects = answer(state, op);
    for (const effect of effects) if (effect.do === 'answer') answers.push(effect.op);
  }
  return { asks, answers };
}

describe('a client', () => {
  test('is done at the end of its list', () => {
    expect(serve(client(false), 10)).toEqual({ asks: 2, answers: ['run'] });
  });

  test('that repeats begins its list anew, until it is stopped', () => {
    const state = client(true);
    expect(serve(state, 10)).toEqual({ asks: 10, answers: [] });
    ask(state, 'stop');
    const last = state.loops[0]?.underWay;
    const ends = last ? answer(state, last) : [];
    expect(asked(ends)).toEqual([]);
    expect(ends.flatMap((effect) => (effect.do === 'answer' ? [effect.op] : []))).toEqual(['run']);
  });
});
