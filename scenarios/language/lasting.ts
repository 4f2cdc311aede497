// How long a fault lasts that a sentence says, or leaves open.

import { ENDS } from './fault.ts';
import type { Sentence } from './sentence.ts';

/** From a fault's evidence to what ends it, in milliseconds. Left open it is long enough for blocking to be seen: three times the bound B. */
export function lastsOf({ fault, lastsMs }: Sentence, timeouts: Readonly<Record<string, number>>): number {
  if (ENDS[fault.do] === null) return 0;
  return lastsMs ?? Math.max(LASTS_MS, 3 * (timeouts['blocked'] ?? 0));
}

const LASTS_MS = 3000;
