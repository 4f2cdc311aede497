// Faults that are never to end: what stands at rest then stands for ever. Whoever is gone for good does not report its state, and what
// nobody can decide any more is no gap in what was seen.

import type { SiteId } from '../../nodes/contract/workload.ts';
import type { History } from '../findings.ts';
import { count, listed } from './conclude.ts';
import { type EventOf } from './facts.ts';
import { factsOf } from './gather.ts';
import { absencesOf, standingWindows } from './windows.ts';

export function stands(history: History): boolean {
  return standingWindows(history).length > 0;
}

/** It is dead or frozen, and stays so. */
export function isGoneForGood(history: History, site: SiteId): boolean {
  return stands(history) && absencesOf(history, site).some(({ to }) => !Number.isFinite(to));
}

/** One sentence of the faults, and one for each site that is left with something; empty where every fault was to end. */
export function whatStands(history: History): readonly string[] {
  const faults = standingWindows(history).flatMap(({ injected }) =>
    injected.kind === 'fault' ? [`the ${injected.fault} of ${injected.node}`] : [],
  );
  if (faults.length === 0) return [];
  const left = [...factsOf(history).states].flatMap(([site, { state }]) => leftAt(site, state));
  const never = `Never ended: ${listed(faults)}.`;
  return [never, ...(left.length === 0 ? ['Nobody else is left in doubt, at work or with a lock.'] : left)];
}

function leftAt(site: SiteId, { inDoubt, unfinished, holds }: EventOf<'dumped'>['state']): readonly string[] {
  const others = unfinished.filter((tx) => !inDoubt.includes(tx));
  const parts = [
    ...(inDoubt.length > 0 ? [`in doubt about ${listed(inDoubt)}`] : []),
    ...(others.length > 0 ? [`at work on ${listed(others)}`] : []),
    ...(holds.length > 0 ? [`holding ${count(holds.length, 'lock')}: ${listed(holds.map(({ key }) => key))}`] : []),
  ];
  return parts.length === 0 ? [] : [`${site} stands for ever ${parts.join(', ')}.`];
}
