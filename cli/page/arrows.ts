// Arrows between lines: each message that was sent, and each request and answer, with what became of it. What arrived is found by its
// content, in the order in which it was sent.

import type { HistoryEvent } from '../../nodes/contract/events.ts';
import type { Message } from '../../nodes/contract/messages.ts';
import type { Arrow, ArrowKind, Fate } from './story-types.ts';

type EventOf<Kind extends HistoryEvent['kind']> = Extract<HistoryEvent, { kind: Kind }>;
type Leaving = EventOf<'sent' | 'lost'>;
type Talk = EventOf<'asked'> | EventOf<'answered'>;

/** Told by indices of the history's events and names of nodes. */
export type Flight = Omit<Arrow, 'lane' | 'to'> & { readonly from: string; readonly towards: string };

export function flightsIn(
  events: readonly HistoryEvent[],
  subjectOf: (event: HistoryEvent) => string | null,
): readonly Flight[] {
  return [...messageFlights(events), ...talkFlights(events, subjectOf)];
}

interface Seen<Event> {
  readonly event: Event;
  readonly index: number;
}

function messageFlights(events: readonly HistoryEvent[]): readonly Flight[] {
  const dropped = dropsIn(events);
  const arrivals = arrivalsIn(events, dropped);
  const flights = events.flatMap((event, index): Flight[] =>
    event.kind === 'sent' || event.kind === 'lost'
      ? [flightOf({ event, index }, { drop: dropped.get(index), arrival: arrivals.bySent.get(index) })]
      : [],
  );
  return [...flights, ...arrivals.again.map(secondFlight)];
}

/** By the index of the line that it was sent, that of the line that its host dropped it, which stands after it. */
function dropsIn(events: readonly HistoryEvent[]): ReadonlyMap<number, number> {
  const last = new Map<string, number>();
  const dropped = new Map<number, number>();
  const keyOf = (node: string, to: string, word: string, about: string | null) => `${node} ${to} ${word} ${about}`;
  for (const [index, event] of events.entries()) {
    if (event.kind === 'sent') last.set(keyOf(event.node, event.to, event.message.word, event.message.about), index);
    if (event.kind !== 'meddled' || event.did !== 'dropped') continue;
    const sent = last.get(keyOf(event.node, event.to, event.word, event.about));
    if (sent !== undefined) dropped.set(sent, index);
  }
  return dropped;
}

interface Arrivals {
  readonly bySent: ReadonlyMap<number, Seen<Received>>;
  /** Once more than sent. */
  readonly again: readonly Seen<Received>[];
}

type Received = EventOf<'received'>;

/** What is on its way with one content over one link, and what of it arrives before the next is sent. */
interface Way {
  readonly pending: number[];
  readonly arrived: Seen<Received>[];
}

/**
 * The same content may be sent again and again, as after a loss. Of several, what arrives is the last that were sent; a process that began after
 * a message was sent never gets it.
 */
function arrivalsIn(events: readonly HistoryEvent[], dropped: ReadonlyMap<number, number>): Arrivals {
  const ways = new Map<string, Way>();
  const bySent = new Map<number, Seen<Received>>();
  const again: Seen<Received>[] = [];
  const wayOf = (from: string, to: string, message: Message): Way => {
    const key = `${to} ${from} ${JSON.stringify(message)}`;
    const way = ways.get(key) ?? { pending: [], arrived: [] };
    ways.set(key, way);
    return way;
  };
  const settle = ({ pending, arrived }: Way) => {
    const sent = pending.splice(Math.max(pending.length - arrived.length, 0));
    for (const [at, arrival] of arrived.splice(0).entries()) {
      const index = sent[at];
      if (index === undefined) again.push(arrival);
      else bySent.set(index, arrival);
    }
  };
  for (const [index, event] of events.entries()) {
    if (event.kind === 'received') wayOf(event.from, event.node, event.message).arrived.push({ event, index });
    if (event.kind === 'sent' && !dropped.has(index)) {
      const way = wayOf(event.node, event.to, event.message);
      settle(way);
      way.pending.push(index);
    }
    if (event.kind !== 'booted') continue;
    for (const [key, way] of ways) {
      if (!key.startsWith(`${event.node} `)) continue;
      settle(way);
      way.pending.length = 0;
    }
  }
  for (const way of ways.values()) settle(way);
  return { bySent, again };
}

function flightOf(
  { event, index }: Seen<Leaving>,
  { drop, arrival }: { readonly drop: number | undefined; readonly arrival: Seen<Received> | undefined },
): Flight {
  const { node, to, message, at } = event;
  const flight = { kind: 'message', from: node, towards: to, at, word: message.word, about: message.about } as const;
  if (event.kind === 'lost') return { ...flight, end: at, fate: 'lost', events: [index] };
  if (drop !== undefined) return { ...flight, end: at, fate: 'dropped', events: [index, drop] };
  if (!arrival) return { ...flight, end: at, fate: 'unseen', events: [index] };
  return { ...flight, end: arrival.event.at, fate: 'arrived', events: [index, arrival.index] };
}

/** A host sent it twice, or the line that it was sent is missing. */
function secondFlight({ event, index }: Seen<Received>): Flight {
  const { node, from, message, at } = event;
  const { word, about } = message;
  return { kind: 'message', from, towards: node, at, end: at, fate: 'again', word, about, events: [index] };
}

/** A request leaves its asker and arrives, and its answer comes back; a store tells neither end of its own. */
function talkFlights(
  events: readonly HistoryEvent[],
  subjectOf: (event: HistoryEvent) => string | null,
): readonly Flight[] {
  const tracing = new Set(events.flatMap((event) => ('node' in event && event.kind === 'booted' ? [event.node] : [])));
  const arrivals = openQueues<Talk>();
  for (const [index, event] of events.entries())
    if (isTalk(event) && event.way === 'in')
      arrivals.add(`${event.kind} ${event.peer} ${event.node} ${event.op} ${event.word}`, { event, index });
  const out = events.flatMap((event, index): Flight[] => {
    if (!isTalk(event) || event.way !== 'out' || event.peer === LAB) return [];
    const arrival = arrivals.take(`${event.kind} ${event.node} ${event.peer} ${event.op} ${event.word}`);
    const fate: Fate = arrival ? 'arrived' : tracing.has(event.peer) ? 'unseen' : 'untraced';
    return [
      talkFlight(
        { event, index },
        { end: arrival?.event.at ?? event.at, fate, more: arrival ? [arrival.index] : [] },
        subjectOf,
      ),
    ];
  });
  const fromStores = arrivals.rest().flatMap(({ event, index }): Flight[] => {
    if (event.peer === LAB) return [];
    const fate: Fate = ['lost', 'refused'].includes(event.word)
      ? 'lost'
      : tracing.has(event.peer)
        ? 'again'
        : 'untraced';
    const flight = talkFlight({ event, index }, { end: event.at, fate, more: [] }, subjectOf);
    return [{ ...flight, from: flight.towards, towards: flight.from }];
  });
  return [...out, ...fromStores];
}

function talkFlight(
  { event, index }: Seen<Talk>,
  { end, fate, more }: { readonly end: number; readonly fate: Fate; readonly more: readonly number[] },
  subjectOf: (event: HistoryEvent) => string | null,
): Flight {
  const kind: ArrowKind = event.kind === 'asked' ? 'ask' : 'answer';
  const { node: from, peer: towards, at, word } = event;
  return { kind, from, towards, at, end, fate, word, about: subjectOf(event), events: [index, ...more] };
}

function isTalk(event: HistoryEvent): event is Talk {
  return event.kind === 'asked' || event.kind === 'answered';
}

const LAB = 'lab';

interface Queues<Event> {
  readonly add: (key: string, seen: Seen<Event>) => void;
  readonly take: (key: string) => Seen<Event> | undefined;
  readonly rest: () => readonly Seen<Event>[];
}

/** What waits to be found, by what it is found by; first come, first found. */
function openQueues<Event>(): Queues<Event> {
  const queues = new Map<string, { readonly items: Seen<Event>[]; next: number }>();
  return {
    add: (key, seen) => {
      const queue = queues.get(key);
      if (queue) queue.items.push(seen);
      else queues.set(key, { items: [seen], next: 0 });
    },
    take: (key) => {
      const queue = queues.get(key);
      return queue?.items[queue.next++];
    },
    rest: () => [...queues.values()].flatMap(({ items, next }) => items.slice(next)),
  };
}
