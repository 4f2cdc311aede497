// Promises that hold only while a quorum, or a store, is up: the time when it was not, which no such promise covers. A node or store that is
// cut off is up; what a cut does is the scenario's to claim.

import type { Property } from '../../nodes/contract/properties.ts';
import type { SiteId } from '../../nodes/contract/workload.ts';
import type { History } from '../findings.ts';
import type { Excused } from './doubts.ts';
import { factsOf } from './gather.ts';
import { placeOf } from './sites.ts';
import { type Span, union } from './spans.ts';
import { withoutQuorum, withoutStore } from './windows.ts';

export function isConditional({ run }: History, property: Property): boolean {
  return run.whiles?.[property] !== undefined;
}

/** When what this promise needs was not up at one of these sites, or at one that guards nothing and so serves them all. */
export function timeWithout(history: History, property: Property): (sites: readonly SiteId[]) => readonly Span[] {
  const { whiles, sites, initial } = history.run;
  const condition = whiles?.[property];
  if (condition === undefined) return () => [];
  const lackOf = condition === 'quorum' ? withoutQuorum : withoutStore;
  const lacks = Object.keys(sites).map((name) => {
    const site = name as SiteId;
    return { site, spans: lackOf(history, placeOf(sites, site)) };
  });
  return (named) =>
    union(lacks.flatMap(({ site, spans }) => (named.includes(site) || !Object.hasOwn(initial, site) ? spans : [])));
}

/** A transaction is its participants' and its coordinator's; while nobody has told whose it is, anybody's. */
export function excusedFrom(history: History, property: Property): Excused {
  if (!isConditional(history, property)) return () => [];
  const without = timeWithout(history, property);
  const { siteOf } = factsOf(history);
  const all = Object.keys(history.run.sites) as SiteId[];
  return ({ began }) => without(began === null ? all : [...began.note.participants, siteOf(began.node)]);
}
