// The script of the page: zooms, moves, filters and selects in the diagram, and shows an event's data. It draws by the hand that has drawn the
// page, and puts every text in as text.

import { drawDiagram, GUTTER, heightOf, visible, type View } from '../draw.ts';
import { isArrow, type Story } from '../story-types.ts';

function element<Kind extends Element>(id: string, kind: abstract new () => Kind): Kind {
  const found = document.getElementById(id);
  if (found instanceof kind) return found;
  throw new Error(`The page has no ${id}.`);
}

const story = JSON.parse(element('story', HTMLScriptElement).textContent ?? '') as Story;
const diagram = element('diagram', SVGSVGElement);
const data = element('data', HTMLDivElement);
const subject = element('subject', HTMLInputElement);
const alone = element('alone', HTMLInputElement);
const kinds = [...document.querySelectorAll<HTMLInputElement>('input[data-kinds]')];

let view: View = {
  ...story.focus,
  subjects: new Set(story.focus.subjects),
  width: 1200,
  isAlone: false,
  hidden: new Set(),
  selected: null,
  isThin: true,
};
let isDue = false;

function show(change: Partial<View>): void {
  view = { ...view, ...change };
  if (isDue) return;
  isDue = true;
  requestAnimationFrame(draw);
}

function draw(): void {
  isDue = false;
  const width = Math.max(Math.round(diagram.getBoundingClientRect().width), 600);
  view = { ...view, width };
  diagram.setAttribute('viewBox', `0 0 ${width} ${heightOf(story)}`);
  diagram.innerHTML = drawDiagram(story, view);
}

/** Around a moment, which keeps its place. */
function zoom(factor: number, around = (view.from + view.to) / 2): void {
  const [from, to] = [around - (around - view.from) * factor, around + (view.to - around) * factor];
  const length = Math.min(Math.max(to - from, NARROWEST_US), (story.to - story.from) * 1.1);
  const start = from + (to - from - length) * ((around - from) / Math.max(to - from, 1));
  lookAt(start, start + length);
}

const NARROWEST_US = 50;

function lookAt(from: number, to: number): void {
  const [length, margin] = [to - from, (story.to - story.from) * 0.05];
  const start = Math.min(
    Math.max(from, story.from - margin),
    Math.max(story.to + margin - length, story.from - margin),
  );
  show({ from: start, to: start + length });
}

function move(part: number): void {
  const by = (view.to - view.from) * part;
  lookAt(view.from + by, view.to + by);
}

function select(index: number | null): void {
  show({ selected: index });
  const item = index === null ? undefined : story.items[index];
  if (!item) return void (data.textContent = HINT);
  const fate = isArrow(item) ? ` (${FATES[item.fate]})` : '';
  const lines = item.events.map((number) => {
    const told = story.events[number];
    return told ? `${told.text}\n${JSON.stringify(told.event, null, 1)}` : '';
  });
  data.textContent = [
    `${item.kind} ${item.word}${item.about === null ? '' : ` about ${item.about}`}${fate}`,
    ...lines,
  ].join('\n\n');
}

const HINT = 'Choose an event in the diagram to see its data.';
const FATES: Readonly<Record<string, string>> = {
  arrived: 'arrived',
  lost: 'lost: there was no connection, or no answer came',
  dropped: 'dropped by a fault',
  unseen: 'left, and nothing shows that it arrived',
  again: 'arrived once more than it was sent',
  untraced: 'a store keeps no trace: drawn at the time of its asker',
};

function step(by: number): void {
  const near = visible(story.items, { ...view, from: story.from - 1e6, to: story.to + 1e6 }).flatMap(([item, index]) =>
    view.subjects.size === 0 || (item.about !== null && view.subjects.has(item.about)) ? [index] : [],
  );
  const at = view.selected;
  const inView = near.find((index) => (story.items[index]?.at ?? 0) >= view.from);
  const next = at === null ? inView : by > 0 ? near.find((index) => index > at) : near.findLast((index) => index < at);
  if (next !== undefined) reveal(next);
}

/** Selected, and in the middle where it is not in sight. */
function reveal(index: number): void {
  const item = story.items[index];
  if (!item) return;
  if (item.at < view.from || item.at > view.to) {
    const half = (view.to - view.from) / 2;
    lookAt(item.at - half, item.at + half);
  }
  select(index);
}

/** The first arrow or mark that shows this event, close enough to be told from its neighbours. */
function revealEvent(number: number): void {
  const index = story.items.findIndex(({ events }) => events.includes(number));
  if (index < 0) return;
  const at = story.items[index]?.at ?? 0;
  if (view.to - view.from > NEAR_US) lookAt(at - NEAR_US / 2, at + NEAR_US / 2);
  reveal(index);
  diagram.scrollIntoView({ block: 'nearest' });
  diagram.focus({ preventScroll: true });
}

const NEAR_US = 200_000;

function look(text: string): void {
  const known = new Set(story.items.flatMap(({ about }) => about ?? []));
  const exact = text.split(/[\s,]+/).filter((word) => known.has(word));
  const meant = exact.length > 0 ? exact : text === '' ? [] : [...known].filter((about) => about.includes(text));
  show({ subjects: new Set(text !== '' && meant.length === 0 ? [text] : meant) });
}

const ACTIONS: Readonly<Record<string, () => void>> = {
  in: () => zoom(0.6),
  out: () => zoom(1 / 0.6),
  left: () => move(-0.25),
  right: () => move(0.25),
  all: () => lookAt(story.from, story.to),
  target: () => {
    subject.value = story.focus.subjects.join(' ');
    look(subject.value);
    lookAt(story.focus.from, story.focus.to);
  },
  next: () => step(1),
  previous: () => step(-1),
  find: () => subject.focus(),
  none: () => select(null),
};

const KEYS: Readonly<Record<string, string>> = {
  '+': 'in',
  '=': 'in',
  '-': 'out',
  ArrowLeft: 'left',
  ArrowRight: 'right',
  '0': 'all',
  t: 'target',
  n: 'next',
  p: 'previous',
  '/': 'find',
  Escape: 'none',
};

diagram.addEventListener('keydown', (event) => {
  const action = event.ctrlKey || event.metaKey || event.altKey ? undefined : ACTIONS[KEYS[event.key] ?? ''];
  if (!action) return;
  event.preventDefault();
  action();
});

function timeAt(clientX: number): number {
  const box = diagram.getBoundingClientRect();
  const x = ((clientX - box.left) / box.width) * view.width;
  return view.from + ((x - GUTTER) / (view.width - GUTTER - 16)) * (view.to - view.from);
}

diagram.addEventListener(
  'wheel',
  (event) => {
    if (!event.ctrlKey && Math.abs(event.deltaX) <= Math.abs(event.deltaY)) return;
    event.preventDefault();
    if (event.ctrlKey) zoom(event.deltaY > 0 ? 1.25 : 0.8, timeAt(event.clientX));
    else move(event.deltaX / 1500);
  },
  { passive: false },
);

let drag: { readonly x: number; readonly from: number; readonly to: number; moved: boolean } | null = null;
diagram.addEventListener('pointerdown', (event) => {
  drag = { x: event.clientX, from: view.from, to: view.to, moved: false };
});
window.addEventListener('pointermove', (event) => {
  if (!drag || (Math.abs(event.clientX - drag.x) < 4 && !drag.moved)) return;
  drag.moved = true;
  const perPixel = (drag.to - drag.from) / Math.max(diagram.getBoundingClientRect().width - GUTTER, 1);
  const by = (drag.x - event.clientX) * perPixel;
  lookAt(drag.from + by, drag.to + by);
});
window.addEventListener('pointerup', (event) => {
  const hasMoved = drag?.moved === true;
  const wasInside = drag !== null;
  drag = null;
  if (hasMoved || !wasInside) return;
  const shape = event.target instanceof Element ? event.target.closest<SVGGElement>('g.i') : null;
  select(shape ? Number(shape.dataset['i']) : null);
});

document.addEventListener('click', (event) => {
  const target = event.target instanceof Element ? event.target : null;
  ACTIONS[target?.closest<HTMLElement>('[data-do]')?.dataset['do'] ?? '']?.();
  const link = target?.closest<HTMLElement>('a[data-event],a[data-subject],a[data-at]');
  if (!link) return;
  event.preventDefault();
  if (link.dataset['event'] !== undefined) return revealEvent(Number(link.dataset['event']));
  if (link.dataset['at'] !== undefined) {
    const at = Number(link.dataset['at']);
    lookAt(at - NEAR_US / 2, at + NEAR_US / 2);
    return diagram.scrollIntoView({ block: 'nearest' });
  }
  subject.value = link.dataset['subject'] ?? '';
  look(subject.value);
  lookAtSubjects();
  diagram.scrollIntoView({ block: 'nearest' });
});

function lookAtSubjects(): void {
  const times = story.items.flatMap((item) =>
    item.about !== null && view.subjects.has(item.about) ? [item.at, isArrow(item) ? item.end : item.at] : [],
  );
  if (times.length === 0) return;
  const from = times.reduce((a, b) => Math.min(a, b));
  const to = times.reduce((a, b) => Math.max(a, b));
  const margin = Math.max((to - from) * 0.04, 500);
  lookAt(from - margin, to + margin);
}

subject.addEventListener('change', () => {
  look(subject.value.trim());
  lookAtSubjects();
});
alone.addEventListener('change', () => show({ isAlone: alone.checked }));
for (const box of kinds)
  box.addEventListener('change', () => {
    const off = kinds.filter(({ checked }) => !checked).flatMap(({ dataset }) => (dataset['kinds'] ?? '').split(','));
    show({ hidden: new Set(off) });
  });
window.addEventListener('resize', () => show({}));

document.body.classList.add('scripted');
subject.value = story.focus.subjects.join(' ');
for (const about of [...new Set(story.items.flatMap((item) => item.about ?? []))].slice(0, 2000)) {
  const option = document.createElement('option');
  option.value = about;
  element('subjects', HTMLDataListElement).append(option);
}
select(null);
