import type { TxSet } from '../../nodes/protocols/tx-set.ts';

/** Each by name, ascending within its run. */
export function txsIn(set: TxSet): readonly string[] {
  return [...set].flatMap(([run, ranges]) =>
    ranges.flatMap(([first, last]) =>
      Array.from({ length: last - first + 1 }, (_, index) => `${run}.${first + index}`),
    ),
  );
}
