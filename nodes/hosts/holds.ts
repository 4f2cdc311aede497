// Counts the transactions that reach armed steps, and says when the one that was waited for is there.

import { gapMatches } from '../contract/step.ts';
import type { Moment } from '../contract/step.ts';
import type { Hold } from '../contract/control.ts';

export interface Holds {
  arm(hold: Hold): void;
  disarm(hold: string): void;
  /** Whether any hold is armed: without one no moment needs a look. */
  readonly any: boolean;
  /** The hold that this moment of this transaction (or operation) completes; it is disarmed with that. */
  reach(moment: Moment, about: string | null): (Hold & { readonly count: number }) | null;
}

interface Armed {
  readonly hold: Hold;
  /** A transaction that comes by twice (a resend, say) counts once. */
  readonly seen: Set<string>;
}

export function createHolds(onCount: (hold: string, count: number) => void): Holds {
  let armed: Armed[] = [];
  return {
    arm: (hold) => {
      armed = [...armed.filter((one) => one.hold.hold !== hold.hold), { hold, seen: new Set() }];
    },
    disarm: (hold) => {
      armed = armed.filter((one) => one.hold.hold !== hold);
    },
    get any() {
      return armed.length > 0;
    },
    reach: (moment, about) => {
      for (const one of armed) {
        if (!gapMatches(one.hold.gap, moment)) continue;
        if (one.hold.about !== undefined && one.hold.about !== about) continue;
        const key = about ?? '';
        if (one.seen.has(key)) continue;
        one.seen.add(key);
        const count = one.hold.seen + one.seen.size;
        onCount(one.hold.hold, count);
        if (count < one.hold.nth) continue;
        armed = armed.filter((other) => other !== one);
        return { ...one.hold, count };
      }
      return null;
    },
  };
}
