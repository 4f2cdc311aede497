// The space-time diagram as SVG: time goes to the right, a line for each node and store. Pure text from plain data, so that the page is whole
// without a script, and its script draws a part of it by the same hand.

import { escaped } from './escape.ts';
import {
  isArrow,
  type Arrow,
  type Item,
  type Lane,
  type Mark,
  type Story,
  type Stretch,
  type Window,
} from './story-types.ts';

export interface View {
  readonly from: number;
  readonly to: number;
  readonly width: number;
  /** Those that stand out; none: all do. */
  readonly subjects: ReadonlySet<string>;
  /** The others are not dimmed but gone. */
  readonly isAlone: boolean;
  readonly hidden: ReadonlySet<string>;
  readonly selected: number | null;
  /** Of a crowd, one is drawn of those that would cover each other. */
  readonly isThin: boolean;
}

export type Drawn = Pick<Story, 'lanes' | 'items' | 'stretches' | 'windows'>;

export const GUTTER = 190;
const TOP = 46;
const LANE = 46;
const RIGHT = 16;

export function heightOf({ lanes }: Pick<Story, 'lanes'>): number {
  return TOP + lanes.length * LANE + 8;
}

/** What goes into the svg element. */
export function drawDiagram(story: Drawn, view: View): string {
  const scale = scaleOf(view);
  const all = visible(story.items, view);
  const shown = view.isThin && all.length > CROWD_LEAST ? thinned(all, scale) : all;
  const isRoomy = shown.length <= LABELLED_MOST;
  const hasRoom = roomForLabels();
  return [
    ...story.windows.map((window) => windowText(window, scale, story)),
    ...gridText(scale, story),
    ...story.stretches.flatMap((stretch) => stretchText(stretch, { scale, view })),
    ...story.lanes.map(laneText),
    ...shown.map(([item, index]) => itemText(item, { index, view, scale, isRoomy, hasRoom, bottom: heightOf(story) })),
  ].join('');
}

const LABELLED_MOST = 140;

/** Labels of one height do not cover each other: the first that comes has the place. */
function roomForLabels(): Drawing['hasRoom'] {
  const taken = new Map<number, number>();
  return (x, y, text) => {
    const row = Math.round(y / LETTER_HEIGHT);
    if (x < (taken.get(row) ?? Number.NEGATIVE_INFINITY)) return false;
    taken.set(row, x + text.length * LETTER_WIDTH);
    return true;
  };
}

const LETTER_HEIGHT = 12;
const LETTER_WIDTH = 6.5;
const CROWD_LEAST = 1500;

function thinned(all: ReturnType<typeof visible>, { x, view }: Scale): ReturnType<typeof visible> {
  const drawn = new Set<string>();
  return all.filter(([item, index]) => {
    if (index === view.selected || LOUD.has(item.kind)) return true;
    const ends = isArrow(item) ? `${item.to} ${Math.round(x(item.end) / PIXELS)} ${item.fate}` : '';
    const key = `${item.kind} ${item.lane} ${Math.round(x(item.at) / PIXELS)} ${ends} ${standsOut(item, view)}`;
    const isFirst = !drawn.has(key);
    drawn.add(key);
    return isFirst;
  });
}

const PIXELS = 2;

interface Scale {
  readonly x: (at: number) => number;
  readonly view: View;
}

function scaleOf(view: View): Scale {
  const inside = view.width - GUTTER - RIGHT;
  const perUs = inside / Math.max(view.to - view.from, 1);
  const clamp = (x: number) => Math.min(Math.max(x, GUTTER - 20), view.width + 20);
  return { view, x: (at) => Math.round(clamp(GUTTER + (at - view.from) * perUs) * 10) / 10 };
}

function yOf(lane: number): number {
  return TOP + lane * LANE + LANE / 2;
}

/** With their numbers; all that reaches into the time that is looked at. */
export function visible(items: readonly Item[], view: View): readonly (readonly [Item, number])[] {
  return items.flatMap((item, index) => {
    const end = isArrow(item) ? Math.max(item.end, item.at) : item.at;
    const start = isArrow(item) ? Math.min(item.end, item.at) : item.at;
    if (end < view.from || start > view.to || view.hidden.has(item.kind)) return [];
    return view.isAlone && !standsOut(item, view) ? [] : [[item, index] as const];
  });
}

/** What the lab did stands out in any case. */
function standsOut({ about, kind }: Item, view: View): boolean {
  return isChosen(about, view) || kind === 'phase' || (about === null && LOUD.has(kind));
}

function isChosen(about: string | null, { subjects }: View): boolean {
  return subjects.size === 0 || (about !== null && subjects.has(about));
}

function laneText({ name, role, isStore, group }: Lane, index: number): string {
  const y = yOf(index);
  const about = [role === name ? '' : role, group === null ? '' : `of ${group}`].filter(Boolean).join(', ');
  return (
    `<g class="lane${isStore ? ' store' : ''}"><rect class="gutter" x="0" y="${y - LANE / 2}" width="${GUTTER - 6}" height="${LANE}"/>` +
    `<text class="name" x="8" y="${about === '' ? y + 4 : y - 2}">${escaped(short(name, 25))}</text>` +
    (about === '' ? '' : `<text class="role" x="8" y="${y + 12}">${escaped(short(about, 30))}</text>`) +
    `<title>${escaped([name, about].filter(Boolean).join(' '))}</title></g>`
  );
}

function short(text: string, most: number): string {
  return text.length > most ? `${text.slice(0, most - 1)}…` : text;
}

function gridText({ x, view }: Scale, { lanes }: Drawn): readonly string[] {
  const step = tickStep(view);
  const bottom = heightOf({ lanes });
  const first = Math.ceil(view.from / step) * step;
  const count = Math.min(Math.floor((view.to - first) / step) + 1, 40);
  const ticks = Array.from({ length: Math.max(count, 0) }, (_, index) => first + index * step);
  return [
    ...ticks.map(
      (at) =>
        `<path class="tick" d="M${x(at)} ${TOP - 6}V${bottom}"/><text class="time" x="${x(at)}" y="${TOP - 12}">${timeText(at, step)}</text>`,
    ),
    ...lanes.map((_, lane) => `<path class="line" d="M${GUTTER} ${yOf(lane)}H${view.width - RIGHT}"/>`),
  ];
}

function tickStep({ from, to, width }: View): number {
  const wish = ((to - from) / Math.max(width - GUTTER, 100)) * 110;
  const power = 10 ** Math.floor(Math.log10(Math.max(wish, 1)));
  return [1, 2, 5, 10].map((factor) => factor * power).find((step) => step >= wish) ?? power * 10;
}

/** As exact as the step between ticks asks for. */
export function timeText(at: number, step: number): string {
  const digits = Math.min(Math.max(6 - Math.floor(Math.log10(step)), 0), 6);
  return `${(at / 1e6).toFixed(digits)} s`;
}

function windowText({ from, to, text }: Window, { x, view }: Scale, story: Drawn): string {
  if (to < view.from || from > view.to) return '';
  const [left, right] = [Math.max(x(from), GUTTER), x(to)];
  if (right < left) return '';
  return (
    `<g class="window"><rect x="${left}" y="18" width="${round(Math.max(right - left, 1))}" height="${heightOf(story) - 18}"/>` +
    `<text x="${left + 3}" y="14">${escaped(text)}</text></g>`
  );
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}

function stretchText(
  { kind, lane, from, to, text, about }: Stretch,
  { scale: { x }, view }: { readonly scale: Scale; readonly view: View },
): readonly string[] {
  if (to < view.from || from > view.to || view.hidden.has(kind)) return [];
  const isOfOthers = kind !== 'absent' && !isChosen(about, view);
  if (isOfOthers && view.isAlone) return [];
  const [left, right] = [Math.max(x(from), GUTTER), x(to)];
  const [offset, height] = PLACES[kind];
  const width = round(Math.max(right - left, 1));
  const label =
    kind === 'absent' && width > 40 ? `<text x="${left + 3}" y="${yOf(lane) - 10}">${escaped(text)}</text>` : '';
  return [
    `<g class="stretch ${kind}${isOfOthers ? ' dim' : ''}"><rect x="${left}" y="${yOf(lane) + offset}" width="${width}" height="${height}"/>${label}` +
      `<title>${escaped(text)}</title></g>`,
  ];
}

/** Above or below the line, and how high. */
const PLACES = {
  absent: [-20, 40],
  doubt: [4, 6],
  blocked: [4, 10],
  lease: [-10, 6],
  shared: [-12, 10],
} as const satisfies Record<Stretch['kind'], readonly [number, number]>;

interface Drawing {
  readonly index: number;
  readonly view: View;
  readonly scale: Scale;
  /** Few enough that whatever is drawn may have a label, and not only what stands out. */
  readonly isRoomy: boolean;
  readonly hasRoom: (x: number, y: number, text: string) => boolean;
  readonly bottom: number;
}

function itemText(item: Item, drawing: Drawing): string {
  const { index, view } = drawing;
  const fate = isArrow(item) ? ` ${item.fate}` : '';
  const dim = standsOut(item, view) ? '' : ' dim';
  const chosen = index === view.selected ? ' chosen' : '';
  return `<g class="i ${item.kind}${fate}${dim}${chosen}" data-i="${index}">${isArrow(item) ? arrowText(item, drawing) : markText(item, drawing)}</g>`;
}

/** Empty where it would cover another one. */
function labelText(item: Item, [x, y]: readonly [number, number], { isRoomy, hasRoom, view }: Drawing): string {
  const isWanted = isRoomy || standsOut(item, view);
  return isWanted && hasRoom(x, y, item.word)
    ? `<text x="${round(x)}" y="${round(y)}">${escaped(item.word)}</text>`
    : '';
}

/** Without an end that was seen it stops on its way. */
function arrowText(arrow: Arrow, drawing: Drawing): string {
  const { lane, to, at, end, fate } = arrow;
  const { x } = drawing.scale;
  const [x1, y1, y2] = [x(at), yOf(lane), yOf(to)];
  const isWhole = fate === 'arrived' || fate === 'untraced' || fate === 'again';
  const [x2, stop] = [x(end) + (isWhole && end === at ? 3 : 0), isWhole ? y2 : y1 + (y2 - y1) * 0.4];
  const label = labelText(arrow, [(x1 + x2) / 2 + 4, y1 + (stop - y1) * 0.5], drawing);
  const tip = isWhole ? headText([x1, y1], [x2, y2]) : crossText(x2, stop);
  const near = drawing.isRoomy ? `<path class="near" d="M${x1} ${y1}L${x2} ${stop}"/>` : '';
  return `${near}<path class="a" d="M${x1} ${y1}L${x2} ${round(stop)}"/>${tip}${label}`;
}

function headText([x1, y1]: readonly [number, number], [x2, y2]: readonly [number, number]): string {
  const length = Math.hypot(x2 - x1, y2 - y1) || 1;
  const [ux, uy] = [(x2 - x1) / length, (y2 - y1) / length];
  const point = (back: number, aside: number) =>
    `${round(x2 - ux * back - uy * aside)} ${round(y2 - uy * back + ux * aside)}`;
  return `<path class="h" d="M${x2} ${y2}L${point(7, 3)}L${point(7, -3)}Z"/>`;
}

function crossText(x: number, y: number): string {
  return `<path class="x" d="M${round(x - 4)} ${round(y - 4)}l8 8m0 -8l-8 8"/>`;
}

function markText(mark: Mark, drawing: Drawing): string {
  const { kind, lane, at, word } = mark;
  const { scale, bottom } = drawing;
  const place = scale.x(at);
  if (lane === null) {
    const label = labelText(mark, [place + 3, bottom - 2], drawing);
    return `<path class="m" d="M${place} ${TOP - 4}V${bottom}"/>${label}`;
  }
  const y = yOf(lane);
  const below: readonly [number, number] = [place + 5, y + 18];
  const loud = `<text x="${round(below[0])}" y="${below[1]}">${escaped(word)}</text>`;
  const label = LOUD.has(kind) ? loud : SILENT.has(kind) ? '' : labelText(mark, below, drawing);
  return `<path class="m" d="M${place} ${y}${SHAPES[kind]}"/>${label}`;
}

/** What their shapes say, or nobody asks for. */
const SILENT: ReadonlySet<string> = new Set(['other', 'note', 'boot']);
const LOUD: ReadonlySet<string> = new Set(['crash', 'fault', 'hold']);

const SHAPES: Readonly<Record<Mark['kind'], string>> = {
  decision: 'm-5 0l5 -6l5 6l-5 6z',
  promise: 'm-4 -4h8v8h-8z',
  force: 'm-2 -6h4v12h-4z',
  hold: 'm-6 -7h4v14h-4zm8 0h4v14h-4z',
  crash: 'm-6 -6l12 12m0 -12l-12 12',
  boot: 'm-4 -6l9 6l-9 6z',
  fault: 'm0 -8l7 13h-14z',
  phase: '',
  note: 'm-3 0a3 3 0 1 0 6 0a3 3 0 1 0 -6 0',
  other: 'm-1 -3h2v6h-2z',
};
