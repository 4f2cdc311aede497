// Where many runs are at, in words: how many are done, which are under way and for how long, what failed, and how long the rest will take.

import type { Verdict } from '../../scenarios/findings.ts';

export interface Progress {
  readonly total: number;
  readonly openedMs: number;
  /** By verdict, in the order in which they ended. */
  readonly done: { readonly name: string; readonly word: Verdict['word'] }[];
  readonly running: Set<{ readonly name: string; readonly sinceMs: number }>;
}

export function openProgress(total: number, openedMs: number): Progress {
  return { total, openedMs, done: [], running: new Set() };
}

/** One line, the most telling first. */
export function progressLine(progress: Progress, nowMs: number): string {
  const names = [...progress.running].map(({ name }) => name);
  const more = names.length > NAMED ? [`${names.length - NAMED} more`] : [];
  const now = names.length === 0 ? [] : [`now ${[...names.slice(0, NAMED), ...more].join(', ')}`];
  return [...counts(progress), ...timeLeft(progress, nowMs), ...now].join(' · ');
}

const NAMED = 3;

/** A line for each run under way, and what has not ended as expected, in so many rows at most. */
export function progressScreen(progress: Progress, nowMs: number, rows: number): readonly string[] {
  const head = `── ${[...counts(progress), ...timeLeft(progress, nowMs)].join(' · ')} ──`;
  const bad = progress.done.filter(({ word }) => word === 'not as expected').map(({ name }) => name);
  const failed =
    bad.length === 0
      ? []
      : [`   failed   ${bad.slice(-FAILED).toReversed().join(', ')}${bad.length > FAILED ? ' …' : ''}`];
  const room = Math.max(rows - 1 - failed.length, 1);
  const running = [...progress.running].map(
    ({ name, sinceMs }) => `${((nowMs - sinceMs) / 1000).toFixed(1).padStart(6)} s  ${name}`,
  );
  const hidden = running.length > room ? [`          and ${running.length - room + 1} more`] : [];
  return [head, ...running.slice(0, hidden.length > 0 ? room - 1 : room), ...hidden, ...failed];
}

const FAILED = 4;

function counts({ total, done, running }: Progress): readonly string[] {
  const of = (word: Verdict['word']) => done.filter((one) => one.word === word).length;
  const named = (count: number, what: string) => (count > 0 ? [`${count} ${what}`] : []);
  return [
    `${done.length} of ${total} done`,
    ...named(of('not as expected'), 'failed'),
    ...named(of('inconclusive'), 'inconclusive'),
    ...named(running.size, 'under way'),
  ];
}

/** As the runs until now have taken; nothing before the first has ended. */
function timeLeft({ total, done, openedMs }: Progress, nowMs: number): readonly string[] {
  if (done.length === 0 || done.length === total) return [];
  const seconds = Math.ceil((((nowMs - openedMs) / done.length) * (total - done.length)) / 1000);
  return [seconds < 90 ? `about ${seconds} s left` : `about ${Math.round(seconds / 60)} min left`];
}
