// The promises that can be judged, whatever clients do: what each says, whether it is about safety or liveness, and for which families. What a
// workload promises beside is declared with its checkers.

/**
 * How a protocol is used. `commit`: an operation is one request that carries every part. `kv`: interactive transactions. `lock`: acquire,
 * critical section, release. `guard`: one guarded read-modify-write without a lock.
 */
export const FAMILIES = ['commit', 'kv', 'lock', 'guard'] as const;
export type Family = (typeof FAMILIES)[number];

/** Clients change one resource, and must keep out of each other's way: nothing is committed, and nobody is in doubt. */
export function isOfLocks(family: Family): boolean {
  return family === 'lock' || family === 'guard';
}

export interface PropertyRule {
  readonly means: string;
  /** A violation of safety is proof at any time; one of liveness may come of a fault that did not end as planned. */
  readonly kind: 'safety' | 'liveness';
  /** For which it can be judged. */
  readonly families: readonly Family[];
  /** Only where some site lives on several nodes. */
  readonly ofReplicas?: true;
}

const COMMIT: readonly Family[] = ['commit', 'kv'];
const LOCK: readonly Family[] = ['lock', 'guard'];

export const GENERAL_PROPERTIES = {
  atomicity: {
    means: 'no two nodes decide differently, nobody reverses a decision, and commit needs a yes from every participant',
    kind: 'safety',
    families: COMMIT,
  },
  validity: {
    means:
      'without fault, refusal and timeout a transaction commits, nobody is refused for a lock that nobody holds or agrees without a look, and what clients are told comes true',
    kind: 'safety',
    families: COMMIT,
  },
  termination: {
    means: 'once everything is healed, nobody stays in doubt or unfinished, and no lock stays',
    kind: 'liveness',
    families: COMMIT,
  },
  isolation: {
    means:
      'what a transaction has read stays as it was until it is decided; judged by what the workload says must be true',
    kind: 'safety',
    families: COMMIT,
  },
  durability: {
    means: 'what was acknowledged or written down by force outlives every restart',
    kind: 'safety',
    families: COMMIT,
  },
  'non-blocking': {
    means: 'no live participant stays in doubt longer than the bound B, whatever has failed',
    kind: 'liveness',
    families: COMMIT,
  },
  progress: {
    means: 'after the last heal every key that is asked for can be used again',
    kind: 'liveness',
    families: FAMILIES,
  },
  'log-agreement': {
    means:
      'no replica of a site holds another entry at the place of one that a quorum holds, and nothing that a quorum held is lost',
    kind: 'safety',
    families: COMMIT,
    ofReplicas: true,
  },
  'exclusion-service': {
    means: 'the lock service never grants one lock twice at a time',
    kind: 'safety',
    families: LOCK,
  },
  'exclusion-belief': {
    means: 'no two clients believe at the same time that they hold one lock',
    kind: 'safety',
    families: LOCK,
  },
  'exclusion-effect': {
    means: 'no write of one holder falls between the writes of another',
    kind: 'safety',
    families: LOCK,
  },
  fencing: {
    means: 'a resource never accepts a smaller token after a greater one',
    kind: 'safety',
    families: LOCK,
  },
  'hand-over': {
    means: 'a lock that is free, and that somebody waits for, is had within twice the time for which it is granted',
    kind: 'liveness',
    families: ['lock'],
  },
  fairness: {
    means: 'whoever stood in the queue of a lock before another asked for it has it before that other',
    kind: 'safety',
    families: ['lock'],
  },
  'deadlock-freedom': {
    means:
      'no clients that need two locks at once wait for each other in a circle for longer than the bound timeouts.deadlock',
    kind: 'liveness',
    families: ['lock'],
  },
} as const satisfies Readonly<Record<string, PropertyRule>>;

export type GeneralProperty = keyof typeof GENERAL_PROPERTIES;

/** What must be up for a promise to hold: a quorum of each site that takes part, or its store. */
export const CONDITIONS = ['quorum', 'store'] as const;
export type Condition = (typeof CONDITIONS)[number];

/** Always, or only so long as something is up. */
export type Promised = GeneralProperty | { readonly property: GeneralProperty; readonly while: Condition };

export function promisedIn(promised: Promised): GeneralProperty {
  return typeof promised === 'string' ? promised : promised.property;
}

/** By its name: one of the general ones, or one that a workload brings. */
export type Property = string;
