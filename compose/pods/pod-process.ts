// What lives in a pod, whoever wrote it: a node of ours, or the unmodified server of a store.

import type { Pod } from './pods.ts';

export interface PodProcess {
  readonly pod: Pod;
  /** Attaches and starts the container, for the first time or again. Resolves when the engine has started it. */
  boot(): Promise<void>;
  /** Whether it answers in time what no other than a living process answers. */
  hears(withinMs: number): Promise<boolean>;
  /** The last of what it has complained of, over all its lives. */
  lastLines(): readonly string[];
  /** Every line of that which was kept, for the run's folder. */
  allLines(): readonly string[];
  detach(): void;
}
