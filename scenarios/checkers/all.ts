// Every property's checker, run so that none can pass by failing.

import type { Property } from '../../nodes/contract/properties.ts';
import type { Checker, Finding, History } from '../findings.ts';
import { unknown } from './conclude.ts';
import { misplaced, PROPERTIES, PROPERTY_TABLE } from './properties.ts';

/** What can be judged of such a run: whatever has a checker and a meaning for its family and workload. */
export function judgedIn({ run }: History): readonly Property[] {
  return PROPERTIES.filter((name) => PROPERTY_TABLE.get(name)?.checker && misplaced(name, run) === null);
}

/** One finding a property, in the order asked. */
export function checkAll(history: History, properties: readonly Property[]): readonly Finding[] {
  return properties.map((property) => check(history, property, PROPERTY_TABLE.get(property)?.checker ?? undefined));
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
