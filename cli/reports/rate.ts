// How often something came out in one way, and how often it may in the long run: a few runs say little of the next thousand.

export interface Rate {
  readonly count: number;
  readonly of: number;
  /** Bounds of a share from 0 to 1 that holds the true one in 95 of 100 such series. */
  readonly low: number;
  readonly high: number;
}

/** Wilson's score interval (E. B. Wilson, JASA 22, 1927), which is sound for few runs, and for none or all of them. */
export function rateOf(count: number, of: number): Rate {
  if (of === 0) return { count, of, low: 0, high: 1 };
  const share = count / of;
  const spread = (Z * Z) / of;
  const middle = share + spread / 2;
  const width = Z * Math.sqrt((share * (1 - share)) / of + spread / (4 * of));
  const at = (bound: number) => Math.min(1, Math.max(0, bound / (1 + spread)));
  // Rounding must not leave a bound beside the end that it stands for.
  return { count, of, low: count === 0 ? 0 : at(middle - width), high: count === of ? 1 : at(middle + width) };
}

/** As `69–100 %`. */
export function intervalText({ low, high }: Rate): string {
  return `${Math.floor(low * 100)}–${Math.ceil(high * 100)} %`;
}

/** The quantile of the normal distribution for 95 of 100. */
const Z = 1.959964;
