// What a machine tells because nothing else shows it, and how it answers when it is asked for its state.

import type { Decision, NodeId, OpId, TxId } from './ids.ts';
import type { Json, Request } from './messages.ts';
import type { LockMode, Use } from './workload.ts';

/** `failed` certainly had no effect; `unknown` may have had one, now or later (the literature's info). */
export type Outcome = 'ok' | 'failed' | 'unknown';

/** What a machine tells because nothing else shows it. */
export type Note =
  | {
      readonly word: 'invoked';
      readonly op: OpId;
      readonly process: number;
      readonly request: Request;
      readonly uses?: readonly Use[];
    }
  | {
      readonly word: 'completed';
      readonly op: OpId;
      readonly process: number;
      readonly outcome: Outcome;
      readonly about?: TxId;
      /** What was read, where an operation reads. */
      readonly result?: Json;
      /** Where they are known only at the end. */
      readonly uses?: readonly Use[];
      readonly reason: string;
    }
  | { readonly word: 'began'; readonly about: TxId; readonly op: OpId; readonly participants: readonly NodeId[] }
  /** This node has looked at its part of the transaction, which changes nothing here: it agrees, and takes no further part. */
  | { readonly word: 'read'; readonly about: TxId }
  | {
      readonly word: 'refused';
      readonly about: TxId;
      /** `locked` by the holder, `stale`, `replaced` by another holder, or what the workload's resource says. */
      readonly reason: string;
      /** The one that is locked, or that is free and not as the part needs it. */
      readonly key?: string;
      readonly holder?: TxId;
    }
  | { readonly word: 'gave-up'; readonly about: TxId; readonly waitedFor: string }
  /** A termination protocol has a new coordinator; its own node tells so when it begins. */
  | { readonly word: 'elected'; readonly about: TxId; readonly coordinator: NodeId; readonly epoch: number }
  /** Decided without the coordinator, by this rule of the termination protocol. */
  | {
      readonly word: 'terminated';
      readonly about: TxId;
      readonly decision: Decision;
      readonly epoch: number;
      readonly rule: string;
    }
  | LockNote
  | QueueNote;

/**
 * Of a lock that is granted in the order in which it is asked for, by whoever knows. `queued`: this acquisition stands in the queue from now on,
 * before all that ask later. `unqueued`: it stands there no longer, nor has it the lock by that place; where it asks on it stands behind all others.
 */
export type QueueNote =
  | { readonly word: 'queued'; readonly about: TxId; readonly site: NodeId; readonly key: string }
  | { readonly word: 'unqueued'; readonly about: TxId };

/** What a client of a lock service believes of its lock. `about` is the acquisition: one attempt at one lock, however often it is asked for. */
export type LockNote =
  /** Others hold it, or are before it. */
  | {
      readonly word: 'waits';
      readonly about: TxId;
      readonly site: NodeId;
      readonly key: string;
      readonly mode: LockMode;
    }
  | {
      readonly word: 'granted';
      readonly about: TxId;
      /** The lock service. */
      readonly site: NodeId;
      readonly key: string;
      readonly mode: LockMode;
      /** When what was granted had been asked for, and until when it is the client's by the rules of the service: the clock of inputs. */
      readonly asked: number;
      readonly until: number;
      /** Until when the client takes it for its own, where it does not go by the service's rules; null: until it is told otherwise. */
      readonly believed?: number | null;
      /** The fencing token, where the service gives one. */
      readonly token?: number;
    }
  | {
      readonly word: 'extended';
      readonly about: TxId;
      readonly asked: number;
      readonly until: number;
      readonly believed?: number | null;
    }
  /**
   * It holds it no longer: its work is done, its own deadline has come, the service says that it is another's, the resource has refused it, or
   * it does not have the other lock that its work needs.
   */
  | { readonly word: 'yielded'; readonly about: TxId; readonly why: 'done' | 'deadline' | 'lost' | 'fenced' | 'other' };

/** What people want to see while it happens; hosts report it to the lab at once, everything else waits in the trace. */
export type News = Extract<Note, { readonly word: 'elected' | 'terminated' | 'yielded' }>;

/** A node's state as it answered when the run had come to rest. */
export interface StateDump {
  readonly inDoubt: readonly TxId[];
  /** Transactions that the node itself still works on (a coordinator that waits for acknowledgements, say). */
  readonly unfinished: readonly TxId[];
  readonly holds: readonly { readonly key: string; readonly by: TxId }[];
  /** What the node guards, as its workload writes it; null where it guards nothing. */
  readonly content: Json;
}
