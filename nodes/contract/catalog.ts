// The shape of a protocol's entry in the catalog: all that txlab knows of a protocol outside its machines.

import type { LogRecord, Machine, SealedState } from './machine.ts';
import type { Gap, Verb } from './step.ts';

/** The closed list of promises that can be judged, and what each says. */
export const PROPERTY_MEANINGS = {
  atomicity:
    'no two nodes decide differently, nobody reverses a decision, and commit needs a yes from every participant',
  validity:
    'without fault, refusal and timeout a transaction commits, nobody is refused for a lock that nobody holds, and what clients are told comes true',
  termination: 'once everything is healed, nobody stays in doubt or unfinished, and no lock stays',
  journal: 'every transfer stands in both journals once, or in neither, as its client was told',
  conservation: 'no money appears or disappears, and no balance is negative',
  durability: 'what was acknowledged or written down by force outlives every restart',
  'non-blocking': 'no live participant stays in doubt longer than the bound B, whatever has failed',
  progress: 'after the last heal every key that is asked for can be used again',
  'exclusion-service': 'the lock service never grants one lock twice at a time',
  'exclusion-belief': 'no two clients believe at the same time that they hold one lock',
  'exclusion-effect': 'no write of one holder falls between the writes of another',
  fencing: 'a resource never accepts a smaller token after a greater one',
} as const;
export type Property = keyof typeof PROPERTY_MEANINGS;
export const PROPERTIES = Object.keys(PROPERTY_MEANINGS) as readonly Property[];

/** What is at risk while a transaction stands at a step: nothing, an undecided transaction, or somebody who may no longer decide alone. */
export const STAKES = ['none', 'in flight', 'in doubt'] as const;
export type Stake = (typeof STAKES)[number];

/** The words that a role's effects and inputs may carry, by verb: the vocabulary of its steps. */
export type Words = Readonly<Partial<Record<Verb, readonly string[]>>>;

export interface Role {
  /** `one` node, or as many as the topology's number of participants. */
  readonly count: 'one' | 'participants';
  readonly words: Words;
  readonly machine: Machine<SealedState>;
  /** What a `prepared` record of this role locks, for people who watch. */
  readonly locksOf?: (promise: LogRecord) => readonly string[];
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
  readonly title: string;
  /** What it does, what it promises, and at what price: for `txlab explain`. */
  readonly summary: string;
  readonly reference: string;
  readonly roles: Readonly<Record<string, Role>>;
  readonly phases: Readonly<Record<string, Phase>>;
  readonly promises: readonly Property[];
  readonly timeouts: Readonly<Record<string, TimeoutRule>>;
  /** Between timeouts of this protocol, beside those that hold for all. */
  readonly relations?: readonly TimeoutRelation[];
  /** Of a protocol that decides by majorities: how few voters are too few. */
  readonly voters?: { readonly least: number; readonly why: string };
  readonly namesakes?: readonly Namesake[];
  readonly stakes: readonly StakeRule[];
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
