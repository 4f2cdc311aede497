// The recorded histories of version 1, and what was found in them, put into words that can be compared line by line.

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { brotliDecompressSync } from 'node:zlib';
import { checkAll, judgedIn } from '../../scenarios/checkers/all.ts';
import type { History, TargetFacts } from '../../scenarios/findings.ts';
import { parseHistory } from '../../scenarios/history/history.ts';
import { targetOf } from '../../scenarios/judging/target.ts';
import { judge } from '../../scenarios/judging/verdict.ts';

/** By property, `target`, and for planted errors `verdict`; each value is text, or text by name. */
export type Expectation = Readonly<Record<string, string | Readonly<Record<string, string>>>>;
export type Expectations = Readonly<Record<string, Expectation>>;

export const GOOD = join(import.meta.dirname, '..', 'recorded', 'v1');
export const BAD = join(GOOD, 'bad');
export const FINDINGS = 'findings.json';
const SUFFIX = '.jsonl.br';

export function namesIn(folder: string): readonly string[] {
  return readdirSync(folder)
    .filter((file) => file.endsWith(SUFFIX))
    .map((file) => file.slice(0, -SUFFIX.length))
    .toSorted();
}

export function pathOf(folder: string, name: string): string {
  return join(folder, `${name}${SUFFIX}`);
}

export function recordedText(folder: string, name: string): string {
  return brotliDecompressSync(readFileSync(pathOf(folder, name))).toString('utf8');
}

export function expectationsIn(folder: string): Expectations {
  return JSON.parse(readFileSync(join(folder, FINDINGS), 'utf8')) as Expectations;
}

/** Of either side, so that what is missing on one of them fails by its name. */
export function together(...lists: readonly (readonly string[])[]): readonly string[] {
  return [...new Set(lists.flat())].toSorted();
}

/** The version of the format, as its first line says. */
export function versionOf(text: string): unknown {
  return (JSON.parse(text.slice(0, text.indexOf('\n'))) as { readonly version: unknown }).version;
}

export function expectationOf(history: History): Expectation {
  const findings = checkAll(history, judgedIn(history)).map(
    ({ property, judgement, reason }) => [property, `${judgement}: ${reason}`] as const,
  );
  const target = targetOf(history);
  const facts = ['target', target === null ? 'none' : targetText(target)] as const;
  return Object.fromEntries([...findings, facts].toSorted(([a], [b]) => (a < b ? -1 : 1)));
}

/** Of a run that claims nothing but what its protocol promises. */
export function badExpectationOf(history: History): Expectation {
  const { promises } = history.run;
  const { word, reasons } = judge(history, { faults: [], expect: { properties: {} }, promises, okAtLeast: 0 });
  return { ...expectationOf(history), verdict: `${word}: ${reasons.join(' ')}` };
}

export function judgedAs(folder: string, text: string): Expectation {
  const history = parseHistory(text);
  return folder === BAD ? badExpectationOf(history) : expectationOf(history);
}

function targetText({ tx, client, decision, decisions, doubts, stake }: TargetFacts) {
  return {
    client,
    decision: decision ?? 'none',
    decisions: listed(Object.entries(decisions).map(([node, words]) => `${node} ${words.join(' and ')}`)),
    doubts: listed(
      doubts.map(({ node, blocked, blockedMs }) => `${node} ${blocked ? 'blocked' : 'free'} ${micros(blockedMs)} ms`),
    ),
    stake,
    tx,
  };
}

function listed(texts: readonly string[]): string {
  return texts.length === 0 ? 'none' : texts.toSorted().join(', ');
}

function micros(ms: number): string {
  return ms.toFixed(3);
}
