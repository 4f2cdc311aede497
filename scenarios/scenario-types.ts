// A scenario: what is run, what is done to it, and what is claimed. Checked and complete; the same from a file and from a sentence.

import type { NodeId } from '../nodes/contract/ids.ts';
import type { Expectation } from './findings.ts';
import type { Sentence } from './sentence.ts';

export interface Scenario {
  readonly version: 1;
  readonly name: string;
  readonly title: string;
  readonly protocol: string;
  readonly participants: number;
  /** Whose majority decides, in protocols that have quorums; the protocol's default where absent. */
  readonly voters?: 'all' | 'participants';
  /** All that the protocol knows, in milliseconds. */
  readonly timeouts: Readonly<Record<string, number>>;
  readonly workload: Workload;
  readonly faults: readonly Sentence[];
  readonly expect: Expectation;
  readonly okAtLeast?: number;
  readonly timeLimitMs: number;
  /** Why this is to be expected, and where it was published; empty where the file does not say. */
  readonly because: string;
  readonly reference: string;
}

export interface Workload {
  readonly kind: 'transfers';
  /** Of each bank. */
  readonly accounts: number;
  /** Of each account, at first. */
  readonly balance: number;
  readonly clients: number;
  /** Of all clients together. */
  readonly transactions: number;
  /** The banks of every transfer; random pairs where absent. */
  readonly between?: readonly [NodeId, NodeId];
  /** Share of transfers, 0 to 1, that use one hot account of each bank. */
  readonly contention: number;
  /** Share of transfers, 0 to 1, that change nothing at one bank or at both. */
  readonly reads: number;
  /** Who takes part in a transfer: the two banks that money moves between, or all, the others with an account that is only looked at. */
  readonly enlist: 'two' | 'all';
}
