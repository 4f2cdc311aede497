// A verdict as a Markdown table, for a pull request.

import { expectedOf, targetText } from './describe.ts';
import type { Verdict } from '../../scenarios/findings.ts';
import type { Plan } from '../../scenarios/plan/plan-types.ts';

/** Text within a row or an item. */
export const cell = (text: string) => text.replaceAll('|', String.raw`\|`).replaceAll(/\s+/g, ' ');

export function markdownText(run: string, plan: Plan, { word, reasons, findings, target }: Verdict): string {
  return [
    `## ${plan.title}: ${word}`,
    '',
    `Run \`${run}\`: ${plan.protocol}, ${plan.nodes.length} nodes, seed ${plan.seed}.`,
    ...(target === null ? [] : ['', `Target ${targetText(target)}.`]),
    '',
    '| Property | Expected | Found | Reason |',
    '| --- | --- | --- | --- |',
    ...findings.map(
      ({ property, judgement, reason }) =>
        `| ${property} | ${expectedOf(property, plan) ?? 'not promised'} | ${judgement} | ${cell(reason)} |`,
    ),
    '',
    ...reasons.map((reason) => `- ${cell(reason)}`),
    '',
  ].join('\n');
}
