// What came of runs, as Markdown: for the summary of a job, or a pull request.

import { basename } from 'node:path';
import { markdownText, cell } from './verdict-markdown.ts';
import { intervalText, rateOf } from './rate.ts';
import type { Verdict } from '../../scenarios/findings.ts';
import type { Plan } from '../../scenarios/plan/plan-types.ts';

export interface FiledRun {
  readonly plan: Plan;
  readonly verdict: Verdict;
  readonly folder: string;
}

/** Of one run its verdict; of several a table, and below it every run that did not end as expected. */
export function summaryText(runs: readonly FiledRun[]): string {
  const [first, ...others] = runs;
  if (!first) return '## txlab: no run\n';
  if (others.length === 0) return markdownText(basename(first.folder), first.plan, first.verdict);
  const good = runs.filter(isExpected).length;
  const byScenario = Map.groupBy(runs, ({ plan }) => `\`${plan.scenario}\` | ${plan.protocol}`);
  const rows = [...byScenario].toSorted(([a], [b]) => a.localeCompare(b)).map(([name, some]) => rowOf(name, some));
  const unexpected = runs.filter((run) => !isExpected(run));
  return [
    `## txlab: ${good} of ${runs.length} runs as expected`,
    '',
    '| Scenario | Protocol | As expected | 95 % interval | Otherwise |',
    '| --- | --- | --- | --- | --- |',
    ...rows,
    '',
    ...unexpected.flatMap(({ plan, verdict, folder }) => [
      `### ${plan.scenario}, seed ${plan.seed}: ${verdict.word}`,
      '',
      ...verdict.reasons.map((reason) => `- ${cell(reason)}`),
      '',
      `Run \`${folder}\``,
      '',
    ]),
  ].join('\n');
}

const isExpected = ({ verdict }: FiledRun) => verdict.word === 'as expected';

function rowOf(name: string, runs: readonly FiledRun[]): string {
  const rate = rateOf(runs.filter(isExpected).length, runs.length);
  const words = Map.groupBy(runs, ({ verdict }) => verdict.word);
  const otherwise = [...words]
    .filter(([word]) => word !== 'as expected')
    .map(([word, some]) => `${some.length} ${word}`);
  const interval = runs.length > 1 ? intervalText(rate) : '';
  return `| ${name} | ${rate.count}/${rate.of} | ${interval} | ${otherwise.join(', ')} |`;
}
