/**
 * How long to wait before asking again, in the unit of `first`: it doubles up to four times the first wait, quick after a restart, quiet
 * during a long cut.
 */
export function backOff(first: number, attempt: number): number {
  return first * Math.min(2 ** attempt, 4);
}
