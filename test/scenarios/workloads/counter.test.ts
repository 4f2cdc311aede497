// Counters in scenario files: two locks at once, and where they mean nothing.

import { describe, expect, test } from 'vitest';
import { findWorkload } from '../../../nodes/workloads/catalog.ts';
import { makePlan } from '../../../scenarios/plan/plan.ts';
import { nodeId } from '../../../nodes/contract/ids.ts';
import { parseScenario } from '../../../scenarios/language/scenario.ts';
import { randomStream } from '../../../nodes/contract/random.ts';
import type { CounterParams, Increment } from '../../../nodes/workloads/counter.ts';

function parsed(protocol: string, fields: string) {
  const workload = `workload: { kind: counter, clients: 2, ${fields} }`;
  return parseScenario(`version: 1\nname: two\ntitle: Two\nprotocol: ${protocol}\n${workload}\n`, {
    source: 'two.yaml',
  });
}

describe('two locks at once', () => {
  test.each([
    ['optimistic', 'counters: 2, order: sorted', 'Nobody asks for a lock here'],
    ['redis', 'order: sorted', 'An increment that needs two locks needs two counters.'],
    ['redis', 'counters: 2, between: 5', 'Between two locks there is nothing'],
  ])('are refused under %s with { %s }', (protocol, fields, message) => {
    const scenario = parsed(protocol, fields);
    expect(scenario.ok ? [] : scenario.problems).toMatchObject([
      { message: expect.stringContaining(message) as string },
    ]);
  });

  test('leave no trace in the plan of a workload without them', () => {
    const scenario = parsed('redis', 'counters: 2');
    expect(scenario.ok && makePlan(scenario.value, 1).params).toEqual({
      site: 'resource',
      counters: 2,
      workMs: 5,
      extends: true,
    });
  });

  test.each([
    ['sorted', 1, true],
    ['sorted', 2, true],
    ['opposite', 1, true],
    ['opposite', 2, false],
  ] as const)('%s: client %i asks for the lesser first: %s', (order, client, isLesserFirst) => {
    const random = randomStream(1, 'draws');
    const params: CounterParams = { site: nodeId('resource'), counters: 5, workMs: 0, extends: true, order };
    const drawn = Array.from({ length: 50 }, (_, nth) => {
      const drawer = { node: nodeId(`lock-client-${client}`), client: 0, random, nth };
      return findWorkload('counter')?.draw(params as never, drawer) as Increment;
    });
    const pairs = new Set(drawn.map(({ key, second }) => `${key} ${second}`));
    expect(pairs.size).toBe(10);
    expect(drawn.every(({ key, second = '' }) => key < second === isLesserFirst && key !== second)).toBe(true);
  });
});
