// What the dashboard shows on demand: the keys, and all that is known of one node.

import { boundMs } from '../feed/model.ts';
import { doingOf, stateOf } from '../feed/phrases.ts';
import { seconds } from '../feed/seconds.ts';
import { waitedMs } from '../feed/waiting.ts';
import { happenedRows, messageRows, rule } from './rows.ts';
import type { Model, NodeModel } from '../feed/model.ts';
import type { Row } from './rows.ts';
import type { Size } from './size.ts';

const KEYS: readonly (readonly [key: string, does: string])[] = [
  ['↑ ↓ or k j', 'choose a node, and show what is known of it'],
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
export function detailRows(model: Model, node: NodeModel, { columns, rows }: Size): readonly Row[] {
  const known = [rule(node.id, columns), ...nowRows(model, node), ...doubtRows(model, node), ...doneRows(node)];
  const room = Math.max(rows - known.length, 0);
  const messages = model.messages.filter(({ from, to }) => from === node.id || to === node.id);
  const below = Math.min(messages.length + 1, Math.floor(room / 2));
  const lines = model.lines.filter(({ text }) => isAbout(text, node.id));
  return [
    ...known,
    ...happenedRows({ lines }, { columns, rows: room - below }),
    ...messageRows({ ...model, messages }, { columns, rows: below }),
  ].slice(0, rows);
}

/** Not of `participant-12` where `participant-1` is meant. */
function isAbout(text: string, id: string): boolean {
  return text.split(/[^\w-]+/).includes(id);
}

function nowRows(model: Model, node: NodeModel): readonly Row[] {
  const life = node.incarnation > 1 ? `, life ${node.incarnation}` : '';
  return [[{ text: ' ' }, stateOf(node), { text: `${life}  ` }, doingOf(model, node)]];
}

function doubtRows(model: Model, node: NodeModel): readonly Row[] {
  const oldest = [...node.doubts.values()].toSorted((a, b) => a.since - b.since);
  const rows = oldest.slice(0, DOUBTS_MAX).map((doubt): Row => {
    const ms = waitedMs(model, node, doubt);
    const locks = doubt.locks.length === 0 ? '' : `, locks ${doubt.locks.join(', ')}`;
    const style = ms >= boundMs(model) ? ('red' as const) : ('magenta' as const);
    return [{ text: ` in doubt about ${doubt.about} for ${seconds(ms)}${locks}`, style }];
  });
  const more = oldest.length - rows.length;
  return more > 0 ? [...rows, [{ text: ` and about ${more} more`, style: 'dim' }]] : rows;
}

const DOUBTS_MAX = 4;

function doneRows(node: NodeModel): readonly Row[] {
  if (node.last === null) return [[{ text: ' it has said nothing of itself yet', style: 'dim' }]];
  const { committed, aborted, forced, sent } = node.counts;
  const { asked, ok, failed, unknown } = node.operations;
  const decided = committed + aborted === 0 ? [] : [`${committed} committed`, `${aborted} aborted`];
  const asking = asked === 0 ? [] : [`${asked} asked: ${ok} ok, ${failed} failed, ${unknown} unknown`];
  const all = [...decided, `${forced} forced`, `${sent} messages sent`, ...asking];
  return [[{ text: ` ${all.join(' · ')}` }]];
}
