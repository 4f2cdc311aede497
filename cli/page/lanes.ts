// The lines of the diagram: a line for each node and each store, replicas of one site together.

import { own } from '../../nodes/contract/own.ts';
import type { History } from '../../scenarios/findings.ts';
import type { Lane } from './story-types.ts';

export function lanesOf({ run }: History): readonly Lane[] {
  const stores = new Set<string>(run.stores);
  const names: readonly string[] = [...run.nodes, ...stores];
  const groupOf = (name: string) => {
    const found = Object.entries(run.sites).find(([, { nodes, stores: kept }]) => {
      const members: readonly string[] = nodes.length > 0 ? nodes : kept;
      return members.length > 1 && members.includes(name);
    });
    return found?.[0] ?? null;
  };
  const lanes = names.map((name): Lane => ({
    name,
    role: own(run.roles, name) ?? '',
    isStore: stores.has(name),
    group: groupOf(name),
  }));
  return lanes.flatMap((lane, index) => {
    if (lane.group === null) return [lane];
    const together = lanes.filter(({ group }) => group === lane.group);
    return lanes.indexOf(together[0] ?? lane) === index ? together : [];
  });
}

/** The lines that a site stands on: its own, or those of its replicas. */
export function lanesOfSite({ run }: History, lanes: readonly Lane[], site: string): readonly number[] {
  const place = own(run.sites, site);
  const names: readonly string[] = place === undefined ? [site] : [...place.nodes, ...place.stores];
  return lanes.flatMap(({ name }, index) => (names.includes(name) ? [index] : []));
}
