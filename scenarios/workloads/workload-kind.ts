// The shape of what scenarios know of a workload: its fields in a file, what cannot be, what its sites begin with, and its words for people.

import type * as z from 'zod';
import type { Json } from '../../nodes/contract/messages.ts';
import type { Family } from '../../nodes/contract/properties.ts';
import type { NodeId } from '../../nodes/contract/ids.ts';
import type { Operation } from '../../nodes/contract/workload.ts';
import type { Complaint, Path } from '../language/problem.ts';
import type { Workload } from '../language/scenario-types.ts';

/** How people name its things, in one and in many. */
export interface WorkloadWords {
  readonly operation: string;
  readonly operations: string;
  readonly key: string;
  readonly keys: string;
  readonly site: string;
}

/** What a plan needs of a workload. */
export interface Prepared {
  /** What each site guards at first. */
  readonly initial: Readonly<Record<NodeId, Json>>;
  /** For the clients that draw. */
  readonly params: Json;
  /** Asked when everything has healed, on every key, so that a lock that nobody gave back shows: lists side by side, each one by one. */
  readonly probes: readonly (readonly Operation[])[];
}

export interface Impossible {
  /** Below `workload`. */
  readonly path: Path;
  readonly complaint: Complaint;
}

/** `Own` is the workload with its own fields. */
export interface WorkloadKind<Own extends Workload = Workload> {
  readonly name: string;
  /** Of the protocols that it can be used with; transactions where it is not said. */
  readonly families?: readonly Family[];
  readonly title: string;
  /** What clients do, what must be true, and which trap it shows: for `txlab explain`. */
  readonly summary: string;
  readonly reference: string;
  readonly words: WorkloadWords;
  /** Its own fields of `workload:` in a file, with defaults and descriptions. */
  readonly fields: z.ZodRawShape;
  /** What cannot be, or would show nothing, with these sites and such a protocol. */
  readonly impossible: (own: Own, sites: readonly NodeId[], family: Family) => readonly Impossible[];
  /** How many of so many sites take part in an operation, at least. */
  readonly sitesOf: (own: Own, sites: number) => number;
  /** How a file says that at least so many take part in each operation, where it can. */
  readonly enlisting?: (sites: number) => string;
  /** Its own fields, all that need a value, where nobody is to wait for anybody or be refused: for measuring. */
  readonly calm: (clients: number) => Readonly<Record<string, Json>>;
  readonly prepare: (own: Own, sites: readonly NodeId[]) => Prepared;
}

/** A workload whose fields only it knows: they have been checked against its own schema. */
export function anyKind<Own extends Workload>(kind: WorkloadKind<Own>): WorkloadKind {
  return kind as unknown as WorkloadKind;
}
