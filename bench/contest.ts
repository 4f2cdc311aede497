// What a benchmark is: sides that take turns in shuffled rounds on one machine in one process run, and rows that compare the
// medians of what they measured. Only ratios within one run mean anything; absolute figures drift from machine to machine.

import { median } from '../scenarios/judging/statistics.ts';
import type { Lab } from './lab.ts';

/** By quantity. Several values of one round count singly. */
export type Measured = Readonly<Record<string, number | readonly number[]>>;

export interface Side {
  readonly name: string;
  /** One round; never at the same time as another side's. */
  readonly round: () => Promise<Measured>;
}

export interface Contest extends AsyncDisposable {
  readonly sides: readonly Side[];
  /** Quantities that cannot be measured here, with the reason. */
  readonly absent: Readonly<Record<string, string>>;
}

export interface Benchmark {
  readonly name: string;
  readonly rows: readonly Row[];
  readonly open: (lab: Lab) => Promise<Contest>;
}

export type Unit = 'ms' | '/s' | '%' | '';

export interface Row {
  /** Its number in the table, as `1` or `2a`. */
  readonly number: string;
  readonly what: string;
  readonly unit: Unit;
  /** The quantity of txlab. */
  readonly ours: string;
  /** What it is compared with: a quantity of the same rounds, or a number that is known beforehand. */
  readonly peer:
    | { readonly name: string; readonly quantity: string }
    | { readonly name: string; readonly value: number };
  /** For the ratio of ours to the peer's: a bar that is required, and the goal. Absent where the figure is only reported. */
  readonly bar?: { readonly at: 'most' | 'least'; readonly required: number; readonly goal: number };
}

/** Values by quantity, over all rounds. */
export type Values = Map<string, number[]>;

export interface RoundsOptions {
  readonly rounds: number;
  readonly onRound: (text: string) => void;
  readonly interrupted: AbortSignal;
}

/** Every side once a round, in an order that is drawn anew for each. A side that fails is out, with its reason. */
export async function playRounds(
  { sides }: Contest,
  { rounds, onRound, interrupted }: RoundsOptions,
): Promise<{ readonly values: Values; readonly failed: ReadonlyMap<string, string> }> {
  const values: Values = new Map();
  const failed = new Map<string, string>();
  for (let round = 1; round <= rounds; round++) {
    for (const side of shuffled(sides)) {
      interrupted.throwIfAborted();
      if (failed.has(side.name)) continue;
      try {
        const measured = await side.round();
        for (const [quantity, value] of Object.entries(measured))
          values.set(quantity, [...(values.get(quantity) ?? []), ...[value].flat()]);
        onRound(`round ${round} of ${rounds}  ${side.name}: ${measuredText(measured)}`);
      } catch (error) {
        interrupted.throwIfAborted();
        failed.set(side.name, error instanceof Error ? error.message : String(error));
        onRound(`round ${round} of ${rounds}  ${side.name} failed: ${failed.get(side.name)}`);
      }
    }
  }
  return { values, failed };
}

function measuredText(measured: Measured): string {
  return Object.entries(measured)
    .map(([name, value]) => `${name} ${numberText(median([value].flat()))}`)
    .join(', ');
}

function shuffled<Item>(items: readonly Item[]): readonly Item[] {
  return items
    .map((item) => ({ item, at: Math.random() }))
    .toSorted((a, b) => a.at - b.at)
    .map(({ item }) => item);
}

/** Three significant digits, or whole thousands with their separators. */
export function numberText(value: number): string {
  if (!Number.isFinite(value)) return '–';
  if (Math.abs(value) >= 1000) return Math.round(value).toLocaleString('en');
  return String(Number(value.toPrecision(3)));
}

/** Milliseconds from the call to its end. */
export async function timed(work: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await work();
  return performance.now() - start;
}
