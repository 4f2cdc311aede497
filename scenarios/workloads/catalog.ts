// Every workload that scenarios can name. A new one is a file beside this one and a line here.

import { invariant } from '../../nodes/contract/invariant.ts';
import { counter } from './counter.ts';
import { inventory } from './inventory.ts';
import { references } from './references.ts';
import { transfers } from './transfers.ts';
import type { Family } from '../../nodes/contract/properties.ts';
import type { WorkloadKind, WorkloadWords } from './workload-kind.ts';

export const WORKLOAD_KINDS: readonly WorkloadKind[] = [transfers, inventory, references, counter];

/** What is used with a protocol of this family where nothing is said. */
export function defaultWorkload(family: Family): WorkloadKind {
  return WORKLOAD_KINDS.find((kind) => goesWith(kind, family)) ?? transfers;
}

export function goesWith({ families = ['commit', 'kv'] }: WorkloadKind, family: Family): boolean {
  return families.includes(family);
}

/** How people name its things; of a workload that is not known here, in general words. */
export function wordsFor(name: string): WorkloadWords {
  return findKind(name)?.words ?? GENERAL_WORDS;
}

const GENERAL_WORDS: WorkloadWords = {
  operation: 'operation',
  operations: 'operations',
  key: 'key',
  keys: 'keys',
  site: 'site',
};

export function findKind(name: string): WorkloadKind | undefined {
  return WORKLOAD_KINDS.find((kind) => kind.name === name);
}

/** Of a workload that has been looked up before. */
export function kindOf(name: string): WorkloadKind {
  const kind = findKind(name);
  invariant(kind, `a workload that nobody knows: ${name}`);
  return kind;
}
