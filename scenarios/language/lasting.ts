// How long a fault lasts that a sentence says, or leaves open.

import { ENDS } from './fault.ts';
import type { Scenario } from './scenario-types.ts';
import type { Sentence } from './sentence.ts';

/** From a fault's evidence to what ends it, in milliseconds. Left open it is long enough for blocking to be seen: three times the bound B. */
export function lastsOf({ fault, lastsMs }: Sentence, timeouts: Readonly<Record<string, number>>): number {
  if (ENDS[fault.do] === null) return 0;
  return lastsMs ?? Math.max(LASTS_MS, 3 * (timeouts['blocked'] ?? 0));
}

/** All faults of a scenario one after the other: about how long its runs take beyond what all runs take. */
export function lastsInAll({ faults, timeouts }: Pick<Scenario, 'faults' | 'timeouts'>): number {
  return faults.reduce((sum, sentence) => sum + lastsOf(sentence, timeouts), 0);
}

const LASTS_MS = 3000;
