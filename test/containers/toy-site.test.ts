// A site of three nodes that has decided when two of them hold the record: judged by that, with one of them dead and with two.

import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { factsOf } from '../../scenarios/checkers/gather.ts';
import { nonBlocking } from '../../scenarios/checkers/non-blocking.ts';
import { parseScenario } from '../../scenarios/language/scenario.ts';
import { makePlan } from '../../scenarios/plan/plan.ts';
import { bundleProgram, openLab } from '../support/lab.ts';
import { addToySite } from '../support/toy/toy-site.ts';
import type { RunResult } from '../../scenarios/run/run.ts';
import type { Lab } from '../support/lab.ts';

let lab: Lab;
let program: string;
const takeOut = addToySite();
beforeAll(async () => {
  lab = await openLab();
  program = await bundleProgram(
    join(lab.folder, 'toy.mjs'),
    `import { addToySite } from './test/support/toy/toy-site.ts';
     addToySite();
     await import('./nodes/main.ts');`,
  );
});
afterAll(() => {
  takeOut();
  rmSync(lab.folder, { recursive: true, force: true });
});

async function run(...faults: readonly string[]): Promise<RunResult> {
  const list = faults.map((fault) => `  - ${fault}`).join('\n');
  const text = `
version: 1
name: three
title: three
protocol: toy-site
timeouts: { blocked: 500ms }
workload: { clients: 2, transactions: 60 }
faults:
${list}
`;
  const scenario = parseScenario(text, { source: 'test' });
  if (!scenario.ok) throw new Error(scenario.problems.map(({ message }) => message).join('\n'));
  const result = await lab.run(makePlan(scenario.value, 1), { program });
  expect(result.verdict.word, result.verdict.reasons.join('\n')).toBe('as expected');
  expect(result.left).toEqual([]);
  return result;
}

const findingOf = ({ verdict }: RunResult, property: string) =>
  verdict.findings.find((finding) => finding.property === property);

test('a site of three goes on while one of its nodes is dead: its decisions are as old as the second record', async () => {
  const result = await run('kill replica-1 at 300ms then restart after 1s');
  const [decided] = [...factsOf(result.history).txs.values()].flatMap(({ decisions }) =>
    decisions.filter(({ site }) => site === 'coordinator'),
  );
  expect(decided?.node).toMatch(/^replica-/);
  expect(findingOf(result, 'log-agreement')).toMatchObject({ judgement: 'holds' });
  expect(findingOf(result, 'non-blocking')).toMatchObject({ judgement: 'holds' });
});

test('a site of three decides nothing while two of its nodes are dead, and its promise is not about that time', async () => {
  const { history, verdict } = await run(
    'kill replica-1 at 300ms then restart after 1500ms',
    'kill replica-2 at 300ms then restart after 1500ms',
  );
  expect(verdict.findings).toContainEqual(expect.objectContaining({ property: 'non-blocking', judgement: 'holds' }));
  expect(verdict.findings).toContainEqual(expect.objectContaining({ property: 'log-agreement', judgement: 'holds' }));
  const { whiles: _whiles, ...always } = history.run;
  expect(nonBlocking({ ...history, run: always })).toMatchObject({ judgement: 'violated' });
});
