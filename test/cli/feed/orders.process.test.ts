// A run of orders in this process, from plan to verdict: it comes out as it does on containers, and everybody who watches reads of orders.

import { describe, expect, test } from 'vitest';
import { next } from '../../../cli/feed/follow.ts';
import { openModel } from '../../../cli/feed/model.ts';
import { operationsOf, stageOf } from '../../../cli/feed/phrases.ts';
import { demand } from '../../../cli/usage.ts';
import { scenarioFromSentence, scenarioWithoutFaults, type Scenario } from '../../../scenarios/language/scenario.ts';
import { makePlan } from '../../../scenarios/plan/plan.ts';
import { executeRun } from '../../../scenarios/run/run.ts';
import { makeRunFolder } from '../../../scenarios/run/run-folder.ts';
import { fakeCluster } from '../../support/fake-cluster.ts';
import { textOf } from '../../support/recorded-run.ts';
import { tempFolder } from '../../support/temp-folder.ts';

const ORDERS = { workload: 'inventory', transactions: 60 };

/** The verdict, and what a view was told line by line. */
async function watch(scenario: Scenario) {
  const plan = makePlan(scenario, 1);
  const model = openModel(plan, 0);
  const said: string[] = [];
  const { verdict } = await executeRun({
    plan,
    cluster: fakeCluster(),
    folder: makeRunFolder(tempFolder(), { scenario: 'orders', seed: 1, now: new Date(0) }),
    version: 'test',
    onFeed: (feed) => void said.push(...textOf(next(model, feed, model.nowMs + 1))),
    interrupted: new AbortController().signal,
    keep: false,
  });
  return { model, said, verdict };
}

const judged = ({ findings }: Awaited<ReturnType<typeof watch>>['verdict']) =>
  Object.fromEntries(findings.map(({ property, judgement }) => [property, judgement]));

describe('a run of orders', () => {
  test('in which nothing fails holds what orders promise, and says nothing of money', async () => {
    const { verdict, said, model } = await watch(demand(scenarioWithoutFaults(ORDERS)));
    expect(verdict.word, verdict.reasons.join('\n')).toBe('as expected');
    expect(judged(verdict)).toMatchObject({ atomicity: 'holds', orders: 'holds', stock: 'holds', progress: 'holds' });
    expect(operationsOf(model)).toBe('orders');
    expect(said).toContain('probing every item with 32 orders');
    const words = [...said, ...verdict.reasons, ...verdict.findings.map(({ reason }) => reason)].join('\n');
    expect(words).toMatch(/\d+ orders that ended ok .* outlived all restarts/);
    expect(words).not.toMatch(/transfer|account\b|accounts\b|bank|money/);
  });

  test('whose coordinator dies with every vote keeps the pieces until it is back, and sells nothing twice', async () => {
    const sentence = 'kill coordinator during voted of transaction 5 then restart after 1200ms';
    const scenario = demand(scenarioFromSentence(sentence, ORDERS));
    const { verdict, said, model } = await watch({ ...scenario, timeouts: { ...scenario.timeouts, blocked: 600 } });
    expect(verdict.word, verdict.reasons.join('\n')).toBe('as expected');
    expect(verdict.target).toMatchObject({ decision: 'abort', client: 'unknown', stake: 'in doubt' });
    expect(judged(verdict)).toMatchObject({ orders: 'holds', stock: 'holds', 'non-blocking': 'violated' });
    expect(said).toContain('healed the orders are done and every fault has ended');
    expect(model.faults.map((fault) => stageOf(model, fault).text).join('\n')).not.toContain('transfer');
  });
});
