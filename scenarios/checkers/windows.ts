// When faults lasted and which node was alive when: from the lab's fault events and the nodes' own boots.

import type { SitePlace, SiteId } from '../../nodes/contract/workload.ts';
import { isMeddling } from '../../nodes/contract/meddling.ts';
import type { NodeId } from '../../nodes/contract/ids.ts';
import type { EventOf, Facts } from './facts.ts';
import { factsOf } from './gather.ts';
import type { History } from '../findings.ts';
import { placeOf } from './sites.ts';
import { overlap, type Span, union } from './spans.ts';

/** From just before a fault's injection to just after its heal; without end when it was never healed. */
export interface FaultWindow extends Span {
  /** Inside of the window: from the evidence that it was there to the last moment before it was undone. */
  readonly certain: Span;
  readonly injected: EventOf<'fault'> | EventOf<'exited'>;
}

export function faultWindows(history: History): readonly FaultWindow[] {
  const facts = factsOf(history);
  const injections = facts.faults.filter((fault) => isInjection(facts, fault));
  const ids = new Map(injections.toReversed().map((injection) => [injection.id, injection]));
  const deaths = facts.exits.filter((exit) => !exit.byLab);
  return [
    ...[...ids.values()].toReversed().map((injected) => windowOf(facts, injected)),
    ...deaths.map((exit) => deathOf(facts, exit)),
  ];
}

/** Of faults that came, and were never to end. */
export function standingWindows(history: History): readonly FaultWindow[] {
  return faultWindows(history).filter((window) => isStanding(window));
}

function isStanding({ injected, to }: FaultWindow): boolean {
  return injected.kind === 'fault' && injected.ends === 'never' && injected.evidence.seen && !Number.isFinite(to);
}

/**
 * When the last fault was healed: the start of the run without faults, null when one was not healed. One that is never to end counts from
 * when it was there.
 */
export function lastHealAt(history: History): number | null {
  const ends = faultWindows(history).map((window) => (isStanding(window) ? window.certain.from : window.to));
  const at = Math.max(history.run.at, ...ends);
  return Number.isFinite(at) ? at : null;
}

/** When the last fault came or went, where all that still stand are nodes that are gone: without them it must do from then on. Null elsewhere. */
export function lastChangeAt(history: History): number | null {
  const windows = faultWindows(history);
  const standing = windows.filter(({ to }) => !Number.isFinite(to));
  const areGone = standing.every(({ injected }) => injected.kind === 'exited' || FREEZING.has(injected.fault));
  const changes = windows.map(({ to, certain }) => (Number.isFinite(to) ? to : certain.from));
  return areGone ? Math.max(history.run.at, ...changes) : null;
}

/** When the site had no quorum of nodes that live, or, where it has no nodes, no store that does: in such a state it waits for nobody. */
export function absencesOf(history: History, site: SiteId): readonly Span[] {
  const place = placeOf(history.run.sites, site);
  return place.nodes.length > 0 ? withoutQuorum(history, place) : withoutStore(history, place);
}

export function withoutQuorum(history: History, { nodes, quorum }: SitePlace): readonly Span[] {
  return tooFew(history, nodes, quorum);
}

/** Stores that are replicas of each other need a quorum, too. */
export function withoutStore(history: History, { stores, quorum }: SitePlace): readonly Span[] {
  return stores.length === 0 ? [] : tooFew(history, stores, Math.min(quorum, stores.length));
}

function tooFew(history: History, names: readonly NodeId[], quorum: number): readonly Span[] {
  const absences = names.map((name) => nodeAbsences(history, name));
  return overlap(absences, names.length - quorum + 1);
}

/** When the node was dead, paused or held, or could write nothing down: then it can neither promise nor end anything. */
export function nodeAbsences(history: History, node: NodeId): readonly Span[] {
  const facts = factsOf(history);
  const frozen = facts.faults
    .filter((fault) => fault.node === node && FREEZING.has(fault.fault) && isInjection(facts, fault))
    .map((fault) => ({ from: fault.since, to: absentUntil(facts, fault) }));
  const died = facts.exits
    .filter((exit) => exit.node === node && !exit.byLab)
    .map(({ at }) => ({ from: at, to: nextBoot(facts, node, at) ?? Number.POSITIVE_INFINITY }));
  return union([...frozen, ...died, ...holdsOf(facts, node)]);
}

const FREEZING: ReadonlySet<string> = new Set(['kill', 'restart', 'pause', 'fill']);
const ENDING: ReadonlySet<string> = new Set(['restart', 'resume', 'heal']);

/** Done once: nothing undoes them. */
const AT_ONCE: ReadonlySet<string> = new Set(['restart', 'promote']);

/** A restart ends a kill of the same id; alone it is a fault of its own. */
function isInjection(facts: Facts, fault: EventOf<'fault'>): boolean {
  if (!ENDING.has(fault.fault)) return true;
  if (fault.fault !== 'restart') return false;
  return facts.faults.find(({ id }) => id === fault.id) === fault;
}

function endOf(facts: Facts, injected: EventOf<'fault'>): EventOf<'fault'> | undefined {
  return facts.faults.findLast((fault) => fault.id === injected.id && fault !== injected && !isInjection(facts, fault));
}

function windowOf(facts: Facts, injected: EventOf<'fault'>): FaultWindow {
  const { fault, node, since, at } = injected;
  const ended = endOf(facts, injected) ?? (AT_ONCE.has(fault) ? injected : undefined);
  // What hosts did with messages is over when they have said so, also where they did nothing.
  const isOver = ended !== undefined && (ended.evidence.seen || isMeddling(fault));
  // A dead node's fault is over when it runs again, which takes a while after the lab has begun to undo it.
  const boot = fault === 'kill' || fault === 'restart' ? nextBoot(facts, node, since) : undefined;
  const undone = isOver ? ended.since : Number.POSITIVE_INFINITY;
  const to = isOver ? ended.at : Number.POSITIVE_INFINITY;
  return { from: since, to, certain: { from: Math.min(at, boot ?? at), to: boot ?? undone }, injected };
}

function deathOf(facts: Facts, exit: EventOf<'exited'>): FaultWindow {
  const span = { from: exit.at, to: nextBoot(facts, exit.node, exit.at) ?? Number.POSITIVE_INFINITY };
  return { ...span, certain: span, injected: exit };
}

function absentUntil(facts: Facts, fault: EventOf<'fault'>): number {
  const ended = endOf(facts, fault)?.at ?? Number.POSITIVE_INFINITY;
  return fault.fault === 'pause' || fault.fault === 'fill'
    ? ended
    : (nextBoot(facts, fault.node, fault.since) ?? ended);
}

function nextBoot(facts: Facts, node: NodeId, after: number): number | undefined {
  return facts.boots.find((boot) => boot.node === node && boot.at > after)?.at;
}

/** From each hold of the node to its release; of one that was killed while held, to when its death was seen: from then on it is the fault's. */
export function heldByLab(facts: Facts, node: NodeId): readonly Span[] {
  return holdsOf(facts, node).map(({ from, to }) => {
    const killed = facts.faults.find((fault) => fault.node === node && fault.fault === 'kill' && fault.at >= from);
    return { from, to: Math.min(to, killed?.at ?? to) };
  });
}

/** From each hold of the node to its release, or to its next life. */
function holdsOf(facts: Facts, node: NodeId): readonly Span[] {
  const held = facts.holds.filter((event) => event.node === node && event.kind === 'held');
  return held.map(({ at, hold }) => {
    const released = facts.holds.find(
      (event) => event.node === node && event.kind === 'released' && event.hold === hold,
    );
    return { from: at, to: released?.at ?? nextBoot(facts, node, at) ?? Number.POSITIVE_INFINITY };
  });
}

/** Killed nodes (stores keep no such log) whose log on disk nobody read afterwards: it may hold what the trace does not. */
export function unreadLogs(history: History): readonly string[] {
  const { faults, exits, logs } = factsOf(history);
  const { nodes } = history.run;
  const died = new Map<NodeId, number>();
  for (const fault of faults) if (fault.fault === 'kill' && fault.evidence.seen) died.set(fault.node, fault.since);
  for (const exit of exits) if (!exit.byLab) died.set(exit.node, exit.at);
  const unread = [...died].filter(
    ([node, at]) => nodes.includes(node) && !logs.some((log) => log.node === node && log.at >= at),
  );
  return unread.map(([node]) => `The log of ${node} was not read after it died.`);
}
