// A comparison: the same faults for each protocol, and what a commit costs, counted in a history.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { findProtocol } from '../../../nodes/protocols/catalog.ts';
import { comparisonOf } from '../../../scenarios/plan/comparison.ts';
import { priceOf } from '../../../scenarios/judging/measured-cost.ts';
import { parseHistory } from '../../../scenarios/history/history.ts';
import type { Protocol } from '../../../nodes/contract/protocol.ts';

const protocols = (...names: readonly string[]): readonly Protocol[] =>
  names.flatMap((name) => findProtocol(name) ?? []);

function rowsOf(...names: readonly string[]) {
  const parsed = comparisonOf(protocols(...names), {
    participants: 2,
    lastMs: 2500,
    overrides: { timeouts: { blocked: '1.5s' } },
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
