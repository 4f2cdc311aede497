// Counts the transactions that reach armed steps, and says which holds are complete with the one that has come.

import { gapMatches } from '../contract/step.ts';
import type { ReachedGap } from '../contract/step.ts';
import type { Hold } from '../contract/control.ts';

export interface Holds {
  /** Whether the transaction that it is armed for has passed while its step was watched. */
  arm(hold: Hold): boolean;
  disarm(hold: string): void;
  /** Whether any hold is armed: without one no moment needs a look. */
  readonly any: boolean;
  /** The holds that this moment of this transaction (or operation) completes, in the order they were armed; they are disarmed with that. */
  reach(moment: ReachedGap, about: string | null): readonly Completed[];
}

/** A hold, and how many transactions have come to its step. */
export type Completed = Hold & { readonly count: number };

interface Armed {
  readonly hold: Hold;
  /** A transaction that comes by twice (a resend, say) counts once. */
  readonly seen: Set<string>;
}

export function createHolds(onCount: (hold: string, count: number) => void): Holds {
  let armed: Armed[] = [];
  return {
    arm: (hold) => {
      const watched = armed.find((one) => one.hold.hold === hold.hold)?.seen;
      armed = [...armed.filter((one) => one.hold.hold !== hold.hold), { hold, seen: new Set() }];
      return hold.about !== undefined && watched?.has(hold.about) === true;
    },
    disarm: (hold) => {
      armed = armed.filter((one) => one.hold.hold !== hold);
    },
    get any() {
      return armed.length > 0;
    },
    reach: (moment, about) => {
      // Every hold counts this moment, whichever of them it completes: they may wait for different transactions at one step.
      const reached = armed.filter((one) => isFor(one, moment, about));
      const complete = reached.filter((one) => count(one, about ?? '') >= one.hold.nth);
      if (complete.length > 0) armed = armed.filter((one) => !complete.includes(one));
      return complete.map(({ hold, seen }) => ({ ...hold, count: hold.seen + seen.size }));
    },
  };

  function count({ hold, seen }: Armed, key: string): number {
    seen.add(key);
    if (hold.watch) return watch(seen);
    const sum = hold.seen + seen.size;
    onCount(hold.hold, sum);
    return sum;
  }
}

/** Completes nothing, and forgets the first of too many. */
function watch(seen: Set<string>): number {
  const [first] = seen;
  if (seen.size > PASSED_MAX && first !== undefined) seen.delete(first);
  return 0;
}

/** Far more than pass until it is known which of them is meant. */
const PASSED_MAX = 4096;

function isFor({ hold, seen }: Armed, moment: ReachedGap, about: string | null): boolean {
  if (!gapMatches(hold.gap, moment)) return false;
  return (hold.about === undefined || hold.about === about) && !seen.has(about ?? '');
}
