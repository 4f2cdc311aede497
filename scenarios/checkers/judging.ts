// What a workload tells the checkers: how to read what its sites guard, and what must be true of it.

import type { Json } from '../../nodes/contract/messages.ts';
import type { TxId } from '../../nodes/contract/ids.ts';
import type { Use } from '../../nodes/contract/workload.ts';
import type { Family, GeneralProperty, PropertyRule } from '../../nodes/contract/properties.ts';
import type { Checker } from '../findings.ts';

/** A transaction that has changed this key. */
export interface Trace {
  readonly tx: TxId;
  readonly key: string;
}

export interface ContentReader {
  /** What clients ask for, and what it is done to, for people. */
  readonly operation: string;
  readonly key: string;
  /** Which transactions have left a trace in the content of a site, and where. */
  readonly tracesIn: (content: Json) => readonly Trace[];
  /** Whether a site with this content has a ground to say no to this request for the sake of this key; absent where only locks are. */
  readonly mayRefuse?: (content: Json, request: Json | undefined, key: Pick<Use, 'site' | 'key'>) => boolean;
  /** Whether a site with this last content must have said no, at that moment, to a look at this key; absent where every look is good. */
  readonly mustRefuse?: (content: Json, request: Json | undefined, key: Pick<Use, 'key'>, done: DoneBy) => boolean;
}

/** What a site had done at a moment before its last state. */
export interface DoneBy {
  readonly certainly: (tx: TxId) => boolean;
  readonly possibly: (tx: TxId) => boolean;
}

/** What must be true of a workload. */
export interface WorkloadProperty extends Pick<PropertyRule, 'means' | 'kind'> {
  /** Of the protocols that it is used with; transactions where it is not said. */
  readonly families?: readonly Family[];
  /** Of what a protocol promises, what this rests on: one that promises all of it promises this, too. */
  readonly needs: readonly GeneralProperty[];
  readonly checker: Checker;
}
