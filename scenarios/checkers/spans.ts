// Sets of half-open spans of time, as sorted lists without overlap: fault windows, a node's absences, a participant's doubt.

export interface Span {
  readonly from: number;
  readonly to: number;
}

/** Sorted, without overlap and without empty spans. */
export function union(spans: readonly Span[]): readonly Span[] {
  const merged: { from: number; to: number }[] = [];
  for (const { from, to } of spans.filter((span) => span.to > span.from).sort((a, b) => a.from - b.from)) {
    const last = merged.at(-1);
    if (last !== undefined && from <= last.to) last.to = Math.max(last.to, to);
    else merged.push({ from, to });
  }
  return merged;
}

export function intersect(left: readonly Span[], right: readonly Span[]): readonly Span[] {
  const common: Span[] = [];
  for (const a of left) {
    for (const b of right) common.push({ from: Math.max(a.from, b.from), to: Math.min(a.to, b.to) });
  }
  return union(common);
}

/** What of `left` lies outside `right`; both without overlap. */
export function subtract(left: readonly Span[], right: readonly Span[]): readonly Span[] {
  let rest = left;
  for (const hole of right) {
    // What is empty goes at once: kept until the end, it would double with each hole.
    rest = rest
      .flatMap(({ from, to }) => [
        { from, to: Math.min(to, hole.from) },
        { from: Math.max(from, hole.to), to },
      ])
      .filter(({ from, to }) => to > from);
  }
  return union(rest);
}

/** Where at least so many of these sets cover. */
export function overlap(sets: readonly (readonly Span[])[], least: number): readonly Span[] {
  const edges = sets.flatMap((set) =>
    union(set).flatMap(({ from, to }) => [
      { at: from, step: 1 },
      { at: to, step: -1 },
    ]),
  );
  const common: Span[] = [];
  let covering = 0;
  const inTime = edges.filter(({ at }) => Number.isFinite(at)).sort((a, b) => a.at - b.at);
  for (const [index, { at, step }] of inTime.entries()) {
    covering += step;
    if (covering >= least) common.push({ from: at, to: inTime[index + 1]?.at ?? Number.POSITIVE_INFINITY });
  }
  return union(common);
}

export function lengthOf(spans: readonly Span[]): number {
  return spans.reduce((sum, { from, to }) => sum + to - from, 0);
}
