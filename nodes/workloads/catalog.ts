// Every workload that txlab knows, by name. A new one is a file beside this one and a line here.

import { counter } from './counter.ts';
import { inventory } from './inventory.ts';
import { references } from './references.ts';
import { transfers } from './transfers.ts';
import { sealWorkload, type SealedWorkload } from '../contract/workload.ts';

export const WORKLOADS: readonly SealedWorkload[] = [
  sealWorkload(transfers),
  sealWorkload(inventory),
  sealWorkload(references),
  sealWorkload(counter),
];

export function findWorkload(name: string): SealedWorkload | undefined {
  return WORKLOADS.find((workload) => workload.name === name);
}
