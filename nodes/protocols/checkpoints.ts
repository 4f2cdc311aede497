// Bounds a machine's log: now and then one record that stands for all before it.

import { copyOf } from './copy.ts';
import type { Effect, Input, Setup } from '../contract/machine.ts';
import type { Json } from '../contract/messages.ts';

export interface Checkpointed {
  recordsSinceCheckpoint: number;
  /** Records after which the next one is due. */
  checkpointAfter: number;
  /** What the scenario wants instead, always. */
  readonly checkpointEvery: number | null;
}

/** Records; a node reads as many in some tens of milliseconds when it starts again. */
const CHECKPOINT_AFTER = 16_000;
/** Records for each number or text that the last checkpoint had to hold: what only grows is copied rarely, and writing stays linear. */
const RECORDS_A_VALUE = 4;

/** At first; a scenario may want checkpoints sooner. */
export function noRecords({ options }: Pick<Setup, 'options'>): Checkpointed {
  const said = options['checkpoint'];
  const checkpointEvery = typeof said === 'number' ? said : null;
  return { recordsSinceCheckpoint: 0, checkpointAfter: checkpointEvery ?? CHECKPOINT_AFTER, checkpointEvery };
}

/** A part of a checkpoint: no Map or Set, which a log cannot hold. */
type Part = Json | (object & { readonly size?: never });

/** A machine's reaction, followed by a checkpoint when one is due. `remembered` is all that its log must hold, by name and by key. */
export function withCheckpoints<State extends Checkpointed>(
  react: (state: State, input: Input) => Effect[],
  remembered: (state: State) => Readonly<Record<string, Part>>,
): (state: State, input: Input) => readonly Effect[] {
  return (state, input) => {
    const effects = react(state, input);
    for (const effect of effects) if (effect.do === 'append' || effect.do === 'force') state.recordsSinceCheckpoint++;
    if (state.recordsSinceCheckpoint < state.checkpointAfter) return effects;
    // The state goes on changing; the record must not.
    const body = copyOf(remembered(state));
    state.recordsSinceCheckpoint = 0;
    state.checkpointAfter = state.checkpointEvery ?? Math.max(CHECKPOINT_AFTER, RECORDS_A_VALUE * valuesIn(body));
    effects.push({ do: 'force', record: { mark: 'checkpoint', word: 'checkpoint', about: null, body } });
    return effects;
  };
}

function valuesIn(part: unknown): number {
  if (typeof part !== 'object' || part === null) return 1;
  let values = 0;
  for (const inner of Object.values(part)) values += valuesIn(inner);
  return values;
}
