// A scenario: what is run, what is done to it, and what is claimed. Checked and complete; the same from a file and from a sentence.

import type { Topology } from '../../nodes/contract/protocol.ts';
import type { Expectation } from '../findings.ts';
import type { Sentence } from './sentence.ts';

export interface Scenario {
  readonly version: 1;
  readonly name: string;
  readonly title: string;
  readonly protocol: string;
  /** How many there are of what, by the names that the protocol gives them. */
  readonly topology: Topology;
  /** Whose majority decides, in protocols that have quorums; the protocol's default where absent. */
  readonly voters?: 'all' | 'participants';
  /** All that the protocol knows, in milliseconds. */
  readonly timeouts: Readonly<Record<string, number>>;
  /** Records of a log after which a checkpoint stands for them all; the nodes' own number where absent. */
  readonly checkpoint?: number;
  readonly workload: Workload;
  readonly faults: readonly Sentence[];
  readonly expect: Expectation;
  readonly okAtLeast?: number;
  readonly timeLimitMs: number;
  /** Why this is to be expected, and where it was published; empty where the file does not say. */
  readonly because: string;
  readonly reference: string;
}

/** Further fields are the kind's own: its file in `workloads/` says which. */
export interface Workload {
  readonly kind: string;
  readonly clients: number;
  /** Of all clients together. */
  readonly transactions: number;
  /** What a client does that got no answer; nothing where absent. */
  readonly retry?: 'never' | 'commit' | 'body';
  readonly [own: string]: unknown;
}
