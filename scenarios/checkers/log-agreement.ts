// Replicas of one site agree: once a quorum holds an entry at a place by one ballot, every later ballot puts the same entry there, and no
// later quorum is without it (Lamport, Paxos Made Simple 2001, P2b). What a leader has forced alone may give way to another entry.

import type { HistoryEvent } from '../../nodes/contract/events.ts';
import type { SitePlace, SiteId } from '../../nodes/contract/workload.ts';
import type { NodeId } from '../../nodes/contract/ids.ts';
import type { Entry, LogRecord } from '../../nodes/contract/records.ts';
import type { Finding, History } from '../findings.ts';
import { type Complaint, conclude, count, notApplicable } from './conclude.ts';
import type { Facts } from './facts.ts';
import { factsOf } from './gather.ts';
import { hasReplicas, holeOf, quorumOf } from './sites.ts';
import { unreadLogs } from './windows.ts';

export function logAgreement(history: History): Finding {
  const { sites } = history.run;
  if (!hasReplicas(sites)) return notApplicable('log-agreement', 'No site lives on several nodes.');
  const facts = factsOf(history);
  const groups = Object.entries(sites).filter(([, { nodes }]) => nodes.length > 1);
  const logs = groups.map(([site, place]) => logOf(facts, site as SiteId, place));
  const held = logs.flatMap(({ chosen }) => chosen);
  const gaps = [...groups.flatMap(([site]) => holeOf(facts, site as SiteId) ?? []), ...unreadLogs(history)];
  return conclude('log-agreement', {
    broken: logs.flatMap(({ broken }) => broken),
    gaps,
    holds: `The replicas of ${count(groups.length, 'site')} agree on every place of their logs; at ${held.length} a quorum held an entry, and none of these was lost.`,
  });
}

/** An entry as one replica has it. */
interface Held {
  readonly node: NodeId;
  readonly at: number;
  readonly entry: Entry;
  /** What it says, in one text. */
  readonly content: string;
  readonly name: string;
  readonly source: HistoryEvent;
}

function logOf(facts: Facts, site: SiteId, place: SitePlace) {
  const slots = [...Map.groupBy(heldAt(facts, place), ({ entry }) => entry.slot).values()];
  const chosen = slots.flatMap((slot) => chosenIn(slot, place) ?? []);
  const broken = [
    ...slots.flatMap((slot) => twoByOneBallot(site, slot)),
    ...slots.flatMap((slot) => otherAfter(site, slot, chosenIn(slot, place))),
    ...chosen.flatMap((one) => lost(facts, one, { site, place })),
  ];
  return { chosen, broken };
}

/** From the trace and every log that was read; each replica's once, as early as it is known. */
function heldAt({ history }: Facts, { nodes }: SitePlace): readonly Held[] {
  return history.events.flatMap((event) => {
    if (event.kind !== 'durable' && event.kind !== 'logged') return [];
    if (!nodes.includes(event.node)) return [];
    if (event.kind === 'durable') return heldIn(event.record, event);
    return event.records.flatMap((record) => heldIn(record, { ...event, records: [record] }));
  });
}

function heldIn(record: LogRecord, source: Extract<HistoryEvent, { kind: 'durable' | 'logged' }>): readonly Held[] {
  const { entry, mark } = record;
  if (entry === undefined || mark === 'checkpoint') return [];
  const { node, at } = source;
  return [{ node, at, entry, content: contentOf(record), name: nameOf(record), source }];
}

function contentOf(record: LogRecord): string {
  return JSON.stringify({ ...record, entry: undefined }, (_key, value: unknown) =>
    typeof value === 'object' && value !== null && !Array.isArray(value)
      ? Object.fromEntries(Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1)))
      : value,
  );
}

function nameOf({ word, about: tx }: LogRecord): string {
  return tx === null ? `'${word}'` : `'${word}' of ${tx}`;
}

/** What a quorum held by one ballot, the earliest such ballot: from there on it is the entry of this place. */
function chosenIn(slot: readonly Held[], { quorum }: SitePlace): Held | undefined {
  const proposals = Map.groupBy(slot, ({ entry, content }) => `${entry.ballot} ${content}`);
  const full = [...proposals.values()].flatMap((same) => quorumOf(same, quorum) ?? []);
  return full.toSorted(byBallot)[0];
}

function byBallot({ entry: a }: Held, { entry: b }: Held): number {
  return Number.parseInt(a.ballot, 10) - Number.parseInt(b.ballot, 10) || (a.ballot < b.ballot ? -1 : 1);
}

/** A ballot has one leader, and a leader one entry for a place. */
function twoByOneBallot(site: SiteId, slot: readonly Held[]): readonly Complaint[] {
  return [...Map.groupBy(slot, ({ entry }) => entry.ballot).values()].flatMap(([first, ...others]) => {
    const other = others.find(({ content }) => content !== first?.content);
    if (first === undefined || other === undefined) return [];
    const { slot: nth, ballot } = first.entry;
    const reason = `At place ${nth} of ${site}, by ballot ${ballot}, ${first.node} holds ${first.name} and ${other.node} holds ${other.name}.`;
    return [{ reason, events: [first.source, other.source] }];
  });
}

function otherAfter(site: SiteId, slot: readonly Held[], chosen: Held | undefined): readonly Complaint[] {
  if (chosen === undefined) return [];
  const { ballot } = chosen.entry;
  const other = slot.find(
    (held) => held.content !== chosen.content && held.entry.ballot !== ballot && byBallot(held, chosen) > 0,
  );
  if (other === undefined) return [];
  const reason = `At place ${chosen.entry.slot} of ${site} a quorum held ${chosen.name} by ballot ${ballot}, but ${other.node} holds ${other.name} by ballot ${other.entry.ballot}.`;
  return [{ reason, events: [chosen.source, other.source] }];
}

interface Group {
  readonly site: SiteId;
  readonly place: SitePlace;
}

/** So many replicas are without it that they would be a quorum. */
function lost(facts: Facts, chosen: Held, { site, place }: Group): readonly Complaint[] {
  const without = place.nodes.flatMap((node) => logWithout(facts, chosen, node) ?? []);
  if (without.length < place.quorum) return [];
  const reason = `At place ${chosen.entry.slot} of ${site} a quorum held ${chosen.name}, but at the end ${without.length} of ${place.nodes.length} replicas are without it.`;
  return [{ reason, events: [chosen.source, ...without.map((logged) => ({ ...logged, records: [] }))] }];
}

/** This replica's last log, if it has no such entry at this place. One that was read before the replica's last life tells nothing of its end. */
function logWithout({ logs, boots }: Facts, chosen: Held, node: NodeId): Facts['logs'][number] | undefined {
  const last = logs.findLast((logged) => logged.node === node);
  if (last === undefined || last.at < chosen.at) return undefined;
  if (boots.some((boot) => boot.node === node && boot.at > last.at)) return undefined;
  const { slot } = chosen.entry;
  const isCovered = last.records.some(({ mark, entry }) => mark === 'checkpoint' && (entry?.slot ?? slot) >= slot);
  const [found] = last.records
    .flatMap((record) => heldIn(record, last))
    .filter((held) => held.entry.slot === slot)
    .toSorted((a, b) => byBallot(b, a));
  return isCovered || found?.content === chosen.content ? undefined : last;
}
