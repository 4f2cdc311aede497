// Every checker by its property, run so that none can pass by failing.

import type { Property } from '../../nodes/contract/catalog.ts';
import type { Checker, Finding, History } from '../findings.ts';
import { atomicity } from './atomicity.ts';
import { unknown } from './conclude.ts';
import { conservation } from './conservation.ts';
import { durability } from './durability.ts';
import { journal } from './journal.ts';
import { nonBlocking } from './non-blocking.ts';
import { progress } from './progress.ts';
import { termination } from './termination.ts';
import { validity } from './validity.ts';

export const CHECKERS: Readonly<Partial<Record<Property, Checker>>> = {
  atomicity,
  validity,
  termination,
  journal,
  conservation,
  durability,
  'non-blocking': nonBlocking,
  progress,
};

/** One finding a property, in the order asked. */
export function checkAll(history: History, properties: readonly Property[]): readonly Finding[] {
  return properties.map((property) => check(history, property, CHECKERS[property]));
}

/** A property without a checker, and a checker that throws, leave the property unknown: never a pass. */
export function check(history: History, property: Property, checker: Checker | undefined): Finding {
  if (checker === undefined) return unknown(property, `There is no checker for ${property} yet.`);
  try {
    return checker(history);
  } catch (error) {
    return unknown(
      property,
      `The checker of ${property} failed: ${error instanceof Error ? error.message : String(error)}.`,
    );
  }
}
