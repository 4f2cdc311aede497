// What checkers can read in the content of a site, by workload: which transactions have left a trace in it, and at which key. A new workload is
// a folder beside this file and a line here.

import { tracesIn as inCounters } from './counter/content.ts';
import { tracesIn as inWarehouses, wouldRunOut } from './inventory/content.ts';
import type { ContentReader } from './judging.ts';
import { isAgainst, tracesIn as inServices, wasAgainst } from './references/content.ts';
import { tracesIn as inBanks, wouldOverdraw } from './transfers/content.ts';

export const READERS: Readonly<Record<string, ContentReader>> = {
  transfers: { operation: 'transfer', key: 'account', tracesIn: inBanks, mayRefuse: wouldOverdraw },
  inventory: { operation: 'order', key: 'item', tracesIn: inWarehouses, mayRefuse: wouldRunOut },
  counter: { operation: 'increment', key: 'counter', tracesIn: inCounters },
  references: {
    operation: 'operation',
    key: 'record',
    tracesIn: inServices,
    mayRefuse: isAgainst,
    mustRefuse: wasAgainst,
  },
};

/** Of a workload that nobody knows here, nothing is read, and nothing concluded. */
export function readerOf(workload: string): ContentReader {
  return Object.hasOwn(READERS, workload) ? (READERS[workload] ?? UNKNOWN) : UNKNOWN;
}

/** Whether what a site guards can be read at all. */
export function knowsContent(workload: string): boolean {
  return Object.hasOwn(READERS, workload);
}

const UNKNOWN: ContentReader = { operation: 'operation', key: 'key', tracesIn: () => [] };
