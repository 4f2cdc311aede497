// One life of a node: its ports, and what there is of it until its process ends.

import type { Command, ReportBody } from '../contract/control.ts';
import type { NodeId, OpId } from '../contract/ids.ts';
import type { TimerName } from '../contract/machine.ts';
import type { Request } from '../contract/messages.ts';
import type { Role } from '../contract/protocol.ts';
import type { LogRecord } from '../contract/records.ts';
import type { Clock } from './clock.ts';
import type { Executor } from './executor.ts';
import type { Holds } from './holds.ts';
import type { LinkEvents, Links } from './links.ts';
import type { Log, StandingLog } from './log.ts';
import type { Meddler } from './meddler.ts';
import type { OpenStores, Stores } from './stores.ts';
import type { Tally } from './tally.ts';
import type { Timers } from './timers.ts';
import type { Trace } from './trace-file.ts';

/** The world of one node. No port calls back while it is being opened. */
export interface HostPorts {
  readonly log: StandingLog;
  readonly links: (events: LinkEvents) => Links;
  readonly stores: OpenStores;
  readonly timers: (onExpired: (timer: TimerName) => void) => Timers;
  readonly trace: Trace;
  /** Microseconds of a clock that only goes forward, the same for all nodes. */
  readonly now: () => number;
  /** Milliseconds since 1970, for people. */
  readonly wallMs: () => number;
  /** Calls back when everything that arrives at this moment has been taken. */
  readonly soon: (work: () => void) => void;
  /** Calls back when so much time is over. */
  readonly later: (work: () => void, afterMs: number) => void;
  /** Gets what the lab must know; the host never waits for it. */
  readonly report: (body: ReportBody) => void;
}

export type HostCommand = Exclude<Command, { do: 'configure' }>;

/** One life of a node: what there is of it until its process ends. */
export interface Life {
  readonly clock: Clock;
  readonly ports: HostPorts;
  readonly role: Role;
  /** The words that this role takes. */
  readonly heard: readonly string[];
  readonly survived: readonly LogRecord[];
  readonly log: Log;
  readonly links: Links;
  readonly stores: Stores;
  /** The names by which stores are asked. */
  readonly stored: ReadonlySet<NodeId>;
  readonly timers: Timers;
  readonly holds: Holds;
  readonly meddler: Meddler;
  readonly executor: Executor;
  readonly tally: Tally;
  /** What was asked of whom and has not come to its end. */
  readonly pending: Map<OpId, NodeId>;
  /** What was asked of a store and has not come to its end. */
  readonly asked: Map<OpId, { readonly store: NodeId; readonly request: Request }>;
  /** What must be there before the node serves; transaction ids carry the incarnation, and are never used again. */
  readonly missing: Set<Needed>;
  /** Commands that came before the node serves. */
  readonly early: HostCommand[];
  lastPosition: number;
  needsFlush: boolean;
  finishing: boolean;
}

export type Needed = 'incarnation' | 'port' | 'peers';
