// Whether what is claimed was set up at all. On a slow machine a fault comes after others have gone on without its node, or ends before
// anybody can have waited long enough. It says nothing against a promise of safety.

import type { HistoryEvent, TraceEvent } from '../../nodes/contract/events.ts';
import { isMeddling } from '../../nodes/contract/meddling.ts';
import type { NodeId, TxId } from '../../nodes/contract/ids.ts';
import { count, formatMs } from '../checkers/conclude.ts';
import type { EventOf } from '../checkers/facts.ts';
import { factsOf } from '../checkers/gather.ts';
import { faultWindows } from '../checkers/windows.ts';
import type { Doubt, History, TargetFacts } from '../findings.ts';
import type { Plan, PlannedFault } from '../plan/plan-types.ts';
import { txAt } from './target.ts';

/**
 * Faults that came when somebody had already given the transaction up that they were to hit: its node stood held for longer than the protocol
 * waits. Whoever only asks has given nothing up.
 */
export function lateFaults(history: History, { faults: planned }: Pick<Plan, 'faults'>): readonly string[] {
  const facts = factsOf(history);
  return planned.flatMap((one) => {
    const injected = facts.faults.find((fault) => fault.id === one.id);
    const held = facts.holds.find((event) => event.kind === 'held' && event.hold === injected?.hold);
    const hit = injected && txAt(facts, injected);
    if (!held || !hit) return [];
    const goneOn = goesOnAt(history, one, injected);
    const gone = history.events.find((event) => gaveUpOn(event, hit) && event.at > held.at && event.at < goneOn);
    if (!gone || !('node' in gone)) return [];
    const took = formatMs(injected.at - held.at);
    const before = gone.at < injected.at ? 'before that' : `before ${held.node} went on`;
    return [
      `'${one.text}' came ${took} after its step was reached, and ${before} ${gone.node} had given ${hit} up: this machine was too slow for what is claimed.`,
    ];
  });
}

/** The held node says nothing until it is let go, so others may give up for want of it. One that is killed or paused there is gone by the fault. */
function goesOnAt({ events }: History, { fault }: PlannedFault, { hold, at, node }: EventOf<'fault'>): number {
  const released = events.find((event) => event.kind === 'released' && event.hold === hold);
  if (released?.kind !== 'released') return at;
  const stops = (fault.do === 'kill' || fault.do === 'pause') && released.node === node;
  return stops ? at : Math.max(at, released.at);
}

function gaveUpOn(event: HistoryEvent, hit: TxId): boolean {
  if (event.kind !== 'told') return false;
  const { note } = event;
  return (note.word === 'gave-up' || note.word === 'elected' || note.word === 'terminated') && note.about === hit;
}

/**
 * Faults on messages that another copy of the same message passed by: who says a thing twice is not kept from saying it once. Retransmissions
 * after a timeout are the protocol's, and no such copies.
 */
export function passedBy(history: History, { faults: planned }: Pick<Plan, 'faults'>): readonly string[] {
  const meddled = history.events.filter((event): event is Meddled => event.kind === 'meddled');
  const [first, ...others] = planned.flatMap(({ id, fault, text }) => {
    if (!isMeddling(fault.do) || fault.do === 'duplicate') return [];
    for (const kept of meddled) {
      const copy = kept.fault === id ? copyOf(history, kept, meddled) : undefined;
      if (copy) return [{ kept, copy, text }];
    }
    return [];
  });
  if (first === undefined) return [];
  const { text, kept, copy } = first;
  const { node, to, message, at } = copy;
  const again = `${node} said ${message.word} about ${message.about} to ${to} again ${formatMs(at - kept.at)} later`;
  const more = others.length === 0 ? '' : ` (And so with ${count(others.length, 'more fault')}.)`;
  return [`'${text}' met one message, but ${again}, which it did not meet: what is claimed was not set up.${more}`];
}

type Meddled = Extract<TraceEvent, { kind: 'meddled' }>;
type Sent = Extract<TraceEvent, { kind: 'sent' | 'lost' }>;

/** The same word to the same node about the same transaction, sent at once and left alone. */
function copyOf(history: History, kept: Meddled, meddled: readonly Meddled[]) {
  const until = kept.at + atOnceMs(history) * MICROS;
  const isMet = ({ node, incarnation, seq }: TraceEvent) =>
    meddled.some((event) => event.node === node && event.incarnation === incarnation && event.seq === seq + 1);
  return history.events.find(
    (event): event is Sent =>
      event.kind === 'sent' &&
      event.node === kept.node &&
      event.incarnation === kept.incarnation &&
      event.seq > kept.seq &&
      event.at <= until &&
      event.to === kept.to &&
      event.message.word === kept.word &&
      event.message.about === kept.about &&
      !isMet(event),
  );
}

/** Before any timer of the protocol that was set for this message, or for another one that is answered by it, can have led to it. */
function atOnceMs({ run }: History): number {
  const shortest = Math.min(...Object.entries(run.timeouts).flatMap(([name, ms]) => (name === 'blocked' ? [] : [ms])));
  return shortest / 4;
}

const MICROS = 1000;

/**
 * Who stood in doubt until a fault ended that was planned to last longer than the bound, and was not up for that long: it had no time to be
 * blocked. A fault that is planned too short shows that nobody is blocked.
 */
export function shortDoubts(
  history: History,
  { faults }: Pick<Plan, 'faults'>,
  target: TargetFacts,
): ReadonlyMap<NodeId, string> {
  const bound = history.run.timeouts['blocked'] ?? 0;
  const long = new Set(faults.filter(({ then }) => then.afterMs > bound).map(({ id }) => id));
  const ends = faultWindows(history).filter(({ injected }) => injected.kind === 'fault' && long.has(injected.id));
  const cut = target.doubts.flatMap((doubt) => {
    const { node, from, to, blocked } = doubt;
    const healed = ends.some(
      ({ certain, injected }) =>
        injected.node !== node && certain.to > from && certain.to <= (to ?? Number.POSITIVE_INFINITY),
    );
    return blocked || !healed ? [] : [[node, tooShort(doubt, bound)] as const];
  });
  return new Map(cut);
}

function tooShort({ node, tx, blockedMs }: Doubt, bound: number): string {
  const lasted = formatMs(blockedMs * 1000);
  return `${node} was in doubt about ${tx} when the fault ended, but had been up and in doubt for only ${lasted} of it (bound ${bound} ms): it ended too early for what is claimed.`;
}
