// How much room there is: a workload in sixty lines and a protocol in one file go from plan to verdict, each with a line in its catalogs and
// nothing else. The runs are in this process, on hosts without containers.

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { sealWorkload } from '../nodes/contract/workload.ts';
import { PROTOCOLS } from '../nodes/protocols/catalog.ts';
import { WORKLOADS } from '../nodes/workloads/catalog.ts';
import { READERS } from '../scenarios/checkers/contents.ts';
import { PROPERTIES, PROPERTY_TABLE } from '../scenarios/checkers/properties.ts';
import { scenarioFromSentence, scenarioWithoutFaults } from '../scenarios/language/scenario.ts';
import { makePlan } from '../scenarios/plan/plan.ts';
import { executeRun } from '../scenarios/run/run.ts';
import { makeRunFolder } from '../scenarios/run/run-folder.ts';
import { WORKLOAD_KINDS } from '../scenarios/workloads/catalog.ts';
import { fakeCluster } from './support/fake-cluster.ts';
import { tempFolder } from './support/temp-folder.ts';
import { even, ticketKind, ticketReader, tickets } from './support/toy/tickets.ts';
import { TOY_COMMIT } from './support/toy/toy-commit.ts';
import type { JudgedProperty } from '../scenarios/checkers/properties.ts';
import type { Scenario } from '../scenarios/language/scenario.ts';

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
  (PROPERTIES as string[]).pop();
});

const QUICK = { clients: 2, transactions: 20 };

function scenarioOf(sentence: string | null): Scenario {
  const parsed = sentence === null ? scenarioWithoutFaults(QUICK) : scenarioFromSentence(sentence, QUICK);
  if (!parsed.ok) throw new Error(parsed.problems.map(({ message }) => message).join('\n'));
  return parsed.value;
}

async function run(scenario: Scenario) {
  const folder = makeRunFolder(tempFolder(), { scenario: 'room', seed: 1, now: new Date(0) });
  const interrupted = new AbortController().signal;
  const plan = makePlan(scenario, 1);
  return executeRun({
    plan,
    cluster: fakeCluster(),
    folder,
    version: 'test',
    onFeed: () => {},
    interrupted,
    keep: false,
  });
}

const wordsOf = (result: Awaited<ReturnType<typeof run>>) =>
  Object.fromEntries(result.verdict.findings.map(({ property, judgement }) => [property, judgement]));

describe('a run in which messages are', () => {
  test.each([
    ['dropped', 'drop ack from participant-1 3 times for 300ms'],
    ['sent twice', 'duplicate vote for 300ms'],
    ['late', 'delay prepare to participant-2 by 30ms of transaction 5 for 300ms'],
    ['late, all of them', 'delay commit to participant-1 by 40ms for 300ms'],
  ])('%s goes from plan to verdict: %s', async (did, sentence) => {
    const { verdict, history } = await run(scenarioOf(sentence));
    expect(verdict.word, verdict.reasons.join('\n')).toBe('as expected');
    const shown = history.events.filter((event) => event.kind === 'fault');
    expect(shown.map(({ evidence }) => evidence.seen)).toEqual([true, true]);
    expect(
      history.events.some((event) => event.kind === 'meddled'),
      did,
    ).toBe(true);
  });

  test('none of what was to be dropped is inconclusive', async () => {
    const { verdict } = await run(scenarioOf('drop abort for 100ms'));
    expect(verdict.word).toBe('inconclusive');
    expect(verdict.reasons[0]).toContain('was not hit: no abort left coordinator');
  });
});

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

describe('hosts without containers', () => {
  test('show what containers show: a coordinator that dies with every vote leaves its participants blocked', async () => {
    const scenario = scenarioOf('kill coordinator during voted of transaction 5 then restart after 1200ms');
    const { verdict } = await run({ ...scenario, timeouts: { ...scenario.timeouts, blocked: 600 } });
    expect(verdict.word, verdict.reasons.join('\n')).toBe('as expected');
    expect(verdict.target).toMatchObject({ decision: 'abort', client: 'unknown', stake: 'in doubt' });
    expect(verdict.findings).toContainEqual(
      expect.objectContaining({ property: 'non-blocking', judgement: 'violated' }),
    );
  });
});
