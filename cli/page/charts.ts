// Latency, throughput and locks held in doubt over time, as SVG, with the faults marked.

import { inDoubt } from '../../scenarios/checkers/doubts.ts';
import { factsOf } from '../../scenarios/checkers/gather.ts';
import { outcomeOf, type Facts } from '../../scenarios/checkers/facts.ts';
import { leasesIn } from '../../scenarios/checkers/locks/leases.ts';
import { isOfLocks } from '../../nodes/contract/properties.ts';
import { BIN_MS } from '../feed/series.ts';
import { escaped } from './escape.ts';
import { timeText } from './draw.ts';
import type { History } from '../../scenarios/findings.ts';
import type { Story } from './story-types.ts';

type Times = Pick<Story, 'from' | 'to' | 'windows'>;

interface Done {
  readonly at: number;
  readonly ms: number;
  readonly isOk: boolean;
}

export function chartsOf(history: History, { windows, to }: Story, served: number): string {
  // From when the clients began.
  const story = { windows, from: 0, to: Math.max(to, 1) };
  const facts = factsOf(history);
  const done = doneIn(facts, served);
  const bins = binsOf(story);
  const inBin = Map.groupBy(done, ({ at }) => Math.floor((at - story.from) / bins.us));
  const each = Array.from({ length: bins.count }, (_, bin) => inBin.get(bin) ?? []);
  const perSecond = (count: number) => (count * 1e6) / bins.us;
  const oks = each.map((all) => all.filter(({ isOk }) => isOk));
  const frame = { story, bins };
  const held = isOfLocks(history.run.family) ? heldSpans(facts, served) : doubtSpans(facts, served);
  return [
    chart(frame, {
      title: 'Throughput: operations that ended, a second',
      bars: [
        { name: 'ok', values: oks.map(({ length }) => perSecond(length)) },
        { name: 'failed or unknown', values: each.map((all, bin) => perSecond(all.length - (oks[bin]?.length ?? 0))) },
      ],
      lines: [],
    }),
    chart(frame, {
      title: 'Latency of operations that ended ok, ms',
      bars: [],
      lines: [
        { name: 'median', values: oks.map((all) => quantile(all, 0.5)) },
        { name: 'slowest', values: oks.map((all) => quantile(all, 1)) },
      ],
    }),
    chart(frame, {
      title: isOfLocks(history.run.family)
        ? 'Locks that clients believe to hold'
        : 'Promises in doubt, each with its locks',
      bars: [{ name: 'most at a time', values: mostAtATime(held, frame) }],
      lines: [],
    }),
  ].join('');
}

function doneIn({ ops }: Facts, served: number): readonly Done[] {
  return [...ops.values()].flatMap((operation) => {
    const { invoked, completed } = operation;
    if (!invoked || !completed) return [];
    const ms = (completed.at - invoked.at) / 1000;
    return [{ at: completed.at - served, ms, isOk: outcomeOf(operation) === 'ok' }];
  });
}

interface Bins {
  readonly us: number;
  readonly count: number;
}

/** As the dashboard's, or wider where they would be too many. */
function binsOf({ from, to }: Times): Bins {
  const us = Math.max(BIN_MS * 1000, (to - from) / BINS_MOST);
  return { us, count: Math.max(1, Math.ceil((to - from) / us)) };
}

const BINS_MOST = 150;

function quantile(done: readonly Done[], part: number): number | null {
  const sorted = done.map(({ ms }) => ms).toSorted((a, b) => a - b);
  return sorted[Math.min(Math.floor(sorted.length * part), sorted.length - 1)] ?? null;
}

interface Held {
  readonly from: number;
  readonly to: number;
}

function doubtSpans(facts: Facts, served: number): readonly Held[] {
  const all = [...facts.txs.values()].flatMap((transaction) => inDoubt(facts, transaction));
  return all.map(({ from, to }) => ({ from: from - served, to: (to ?? facts.end) - served }));
}

function heldSpans(facts: Facts, served: number): readonly Held[] {
  return leasesIn(facts).map(({ from, to }) => ({ from: from - served, to: Math.min(to, facts.end) - served }));
}

/** The most that there were at one moment of each bin. */
function mostAtATime(spans: readonly Held[], { story, bins }: Frame): readonly number[] {
  const most = Array.from({ length: bins.count }, () => 0);
  const edges = spans
    .flatMap(({ from, to }) => [
      { at: from, step: 1 },
      { at: to, step: -1 },
    ])
    .sort((a, b) => a.at - b.at || a.step - b.step);
  const binAt = (at: number) => Math.min(Math.max(Math.floor((at - story.from) / bins.us), 0), bins.count - 1);
  let [now, filled] = [0, 0];
  for (const { at, step } of edges) {
    const bin = binAt(at);
    for (; filled < bin; filled++) most[filled + 1] = Math.max(most[filled + 1] ?? 0, now);
    now += step;
    most[bin] = Math.max(most[bin] ?? 0, now);
  }
  return most;
}

interface Frame {
  readonly story: Times;
  readonly bins: Bins;
}

interface Row {
  readonly name: string;
  readonly values: readonly (number | null)[];
}

interface Chart {
  readonly title: string;
  /** Stacked. */
  readonly bars: readonly Row[];
  readonly lines: readonly Row[];
}

const [WIDTH, HEIGHT, LEFT, TOP, BOTTOM] = [1100, 150, 60, 18, 22];

function chart({ story, bins }: Frame, { title, bars, lines }: Chart): string {
  const sums = Array.from({ length: bins.count }, (_, bin) =>
    bars.reduce((sum, { values }) => sum + (values[bin] ?? 0), 0),
  );
  const top = Math.max(...sums, ...lines.flatMap(({ values }) => values.map((value) => value ?? 0)), 1e-9);
  const binWidth = (WIDTH - LEFT) / bins.count;
  const x = (at: number) => LEFT + ((at - story.from) / (bins.us * bins.count)) * (WIDTH - LEFT);
  const y = (value: number) => TOP + (1 - value / top) * (HEIGHT - TOP - BOTTOM);
  const below = Array.from({ length: bins.count }, () => 0);
  const barText = bars.map(({ values }, row) => {
    const path = values.map((value, bin) => {
      if (!value) return '';
      const base = below[bin] ?? 0;
      below[bin] = base + value;
      return `M${(LEFT + bin * binWidth).toFixed(1)} ${y(base).toFixed(1)}V${y(base + value).toFixed(1)}h${(binWidth * 0.85).toFixed(1)}V${y(base).toFixed(1)}z`;
    });
    return `<path class="bar b${row}" d="${path.join('')}"/>`;
  });
  const lineText = lines.map(({ values }, row) => {
    const points = values.flatMap((value, bin) =>
      value === null ? [] : [{ bin, text: `${(LEFT + (bin + 0.5) * binWidth).toFixed(1)} ${y(value).toFixed(1)}` }],
    );
    const path = points.map(({ bin, text }, at) => `${points[at - 1]?.bin === bin - 1 ? 'L' : 'M'}${text}h0.1`);
    return `<path class="curve c${row}" d="${path.join('')}"/>`;
  });
  const faults = story.windows.map(
    ({ from, to, text }) =>
      `<g class="window"><rect x="${x(from).toFixed(1)}" y="${TOP}" width="${Math.max(x(to) - x(from), 1).toFixed(1)}" height="${HEIGHT - TOP - BOTTOM}"/><title>${escaped(text)}</title></g>`,
  );
  const key = [
    ...bars.map(({ name }, row) => keyText(`b${row}`, name)),
    ...lines.map(({ name }, row) => keyText(`c${row}`, name)),
  ];
  return (
    `<figure class="chart"><figcaption>${escaped(title)} ${key.join(' ')}${story.windows.length > 0 ? keyText('w', 'fault') : ''}</figcaption>` +
    `<svg viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-label="${escaped(title)}">${faults.join('')}${axisText({ top, y, x, story })}${barText.join('')}${lineText.join('')}</svg></figure>`
  );
}

function keyText(name: string, text: string): string {
  return `<span class="key ${name}">${escaped(text)}</span>`;
}

interface Axis {
  readonly top: number;
  readonly x: (at: number) => number;
  readonly y: (value: number) => number;
  readonly story: Times;
}

function axisText({ top, y, x, story }: Axis): string {
  const values = [0, top / 2, top].map(
    (value) =>
      `<path class="tick" d="M${LEFT} ${y(value).toFixed(1)}H${WIDTH}"/><text class="value" x="${LEFT - 6}" y="${(y(value) + 4).toFixed(1)}">${value >= 10 ? Math.round(value) : Number(value.toFixed(1))}</text>`,
  );
  const step =
    [1, 2, 5, 10, 20, 60, 120, 600].map((s) => s * 1e6).find((s) => (story.to - story.from) / s <= 12) ?? 3.6e9;
  const count = Math.floor(story.to / step) + 1;
  const times = Array.from({ length: Math.max(count, 0) }, (_, index) => index * step).map(
    (at) => `<text class="time" x="${x(at).toFixed(1)}" y="${HEIGHT - 6}">${timeText(at, step)}</text>`,
  );
  return [...values, ...times].join('');
}
