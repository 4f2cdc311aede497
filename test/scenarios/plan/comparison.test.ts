// A comparison: the same faults for each protocol, and what a commit costs, counted in a history.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { findProtocol } from '../../../nodes/protocols/catalog.ts';
import { comparisonOf } from '../../../scenarios/plan/comparison.ts';
import { priceOf } from '../../../scenarios/judging/measured-cost.ts';
import { parseHistory } from '../../../scenarios/history/history.ts';
import { formatScenario, parseScenario, type Overrides } from '../../../scenarios/language/scenario.ts';
import { goesWith, kindOf, WORKLOAD_KINDS } from '../../../scenarios/workloads/catalog.ts';
import type { Protocol } from '../../../nodes/contract/protocol.ts';

const protocols = (...names: readonly string[]): readonly Protocol[] =>
  names.flatMap((name) => findProtocol(name) ?? []);

function rowsOf(...names: readonly string[]) {
  return rowsWith({}, ...names);
}

function rowsWith(overrides: Overrides, ...names: readonly string[]) {
  const parsed = comparisonOf(protocols(...names), {
    participants: 2,
    lastMs: 2500,
    overrides: { timeouts: { blocked: '1.5s' }, ...overrides },
  });
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems));
  return parsed.value;
}

describe('a comparison', () => {
  test('begins without a fault, kills the coordinator in every phase, then pauses it, cuts it off, and cuts participants apart', () => {
    expect(rowsOf('2pc', '3pc').map(({ title }) => title)).toEqual([
      'nothing fails',
      'kill coordinator during prepare',
      'kill coordinator during voted',
      'kill coordinator during precommit',
      'kill coordinator during decide',
      'kill coordinator during commit',
      'pause coordinator during voted',
      'cut coordinator from all participants during voted',
      'cut participant-2 from all others during voted',
    ]);
  });

  test('leaves out what a protocol has no moment for', () => {
    const missing = rowsOf('2pc', '3pc').flatMap(({ title, scenarios }) =>
      [...scenarios].flatMap(([protocol, scenario]) => (scenario === null ? [`${protocol}: ${title}`] : [])),
    );
    expect(missing).toEqual(['2pc: kill coordinator during precommit']);
  });

  test.each(WORKLOAD_KINDS.filter((kind) => goesWith(kind, 'commit')).map(({ name }) => name))(
    'of %s is as calm as they can be, and is printed as it is run',
    (workload) => {
      const scenarios = rowsWith({ workload }, '2pc', '3pc').flatMap((row) => [...row.scenarios.values()]);
      for (const scenario of scenarios) {
        if (scenario === null) continue;
        expect(scenario.workload).toMatchObject(kindOf(workload).calm(scenario.workload.clients));
        expect(parseScenario(formatScenario(scenario), { source: 'printed.yaml' })).toEqual({
          ok: true,
          value: scenario,
        });
      }
    },
  );

  test('of orders takes from both warehouses each time, so that every fault hits what it is said to hit', () => {
    const [, row] = rowsWith({ workload: 'inventory' }, '2pc', '3pc-quorum');
    const scenarios = [...(row?.scenarios.values() ?? [])];
    expect(scenarios).toHaveLength(2);
    for (const scenario of scenarios) expect(scenario && kindOf('inventory').sitesOf(scenario.workload, 2)).toBe(2);
  });
});

describe('the price of a commit', () => {
  const recorded = readFileSync(join(import.meta.dirname, '../../recorded/kill-coordinator.jsonl'), 'utf8');

  test('is counted in a recorded run as two-phase commit is published', () => {
    const price = priceOf(parseHistory(recorded));
    expect(price).toMatchObject({ forcedWrites: 5, messages: 8, delays: 4 });
    expect(price?.latencyMs).toBeGreaterThan(0);
  });

  test('is unknown where nothing was answered ok', () => {
    const deaf = recorded.split('\n').filter((line) => !line.includes('"completed"'));
    expect(priceOf(parseHistory(deaf.join('\n')))).toBeNull();
  });
});
