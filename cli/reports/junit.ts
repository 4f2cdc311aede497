// The verdict of a run as a JUnit XML file, which build servers show: one test case for each property, and one for the verdict.

import { unreachable } from '../../nodes/contract/invariant.ts';
import { expectedOf } from './describe.ts';
import type { Finding, Verdict } from '../../scenarios/findings.ts';
import type { Plan } from '../../scenarios/plan/plan-types.ts';

export interface Judged {
  readonly verdict: Verdict;
  readonly plan: Plan;
}

/**
 * A suite for each run. A broken promise or claim fails; what could not be judged is an error; what is not claimed passes,
 * with its reason.
 */
export function junitText(runs: readonly Judged[]): string {
  const suites = runs.map(({ verdict, plan }) => ({ plan, cases: casesOf(verdict, plan) }));
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites ${countsOf(suites.flatMap(({ cases }) => cases))}>`,
    ...suites.flatMap(({ plan, cases }) => [
      `  <testsuite name="${escaped(`${plan.scenario} seed ${plan.seed}`)}" ${countsOf(cases)}>`,
      ...cases.map((one) => caseText(one, plan)),
      '  </testsuite>',
    ]),
    '</testsuites>',
    '',
  ].join('\n');
}

interface Case extends Result {
  readonly name: string;
}

function casesOf({ findings, ...verdict }: Verdict, plan: Plan): readonly Case[] {
  return [
    ...findings.map((finding) => ({ name: finding.property, ...resultOf(finding, plan) })),
    { name: 'verdict', ...resultOfRun(verdict) },
  ];
}

function countsOf(cases: readonly Case[]): string {
  const number = (result: Result['result']) => cases.filter((one) => one.result === result).length;
  return `tests="${cases.length}" failures="${number('failure')}" errors="${number('error')}" skipped="${number('skipped')}"`;
}

function caseText({ name, result, reason }: Case, plan: Plan): string {
  const head = `    <testcase classname="${escaped(`txlab.${plan.scenario}`)}" name="${escaped(name)}"`;
  if (result === 'passed') return `${head}><system-out>${escaped(reason)}</system-out></testcase>`;
  return `${head}><${result} message="${escaped(reason)}"/></testcase>`;
}

interface Result {
  readonly result: 'passed' | 'failure' | 'error' | 'skipped';
  readonly reason: string;
}

function resultOf({ property, judgement, reason }: Finding, plan: Plan): Result {
  const expected = expectedOf(property, plan);
  if (judgement === 'not applicable') return { result: 'skipped', reason };
  if (expected === null || judgement === expected) return { result: 'passed', reason };
  if (judgement === 'unknown') return { result: 'error', reason: `${property} could not be judged: ${reason}` };
  return { result: 'failure', reason: `${property} ${judgement}, expected ${expected}: ${reason}` };
}

function resultOfRun({ word, reasons }: Pick<Verdict, 'word' | 'reasons'>): Result {
  const reason = [word, ...reasons].join('\n');
  switch (word) {
    case 'as expected':
      return { result: 'passed', reason };
    case 'not as expected':
      return { result: 'failure', reason };
    case 'inconclusive':
      return { result: 'error', reason };
    default:
      return unreachable(word);
  }
}

/** XML has no control characters but tab and the ends of lines. */
function escaped(text: string): string {
  return (
    text
      // eslint-disable-next-line no-control-regex
      .replaceAll(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g, '?')
      .replaceAll('&', '&amp;')
      .replaceAll('<', '&lt;')
      .replaceAll('>', '&gt;')
      .replaceAll('"', '&quot;')
      .replaceAll('\n', '&#10;')
  );
}
