// Every property in one table: the general ones and those of workloads, in the order in which they are shown, each with its checker.

import {
  GENERAL_PROPERTIES,
  promisedIn,
  type Condition,
  type Family,
  type GeneralProperty,
  type Promised,
  type Property,
  type PropertyRule,
} from '../../nodes/contract/properties.ts';
import type { Checker } from '../findings.ts';
import { atomicity } from './atomicity.ts';
import { COUNTER_PROPERTIES } from './counter/properties.ts';
import { durability } from './durability.ts';
import { INVENTORY_PROPERTIES } from './inventory/properties.ts';
import { deadlockFreedom } from './locks/deadlocks.ts';
import { handOver } from './locks/hand-over.ts';
import { exclusionByService, exclusionInBelief, exclusionInEffect } from './locks/exclusion.ts';
import { fairness } from './locks/fairness.ts';
import { fencing } from './locks/fencing.ts';
import { logAgreement } from './log-agreement.ts';
import type { WorkloadProperty } from './judging.ts';
import { nonBlocking } from './non-blocking.ts';
import { progress } from './progress.ts';
import { REFERENCE_PROPERTIES } from './references/properties.ts';
import { hasReplicas, type Sites } from './sites.ts';
import { termination } from './termination.ts';
import { TRANSFER_PROPERTIES } from './transfers/properties.ts';
import { validity } from './validity.ts';

export interface JudgedProperty extends PropertyRule {
  /** Only for this one. */
  readonly workload: string | null;
  readonly needs: readonly GeneralProperty[];
  /** Null where nothing judges it: by itself, or not yet. */
  readonly checker: Checker | null;
}

/** By workload. A new one is a folder beside this file and a line here. */
const OF_WORKLOADS: Readonly<Record<string, Readonly<Record<Property, WorkloadProperty>>>> = {
  transfers: TRANSFER_PROPERTIES,
  inventory: INVENTORY_PROPERTIES,
  references: REFERENCE_PROPERTIES,
  counter: COUNTER_PROPERTIES,
};

const CHECKERS: Readonly<Partial<Record<GeneralProperty, Checker>>> = {
  atomicity,
  validity,
  termination,
  durability,
  'non-blocking': nonBlocking,
  progress,
  'log-agreement': logAgreement,
  'exclusion-service': exclusionByService,
  'exclusion-belief': exclusionInBelief,
  'exclusion-effect': exclusionInEffect,
  fencing,
  'hand-over': handOver,
  fairness,
  'deadlock-freedom': deadlockFreedom,
};

const generals = Object.entries(GENERAL_PROPERTIES) as readonly (readonly [GeneralProperty, PropertyRule])[];
const general = ([name, rule]: (typeof generals)[number]): readonly [Property, JudgedProperty] => [
  name,
  { ...rule, workload: null, needs: [], checker: CHECKERS[name] ?? null },
];
/** What clients care for stands between what nodes decide and what outlives them. */
const split = generals.findIndex(([name]) => name === 'durability');

export const PROPERTY_TABLE: ReadonlyMap<Property, JudgedProperty> = new Map([
  ...generals.slice(0, split).map(general),
  ...Object.entries(OF_WORKLOADS).flatMap(([workload, properties]) =>
    Object.entries(properties).map(([name, rule]): readonly [Property, JudgedProperty] => [
      name,
      { families: ['commit', 'kv'], ...rule, workload },
    ]),
  ),
  ...generals.slice(split).map(general),
]);

export const PROPERTIES: readonly Property[] = [...PROPERTY_TABLE.keys()];

interface Use {
  readonly family: Family;
  readonly workload: string;
  /** Where they are known. */
  readonly sites?: Sites;
}

/** Why this property has no meaning here; null when it has. */
export function misplaced(name: Property, { family, workload, sites }: Use): string | null {
  const rule = PROPERTY_TABLE.get(name);
  if (!rule) return `There is no property ${name}.`;
  if (rule.workload !== null && rule.workload !== workload)
    return `${name} is about ${rule.workload}, and the workload is ${workload}.`;
  if (rule.ofReplicas && sites && !hasReplicas(sites))
    return `${name} is about sites that live on several nodes, and here is none.`;
  return rule.families.includes(family)
    ? null
    : `${name} is about ${rule.families[0]}s, and this is no ${rule.families[0]}.`;
}

/** All that a protocol promises of this workload: its own, and what follows from that. */
export function promisesOf(own: readonly Promised[], use: Use): readonly Property[] {
  const names = own.map(promisedIn);
  const keeps = (name: GeneralProperty) => names.includes(name);
  return PROPERTIES.filter((name) => {
    const rule = PROPERTY_TABLE.get(name);
    if (!rule || misplaced(name, use) !== null) return false;
    if (rule.workload !== null) return rule.needs.every(keeps);
    return rule.checker !== null && names.some((one) => one === name);
  });
}

/** Of what a protocol promises, what holds only while something is up: a field of plans and headers, absent where all holds always. */
export function whilesOf(own: readonly Promised[]): { readonly whiles?: Readonly<Record<Property, Condition>> } {
  const bound = own.flatMap((promised) => (typeof promised === 'string' ? [] : [[promised.property, promised.while]]));
  return bound.length === 0 ? {} : { whiles: Object.fromEntries(bound) };
}
