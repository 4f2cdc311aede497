// A history as what the page draws. Where it has more events than a page can hold, those around the target and the findings are kept.

import { factsOf } from '../../scenarios/checkers/gather.ts';
import { aboutOf, eventText, servedAt } from '../reports/event-text.ts';
import { flightsIn } from './arrows.ts';
import { focusOf, subjectsOf } from './focus.ts';
import { lanesOf } from './lanes.ts';
import { markOf } from './marks.ts';
import { sampled } from './sample.ts';
import { stretchesOf, windowsOf } from './stretches.ts';
import type { HistoryEvent } from '../../nodes/contract/events.ts';
import type { OpId } from '../../nodes/contract/ids.ts';
import type { History, Verdict } from '../../scenarios/findings.ts';
import type { Item, Lane, ShownEvent, Story } from './story-types.ts';

/** So many events a page tells at most. */
export const EVENTS_MOST = 10_000;

/** So much of what came before the clients began is looked at. */
const SETUP_US = 1_000_000;

export interface Told {
  readonly story: Story;
  /** Where an event of a finding stands among the story's; null where the history does not have it. */
  readonly indexOf: (event: HistoryEvent) => number | null;
}

export function storyOf(history: History, verdict: Verdict, most = EVENTS_MOST): Told {
  const { events } = history;
  const served = servedAt(events);
  const lanes = lanesOf(history);
  const places = new Map(events.map((event, index) => [keyOf(event), index]));
  const found = verdict.findings.flatMap((finding) =>
    finding.events.flatMap((event) => places.get(keyOf(event)) ?? []),
  );
  const subjects = subjectsOf(history, verdict);
  const all = itemsOf(history, lanes, served);
  const kept = sampled(all, { subjects, found, total: events.length, most });
  const numbers = numbersOf(kept, found, events.length);
  const whole = { from: Math.max(Math.min(0, first(kept)), -SETUP_US), to: factsOf(history).end - served };
  const inRun = <Span extends { readonly from: number; readonly to: number }>(span: Span): Span => ({
    ...span,
    from: Math.max(span.from - served, whole.from),
    to: Math.min(span.to - served, whole.to),
  });
  const items = kept.map((item) => ({ ...item, events: item.events.map((index) => numbers.of[index] ?? 0) }));
  const stretches = stretchesOf(history, lanes).map(inRun);
  const story: Story = {
    lanes,
    items,
    stretches,
    windows: windowsOf(history).map(inRun),
    events: shownEvents(events, numbers, served),
    ...whole,
    focus: focusOf(subjects, items, stretches, whole),
    total: events.length,
    told: numbers.size,
  };
  const indexOf = (event: HistoryEvent) => {
    const number = numbers.of[places.get(keyOf(event)) ?? -1] ?? -1;
    return number < 0 ? null : number;
  };
  return { story, indexOf };
}

/** The same for an event of the history and for its copy in a verdict. */
function keyOf(event: HistoryEvent): string {
  if ('seq' in event) return `${event.node} ${event.incarnation} ${event.seq}`;
  return `${event.kind} ${event.at} ${'node' in event ? event.node : ''} ${event.kind === 'fault' ? event.id : ''}`;
}

/** All arrows and marks, in order of time. */
function itemsOf(history: History, lanes: readonly Lane[], served: number): readonly Item[] {
  const { events } = history;
  const laneOf = lanesByName(lanes);
  const subjectOf = subjectsByEvent(history);
  const arrows = flightsIn(events, subjectOf).flatMap(({ from, towards, ...flight }): Item[] => {
    const [lane, to] = [laneOf.get(from), laneOf.get(towards)];
    if (lane === undefined || to === undefined) return [];
    return [{ ...flight, lane, to, at: flight.at - served, end: flight.end - served }];
  });
  const marks = events.flatMap((event, index): Item[] => {
    const mark = markOf(event);
    if (mark === null) return [];
    const { kind, word, node } = mark;
    const lane = node === null ? null : (laneOf.get(node) ?? null);
    return [{ kind, lane, word, at: event.at - served, about: subjectOf(event), events: [index] }];
  });
  return [...arrows, ...marks].sort((a, b) => a.at - b.at);
}

/** Of an ensemble the role is asked, by a client that has all servers: such a request goes to the first of them. */
function lanesByName(lanes: readonly Lane[]): ReadonlyMap<string, number> {
  const stores = lanes.flatMap(({ isStore, role }, lane) => (isStore ? [[role, lane] as const] : [])).toReversed();
  return new Map<string, number>([...stores, ...lanes.map(({ name }, lane) => [name, lane] as const)]);
}

/** An answer is about what was asked; a request of a client about the one transaction that came of it, where it is one. */
function subjectsByEvent(history: History): (event: HistoryEvent) => string | null {
  const { ops } = factsOf(history);
  const ofOperation = (op: OpId): string => {
    const began = ops.get(op)?.began ?? [];
    return began.length === 1 ? (began[0]?.note.about ?? op) : op;
  };
  const ofRequest = new Map(
    history.events.flatMap((event) =>
      event.kind === 'asked' && event.body?.about !== undefined
        ? [[event.op as string, event.body.about] as const]
        : [],
    ),
  );
  return (event) => {
    const about = aboutOf(event);
    if (about !== null) return ops.has(about as OpId) ? ofOperation(about as OpId) : about;
    if (event.kind === 'asked' || event.kind === 'answered')
      return event.op === 'run' ? null : (ofRequest.get(event.op) ?? ofOperation(event.op));
    if (event.kind === 'told' && 'op' in event.note) return ofOperation(event.note.op);
    return null;
  };
}

function first(items: readonly Item[]): number {
  return items.find(({ kind }) => kind !== 'phase')?.at ?? 0;
}

interface Numbers {
  /** By the place in the history; below zero for what is not told. */
  readonly of: Int32Array;
  readonly size: number;
}

/** Those events that are told, in the order of the history. */
function numbersOf(items: readonly Item[], found: readonly number[], total: number): Numbers {
  const of = new Int32Array(total).fill(-1);
  for (const item of items) for (const index of item.events) of[index] = 0;
  for (const index of found) of[index] = 0;
  let size = 0;
  for (let index = 0; index < total; index++) if (of[index] === 0) of[index] = size++;
  return { of, size };
}

function shownEvents(events: readonly HistoryEvent[], { of }: Numbers, served: number): readonly ShownEvent[] {
  return events.flatMap((event, index) =>
    (of[index] ?? -1) < 0 ? [] : [{ text: eventText(event, served).trim(), event: cut(event) }],
  );
}

/** The log of a long run is a book by itself. */
function cut(event: HistoryEvent): unknown {
  if (event.kind !== 'logged' && event.kind !== 'dumped') return event;
  const text = JSON.stringify(event);
  return text.length <= LETTERS_MOST ? event : `${text.slice(0, LETTERS_MOST)}… (${text.length} letters)`;
}

const LETTERS_MOST = 20_000;
