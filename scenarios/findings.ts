// What checkers say of a history, and what the run says in the end. Types only: a checker imports these and the contract, never a protocol.

import type { Stake } from '../nodes/contract/protocol.ts';
import type { Property } from '../nodes/contract/properties.ts';
import type { HistoryEvent, LabEvent } from '../nodes/contract/events.ts';
import type { Outcome } from '../nodes/contract/notes.ts';
import type { Decision, NodeId, TxId } from '../nodes/contract/ids.ts';
import type { SiteId } from '../nodes/contract/workload.ts';

export type Judgement = 'holds' | 'violated' | 'unknown' | 'not applicable';

export interface Finding {
  readonly property: Property;
  readonly judgement: Judgement;
  /** One sentence for people: who, what, how long, which transaction. */
  readonly reason: string;
  /** The shortest run of events that explains a violation; empty otherwise. */
  readonly events: readonly HistoryEvent[];
}

/** A live site that stood in doubt while a fault lasted. */
export interface Doubt {
  readonly tx: TxId;
  /** The site, which has its node's name where it lives on one. */
  readonly node: SiteId;
  /** Microseconds of the history's clock; `to` is null when the history ends in doubt. */
  readonly from: number;
  readonly to: number | null;
  /** How much of it fell into the fault window while the site was alive, in milliseconds. */
  readonly blockedMs: number;
  /** True when `blockedMs` exceeds the bound B (`timeouts.blocked`). */
  readonly blocked: boolean;
  /** What its promise locks. */
  readonly keys: readonly string[];
  /** Sites, and nodes outside of sites, that held the decision durably while this one was in doubt. */
  readonly couldHaveTold: readonly SiteId[];
}

/** What became of the transaction that the fault hit. */
export interface TargetFacts {
  readonly tx: TxId;
  readonly decisions: Readonly<Record<string, readonly Decision[]>>;
  /** The one decision that all records agree on, `abort` too when the run came to rest and no node knows the transaction; null otherwise. */
  readonly decision: Decision | null;
  readonly doubts: readonly Doubt[];
  readonly client: Outcome | 'none';
  /** At the moment of the injection. */
  readonly stake: Stake;
}

/** How long promises held their locks, from the durable promise to the decision that the site knew. */
export interface LockTimes {
  readonly count: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  /** `open` when it was still held as the history ended. */
  readonly longest: {
    readonly tx: TxId;
    readonly site: SiteId;
    readonly keys: readonly string[];
    readonly ms: number;
    readonly open: boolean;
  };
}

export interface History {
  readonly run: Extract<LabEvent, { kind: 'run' }>;
  readonly events: readonly HistoryEvent[];
  /** A last line that was cut off while being written; reported, never judged. */
  readonly torn: boolean;
}

export type Checker = (history: History) => Finding;

/** Who stays blocked; or how many do, where the protocol leaves open which. */
export type ClaimedBlocked = readonly NodeId[] | number;

/** What a scenario claims. A property that is not listed but promised by the protocol is expected to hold. */
export interface Expectation {
  readonly target?: { readonly decision?: Decision; readonly blocked?: ClaimedBlocked; readonly client?: Outcome };
  readonly properties: Readonly<Record<Property, 'holds' | 'violated'>>;
}

/** `inconclusive`: nothing was shown. It outranks all but what is proof by itself: a broken safety promise, a node that died on its own. */
export interface Verdict {
  readonly word: 'as expected' | 'not as expected' | 'inconclusive';
  /** Why, most important first. */
  readonly reasons: readonly string[];
  readonly findings: readonly Finding[];
  readonly target: TargetFacts | null;
  /** Absent where nobody promised anything, and in what was stored before it was measured. */
  readonly locks?: LockTimes;
}
