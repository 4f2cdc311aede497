// The errors that are planted into recorded histories of version 1, each with what must be found then. Written out by
// `./txlab exec node test/scenarios/programs/oracle.ts`, judged by test/scenarios/oracle.test.ts.

import { BANK_ERRORS } from './planted-bank-errors.ts';
import { DECISION_ERRORS } from './planted-decision-errors.ts';
import { LOCK_ERRORS } from './planted-lock-errors.ts';
import { TRACE_ERRORS } from './planted-trace-errors.ts';
import { GOOD, recordedText } from './oracle.ts';
import {
  type BaseName,
  cut,
  type Line,
  linesOf,
  type Plant,
  type PlantedError,
  type PlantedErrors,
  textOf,
} from './planting.ts';

/** Good in every property, once cut to a few transfers and probes. */
export const BASES = {
  /** Nothing fails. The transactions 14 and 33 keep accounts that 15 and 34 are refused for. */
  calm: { of: 'two-phase-baseline', keep: cut(ops(1, 2, 3, 5, 14, 15, 41, 42, 43)) },
  /** The coordinator is killed after it has sent the commits of transaction 20, and comes back. */
  'coordinator killed': { of: 'coordinator-crash-after-commits', keep: cut(ops(1, 2, 8, 20, 34, 41, 42, 43)) },
  /** participant-2 is killed with its vote on transaction 20 on disk, which is aborted then, and comes back. */
  'bank killed': { of: 'participant-crash-after-prepared', keep: cut(ops(1, 2, 5, 20, 41, 42, 43, 52)) },
} as const satisfies Readonly<Record<BaseName, { readonly of: string; readonly keep: Plant }>>;

export const PLANTED_ERRORS: PlantedErrors = {
  ...DECISION_ERRORS,
  ...BANK_ERRORS,
  ...LOCK_ERRORS,
  ...TRACE_ERRORS,
};

/** The text of the history with this error; whoever plants many reads each base once. */
export function plantedText({ base, plant, torn }: PlantedError, lines = baseLines(base)): string {
  const text = textOf(plant(lines));
  return torn ? text.slice(0, -TORN_OFF) : text;
}

export function baseLines(base: BaseName): readonly Line[] {
  const { of, keep } = BASES[base];
  return keep(linesOf(recordedText(GOOD, of)));
}

const TORN_OFF = 20;

function ops(...numbers: readonly number[]): readonly string[] {
  return numbers.map((number) => `client.1.${number}`);
}
