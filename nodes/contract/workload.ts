// The shape of a workload: what clients ask for, how an operation splits into parts for the sites, and the resource that each site guards.
// Pure. Protocols know operations and parts as data that they carry; what is in them is the workload's.

import type { NodeId, TxId } from './ids.ts';
import type { Json, Request } from './messages.ts';
import type { Random } from './random.ts';

/** Who promises and decides: a shard or participant, wherever it lives. One that lives on one node has the node's name. */
export type SiteId = NodeId;

/** Where a site lives: a decision or promise is its own when `quorum` of its nodes hold the record, or its store has answered so. */
export interface SitePlace {
  readonly nodes: readonly NodeId[];
  readonly stores: readonly NodeId[];
  readonly quorum: number;
}

/** Readers may share a key; whoever writes it is alone. */
export type LockMode = 'read' | 'write';

/** What an operation needs of one key of a site. */
export interface Use {
  readonly site: SiteId;
  readonly key: string;
  readonly mode: LockMode;
}

export type Lock = Omit<Use, 'site'>;

/** What a client asks for; its word stands in steps: `ask transfer`. */
export type Operation = Request;

/** Who draws: one of the clients of a run. */
export interface Drawer {
  readonly node: NodeId;
  /** Of this node's, from 0. */
  readonly client: number;
  /** Of this client's operations, from 0. */
  readonly nth: number;
  readonly random: Random;
}

/** `key` names one that is there and free, and is not the way that the part needs it. */
export interface Refusal {
  readonly reason: string;
  readonly key?: string;
}

/** What a site guards. Its content is plain data that structuredClone copies; the caller knows which transactions are done. */
export interface Resource<Part, Content> {
  readonly open: (initial: Json) => Content;
  /** Why this part cannot be promised although all its keys are free; null when it can. Changes nothing. */
  readonly refusal: (content: Content, part: Part) => Refusal | null;
  /** Keys that are locked from the promise to the decision. */
  readonly locksOf: (part: Part) => readonly Lock[];
  /** A part that only looks. */
  readonly isReadOnly: (part: Part) => boolean;
  readonly apply: (content: Content, about: TxId, part: Part) => void;
  /** For checkpoints and dumps; `restore` makes the same content of it. */
  readonly toJson: (content: Content) => Json;
  readonly restore: (json: Json) => Content;
}

export interface Workload<Params, Op extends Operation, Part, Content> {
  readonly name: string;
  /** Of its operations. */
  readonly words: readonly Op['word'][];
  /** The next operation of this client. Advances its stream; the same stream gives the same operations. `params` is what the plan says. */
  readonly draw: (params: Params, drawer: Drawer) => Op;
  readonly usesOf: (operation: Op) => readonly Use[];
  readonly partsOf: (operation: Op) => Readonly<Record<SiteId, Part>>;
  readonly resource: Resource<Part, Content>;
}

declare const sealed: unique symbol;
/** The content of a resource that the holder does not know: it can be kept, copied and given back. */
export interface SealedContent {
  readonly [sealed]: 'content';
}
/** A part of an operation that the holder does not know: it can be sent, written down and given back. */
export interface SealedPart {
  readonly [sealed]: 'part';
}
export type SealedWorkload = Workload<Json, Operation, SealedPart, SealedContent>;

/** Forgets the types of a workload, so that protocols can run any. */
export function sealWorkload<Params, Op extends Operation, Part, Content>(
  workload: Workload<Params, Op, Part, Content>,
): SealedWorkload {
  return workload as unknown as SealedWorkload;
}
