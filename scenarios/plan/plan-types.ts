// The plan: what a run will do, decided before anything starts. Pure data; the same scenario and seed give the same plan.

import type { Fault, Target } from '../../compose/faults.ts';
import type { Stake } from '../../nodes/contract/protocol.ts';
import type { Condition, Family, Property } from '../../nodes/contract/properties.ts';
import type { NodeId } from '../../nodes/contract/ids.ts';
import type { Json } from '../../nodes/contract/messages.ts';
import type { Operation, SitePlace } from '../../nodes/contract/workload.ts';
import type { Step } from '../../nodes/contract/step.ts';
import type { PlannedNode } from '../language/layout.ts';
import type { Expectation } from '../findings.ts';

/** `nth` counts the transactions that reach the step, over all incarnations of the node, from 1; `same` is the one that the first fault hit. */
export type When =
  | { readonly at: 'step'; readonly step: Step; readonly nth: number | 'same' }
  | { readonly at: 'time'; readonly afterMs: number };

export interface PlannedFault {
  readonly id: string;
  readonly fault: Fault<Target>;
  readonly when: When;
  /**
   * What ends the fault, and how long after its evidence: nothing, where it is done once and stays. `never`: the clients are stopped then, and
   * the fault goes on.
   */
  readonly then: {
    readonly do: 'restart' | 'heal' | 'resume' | 'nothing';
    readonly afterMs: number;
    readonly never?: true;
  };
  /** What the protocol's catalog says is at stake at the step; the run is inconclusive with less. */
  readonly stake: Stake;
  /** The sentence it came from, in its canonical form. */
  readonly text: string;
}

export interface Plan {
  readonly version: 1;
  readonly scenario: string;
  readonly title: string;
  readonly protocol: string;
  readonly seed: number;
  readonly nodes: readonly PlannedNode[];
  /** Nodes that do the workload: it is done when all of them have done it. */
  readonly drivers: readonly NodeId[];
  /** Who takes the operations of the workload. */
  readonly askedNode: NodeId;
  /** Who promises and decides, and where each lives. */
  readonly sites: Readonly<Record<string, SitePlace>>;
  readonly family: Family;
  readonly workload: string;
  /** What each site guards at first, and what the workload tells the clients. */
  readonly initial: Readonly<Record<string, Json>>;
  readonly params: Json;
  readonly timeouts: Readonly<Record<string, number>>;
  /** What each role's machine is told beside its timeouts, by role; and whose majority decides, where the scenario says so. */
  readonly options: Readonly<Record<string, unknown>>;
  readonly faults: readonly PlannedFault[];
  /** Asked when everything has healed, to see whether everything works again: lists side by side. */
  readonly probes: readonly (readonly Operation[])[];
  readonly expect: Expectation;
  readonly promises: readonly Property[];
  /** Of these, those that hold only while something is up. */
  readonly whiles?: Readonly<Record<Property, Condition>>;
  /** By role, the words of the records that it always forces. */
  readonly forced?: Readonly<Record<string, readonly string[]>>;
  /** The run is inconclusive with fewer operations that ended ok. */
  readonly okAtLeast: number;
  readonly timeLimitMs: number;
}
