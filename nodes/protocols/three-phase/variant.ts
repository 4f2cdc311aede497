// The three protocols that people call three-phase commit differ in what a site does that has waited too long.

/** Who decides when the coordinator is silent. */
export interface Variant {
  /** The participants elect one of themselves and ask each other; otherwise each decides by its own timeout. */
  readonly elects: boolean;
  /** Only a majority may move towards a decision, and its coordinator takes part in the termination; otherwise whoever answers. */
  readonly needsQuorum: boolean;
}

/** What most articles describe: no election, each site's own timeouts. */
export const timeoutsAlone: Variant = { elects: false, needsQuorum: false };

/** Skeen 1981 as in Bernstein, Hadzilacos, Goodman 1987, section 7.5: election, state query, termination rules. */
export const termination: Variant = { elects: true, needsQuorum: false };

/** E3PC: Keidar, Dolev, "Increasing the Resilience of Distributed and Replicated Database Systems", JCSS 57(3), 1998. */
export const quorums: Variant = { elects: true, needsQuorum: true };
