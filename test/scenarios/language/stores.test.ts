// A protocol with stores: their names, and what can be said of them.

import { afterAll, expect, test } from 'vitest';
import { scenarioFromSentence } from '../../../scenarios/language/scenario.ts';
import { layoutOf } from '../../../scenarios/language/layout.ts';
import { makePlan } from '../../../scenarios/plan/plan.ts';
import { specOf } from '../../../scenarios/run/run.ts';
import { addToyStore } from '../../support/toy/toy-store.ts';

const takeOut = addToyStore();
afterAll(takeOut);

const scenarioOf = (sentence: string) => scenarioFromSentence(sentence, { protocol: 'toy-store', participants: 2 });
const size = { protocol: 'toy-store', topology: { participants: 2 }, workload: { kind: 'transfers', transactions: 9 } };

test('stores are named by their role and numbered, after the nodes', () => {
  expect(layoutOf(size).nodes).toEqual([
    { id: 'teller', role: 'teller' },
    { id: 'client', role: 'client' },
    { id: 'box-1', role: 'box', kind: 'store' },
    { id: 'box-2', role: 'box', kind: 'store' },
  ]);
});

test('a store has no steps: a fault on it names the node whose step it is, or a time', () => {
  const refused = scenarioOf('kill box-1 before ask put');
  expect(!refused.ok && refused.problems[0]?.message).toContain('box-1 is a store, which has no steps');
  expect(scenarioOf('kill box-1 at 300ms').ok).toBe(true);
  const scenario = scenarioOf('pause box-2 at teller before ask put to box-2');
  expect(scenario.ok && makePlan(scenario.value, 1).faults[0]).toMatchObject({
    fault: { do: 'pause', node: 'box-2' },
    when: { at: 'step', step: { node: 'teller', gap: { peer: 'box-2' } } },
  });
});

test('a cluster is told of nodes and stores apart, and each node of the stores that it can ask', () => {
  const scenario = scenarioOf('kill box-1 at 300ms');
  if (!scenario.ok) throw new Error('refused');
  const { nodes, stores } = specOf(makePlan(scenario.value, 1), { name: 'r', path: '/r' });
  expect(nodes.map(({ id, setup }) => [id, setup.nodes, setup.stores])).toEqual(
    ['teller', 'client'].map((id) => [id, ['teller', 'client'], ['box-1', 'box-2']]),
  );
  expect(stores).toEqual(['box-1', 'box-2'].map((id) => ({ id, service: 'box' })));
});
