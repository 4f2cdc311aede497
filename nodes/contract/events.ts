// What a run leaves behind: one event a line, written by nodes and the lab, read by checkers, reports and the dashboard alike.
// Times are microseconds of the engine's CLOCK_MONOTONIC, one clock for all containers of an engine.

import type { Property } from './catalog.ts';
import type { Decision, NodeId, OpId, TxId } from './ids.ts';
import type { LogRecord, Message } from './machine.ts';
import type { Gap } from './step.ts';

/** Version of the history format; a reader refuses a newer one. */
export const HISTORY_VERSION = 1;

export interface BankAccount {
  readonly bank: NodeId;
  readonly account: string;
}

/** A transfer of whole money between two accounts, usually of two banks. With the amount 0 it only looks at both. */
export interface Transfer {
  readonly word: 'transfer';
  readonly from: BankAccount;
  readonly to: BankAccount;
  readonly amount: number;
  /** Accounts that must be there, and free, for the transfer to commit, and that it does not change. */
  readonly reads?: readonly BankAccount[];
}

/** `failed` certainly had no effect; `unknown` may have had one, now or later (the literature's info). */
export type Outcome = 'ok' | 'failed' | 'unknown';

/** What a machine tells because nothing else shows it. */
export type Note =
  | { readonly about: 'invoked'; readonly op: OpId; readonly process: number; readonly request: Transfer }
  | {
      readonly about: 'completed';
      readonly op: OpId;
      readonly process: number;
      readonly outcome: Outcome;
      readonly tx?: TxId;
      readonly reason: string;
    }
  | { readonly about: 'began'; readonly tx: TxId; readonly op: OpId; readonly participants: readonly NodeId[] }
  /** This node has looked at its part of the transaction, which changes nothing here: it agrees, and takes no further part. */
  | { readonly about: 'read'; readonly tx: TxId }
  | {
      readonly about: 'refused';
      readonly tx: TxId;
      readonly reason: 'overdraft' | 'locked' | 'stale' | 'unknown-account';
      readonly holder?: TxId;
    }
  | { readonly about: 'gave-up'; readonly tx: TxId; readonly waitedFor: string }
  /** A termination protocol has a new coordinator; its own node tells so when it begins. */
  | { readonly about: 'elected'; readonly tx: TxId; readonly coordinator: NodeId; readonly epoch: number }
  /** Decided without the coordinator, by this rule of the termination protocol. */
  | {
      readonly about: 'terminated';
      readonly tx: TxId;
      readonly decision: Decision;
      readonly epoch: number;
      readonly rule: string;
    };

/** What people want to see while it happens; hosts report it to the lab at once, everything else waits in the trace. */
export type News = Extract<Note, { readonly about: 'elected' | 'terminated' }>;

/** One line of a node's own trace. `seq` counts from 1 within an incarnation without holes: a hole is a lost trace. */
export type TraceEvent = {
  readonly at: number;
  readonly node: NodeId;
  readonly incarnation: number;
  readonly seq: number;
} & TraceBody;

export type TraceBody =
  | { readonly kind: 'booted'; readonly wallMs: number; readonly logBytes: number; readonly cutBytes: number }
  /** The record is in the memory of the process only: its node knows it now, a crash loses it. Forced records have no such event. */
  | { readonly kind: 'appended'; readonly record: LogRecord }
  /** The record is durable: written when the force that carried it had completed. */
  | {
      readonly kind: 'durable';
      readonly how: 'append' | 'force';
      readonly position: number;
      readonly record: LogRecord;
    }
  /** `sent`: accepted by the kernel on an open connection. `lost`: there was none. */
  | { readonly kind: 'sent' | 'lost'; readonly to: NodeId; readonly message: Message }
  | { readonly kind: 'received'; readonly from: NodeId; readonly message: Message }
  | {
      readonly kind: 'asked';
      readonly way: 'out' | 'in';
      readonly peer: NodeId;
      readonly op: OpId;
      readonly word: string;
    }
  | {
      readonly kind: 'answered';
      readonly way: 'out' | 'in';
      readonly peer: NodeId;
      readonly op: OpId;
      readonly word: string;
    }
  /** Its word is none that this node's role knows: it says nothing to the machine. */
  | { readonly kind: 'ignored'; readonly from: NodeId; readonly word: string }
  | { readonly kind: 'expired'; readonly word: string; readonly about: string | null }
  | { readonly kind: 'told'; readonly note: Note }
  | {
      readonly kind: 'held';
      readonly hold: string;
      readonly gap: Gap;
      readonly about: string | null;
      readonly nth: number;
    }
  | { readonly kind: 'released'; readonly hold: string }
  | { readonly kind: 'bug'; readonly message: string };

/** A node's state as it answered when the run had come to rest. */
export interface StateDump {
  readonly inDoubt: readonly TxId[];
  /** Transactions that the node itself still works on (a coordinator that waits for acknowledgements, say). */
  readonly unfinished: readonly TxId[];
  readonly locks: readonly { readonly account: string; readonly tx: TxId }[];
  readonly accounts: Readonly<
    Record<
      string,
      { readonly balance: number; readonly journal: readonly { readonly tx: TxId; readonly delta: number }[] }
    >
  >;
}

export type FaultName = 'kill' | 'restart' | 'pause' | 'resume' | 'cut' | 'heal' | 'clock';

/** Shown by the engine or the network, not inferred: without it the run is inconclusive. */
export interface Evidence {
  readonly seen: boolean;
  readonly text: string;
}

/** What the lab did and saw. `at` is a mark of a node that is not the fault's target, taken just after; `since` just before. */
export type LabBody =
  | {
      readonly kind: 'run';
      readonly version: number;
      readonly txlab: string;
      readonly run: string;
      readonly protocol: string;
      readonly seed: number;
      readonly nodes: readonly NodeId[];
      readonly participants: readonly NodeId[];
      readonly timeouts: Readonly<Record<string, number>>;
      readonly promises: readonly Property[];
      /** Opening balance of every account of every bank. */
      readonly opening: Readonly<Record<string, Readonly<Record<string, number>>>>;
    }
  /** `id` is the planned fault's; a fault and what ends it share it. `hold` names the held step that it was injected at. */
  | {
      readonly kind: 'fault';
      readonly id: string;
      readonly fault: FaultName;
      readonly node: NodeId;
      readonly since: number;
      readonly hold?: string;
      readonly evidence: Evidence;
    }
  | {
      readonly kind: 'exited';
      readonly node: NodeId;
      readonly byLab: boolean;
      readonly exitCode: number;
      readonly oomKilled: boolean;
      readonly lastLines: readonly string[];
    }
  | {
      readonly kind: 'logged';
      readonly node: NodeId;
      readonly moment: 'after-kill' | 'end';
      readonly incarnation: number;
      readonly records: readonly LogRecord[];
    }
  | { readonly kind: 'dumped'; readonly node: NodeId; readonly state: StateDump }
  | { readonly kind: 'phase'; readonly phase: 'serving' | 'healed' | 'probing' | 'settled'; readonly detail?: string }
  | { readonly kind: 'trace-lost'; readonly node: NodeId; readonly detail: string }
  | {
      readonly kind: 'ended';
      readonly why: 'complete' | 'time-limit' | 'interrupted' | 'engine-lost' | 'node-failed';
      readonly detail?: string;
    };

export type LabEvent = { readonly at: number } & LabBody;
export type HistoryEvent = TraceEvent | LabEvent;
