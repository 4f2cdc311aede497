// How much room there is: a workload in sixty lines and a protocol in one file go from plan to verdict, each with a line in its catalogs and
// nothing else. The runs are in this process, on hosts without containers.

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { sealWorkload } from '../nodes/contract/workload.ts';
import { PROTOCOLS } from '../nodes/protocols/catalog.ts';
import { WORKLOADS } from '../nodes/workloads/catalog.ts';
import { READERS } from '../scenarios/checkers/contents.ts';
import { PROPERTIES, PROPERTY_TABLE } from '../scenarios/checkers/properties.ts';
import { WORKLOAD_KINDS } from '../scenarios/workloads/catalog.ts';
import { QUICK, run, scenarioOf } from './support/quick-run.ts';
import { even, ticketKind, ticketReader, tickets } from './support/toy/tickets.ts';
import { TOY_COMMIT } from './support/toy/toy-commit.ts';
import type { JudgedProperty } from '../scenarios/checkers/properties.ts';

/** The lines that a new workload and a new protocol add to the catalogs; taken out again, since these belong to all tests. */
beforeAll(() => {
  (WORKLOADS as unknown[]).push(sealWorkload(tickets));
  (WORKLOAD_KINDS as unknown[]).push(ticketKind);
  (PROTOCOLS as unknown[]).push(TOY_COMMIT);
  Object.assign(READERS, { tickets: ticketReader });
  (PROPERTIES as string[]).push('even');
  (PROPERTY_TABLE as Map<string, JudgedProperty>).set('even', { ...even, workload: 'tickets', families: ['commit'] });
});
afterAll(() => {
  (WORKLOADS as unknown[]).pop();
  (WORKLOAD_KINDS as unknown[]).pop();
  (PROTOCOLS as unknown[]).pop();
  delete (READERS as Record<string, unknown>)['tickets'];
  (PROPERTIES as string[]).pop();
  (PROPERTY_TABLE as Map<string, JudgedProperty>).delete('even');
});

const wordsOf = (result: Awaited<ReturnType<typeof run>>) =>
  Object.fromEntries(result.verdict.findings.map(({ property, judgement }) => [property, judgement]));

describe('there is room for', () => {
  test('a workload in its own file, under a protocol that never heard of it', async () => {
    const workload = { ...QUICK, kind: 'tickets' };
    const result = await run({ ...scenarioOf(null), workload });
    expect(result.verdict.reasons.join('\n')).toContain('tickets are gone everywhere');
    expect(result.verdict.word).toBe('as expected');
    expect(wordsOf(result)).toMatchObject({ even: 'holds', atomicity: 'holds', progress: 'holds' });
    expect(wordsOf(result)).not.toHaveProperty('journal');
  });

  test('a protocol in one file, with workloads that never heard of it', async () => {
    const timeouts = { operation: 5000, blocked: 1000 };
    for (const kind of ['transfers', 'tickets']) {
      const { workload, ...scenario } = scenarioOf(null);
      const own = kind === 'transfers' ? workload : { ...QUICK, kind };
      const result = await run({ ...scenario, protocol: 'toy', timeouts, workload: own });
      expect(result.verdict.word, result.verdict.reasons.join('\n')).toBe('as expected');
    }
  });
});
