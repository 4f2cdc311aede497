// Rows of the dashboard that several of its parts are made of: headings, what happened, and messages.

import { fateOf } from '../feed/fate.ts';
import { timeText } from '../feed/phrases.ts';
import { wrap } from '../feed/wrap.ts';
import type { Line, Model, Part } from '../feed/model.ts';
import type { Size } from './size.ts';

export type Row = readonly Part[];

export function happenedRows({ lines }: Pick<Model, 'lines'>, { columns, rows }: Size): readonly Row[] {
  const room = Math.max(rows - 1, 0);
  const last =
    room === 0
      ? []
      : lines
          .slice(-room)
          .flatMap((line) => lineRows(line, columns))
          .slice(-room);
  return [rule('what happened', columns), ...last, ...Array.from({ length: room - last.length }, (): Row => [])];
}

/** On a narrow screen what happened last counts for more than how a line ends. */
function lineRows({ word, text, style, ...when }: Line, columns: number): readonly Row[] {
  const time = timeText(when);
  const before = time.length + 12;
  const [first = '', ...more] = columns < ROOMY_COLUMNS ? [text] : wrap(text, columns - before);
  const look = word === '' ? ('dim' as const) : undefined;
  return [
    [
      { text: `${time} `, style: 'dim' },
      { text: `${word.padEnd(10)} `, style },
      { text: first, style: look },
    ],
    ...more.map((rest): Row => [{ text: ' '.repeat(before) }, { text: rest, style: look }]),
  ];
}

/** Newest last. */
export function messageRows(model: Model, { columns, rows }: Size): readonly Row[] {
  const room = Math.max(rows - 1, 0);
  const shown = room === 0 ? [] : model.messages.slice(-room);
  const nameWidth = Math.max(...model.nodes.map(({ id }) => id.length));
  const wordWidth = Math.max(8, ...model.messages.map(({ word }) => word.length));
  return [
    rule('last messages', columns),
    ...shown.map((sent): Row => [
      { text: ` ${sent.from.padStart(nameWidth)} → ${sent.to.padEnd(nameWidth)}  ` },
      { text: `${sent.word.padEnd(wordWidth)} `, style: 'bold' },
      { text: `${sent.about ?? ''}${sent.says === undefined ? '' : ` (${sent.says})`}  ` },
      fateOf(model, sent),
    ]),
  ];
}

export function rule(name: string, columns: number): Row {
  return [{ text: `── ${name} ${'─'.repeat(Math.max(columns - name.length - 4, 0))}`, style: 'dim' }];
}

export function cut(text: string, length: number): string {
  return text.length <= length ? text : `${text.slice(0, length - 1)}…`;
}

/** With fewer, what a node is doing has the room of its counts. */
export const ROOMY_COLUMNS = 100;
