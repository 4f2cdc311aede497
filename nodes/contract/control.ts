// What the lab and a node say to each other over the node container's stdin and stdout: out of band of the network under test.
// Node to lab carries control, holds, counters, the last few messages and rare news; the full trace is a file, so that a slow reader cannot
// slow a node.

import type { News } from './events.ts';
import type { Answer, Request, Setup } from './machine.ts';
import type { NodeId, OpId, TxId } from './ids.ts';
import type { Gap } from './step.ts';

/** The first line a node gets. */
export interface NodeConfig {
  readonly run: string;
  readonly protocol: string;
  readonly role: string;
  readonly setup: Setup;
  /** Where each other node listens, as `address:port`. */
  readonly peers: Readonly<Record<string, string>>;
  readonly port: number;
  /** Folder of the log and the trace. */
  readonly data: string;
  /** Nothing is traced, and such a run cannot be judged: for measuring what the trace costs. */
  readonly untraced?: boolean;
}

/** A step to hold at. `seen` carries the count over a restart. With `about`, only that transaction is counted. */
export interface Hold {
  readonly hold: string;
  readonly gap: Gap;
  readonly nth: number;
  readonly seen: number;
  readonly about?: string;
}

export type Command =
  | ({ readonly do: 'configure' } & NodeConfig)
  | ({ readonly do: 'arm' } & Hold)
  /** A node that is held goes on; one that is not will not be held at this step any more. */
  | { readonly do: 'release'; readonly hold: string }
  /** Asks for the node's clock: faults are bracketed by marks of nodes that they do not hit. */
  | { readonly do: 'mark'; readonly id: string }
  | { readonly do: 'ask'; readonly op: OpId; readonly request: Request }
  /** The run is over: everything buffered is written, nothing more is served. */
  | { readonly do: 'finish' };

export type ReportBody =
  | { readonly say: 'ready' }
  | { readonly say: 'linked'; readonly peers: readonly NodeId[] }
  /** How many transactions have come to an armed step: said when it is armed, then of each. */
  | { readonly say: 'counted'; readonly hold: string; readonly count: number }
  | { readonly say: 'held'; readonly hold: string; readonly about: string | null; readonly at: number }
  | { readonly say: 'marked'; readonly id: string; readonly at: number }
  | { readonly say: 'answered'; readonly op: OpId; readonly answer: Answer }
  | { readonly say: 'told'; readonly at: number; readonly news: News }
  | ({ readonly say: 'status'; readonly at: number } & Status)
  | { readonly say: 'finished' }
  | { readonly say: 'failed'; readonly message: string };

/**
 * What a node has seen of itself, without knowing its protocol: from the marks of its durable records, its messages and its clients' notes.
 * Counts are of this incarnation and only grow, so that a report which is never read loses nothing but its moment.
 */
export interface Status {
  readonly inDoubt: readonly DoubtReport[];
  readonly committed: number;
  readonly aborted: number;
  /** Records that were forced, and how often the disk was waited for: group commit makes the second smaller. */
  readonly forced: number;
  readonly syncs: number;
  readonly sent: number;
  readonly operations: OperationCounts;
  /** The last few messages that this node sent, oldest first. */
  readonly messages: readonly SentReport[];
}

/** `locks` are what the promise locks, as far as the protocol's catalog entry can tell. */
export interface DoubtReport {
  readonly tx: TxId;
  readonly since: number;
  readonly locks: readonly string[];
}

/** What the clients in this node asked and were told; `okUs` is how long those that ended ok took together, in microseconds. */
export interface OperationCounts {
  readonly asked: number;
  readonly ok: number;
  readonly failed: number;
  readonly unknown: number;
  readonly okUs: number;
}

/** `lost`: there was no open connection. */
export interface SentReport {
  readonly at: number;
  readonly to: NodeId;
  readonly word: string;
  readonly tx: TxId;
  readonly lost: boolean;
}

export type Report = { readonly node: NodeId; readonly incarnation: number; readonly seq: number } & ReportBody;
