// Whom a name means that says what a server is: each server of the role says whether it leads.

import { expect, test } from 'vitest';
import { resolveNow } from '../../compose/docker-names.ts';
import { SELECTIONS } from '../../compose/faults.ts';
import { nodeId } from '../../nodes/contract/ids.ts';
import type { DockerState } from '../../compose/docker-state.ts';

const NAMES = ['zookeeper-1', 'zookeeper-2', 'zookeeper-3', 'redis-1'].map(nodeId);

function meant(leaders: readonly string[], still: readonly string[] = []) {
  const asked: string[] = [];
  const stores = NAMES.map((id) => {
    const leads = async () => {
      asked.push(id);
      return leaders.includes(id);
    };
    return [id, { leads }] as const;
  });
  const state = { stores: new Map(stores), still: new Set(still.map(nodeId)) } as unknown as DockerState;
  const all = SELECTIONS.map((select) => resolveNow(state, { role: 'zookeeper', select }));
  return Promise.all(all).then((names) => ({ names, asked }));
}

test('it is asked for each time, of the servers of that role alone', async () => {
  const { names, asked } = await meant(['zookeeper-2', 'redis-1']);
  expect(names).toEqual([
    ['zookeeper-2'],
    ['zookeeper-1', 'zookeeper-3'],
    ['zookeeper-2', 'zookeeper-1'],
    ['zookeeper-3'],
  ]);
  expect(asked).not.toContain('redis-1');
});

test('who is stopped is not asked, and is one of the others all the same', async () => {
  const { names, asked } = await meant(['zookeeper-1'], ['zookeeper-3']);
  expect(names.slice(0, 2)).toEqual([['zookeeper-1'], ['zookeeper-2', 'zookeeper-3']]);
  expect(asked).not.toContain('zookeeper-3');
});

test('it is nobody where none says so, or two do', async () => {
  expect((await meant([])).names).toEqual([[], [], [], []]);
  expect((await meant(['zookeeper-1', 'zookeeper-2'])).names).toEqual([[], [], [], []]);
});
