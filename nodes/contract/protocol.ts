// The shape of a protocol's entry in the catalog: all that txlab knows of a protocol outside its machines.

import type { Kinds } from './kind.ts';
import type { LogRecord } from './records.ts';
import type { SitePlace } from './workload.ts';
import type { Machine, SealedState } from './machine.ts';
import type { Check } from './shape.ts';
import type { Family, Promised } from './properties.ts';
import type { Gap, Verb } from './step.ts';
import type { SealedPart, SealedWorkload } from './workload.ts';

/**
 * What is at risk while a transaction stands at a step: nothing, an undecided transaction, somebody who may no longer decide alone, or
 * somebody who holds a lock that others may want.
 */
export const STAKES = ['none', 'in flight', 'in doubt', 'holding'] as const;
export type Stake = (typeof STAKES)[number];

/** The words that a role's effects and inputs may carry, by verb: the vocabulary of its steps. */
export type Words = Readonly<Partial<Record<Verb, readonly string[]>>>;

/** How many there are of what, by the names that the protocol gives them: `{ participants: 3 }`. */
export type Topology = Readonly<Record<string, number>>;

/** What a protocol allows for one of these numbers. */
export interface Size {
  readonly default: number;
  readonly least: number;
  readonly most: number;
  readonly means: string;
}

export interface Role {
  /** `one` node, named like its role, or as many as the topology says, which are numbered. */
  readonly count: 'one' | ((topology: Topology) => number);
  /** Its nodes do the workload, which is done when all of them say so. */
  readonly drives?: true;
  /** Each of its nodes is a site: it promises and decides. */
  readonly isSite?: true;
  /** Without the workload's: see {@link wordsOf}. */
  readonly words: Words;
  /** The shapes of the messages and requests that this role hears, by their words: its machine meets no other. */
  readonly hears?: Readonly<Record<string, Check<unknown>>>;
  /** The verb by which this role meets the operations of the workload: their words are its words, too. */
  readonly operations?: 'ask' | 'receive';
  readonly machine: (workload: SealedWorkload) => Machine<SealedState>;
  /** The part that a `prepared` record of this role has promised, for people who watch its locks. */
  readonly partOf?: (promise: LogRecord) => SealedPart;
}

/** Unmodified servers that this protocol's nodes ask: `redis-1`, `redis-2`, … They have no machine, and no steps. */
export interface StoreRole {
  readonly count: Role['count'];
  /** The name of what runs: its image and how it is asked are known by it. */
  readonly service: string;
  /** The name of who asks it for a node, where that is not the client of its service: a published library. */
  readonly client?: string;
  /** Any of them answers for all: they are asked together, by the name of their role. */
  readonly ensemble?: true;
  /** The first is the primary of the others, which copy what it holds: they answer nobody who writes until they are promoted. */
  readonly replicated?: true;
  readonly means: string;
}

/** All words of a role's steps when it runs this workload. */
export function wordsOf({ words, operations }: Role, { words: own }: Pick<SealedWorkload, 'words'>): Words {
  return operations ? { ...words, [operations]: [...(words[operations] ?? []), ...own] } : words;
}

/** A phase is a word for one step: `kill coordinator during prepare`. */
export interface Phase {
  readonly role: string;
  readonly gap: Gap;
  readonly means: string;
}

export interface StakeRule {
  readonly role: string;
  readonly gap: Gap;
  readonly stake: Stake;
  readonly means: string;
}

/** Steps that do not come by themselves, by their words; a fault at one is at the first of them where nothing is said. */
export interface StepNeed {
  readonly steps: Words;
  /** Whether another fault brings them on, or a checkpoint that a scenario asks for. */
  readonly of: 'fault' | 'checkpoint';
  /** As the end of "comes only …". */
  readonly means: string;
}

/** What the step needs; undefined where every transaction may meet it. */
export function needOf(
  { needs = [] }: Pick<Protocol, 'needs'>,
  { verb, word }: Pick<Gap, 'verb' | 'word'>,
): StepNeed | undefined {
  return needs.find(({ steps }) => steps[verb]?.includes(word));
}

export interface TimeoutRule {
  readonly ms: number;
  readonly means: string;
}

/** Timeouts that would make outcomes a matter of luck, or break what the protocol assumes, are refused before a run. */
export interface TimeoutRelation {
  readonly small: string;
  readonly large: string;
  /** `large` must be more than so many times `small`. */
  readonly times: number;
  readonly why: string;
}

/** One of several protocols that go by one name. */
export interface Namesake {
  readonly name: string;
  readonly rule: string;
  readonly promise: string;
  readonly price: string;
}

export interface Protocol {
  readonly name: string;
  readonly family: Family;
  readonly title: string;
  /** What it does, what it promises, and at what price: for `txlab explain`. */
  readonly summary: string;
  readonly reference: string;
  readonly topology: Readonly<Record<string, Size>>;
  readonly roles: Readonly<Record<string, Role>>;
  readonly stores?: Readonly<Record<string, StoreRole>>;
  /** Where sites live that are more than one node each. */
  readonly sites?: (topology: Topology) => Readonly<Record<string, SitePlace>>;
  /** Sites that decide for others and guard nothing: a coordinator that lives on several nodes. */
  readonly coordinators?: (topology: Topology) => Readonly<Record<string, SitePlace>>;
  /** Of the words of messages that have kinds. */
  readonly kinds?: Kinds;
  readonly phases: Readonly<Record<string, Phase>>;
  readonly promises: readonly Promised[];
  readonly timeouts: Readonly<Record<string, TimeoutRule>>;
  /** Between timeouts of this protocol, beside those that hold for all. */
  readonly relations?: readonly TimeoutRelation[];
  /** Of a protocol that decides by majorities: how few voters are too few. */
  readonly voters?: { readonly least: number; readonly why: string };
  readonly namesakes?: readonly Namesake[];
  /** A request that comes again is done once: nobody commits without whoever takes requests, and that one remembers what it did. */
  readonly answersOnce?: true;
  readonly stakes: readonly StakeRule[];
  readonly needs?: readonly StepNeed[];
}

/** Of transactions, whose price is published. */
export interface CommitProtocol extends Protocol {
  readonly family: 'commit';
  /** Message delays, one after the other, from a client's request to its answer when all commit, as published. */
  readonly delays: number;
  /** Forced writes and messages of one transaction without faults, as published, for N participants: counted runs must agree. */
  readonly cost: (participants: number) => { readonly commit: Cost; readonly abort: Cost; readonly readOnly?: Cost };
}

/**
 * The decision is taken by all participants having voted yes (commit), or by one no among yes votes (abort). `readOnly`: no participant
 * has anything to change; absent where the protocol does not treat such transactions apart.
 */
export interface Cost {
  readonly forcedWrites: number;
  readonly messages: number;
}
