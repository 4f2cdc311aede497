// The port between a run and the world it runs in. The Docker arm implements it with containers; a simulated arm can with none.

import type { Evidence } from '../nodes/contract/events.ts';
import type { Command, Report } from '../nodes/contract/control.ts';
import type { NodeId } from '../nodes/contract/ids.ts';
import type { Json } from '../nodes/contract/messages.ts';
import type { LogRecord } from '../nodes/contract/records.ts';
import type { Setup } from '../nodes/contract/machine.ts';
import type { Fault, NodeFault, Selected, Target } from './faults.ts';

/** Everything a cluster needs to know of a run. */
export interface ClusterSpec {
  readonly run: string;
  /** Folder of the run; the cluster leaves nothing elsewhere. */
  readonly folder: string;
  readonly protocol: string;
  readonly nodes: readonly {
    readonly id: NodeId;
    readonly role: string;
    readonly setup: Setup;
    /** Its log gets a small disk of its own, which can be filled. */
    readonly disk?: boolean;
  }[];
  /** Servers that are not ours, by what runs there. */
  readonly stores?: readonly {
    readonly id: NodeId;
    readonly service: string;
    readonly client?: string;
    /** Its clock is to be moved. */
    readonly clock?: boolean;
  }[];
  /** Nodes trace nothing, and the run cannot be judged. */
  readonly untraced?: boolean;
}

export type ClusterEvent =
  | { readonly kind: 'report'; readonly report: Report }
  /** A node's process has ended, whoever ended it. */
  | {
      readonly kind: 'exited';
      readonly node: NodeId;
      readonly exitCode: number;
      readonly oomKilled: boolean;
      readonly lastLines: readonly string[];
    }
  /** A node that runs, and has said what no node says: nothing can be shown with it any more. */
  | { readonly kind: 'failed'; readonly node: NodeId; readonly why: string; readonly lastLines: readonly string[] }
  /** A store answers, once when the cluster starts. */
  | { readonly kind: 'store-ready'; readonly node: NodeId }
  /** A store runs and does not answer. */
  | {
      readonly kind: 'store-silent';
      readonly node: NodeId;
      readonly afterMs: number;
      readonly lastLines: readonly string[];
    }
  | { readonly kind: 'lost'; readonly why: string };

/** What a node leaves on its disk. */
export interface Remains {
  readonly log: { readonly incarnation: number; readonly records: readonly LogRecord[] };
  /** Trace files by incarnation, as text. */
  readonly traces: readonly string[];
  readonly problem: string | null;
}

export interface Injected {
  readonly evidence: Evidence;
  /** After a kill: the log as the dead process left it. */
  readonly log?: Remains['log'];
}

export interface RunningCluster extends AsyncDisposable {
  command(node: NodeId, command: Command): void;
  /** Which nodes a name means now; none where nobody is that, or nobody can tell. */
  resolve(name: Selected): Promise<readonly NodeId[]>;
  /** Does the fault and waits until its effect was seen. */
  inject(fault: NodeFault): Promise<Injected>;
  /** Ends the fault: starts what was killed, resumes what was paused, heals what was cut, gives back what was filled. */
  undo(fault: NodeFault): Promise<Evidence>;
  /** What a store holds; undefined where it could not be asked. */
  dump(store: NodeId): Promise<Json | undefined>;
  collect(node: NodeId): Promise<Remains>;
  /** What of this run is still there after {@link stop}; empty is the promise. */
  stop(): Promise<readonly string[]>;
}

export interface Cluster {
  /** Why this cluster cannot do a fault here, or null. Asked before anything starts. */
  refuse(fault: Fault<Target>): string | null;
  start(
    spec: ClusterSpec,
    onEvent: (event: ClusterEvent) => void,
    onProgress: (text: string) => void,
  ): Promise<RunningCluster>;
}
