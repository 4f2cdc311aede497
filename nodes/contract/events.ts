// What a run leaves behind: one event a line, written by nodes and the lab, read by checkers, reports and the dashboard alike.
// Times are microseconds of the engine's CLOCK_MONOTONIC, one clock for all containers of an engine.

import type { Condition, Family, Property } from './properties.ts';
import type { Decision, NodeId, OpId, TxId } from './ids.ts';
import type { Answer, Json, Message, Request } from './messages.ts';
import type { MeddledHow, MeddlingHow } from './meddling.ts';
import type { Note, StateDump } from './notes.ts';
import type { LogRecord } from './records.ts';
import type { SitePlace } from './workload.ts';
import type { Gap } from './step.ts';

/** Version of the history format; a reader refuses a newer one. */
export const HISTORY_VERSION = 2;

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
      /** What a store was asked, whole: stores keep no trace. */
      readonly body?: Request;
    }
  | {
      readonly kind: 'answered';
      readonly way: 'out' | 'in';
      readonly peer: NodeId;
      readonly op: OpId;
      readonly word: string;
      /** What a store answered, whole. */
      readonly body?: Answer;
      /** What that answer is to the site that the store answers for. */
      readonly gives?: StoreMark;
    }
  /** The machine does not meet it: its word is none that this node's role knows, or it lacks what goes with the word. */
  | {
      readonly kind: 'ignored';
      readonly from: NodeId;
      readonly word: string;
      readonly reason: 'unknown-word' | 'wrong-shape';
    }
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
  /** What the host did with a message that its machine had sent, for a fault of the lab: it stands after the line `sent`. */
  | {
      readonly kind: 'meddled';
      readonly fault: string;
      readonly did: MeddledHow;
      readonly to: NodeId;
      readonly word: string;
      readonly about: TxId | null;
    }
  | { readonly kind: 'bug'; readonly message: string };

/** A promise or a decision that lives in a store, shown by its answer. */
export interface StoreMark {
  readonly site: NodeId;
  readonly about: TxId;
  readonly mark: 'prepared' | Decision;
}

export type FaultName =
  | 'kill'
  | 'restart'
  | 'pause'
  | 'resume'
  | 'cut'
  | 'slow'
  | 'heal'
  | 'clock'
  | 'fill'
  | 'promote'
  | MeddlingHow;

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
      /** Servers that are not ours: they keep no trace. */
      readonly stores?: readonly NodeId[];
      readonly family: Family;
      readonly workload: string;
      readonly roles: Readonly<Record<string, string>>;
      /** Who promises and decides, and where each lives. */
      readonly sites: Readonly<Record<string, SitePlace>>;
      readonly timeouts: Readonly<Record<string, number>>;
      readonly promises: readonly Property[];
      /** Of these promises, those that hold only while something is up. */
      readonly whiles?: Readonly<Record<Property, Condition>>;
      /** By role, the words of the records that it always forces. */
      readonly forced?: Readonly<Record<string, readonly string[]>>;
      /** What each site guards at first, as its workload writes it. */
      readonly initial: Readonly<Record<string, Json>>;
    }
  /** `id` is the planned fault's; a fault and what ends it share it. `hold` names the held step that it was injected at. */
  | {
      readonly kind: 'fault';
      readonly id: string;
      readonly fault: FaultName;
      readonly node: NodeId;
      readonly since: number;
      readonly hold?: string;
      /** Nothing is to end it, so that what stands at rest is judged as standing. */
      readonly ends?: 'never';
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
