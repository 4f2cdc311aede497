// The shape of a workload: what clients ask for, one operation after the other, drawn from the run's seed.

import type { Random } from './random.ts';

/** Who draws: one of the clients of a run. */
export interface Drawer {
  /** From 0. */
  readonly client: number;
  readonly random: Random;
}

/** `Params` is what the plan says of it: plain data. */
export interface Workload<Params, Operation extends { readonly word: string }> {
  readonly name: string;
  /** The next operation of this client. Advances its stream; the same stream gives the same operations. */
  readonly draw: (params: Params, drawer: Drawer) => Operation;
}
