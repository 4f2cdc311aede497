// What is said of many measured values in one number.

/** NaN of nothing. */
export function median(values: readonly number[]): number {
  const ascending = values.toSorted((a, b) => a - b);
  const middle = Math.floor(ascending.length / 2);
  const [below = Number.NaN, above = Number.NaN] = [ascending[middle - 1], ascending[middle]];
  return ascending.length % 2 === 1 ? above : (below + above) / 2;
}

/** The value below which this share (0 to 1) of an ascending list lies; NaN of nothing. */
export function quantile(ascending: readonly number[], share: number): number {
  return ascending[Math.min(ascending.length - 1, Math.floor(share * ascending.length))] ?? Number.NaN;
}
