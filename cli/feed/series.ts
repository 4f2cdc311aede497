// Rates over time in equal bins, from counters that are read now and then; and a row of blocks that draws them.

/** Amounts by bin of the engine's clock. */
export interface Series {
  readonly bins: Map<number, number>;
}

export const BIN_MS = 250;
const BIN_US = BIN_MS * 1000;
/** Two minutes: more than any terminal is wide. */
const BINS_KEPT = 480;

export function openSeries(): Series {
  return { bins: new Map() };
}

/** Spreads what was counted between two readings evenly over the time between them, in microseconds. */
export function spread({ bins }: Series, span: { readonly from: number; readonly to: number }, amount: number): void {
  if (amount <= 0) return;
  const length = Math.max(span.to - span.from, 1);
  for (let bin = binOf(span.to - length); bin <= binOf(span.to); bin++) {
    const start = Math.max(span.to - length, bin * BIN_US);
    const end = Math.min(span.to, (bin + 1) * BIN_US);
    bins.set(bin, (bins.get(bin) ?? 0) + (amount * (end - start)) / length);
  }
  for (const bin of bins.keys()) if (bin <= binOf(span.to) - BINS_KEPT) bins.delete(bin);
}

export function binOf(atUs: number): number {
  return Math.floor(atUs / BIN_US);
}

/** Eighths of a line, one for each value; a gap where there is none. Zero is the lowest line. */
export function sparkline(values: readonly (number | null)[]): string {
  const top = Math.max(...values.map((value) => value ?? 0), Number.MIN_VALUE);
  return values
    .map((value) => (value === null ? ' ' : (BLOCKS[Math.min(Math.round((value / top) * 7), 7)] ?? ' ')))
    .join('');
}

const BLOCKS = '▁▂▃▄▅▆▇█';
