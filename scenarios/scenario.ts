// A scenario: what is run, what is done to it, and what is claimed. Checked and complete; the same from a file and from a sentence.

import { stringify } from 'yaml';
import { findProtocol } from '../nodes/protocols/catalog.ts';
import { invariant } from '../nodes/contract/invariant.ts';
import { formatDuration } from './duration.ts';
import { formatSentence } from './sentence-text.ts';
import { makeWorld, type World } from './world.ts';
import type { NodeId } from '../nodes/contract/ids.ts';
import type { Expectation } from './findings.ts';
import type { Sentence } from './sentence.ts';

export interface Scenario {
  readonly version: 1;
  readonly name: string;
  readonly title: string;
  readonly protocol: string;
  readonly participants: number;
  /** All that the protocol knows, in milliseconds. */
  readonly timeouts: Readonly<Record<string, number>>;
  readonly workload: Workload;
  readonly faults: readonly Sentence[];
  readonly expect: Expectation;
  readonly okAtLeast?: number;
  readonly timeLimitMs: number;
  readonly because?: string;
  readonly reference?: string;
}

export interface Workload {
  readonly kind: 'transfers';
  /** Of each bank. */
  readonly accounts: number;
  /** Of each account, at first. */
  readonly balance: number;
  readonly clients: number;
  /** Of all clients together. */
  readonly transactions: number;
  /** The banks of every transfer; random pairs where absent. */
  readonly between?: readonly [NodeId, NodeId];
  /** Share of transfers, 0 to 1, that use one hot account of each bank. */
  readonly contention: number;
}

/** The protocol and nodes of a scenario. Its protocol is known: whoever made the scenario has looked it up. */
export function worldOf({ protocol, participants, workload }: Pick<Scenario, 'protocol' | 'participants' | 'workload'>): World {
  const found = findProtocol(protocol);
  invariant(found, `a scenario of an unknown protocol: ${protocol}`);
  return makeWorld(found, { participants, transactions: workload.transactions });
}

/** The scenario as a file that would be read as the same scenario. */
export function formatScenario(scenario: Scenario): string {
  const { version, name, title, protocol, participants, timeouts, workload, expect, okAtLeast, timeLimitMs, because, reference } = scenario;
  const world = worldOf(scenario);
  const file = {
    version,
    name,
    title,
    protocol,
    topology: { participants },
    timeouts: Object.fromEntries(Object.entries(timeouts).map(([timeout, ms]) => [timeout, formatDuration(ms)])),
    workload,
    faults: scenario.faults.map((sentence) => formatSentence(sentence, world)),
    expect: { ...(expect.target && { target: expect.target }), ...expect.properties },
    okAtLeast,
    timeLimit: formatDuration(timeLimitMs),
    because,
    reference,
  };
  return stringify(file, { lineWidth: 120 });
}
