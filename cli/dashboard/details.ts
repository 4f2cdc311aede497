// What the dashboard shows on demand: the keys, and all that is known of one node or one transaction.

import { boundMs, isOfLocks } from '../feed/model.ts';
import { doingOf, stateOf } from '../feed/phrases.ts';
import { seconds } from '../feed/seconds.ts';
import { waitedMs } from '../feed/waiting.ts';
import { happenedRows, messageRows, rule } from './rows.ts';
import type { Doubt, Line, Model, NodeModel, Part, Sent } from '../feed/model.ts';
import type { Row } from './rows.ts';
import type { Size } from './size.ts';

const KEYS: readonly (readonly [key: string, does: string])[] = [
  ['↑ ↓ or k j', 'choose a node, and show what is known of it'],
  ['t', 'choose a transaction that a fault has met, or that is in doubt'],
  ['Esc', 'back'],
  ['?', 'this list'],
  ['q or Ctrl-C', 'stop the run and clean up; once more to leave at once'],
];

export function keyRows(columns: number): readonly Row[] {
  const width = Math.max(...KEYS.map(([key]) => key.length));
  return [
    rule('keys', columns),
    ...KEYS.map(([key, does]): Row => [{ text: ` ${key.padEnd(width)}  `, style: 'bold' }, { text: does }]),
  ];
}

/** What it is at, what it is in doubt about and holds, what it has done, and the last that happened to it. */
export function nodeDetailRows(model: Model, node: NodeModel, size: Size): readonly Row[] {
  const known = [rule(node.id, size.columns), ...nowRows(model, node), ...doubtRows(model, node), ...doneRows(node)];
  return withNews(known, model, size, {
    line: ({ text }) => isAbout(text, node.id),
    message: ({ from, to }) => from === node.id || to === node.id,
  });
}

/** Who is in doubt about it or has a lock for it, and the last that happened to it and was said of it. */
export function subjectRows(model: Model, about: string, size: Size): readonly Row[] {
  const met = model.faults.flatMap((fault): readonly Row[] =>
    fault.about === about ? [[{ text: ` met by: ${fault.planned.text}` }]] : [],
  );
  const doubted = model.nodes.flatMap((node): readonly Row[] => {
    const doubt = node.doubts.get(about);
    return doubt === undefined ? [] : [[{ text: ` ${node.id}: ` }, doubtPart(model, node, doubt)]];
  });
  const leased = model.nodes.flatMap((node) =>
    (node.last?.leases ?? []).flatMap((lease): readonly Row[] =>
      lease.about === about
        ? [[{ text: ` ${node.id}: ${lease.until === undefined ? 'waits for' : 'holds'} ${lease.key}` }]]
        : [],
    ),
  );
  const state = [...met, ...doubted, ...leased];
  const nobody = isOfLocks(model)
    ? 'nobody holds a lock for it now, or waits for one'
    : 'nobody is in doubt about it now';
  const known = [
    rule(about, size.columns),
    ...(doubted.length + leased.length > 0 ? state : [...state, [{ text: ` ${nobody}`, style: 'dim' as const }]]),
  ];
  return withNews(known, model, size, {
    line: ({ text }) => isAbout(text, about),
    message: (sent) => sent.about === about,
  });
}

interface Choice {
  readonly line: (line: Line) => boolean;
  readonly message: (sent: Sent) => boolean;
}

/** Below what is known stand the lines and messages that are chosen, as far as there is room. */
function withNews(known: readonly Row[], model: Model, { columns, rows }: Size, chosen: Choice): readonly Row[] {
  const room = Math.max(rows - known.length, 0);
  const messages = model.messages.filter(chosen.message);
  const below = Math.min(messages.length + 1, Math.floor(room / 2));
  const lines = model.lines.filter(chosen.line);
  return [
    ...known,
    ...happenedRows({ lines }, { columns, rows: room - below }),
    ...messageRows({ ...model, messages }, { columns, rows: below }),
  ].slice(0, rows);
}

/** Not of `participant-12` where `participant-1` is meant. */
function isAbout(text: string, id: string): boolean {
  return text.split(/[^\w.-]+/).some((word) => word.replace(/\.$/, '') === id);
}

function nowRows(model: Model, node: NodeModel): readonly Row[] {
  const life = node.incarnation > 1 ? `, life ${node.incarnation}` : '';
  return [[{ text: ' ' }, stateOf(node), { text: `${life}  ` }, doingOf(model, node)]];
}

function doubtRows(model: Model, node: NodeModel): readonly Row[] {
  const oldest = [...node.doubts.values()].toSorted((a, b) => a.since - b.since);
  const rows = oldest
    .slice(0, DOUBTS_MAX)
    .map((doubt): Row => [{ text: ` about ${doubt.about}: ` }, doubtPart(model, node, doubt)]);
  const more = oldest.length - rows.length;
  return more > 0 ? [...rows, [{ text: ` and about ${more} more`, style: 'dim' }]] : rows;
}

const DOUBTS_MAX = 4;

function doubtPart(model: Model, node: NodeModel, doubt: Doubt): Part {
  const ms = waitedMs(model, node, doubt);
  const locks = doubt.locks.length === 0 ? '' : `, locks ${doubt.locks.join(', ')}`;
  return { text: `in doubt for ${seconds(ms)}${locks}`, style: ms >= boundMs(model) ? 'red' : 'magenta' };
}

function doneRows(node: NodeModel): readonly Row[] {
  if (node.last === null) return [[{ text: ' it has said nothing of itself yet', style: 'dim' }]];
  const { committed, aborted, forced, sent } = node.counts;
  const { asked, ok, failed, unknown } = node.operations;
  const decided = committed + aborted === 0 ? [] : [`${committed} committed`, `${aborted} aborted`];
  const asking = asked === 0 ? [] : [`${asked} asked: ${ok} ok, ${failed} failed, ${unknown} unknown`];
  const all = [...decided, `${forced} forced`, `${sent} messages sent`, ...asking];
  return [[{ text: ` ${all.join(' · ')}` }]];
}
