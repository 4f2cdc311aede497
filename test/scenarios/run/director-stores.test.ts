// The director of a run with a store beside its nodes: it is waited for, hit and dumped, and never told anything.

import { describe, expect, test } from 'vitest';
import { nodeId, opId } from '../../../nodes/contract/ids.ts';
import { direct, startDirector } from '../../../scenarios/run/director.ts';
import type { ReportBody } from '../../../nodes/contract/control.ts';
import type { DirectorEffect, DirectorInput } from '../../../scenarios/run/director.ts';
import type { Plan, PlannedFault } from '../../../scenarios/plan/plan-types.ts';

const NODES = ['coordinator', 'client'].map(nodeId);
const STORE = nodeId('redis-1');

const kill: PlannedFault = {
  id: 'fault-1',
  fault: { do: 'kill', node: STORE },
  when: { at: 'time', afterMs: 100 },
  then: { do: 'restart', afterMs: 500 },
  stake: 'none',
  text: 'kill redis-1 at 100ms',
};

function planWith(faults: readonly PlannedFault[]): Plan {
  return {
    version: 1,
    scenario: 'test',
    title: 'test',
    protocol: 'toy',
    seed: 1,
    nodes: [...NODES.map((id) => ({ id, role: id })), { id: STORE, role: 'redis', kind: 'store' }],
    drivers: [],
    askedNode: nodeId('coordinator'),
    sites: {},
    family: 'commit',
    workload: 'transfers',
    initial: {},
    params: {},
    timeouts: { blocked: 1000 },
    options: {},
    faults,
    expect: { properties: {} },
    promises: [],
    okAtLeast: 1,
    timeLimitMs: 60_000,
    probes: [],
  };
}

/** Marks are answered at once; what was done is kept in order. */
function stage(faults: readonly PlannedFault[] = []) {
  const state = startDirector(planWith(faults));
  const done: DirectorEffect[] = [];
  let clock = 0;
  const give = (input: DirectorInput): void => {
    for (const effect of direct(state, input)) {
      done.push(effect);
      if (effect.do === 'command' && effect.command.do === 'mark')
        say(effect.node, { say: 'marked', id: effect.command.id, at: ++clock });
    }
  };
  const say = (node: string, body: ReportBody): void =>
    give({ kind: 'report', report: { node: nodeId(node), incarnation: 1, seq: 0, ...body } });
  const answer = (node: string, op: string): void => {
    const dump = { word: 'dump', state: { inDoubt: [], unfinished: [], holds: [], content: null } };
    say(node, { say: 'answered', op: opId(op), answer: op.startsWith('dump') ? dump : { word: 'done' } });
  };
  give({ kind: 'started' });
  for (const node of NODES) {
    say(node, { say: 'ready' });
    say(node, { say: 'linked', peers: NODES.filter((peer) => peer !== node) });
  }
  const records = () => done.flatMap((effect) => (effect.do === 'record' ? [effect.event] : []));
  const dumpNodes = () => {
    for (const node of NODES) answer(node, `dump-${state.dumpRound}`);
  };
  const endWorkload = () => {
    answer('client', 'run');
    answer('client', `stop-${state.stops}`);
    dumpNodes();
    answer('client', 'probe');
    dumpNodes();
  };
  return { state, done, give, records, endWorkload };
}

const ready: DirectorInput = { kind: 'store-ready', node: STORE };
const commanded = (done: readonly DirectorEffect[]) =>
  done.flatMap((effect) => (effect.do === 'command' ? [effect.node] : []));

describe('the director of a run with a store', () => {
  test('begins when the store is ready, too', () => {
    const { state, give } = stage();
    expect(state.stage).toBe('linking');
    give(ready);
    expect(state.stage).toBe('running');
  });

  test('asks it at rest what it holds, records that beside what nodes answer, and tells it nothing', () => {
    const { state, done, give, records, endWorkload } = stage();
    give(ready);
    endWorkload();
    expect(done.at(-1)).toEqual({ do: 'dump', node: STORE });
    expect(state.stage).toBe('closing');
    give({ kind: 'store-dumped', node: STORE, content: { a: 1 } });
    const dumps = records().flatMap((event) => (event.kind === 'dumped' ? [[event.node, event.state.content]] : []));
    expect(dumps).toEqual([
      ['coordinator', null],
      ['client', null],
      [STORE, { a: 1 }],
    ]);
    expect(state.stage).toBe('finishing');
    expect(commanded(done)).not.toContain(STORE);
  });

  test('ends without a word of a store that could not be asked', () => {
    const { state, give, records, endWorkload } = stage();
    give(ready);
    endWorkload();
    give({ kind: 'store-dumped', node: STORE, content: undefined });
    expect(records().some((event) => event.kind === 'dumped' && event.node === STORE)).toBe(false);
    expect(state.stage).toBe('finishing');
  });

  test('has a killed store back when that is seen, since it says nothing itself', () => {
    const { state, give, records, endWorkload } = stage([kill]);
    give(ready);
    give({ kind: 'expired', timer: 'at fault-1' });
    give({ kind: 'injected', fault: 'fault-1', evidence: { seen: true, text: 'dead' } });
    expect(state.down).toContain(STORE);
    give({ kind: 'expired', timer: 'undo fault-1' });
    give({ kind: 'undone', fault: 'fault-1', evidence: { seen: true, text: 'back' } });
    expect(state.down).not.toContain(STORE);
    const faults = records().flatMap((event) => (event.kind === 'fault' ? [`${event.fault} ${event.node}`] : []));
    expect(faults).toEqual(['kill redis-1', 'restart redis-1']);
    endWorkload();
    expect(state.stage).toBe('closing');
  });

  test('ends the run when the store ends by itself', () => {
    const { give, records } = stage();
    give(ready);
    give({ kind: 'exited', node: STORE, exitCode: 3, oomKilled: false, lastLines: ['no room'] });
    expect(records().find(({ kind }) => kind === 'ended')).toMatchObject({
      why: 'node-failed',
      detail: 'redis-1 ended by itself with exit code 3',
    });
  });
});
