// Whose word a record is. Sites promise and decide: one that lives on one node has that node's word, one that lives on several has what a
// quorum of them holds durably, one that lives in a store has what the store has answered. Whoever belongs to no site stands for itself.

import { own } from '../../nodes/contract/own.ts';
import type { SitePlace, SiteId } from '../../nodes/contract/workload.ts';
import type { NodeId } from '../../nodes/contract/ids.ts';
import type { Entry } from '../../nodes/contract/records.ts';
import type { EventOf, Facts, Recorded, Transaction } from './facts.ts';

export type Sites = Readonly<Record<string, SitePlace>>;

export function hasReplicas(sites: Sites): boolean {
  return Object.values(sites).some(({ nodes }) => nodes.length > 1);
}

/** A node belongs to one site at most. A store belongs to a site that has no node, if to no other: then its state is that site's. */
export function siteIndex(sites: Sites): (node: NodeId) => SiteId {
  const all = Object.entries(sites);
  const isShared = (store: NodeId) => all.filter(([, { stores }]) => stores.includes(store)).length > 1;
  const index = new Map(
    all.flatMap(([site, { nodes, stores }]) => {
      const own = nodes.length > 0 ? nodes : stores.filter((store) => !isShared(store));
      return own.map((name) => [name, site]);
    }),
  );
  return (node) => (index.get(node) ?? node) as SiteId;
}

/** A node outside of all sites is a site of its own here. */
export function placeOf(sites: Sites, site: SiteId): SitePlace {
  return own(sites, site) ?? { nodes: [site], stores: [], quorum: 1 };
}

/** Then whatever its node has written is the site's own word. */
function isPlain({ nodes, stores }: SitePlace): boolean {
  return nodes.length === 1 && stores.length === 0;
}

export function hasShared(sites: Sites): boolean {
  return !Object.values(sites).every(isPlain);
}

export function isPlainSite({ history }: Facts, site: SiteId): boolean {
  return isPlain(placeOf(history.run.sites, site));
}

/** Leaves of a transaction's promises and decisions what is the own of its sites. */
export function keepOwn(sites: Sites, { prepared, decisions }: Transaction): void {
  for (const records of [prepared, decisions]) {
    const own = ownOf(sites, records);
    records.splice(0, records.length, ...own);
  }
}

/** All that a plain site has written; of each word of another site the record with which it became its own, once. */
function ownOf(sites: Sites, records: readonly Recorded[]): readonly Recorded[] {
  const isShared = ({ site }: Recorded) => !isPlain(placeOf(sites, site));
  const words = Map.groupBy(records.filter(isShared), ({ site, decision }) => `${site} ${decision}`);
  const first = new Set(
    [...words.values()].flatMap((same) => same.slice(0, 1).map(({ site }) => firstOwn(placeOf(sites, site), same))),
  );
  return records.filter((record) => !isShared(record) || first.has(record));
}

/** Equal records of several nodes are one. */
function firstOwn({ quorum }: SitePlace, same: readonly Recorded[]): Recorded | undefined {
  const [written, answered] = [same.filter(isWritten), same.filter((record) => !isWritten(record))];
  const equal = [...Map.groupBy(written, (record) => entryText(entryOf(record))).values()];
  const full = equal.flatMap((records) => quorumOf(records, quorum) ?? []);
  return [...full, ...answered].toSorted((a, b) => a.at - b.at)[0];
}

function isWritten({ source }: Recorded): boolean {
  return source.kind !== 'answered';
}

/** The record with which so many nodes had it. */
export function quorumOf<Held extends Pick<Recorded, 'node' | 'at'>>(
  records: readonly Held[],
  quorum: number,
): Held | undefined {
  const inTime = records.toSorted((a, b) => a.at - b.at);
  return inTime.filter(({ node }, at) => inTime.findIndex((other) => other.node === node) === at)[quorum - 1];
}

export function entryOf({ source }: Recorded): Entry | undefined {
  if (source.kind === 'durable') return source.record.entry;
  return source.kind === 'logged' ? source.records[0]?.entry : undefined;
}

/** A majority that holds one value by several ballots has not chosen it: a leader that meets the others may yet choose another. */
export function entryText(entry: Entry | undefined): string {
  return entry === undefined ? '' : `${entry.slot} ${entry.ballot}`;
}

/** By site: its last state. A replica that only keeps entries guards nothing and says so; one that leads speaks for its site. */
export function statesOf(
  siteOf: (node: NodeId) => SiteId,
  dumps: Iterable<EventOf<'dumped'>>,
): ReadonlyMap<SiteId, EventOf<'dumped'>> {
  const states = new Map<SiteId, EventOf<'dumped'>>();
  for (const dumped of dumps) {
    const before = states.get(siteOf(dumped.node));
    if (before === undefined || saysMuch(dumped) || !saysMuch(before)) states.set(siteOf(dumped.node), dumped);
  }
  return states;
}

function saysMuch({ state: { content, inDoubt, unfinished, holds } }: EventOf<'dumped'>): boolean {
  return content !== null || inDoubt.length + unfinished.length + holds.length > 0;
}

/** Why nothing may be concluded from an absence at this site. What a store has answered stands in the trace of whoever asked. */
export function holeOf({ history, holes }: Facts, site: SiteId): string | undefined {
  const { nodes, stores } = placeOf(history.run.sites, site);
  const blind = stores.length > 0 ? [...holes.keys()] : nodes;
  return blind.map((node) => holes.get(node)).find((hole) => hole !== undefined);
}
