// The one rule for how much of a stay in doubt counts as waiting. Knows neither histories nor feeds: checkers give it what they have read, and
// the view of a run under way what it has heard so far.

import { intersect, lengthOf, type Span, subtract } from './spans.ts';

export interface Around {
  /** When the site was itself dead, paused or held: then it waits for nobody. */
  readonly absences: readonly Span[];
  /** From just before each fault to just after its end. */
  readonly windows: readonly Span[];
  /** Inside of those: from the evidence to the last moment before the fault was undone. */
  readonly certain: readonly Span[];
  /** While the lab holds some node for a fault, whoever waits for it waits for the lab. */
  readonly held: readonly Span[];
}

export interface Waited {
  /** It met a fault. */
  readonly inWindow: boolean;
  /** All that the site lived through. */
  readonly alive: readonly Span[];
  /** What counts: of a stay that met a fault, the time for which one lasted. */
  readonly counted: readonly Span[];
  readonly countedMs: number;
  /** Also outside of faults, as long as nobody was held. */
  readonly unhinderedMs: number;
}

export function waited(whole: Span, { absences, windows, certain, held }: Around, boundMs: number): Waited {
  const alive = subtract([whole], absences);
  const unhindered = subtract(alive, held);
  const met = intersect([whole], windows);
  const faulty = met.length > 0 ? intersect(alive, certain) : unhindered;
  // Who was blocked before a fault came was so without it, and no fault takes that back.
  const early = intersect(unhindered, [{ from: whole.from, to: met[0]?.from ?? whole.from }]);
  const counted = lengthOf(early) > boundMs * 1000 ? [...early, ...faulty] : faulty;
  return {
    inWindow: met.length > 0,
    alive,
    counted,
    countedMs: lengthOf(counted) / 1000,
    unhinderedMs: lengthOf(unhindered) / 1000,
  };
}
