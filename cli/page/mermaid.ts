// A sequence diagram of what the report begins with, in Mermaid's words, for a document: the target, or those whom violated findings name.

import { isArrow, type Fate, type Item, type Story } from './story-types.ts';

export function mermaidText({ lanes, items, focus }: Story): string {
  const chosen = items.filter(
    (item) =>
      item.lane !== null &&
      item.at >= focus.from &&
      item.at <= focus.to &&
      (isOfFaults(item) || (isAbout(item, focus.subjects) && isTelling(item))),
  );
  const shown = chosen.slice(0, LINES_MOST);
  const used = new Set(shown.flatMap((item) => (isArrow(item) ? [item.lane, item.to] : [item.lane])));
  return [
    'sequenceDiagram',
    ...lanes.flatMap(({ name }, lane) => (used.has(lane) ? [`  participant n${lane} as ${plain(name)}`] : [])),
    ...shown.map(lineOf),
    ...(chosen.length > shown.length ? [`  %% ${chosen.length - shown.length} more are left out`] : []),
    '',
  ].join('\n');
}

const LINES_MOST = 80;

function isOfFaults({ kind }: Item): boolean {
  return kind === 'crash' || kind === 'fault' || kind === 'hold';
}

function isAbout({ about }: Item, subjects: readonly string[]): boolean {
  return subjects.length === 0 || (about !== null && subjects.includes(about));
}

function isTelling(item: Item): boolean {
  return isArrow(item) || TELLING.has(item.kind);
}

const TELLING: ReadonlySet<string> = new Set(['decision', 'promise', 'force']);

const ARROWS: Readonly<Record<Fate, string>> = {
  arrived: '->>',
  untraced: '->>',
  again: '->>',
  lost: '-x',
  dropped: '-x',
  unseen: '-x',
};

function lineOf(item: Item): string {
  const text = plain([item.word, item.about].filter(Boolean).join(' '));
  if (!isArrow(item)) return `  Note over n${item.lane}: ${item.kind === 'force' ? `force ${text}` : text}`;
  const arrow = item.kind === 'answer' ? `-${ARROWS[item.fate]}` : ARROWS[item.fate];
  const fate = item.fate === 'arrived' || item.fate === 'untraced' ? '' : ` (${item.fate})`;
  return `  n${item.lane}${arrow}n${item.to}: ${text}${fate}`;
}

/** What Mermaid would read as its own is said by its number. */
function plain(text: string): string {
  return text.replaceAll(/[#;:<>&"`%{}\n\r]/g, (sign) => (sign === ':' ? sign : `#${sign.codePointAt(0)};`));
}
