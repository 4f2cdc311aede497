// A run on real containers as a view was fed it, recorded by `node test/cli/dashboard/programs/record.ts`: the coordinator is killed at
// its eighth decision and comes back after 1.8 s.

import { readFileSync } from 'node:fs';
import { next } from '../../cli/feed/follow.ts';
import { openModel } from '../../cli/feed/model.ts';
import type { Line, Model } from '../../cli/feed/model.ts';
import type { Verdict } from '../../scenarios/findings.ts';
import type { Plan } from '../../scenarios/plan/plan-types.ts';
import type { Feed } from '../../scenarios/run/run.ts';

export interface Recording {
  readonly plan: Plan;
  /** With milliseconds since the run was asked for. */
  readonly fed: readonly (readonly [ms: number, feed: Feed])[];
  readonly verdict: Verdict;
}

export function readRecording(path: string): Recording {
  const values = readFileSync(path, 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as unknown);
  return {
    plan: values[0] as Plan,
    fed: values.slice(1, -1) as Recording['fed'],
    verdict: values.at(-1) as Verdict,
  };
}

/** Feeds the model at the recorded times, with a tick each 100 ms between, until `isEnough`. */
export function replay({ plan, fed }: Recording, isEnough: (model: Model) => boolean): Model {
  const model = openModel(plan, 0);
  for (const [ms, feed] of fed) {
    if (isEnough(model)) break;
    for (let tick = model.nowMs + 100; tick < ms; tick += 100) next(model, { kind: 'tick' }, tick);
    next(model, feed, ms);
  }
  return model;
}

export function textOf(lines: readonly Line[]): readonly string[] {
  return lines.map(({ word, text }) => `${word} ${text}`.trim());
}

/** Both participants are known to be blocked: what the dashboard is for. */
export function areBlocked({ lines }: Model): boolean {
  return lines.filter(({ word }) => word === 'blocked').length === 2;
}
